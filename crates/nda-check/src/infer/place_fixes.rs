//! Rust's ways to a place that NDA writes in another way: `m.get_mut(k).unwrap()`, `xs.iter_mut().find(…)`,
//! `xs.iter_mut().for_each(…)`, as safe fixes.

use super::Infer;
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, ForVariable, PatternId, PatternKind};

impl Infer<'_> {
    /// Adds to the problem that a list or map has no method `name` the fix for what follows it.
    pub(super) fn place_instead(
        &self,
        diagnostic: Diagnostic,
        expr: ExprId,
        name: &str,
        args: ExprList,
    ) -> Diagnostic {
        let fix = match name {
            "get_mut" | "first_mut" | "last_mut" | "front_mut" | "back_mut" => {
                self.unwrapped_place(expr, name, args)
            }
            "iter_mut" => self.each_place(expr),
            _ => None,
        };
        Diagnostic { fix: fix.or(diagnostic.fix), ..diagnostic }
    }

    /// `let x = m.get_mut(k).unwrap();`, and the same where no `let` stands.
    fn unwrapped_place(&self, expr: ExprId, name: &str, args: ExprList) -> Option<Fix> {
        let tree = self.tree;
        let ExprKind::MethodCall { receiver, .. } = tree.kind(expr) else { return None };
        let (start, end) = (tree.span(expr).start as usize, tree.span(expr).end as usize);
        let behind = self.source[end..].trim_start();
        let unwrapped = match behind.strip_prefix(".expect(\"") {
            Some(text) => &text[text.find("\")")? + 2..],
            None => behind.strip_prefix(".unwrap()")?,
        };
        let unwrapped_end = (self.source.len() - unwrapped.len()) as u32;
        let before = self.source[..start].trim_end();
        let statement = &before[before.rfind([';', '{', '}']).map_or(0, |at| at + 1)..];
        let bound = statement.trim_start().strip_prefix("let ").and_then(|bound| bound.strip_suffix('='));
        if let Some(bound) = bound {
            let name = bound.trim();
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                || !unwrapped.trim_start().starts_with(';')
            {
                return None;
            }
            let at = (before.len() - 1 - bound.len()) as u32;
            let at = at + (bound.len() - bound.trim_start().len()) as u32;
            return Some(Fix {
                message: "name the place".to_owned(),
                edits: vec![
                    Edit { span: Span::new(at, at + name.len() as u32), text: format!("Some({name})") },
                    Edit {
                        span: Span::new(end as u32, unwrapped_end),
                        text: " else { panic(\"nothing stands there\") }".to_owned(),
                    },
                ],
                safety: Safety::Safe,
            });
        }
        let index = match (name, tree.list(args).next()) {
            ("get_mut", Some(arg)) => tree.span(arg).text(self.source).to_owned(),
            ("first_mut" | "front_mut", None) => "0".to_owned(),
            ("last_mut" | "back_mut", None) if self.is_plain(receiver) => {
                format!("{}.len() - 1", tree.span(receiver).text(self.source))
            }
            _ => return None,
        };
        let span = Span::new(tree.span(receiver).end, unwrapped_end);
        let edits = vec![Edit { span, text: format!("[{index}]") }];
        Some(Fix { message: "name the place by its index".to_owned(), edits, safety: Safety::Safe })
    }

    /// `xs.iter_mut().for_each(|x| …)` as a statement.
    fn each_place(&self, expr: ExprId) -> Option<Fix> {
        let tree = self.tree;
        let (span, method, args) = self.call_on(expr)?;
        let mut args = tree.list(args);
        let (Some(lambda), None) = (args.next(), args.next()) else { return None };
        let ExprKind::Lambda(lambda) = tree.kind(lambda) else { return None };
        let lambda = tree.lambda(lambda);
        let [param] = tree.lambda_params_of(lambda) else { return None };
        let (ForVariable::Name { .. }, "for_each") = (param.variable, self.text(method)) else { return None };
        let text = |span: Span| span.text(self.source);
        let body = match tree.kind(lambda.body) {
            ExprKind::Block(_) => text(tree.span(lambda.body)).to_owned(),
            _ => format!("{{ {}; }}", text(tree.span(lambda.body))),
        };
        let loop_ = format!("for {} in {} {body}", text(param.span), text(tree.span(expr)));
        // Behind a loop no `;` is needed, but as an argument it would be none.
        let is_statement = self.source[span.end as usize..].trim_start().starts_with([';', '}']);
        is_statement.then(|| Fix {
            message: "write a loop".to_owned(),
            edits: vec![Edit { span, text: loop_ }],
            safety: Safety::Safe,
        })
    }

    /// `if let Some(x) = xs.iter_mut().find(|x| …)`: whether it is that, which is reported.
    pub(super) fn place_searched_for(&mut self, pattern: PatternId, value: ExprId) -> bool {
        let tree = self.tree;
        let ExprKind::MethodCall { receiver: walk, method, args } = tree.kind(value) else { return false };
        let ExprKind::MethodCall { receiver: list, method: iter, .. } = tree.kind(walk) else { return false };
        if (self.text(iter), self.text(method)) != ("iter_mut", "find") || tree.list(args).len() != 1 {
            return false;
        }
        self.infer(list, None);
        self.pattern(pattern, crate::types::Type::ERROR);
        let message = "found `iter_mut().find(…)`; expected the position first, and then its place";
        let span = Span::new(tree.span(list).end, tree.method_span(method, args).end);
        let mut diagnostic = Diagnostic::new(Code::RustSpelling, span, message).note(
            "write `if let Some(at) = xs.iter().position(|x| …) && let Some(x) = xs.get_mut(at) { … }`",
        );
        let name = match tree.pattern(pattern).kind {
            PatternKind::Constructor { args, .. } => tree.pattern_list(args).next(),
            _ => None,
        };
        if let (Some(name), Some(at), true) = (name, self.unused_name("at"), self.is_plain(list)) {
            let text = |span: Span| span.text(self.source);
            let whole = tree.span(value);
            let list = tree.span(list);
            let arg = tree.list(args).next().unwrap_or(value);
            let written = format!(
                "{list}.iter().position({arg}) && let {pattern} = {list}.get_mut({at})",
                list = text(list),
                arg = text(tree.span(arg)),
                pattern = text(tree.pattern(pattern).span),
            );
            diagnostic.fix = Some(Fix {
                message: "look for the position".to_owned(),
                edits: vec![
                    Edit { span: tree.pattern(name).span, text: at },
                    Edit { span: whole, text: written },
                ],
                safety: Safety::Safe,
            });
        }
        self.report(diagnostic);
        true
    }
}
