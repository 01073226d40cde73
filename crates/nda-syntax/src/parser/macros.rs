//! Rust's macros. Those of [`MACROS`] are NDA's too; for some others whose function it has (`print!`, `vec!`) the answer is
//! `E0015` with what to write, for the rest `E0011`.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{ExprKind, MACROS, Name};
use nda_diagnostics::{Code, Diagnostic, Span};

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
            let today = "NDA has no macros of your own; call a function, without `!`";
            self.unsupported(head, &format!("the macro `{}!` is", clip(word)), today);
            self.skip_tree();
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
}
