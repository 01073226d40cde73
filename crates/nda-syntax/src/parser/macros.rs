//! Rust's macros: NDA has none. For those whose function it has (`println!`, `vec!`, `assert!`, `panic!`) the answer is
//! `E0015` with the call to write, for all others `E0011`.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::ExprKind;
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// `name!(…)`; the cursor is on `!`.
    #[cold]
    pub(super) fn macro_call(&mut self, name: Span) -> Node {
        let word = self.text(name);
        self.bump();
        let head = Span::new(name.start, self.prev_end);
        let bang = Span::new(self.prev_end - 1, self.prev_end);
        if word == "vec" && self.at(T::LBracket) {
            self.report(
                Diagnostic::new(Code::RustSpelling, head, "found `vec![…]`; expected a list literal `[…]`")
                    .fix("remove `vec!`", head, ""),
            );
            return self.list();
        }
        let known = matches!(
            word,
            "print"
                | "println"
                | "eprint"
                | "eprintln"
                | "assert"
                | "assert_eq"
                | "assert_ne"
                | "debug_assert"
                | "panic"
        );
        if !known || !self.at(T::LParen) {
            let today = if word == "format" {
                "join texts with `+`"
            } else {
                "NDA has no macros; call a function, without `!`"
            };
            self.unsupported(head, &format!("the macro `{}!` is", clip(word)), today);
            self.skip_tree();
            return self.error_node(self.span_from(name.start));
        }
        let base = self.scratch.exprs.len();
        let open = self.bump().span();
        let height = self.members(T::RParen, open, "`,` or `)` after this argument");
        let args: Vec<Span> = self.scratch.exprs[base..].iter().map(|&id| self.tree.span(id)).collect();
        self.scratch.exprs.truncate(base);
        let whole = self.span_from(name.start);
        if !self.recovering {
            let problem = self.macro_problem(word, head, bang, whole, &args);
            self.report(problem);
        }
        self.push(ExprKind::Error, whole, height + 1)
    }

    /// What to write instead of a macro whose function NDA has.
    fn macro_problem(&self, word: &str, head: Span, bang: Span, whole: Span, args: &[Span]) -> Diagnostic {
        let plain = |span: Span| {
            let text = self.text(span);
            text.starts_with('"') && !text.contains(['{', '}'])
        };
        let text = |index: usize| self.text(args[index]);
        let say = |instead: &str| {
            let message = format!("found `{word}!(…)`; expected `{instead}`, because NDA has no macros");
            Diagnostic::new(Code::RustSpelling, head, message)
        };
        match (word, args.len()) {
            ("print" | "println" | "eprint" | "eprintln", len) => {
                let problem =
                    say("print(x)").note("`print` writes one value and ends the line; join texts with `+`");
                match len {
                    0 => problem.fix("print an empty line", whole, "print(\"\")"),
                    1 if plain(args[0]) && word == "println" => {
                        problem.fix("call `print`", whole, format!("print({})", text(0)))
                    }
                    2 if matches!(text(0), "\"{}\"") && word == "println" => {
                        problem.fix("call `print`", whole, format!("print({})", text(1)))
                    }
                    _ => problem,
                }
            }
            ("panic", 1) if plain(args[0]) => say("panic(\"…\")").fix("remove the `!`", bang, ""),
            ("panic", _) => say("panic(\"…\")").note("`panic` takes one text; join texts with `+`"),
            ("assert" | "debug_assert", 2) if plain(args[1]) => {
                say("assert(cond, \"…\")").fix("call `assert`", head, "assert")
            }
            ("assert" | "debug_assert", 1) => {
                let message = text(0).replace(['"', '\\'], "'");
                let call = format!("assert({}, \"{}\")", text(0), message.replace('\n', " "));
                say("assert(cond, \"…\")").fix("say what is asserted", whole, call)
            }
            ("assert_eq" | "assert_ne", 2) => {
                let op = if word == "assert_eq" { "==" } else { "!=" };
                let (left, right) = (text(0), text(1));
                let message = format!("{left} {op} {right}").replace(['"', '\\'], "'").replace('\n', " ");
                say("assert(a == b, \"…\")").guess(
                    "compare with an operator",
                    whole,
                    format!("assert({left} {op} {right}, \"{message}\")"),
                )
            }
            _ => say("assert(cond, \"…\")").note("`assert` takes a condition and one text"),
        }
    }
}
