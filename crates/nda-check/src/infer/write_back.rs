//! Names that a pattern binds to parts of a variable, and that are changed: in Rust they are references into it. Here they are values of
//! their own, and what they have become is put back at the end.

use super::Infer;
use crate::facts::Local;
use nda_diagnostics::{Diagnostic, Edit, Fix, Safety, Span};
use nda_syntax::tree::{BlockId, ExprId, ExprKind, PatternId, PatternKind};
use std::ops::Range;

/// Where names come from.
#[derive(Debug)]
pub(super) struct Origin {
    locals: Range<u32>,
    subject: ExprId,
    pattern: PatternId,
    body: Option<Body>,
}

/// Where they are known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Block(BlockId),
    Arm(ExprId),
}

impl Infer<'_> {
    /// Remembers that the variables from `first` on are those of a pattern.
    pub(super) fn come_from(
        &mut self,
        first: usize,
        subject: ExprId,
        pattern: PatternId,
        body: Option<Body>,
    ) {
        let locals = first as u32..self.facts.locals.len() as u32;
        if locals.is_empty() {
            return;
        }
        if let ExprKind::MethodCall { method, .. } = self.tree.kind(subject)
            && self.text(method).ends_with("_mut")
        {
            // Once the call is gone, there is more to say.
            self.origins.push(Origin { locals, subject, pattern, body: None });
            return;
        }
        let Some(root) = self.place_root(subject) else { return };
        let local = self.bindings[root.index()].checked_sub(1);
        if local.is_some_and(|local| self.facts.locals[local as usize].mutable) {
            self.origins.push(Origin { locals, subject, pattern, body });
        }
    }

    /// Adds to the problem that a variable changes without being `mut` what to do about it.
    pub(super) fn declare_mutable(&self, diagnostic: Diagnostic, local: u32, variable: Local) -> Diagnostic {
        let at = Span::new(variable.span.start, variable.span.start);
        let Some(origin) = self.origins.iter().rev().find(|origin| origin.locals.contains(&local)) else {
            return diagnostic.fix("declare it `mut`", at, "mut ");
        };
        let note = "what a pattern binds is a value of its own: to change what it came from, assign to that";
        match self.written_back(origin, at) {
            Some(fix) => Diagnostic { fix: Some(fix), ..diagnostic },
            None if self.is_written_back(origin) => diagnostic.fix("declare it `mut`", at, "mut "),
            None => diagnostic.guess("declare it `mut`", at, "mut ").note(note),
        }
    }

    /// Whether another name of the pattern is `mut`, so that its values are put back already.
    fn is_written_back(&self, origin: &Origin) -> bool {
        let text = self.assignment(origin);
        text.is_some_and(|text| self.body_text(origin).is_some_and(|body| body.contains(&text)))
    }

    fn body_text(&self, origin: &Origin) -> Option<&str> {
        let span = match origin.body? {
            Body::Block(block) => self.tree.block(block).span,
            Body::Arm(expr) => self.tree.span(expr),
        };
        Some(span.text(self.source))
    }

    /// `place = pattern`, if the pattern says what the whole value is.
    fn assignment(&self, origin: &Origin) -> Option<String> {
        let subject = self.tree.span(origin.subject).text(self.source);
        let mut value = String::new();
        self.pattern_value(origin.pattern, &mut value)?;
        Some(format!("{subject} = {value}"))
    }

    /// The value that a pattern describes: its constructors, and the names it binds.
    fn pattern_value(&self, pattern: PatternId, out: &mut String) -> Option<()> {
        let tree = self.tree;
        let list = |list, out: &mut String| {
            for (index, part) in tree.pattern_list(list).enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                self.pattern_value(part, out)?;
            }
            Some(())
        };
        match tree.pattern(pattern).kind {
            PatternKind::Binding { name, inner: None, .. } => {
                let text = self.text(name.symbol);
                out.push_str(text);
                (!text.starts_with(char::is_uppercase)).then_some(())
            }
            PatternKind::Paren(inner) => self.pattern_value(inner, out),
            PatternKind::Tuple(parts) if tree.pattern_list(parts).len() > 1 => {
                out.push('(');
                list(parts, out)?;
                out.push(')');
                Some(())
            }
            PatternKind::Constructor { path, args } => {
                out.push_str(self.text(path.symbol));
                out.push('(');
                list(args, out)?;
                out.push(')');
                Some(())
            }
            PatternKind::Struct { path, fields, rest: false } => {
                out.push_str(self.text(path.symbol));
                out.push_str(" { ");
                for (index, field) in tree.pattern_fields_of(fields).iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    if !field.shorthand {
                        out.push_str(self.text(field.name.symbol));
                        out.push_str(": ");
                    }
                    self.pattern_value(field.pattern, out)?;
                }
                out.push_str(" }");
                Some(())
            }
            _ => None,
        }
    }

    /// The fix that makes a name `mut` and puts the value back where its body ends, if that is the only way out.
    fn written_back(&self, origin: &Origin, at: Span) -> Option<Fix> {
        let tree = self.tree;
        let assignment = self.assignment(origin)?;
        let body = self.body_text(origin)?;
        let leaves = ["return", "break", "continue", "?"].iter().any(|word| body.contains(word));
        let hidden = origin.locals.clone().any(|local| {
            let name = self.text(self.facts.locals[local as usize].symbol);
            body.contains(&format!("let {name}")) || body.contains(&format!("let mut {name}"))
        });
        if leaves || hidden || body.contains(&assignment) || !self.is_plain(origin.subject) {
            return None;
        }
        let value = self.unused_name("value")?;
        let keeps = |expr: ExprId| !matches!(tree.kind(expr), ExprKind::Assign { .. });
        let insert = |at: u32, text: String| Edit { span: Span::new(at, at), text };
        let mut edits = vec![insert(at.start, "mut ".to_owned())];
        let (whole, tail, braces) = match origin.body? {
            Body::Block(block) => (tree.block(block).span, tree.block(block).tail, false),
            Body::Arm(expr) => match tree.kind(expr) {
                // An assignment alone is a block without braces.
                ExprKind::Block(block) if body.starts_with('{') => {
                    (tree.block(block).span, tree.block(block).tail, false)
                }
                ExprKind::Block(block) => {
                    edits.push(insert(tree.block(block).span.start, "{ ".to_owned()));
                    edits.push(insert(tree.block(block).span.end, format!("; {assignment}; }}")));
                    return Some(put_back(edits));
                }
                _ => (tree.span(expr), Some(expr), true),
            },
        };
        let (open, close) = if braces { ("{ ", " }") } else { ("", "") };
        match tail {
            Some(tail) if keeps(tail) => {
                edits.push(insert(tree.span(tail).start, format!("{open}let {value} = ")));
                edits.push(insert(tree.span(tail).end, format!("; {assignment}; {value}{close}")));
            }
            Some(tail) => {
                edits.extend(braces.then(|| insert(tree.span(tail).start, open.to_owned())));
                edits.push(insert(tree.span(tail).end, format!("; {assignment};{close}")));
            }
            None => edits.push(insert(whole.end - 1, format!("{assignment}; "))),
        }
        Some(put_back(edits))
    }
}

fn put_back(edits: Vec<Edit>) -> Fix {
    Fix { message: "put what it has become back".to_owned(), edits, safety: Safety::Safe }
}
