//! `sort_by_key`, `sort_by`, `min_by` and `max_by`. A comparison is not called again and again: it is taken apart into what it compares, the
//! keys, which are computed once for each element.

use super::Infer;
use super::chain::Gives;
use crate::facts::{Meaning, SortKey};
use crate::methods::Method;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::dump::dump_expr;
use nda_syntax::tree::{ExprId, ExprKind, ExprList, ForVariable, Lambda, Symbol, Tree};

/// The names of both parameters of a comparison, in the order of their patterns.
struct Names<'a>([Vec<&'a str>; 2]);

impl<'a> Infer<'a> {
    /// `xs.sort_by_key(f)` or `xs.sort_by(f)` on a list of type `ty`.
    pub(super) fn sorting(
        &mut self,
        expr: ExprId,
        receiver: ExprId,
        (method, ty): (Method, Type),
        name: Symbol,
        args: ExprList,
    ) -> Type {
        let tree = self.tree;
        let element = ty.element().unwrap_or(Type::ERROR);
        let mut list = tree.list(args);
        let (Some(arg), None) = (list.next(), list.next()) else {
            self.wrong_count(self.text(name), tree.span(expr), 1, tree.list(args).len(), None);
            return Type::UNIT;
        };
        if method == Method::SortByKey && self.reversed_keys(arg, expr, receiver) {
            return Type::UNIT;
        }
        let keys = if method == Method::SortByKey {
            let key = self.lambda(arg, &[element], Gives::Anything(None), name);
            self.sorted.push((arg, key));
            vec![SortKey { value: arg, of: None, descending: false }]
        } else {
            self.comparison(arg, element, name)
        };
        self.changed_place(receiver, Some(self.text(name)));
        self.facts.meanings[expr.index()] = Meaning::Method(method);
        self.facts.sorts.push((expr, keys));
        Type::UNIT
    }

    /// `xs.sort_by_key(|p| Reverse(p.x))`, or a tuple of keys some of which are such: whether it is that, which is reported.
    fn reversed_keys(&mut self, arg: ExprId, expr: ExprId, receiver: ExprId) -> bool {
        let tree = self.tree;
        let ExprKind::Lambda(id) = tree.kind(tree.unparen(arg)) else { return false };
        let lambda = tree.lambda(id);
        let [param] = tree.lambda_params_of(lambda) else { return false };
        let ForVariable::Name { name, .. } = param.variable else { return false };
        let body = tree.unparen(lambda.body);
        let parts = match tree.kind(body) {
            ExprKind::Tuple(items) => tree.list(items).collect(),
            _ => vec![body],
        };
        let reverse = |part: ExprId| match tree.kind(tree.unparen(part)) {
            ExprKind::Call { callee, args } => {
                let path = tree.span(callee).text(self.source);
                tree.list(args).next().filter(|_| path.rsplit("::").next() == Some("Reverse"))
            }
            _ => None,
        };
        if !parts.iter().any(|&part| reverse(part).is_some()) || self.declared("Reverse").is_some() {
            return false;
        }
        let own = self.text(name.symbol);
        let mut written = String::new();
        let mut is_plain = true;
        for (index, &part) in parts.iter().enumerate() {
            let (key, first, second) = match reverse(part) {
                Some(key) => (key, "b", "a"),
                None => (part, "a", "b"),
            };
            let key = tree.span(key).text(self.source);
            is_plain &= !key.contains(['"', '|']) && !key.contains("//") && !key.contains(&format!(".{own}"));
            let of = |new: &str| -> String {
                words(key).map(|word| if word == own { new } else { word }).collect()
            };
            let compared = format!("({}).cmp({})", of(first), of(second));
            if index == 0 {
                written = compared;
            } else {
                written = format!("{written}.then({compared})");
            }
        }
        let message = "found `Reverse`; expected a comparison of `b` with `a`";
        let mut diagnostic = Diagnostic::new(Code::RustSpelling, tree.span(arg), message)
            .note("sort in the descending order with `xs.sort_by(|a, b| b.x.cmp(a.x))`");
        if is_plain {
            let place = tree.span(receiver).text(self.source);
            let text = format!("{place}.sort_by(|a, b| {written})");
            diagnostic = diagnostic.fix("compare", tree.span(expr), text);
        }
        self.report(diagnostic);
        true
    }

    /// The keys of a comparison `|a, b| a.x.cmp(b.x)`, the most important first.
    pub(super) fn comparison(&mut self, arg: ExprId, element: Type, method: Symbol) -> Vec<SortKey> {
        let tree = self.tree;
        let inner = tree.unparen(arg);
        let ExprKind::Lambda(id) = tree.kind(inner) else {
            self.no_comparison(tree.span(inner), method);
            return Vec::new();
        };
        let lambda = tree.lambda(id);
        let before = self.changes;
        let mark = self.declare_params(inner, id, &[element, element], method);
        let names = names_of(tree, self.source, lambda);
        let mut keys = Vec::new();
        let loops = std::mem::take(self.loops);
        let outer = std::mem::replace(&mut self.in_lambda, true);
        if !self.compared(lambda.body, &names, false, &mut keys) {
            self.no_comparison(tree.span(lambda.body), method);
            keys.clear();
        }
        self.in_lambda = outer;
        *self.loops = loops;
        self.close_scope(mark);
        self.note(arg, Type::UNIT, before);
        keys
    }

