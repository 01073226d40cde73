//! Rust's macros. Those of [`MACROS`] are NDA's too; for some others whose function it has (`print!`, `vec!`) the answer is
//! `E0015` with what to write, for the rest `E0011`.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{ExprKind, MACROS, Name};
use nda_diagnostics::{Code, Diagnostic, Edit, Span};

impl Parser<'_, '_> {
    /// Whether a name is that of a macro.
    pub(super) fn is_macro(&self, name: Span) -> bool {
        MACROS.contains(&self.text(name))
    }

    /// `name!(…)`; the cursor is on `!`.
    #[cold]
    pub(super) fn macro_call(&mut self, name: Name) -> Node {
        let word = self.text(name.span);
        let start = name.span.start;
        self.bump();
        let head = Span::new(start, self.prev_end);
        if word == "matches" && self.at(T::LParen) {
            return self.matches_macro(start);
        }
        if self.at(T::LParen) && self.is_macro(name.span) {
            let (args, height) = self.args(None);
            let kind = ExprKind::Macro { name: name.symbol, args };
            return self.push(kind, self.span_from(start), height + 1);
        }
        if word == "vec" && self.at(T::LBracket) {
            self.report(
                Diagnostic::new(Code::RustSpelling, head, "found `vec![…]`; expected a list literal `[…]`")
                    .fix("remove `vec!`", head, ""),
            );
            return self.list();
        }
        let prints = matches!(word, "print" | "eprint" | "eprintln");
        if !prints || !self.at(T::LParen) {
            let reported = self.lexer.problems.len();
            let today = "NDA has no macros of your own; call a function, without `!`";
            self.unsupported(head, &format!("the macro `{}!` is", clip(word)), today);
            self.skip_tree();
            if matches!(word, "write" | "writeln") {
                self.written_to_text(reported, Span::new(start, self.prev_end), word == "writeln");
            }
            return self.error_node(self.span_from(start));
        }
        if !self.recovering {
            let message = format!("found `{word}!(…)`; expected `println!(…)`, because output goes by lines");
            let problem = Diagnostic::new(Code::RustSpelling, head, message);
            self.report(if word == "eprintln" {
                problem.fix("there is one output", head, "println!")
            } else {
                problem.guess("print a line", head, "println!").note(
                    "to print a line in parts, put them behind each other with `+=` or `format` and print them once",
                )
            });
        }
        let (_, height) = self.args(None);
        self.push(ExprKind::Error, self.span_from(start), height + 1)
    }

    /// Adds to the problem at `reported` the fix of `write!(text, …).unwrap()`, which adds to a text and cannot fail.
    fn written_to_text(&mut self, reported: usize, whole: Span, line: bool) {
        let source = self.lexer.source;
        let given = whole.text(source).split_once('(').and_then(|(_, given)| given.strip_suffix(')'));
        let behind = &source[whole.end as usize..];
        let Some(given) = given else { return };
        let Some(end) = [".unwrap()", "?"].into_iter().find(|end| behind.starts_with(end)) else { return };
        let (target, values) = given.split_once(',').unwrap_or((given, ""));
        let target = target.trim().trim_start_matches("&mut ");
        let is_place = target.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
        // `f` is the formatter of an `impl Display`.
        if !is_place || target == "f" {
            return;
        }
        let text = match (values.trim(), line) {
            ("", true) => format!("{target} += \"\\n\""),
            ("", false) => return,
            (values, true) => format!("{target} += format!({values}) + \"\\n\""),
            (values, false) => format!("{target} += format!({values})"),
        };
        let span = Span::new(whole.start, whole.end + end.len() as u32);
        self.fix_reported(reported, "add to the text", vec![Edit { span, text }]);
    }
}