    #[cold]
    fn no_comparison(&mut self, span: Span, method: Symbol) {
        let name = self.text(method);
        let given = span.text(self.source);
        if let Some((_, compares)) = given.rsplit_once("::")
            && matches!(compares, "cmp" | "partial_cmp" | "total_cmp")
        {
            let message =
                format!("found `{given}`; expected a comparison of something of `a` with the same of `b`");
            let diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
            self.report(diagnostic.fix("write a lambda", span, format!("|a, b| a.{compares}(b)")));
            return;
        }
        let message = format!(
            "`{name}` takes a comparison of something of `a` with the same of `b`, as in `|a, b| a.x.cmp(b.x)`"
        );
        let by_key = name.trim_end_matches("_by");
        self.report(Diagnostic::new(Code::NotSupportedYet, span, message).note(format!(
            "it may end in `.reverse()` or go on with `.then(…)`; `{by_key}_by_key(|a| …)` takes any value with an order"
        )));
    }

    /// Takes a comparison apart; whether it is one.
    fn compared(&mut self, expr: ExprId, names: &Names<'_>, reversed: bool, keys: &mut Vec<SortKey>) -> bool {
        let tree = self.tree;
        let expr = tree.unparen(expr);
        let ExprKind::MethodCall { receiver, method, args } = tree.kind(expr) else { return false };
        let arg = tree.list(args).next();
        match (self.text(method), arg) {
            ("cmp" | "partial_cmp" | "total_cmp", Some(other)) => {
                self.key(receiver, other, names, reversed, keys)
            }
            ("unwrap" | "expect" | "unwrap_or", _) if self.is_partial(receiver) => {
                self.compared(receiver, names, reversed, keys)
            }
            ("reverse", None) => self.compared(receiver, names, !reversed, keys),
            ("then", Some(next)) => {
                self.compared(receiver, names, reversed, keys) && self.compared(next, names, reversed, keys)
            }
            ("then_with", Some(next)) => {
                let ExprKind::Lambda(id) = tree.kind(tree.unparen(next)) else { return false };
                let next = tree.lambda(id);
                next.params.len == 0
                    && self.compared(receiver, names, reversed, keys)
                    && self.compared(next.body, names, reversed, keys)
            }
            _ => false,
        }
    }

    fn is_partial(&self, expr: ExprId) -> bool {
        let tree = self.tree;
        matches!(tree.kind(tree.unparen(expr)), ExprKind::MethodCall { method, .. } if self.text(method) == "partial_cmp")
    }

    /// `left.cmp(right)`: the same of both elements.
    fn key(
        &mut self,
        left: ExprId,
        right: ExprId,
        names: &Names<'_>,
        reversed: bool,
        keys: &mut Vec<SortKey>,
    ) -> bool {
        let tree = self.tree;
        // What both say, without comments and layout.
        let [a, b] = [left, right].map(|side| dump_expr(tree, self.source, tree.unparen(side)));
        let of = if names.renamed(&a, 0) == names.renamed(&b, 1) && names.uses(&a, 0) {
            0
        } else if names.renamed(&a, 1) == names.renamed(&b, 0) && names.uses(&a, 1) {
            1
        } else {
            return false;
        };
        let ty = self.infer(left, None);
        self.infer(right, None);
        self.sorted.push((left, ty));
        keys.push(SortKey { value: left, of: Some(of), descending: reversed != (of == 1) });
        true
    }
}

fn names_of<'a>(tree: &'a Tree, source: &'a str, lambda: Lambda) -> Names<'a> {
    let mut names = Names([Vec::new(), Vec::new()]);
    for (param, names) in tree.lambda_params_of(lambda).iter().zip(&mut names.0) {
        match param.variable {
            ForVariable::Name { name, .. } => names.push(tree.name(name.symbol, source)),
            ForVariable::Pattern(pattern) => {
                tree.bindings(pattern, &mut |name, _| names.push(tree.name(name.symbol, source)));
            }
        }
    }
    names
}

impl Names<'_> {
    /// A text with the names of parameter `from` written as their numbers.
    fn renamed(&self, text: &str, from: usize) -> String {
        let mut renamed = String::new();
        for word in words(text) {
            match self.0[from].iter().position(|name| *name == word) {
                Some(number) => renamed.push_str(&format!("#{number}")),
                None => renamed.push_str(word),
            }
        }
        renamed
    }

    fn uses(&self, text: &str, which: usize) -> bool {
        words(text).any(|word| self.0[which].contains(&word))
    }
}

/// The identifiers of a text, and the characters between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}
