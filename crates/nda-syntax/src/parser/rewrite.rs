//! What Rust has and NDA writes in another way, several places apart: patterns as parameters, tuples that are assigned
//! to, `use` in a body. Each is answered by a safe fix that rewrites it.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::ExprKind;
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

/// Parts of a tuple that is assigned to, for a fix to be offered.
const MAX_ASSIGNED: usize = 8;

impl Parser<'_, '_> {
    /// A pattern as a parameter, which started at `start`: read up to its end, to be reported when the body is found. Nothing if
    /// it has no type.
    #[cold]
    pub(super) fn pattern_param(&mut self, start: u32) {
        while !matches!(
            self.token.kind,
            T::Colon | T::Comma | T::RParen | T::Semi | T::LBrace | T::RBrace | T::Eof
        ) || self.at(T::LBrace) && self.prev_end > start
        {
            self.skip_tree();
        }
        let span = Span::new(start, self.prev_end);
        if !self.eat(T::Colon) {
            self.unexpected("`:` and a type after this parameter");
            return;
        }
        self.type_expr(true);
        self.scratch.param_patterns.push(span);
    }

    /// Reports the patterns among the parameters of a function, the cursor being on the bracket that opens its body.
    #[cold]
    pub(super) fn report_param_patterns(&mut self) {
        let body = Span::new(self.token.end, self.token.end);
        for (index, span) in std::mem::take(&mut self.scratch.param_patterns).into_iter().enumerate() {
            let text = self.text(span);
            let pattern = text.trim_start_matches('&');
            let name = self.free_name(if index == 0 { "given" } else { "given_too" });
            let message = format!(
                "found the pattern `{}` as a parameter; expected a name, whose value a `let` takes apart",
                clip(text)
            );
            let edits = vec![
                Edit { span, text: name.clone() },
                Edit { span: body, text: format!("\n    let {pattern} = {name};") },
            ];
            self.rewritten(span, message, "take it apart in the body", edits);
        }
    }

    /// `(a, b) = value`.
    #[cold]
    pub(super) fn tuple_assigned(&mut self, place: Node, value: Node, span: Span) -> Node {
        let ExprKind::Tuple(items) = self.tree.kind(place.id) else { return place };
        let places: Vec<Span> = self.tree.list(items).map(|item| self.tree.span(item)).collect();
        let message = "found an assignment to a tuple; expected one to each of its parts";
        if places.len() > MAX_ASSIGNED {
            self.unless_recovering(Diagnostic::new(Code::RustSpelling, span, message));
            return self.error_node(span);
        }
        let value = self.text(self.tree.span(value.id));
        let mut names = Vec::new();
        let mut assignments = String::new();
        for (index, place) in places.iter().enumerate() {
            let place = self.text(*place);
            if place == "_" {
                names.push("_".to_owned());
                continue;
            }
            let is_name = place.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let name = if is_name { format!("new_{place}") } else { format!("new_{index}") };
            let name = self.free_name(&name);
            assignments.push_str(&format!(" {place} = {name};"));
            names.push(name);
        }
        let text = format!("{{ let ({}) = {value};{assignments} }}", names.join(", "));
        self.rewritten(
            span,
            message.to_owned(),
            "take the value apart and assign its parts",
            vec![Edit { span, text }],
        );
        self.error_node(span)
    }

    /// A `use` in a body, the cursor being on it.
    #[cold]
    pub(super) fn inner_import(&mut self) {
        let span = self.token.span();
        let rest = &self.lexer.source[span.start as usize..];
        let Some(length) = rest.find(';') else {
            self.unsupported(span, "`use` inside a function is", "move it out of the function");
            return;
        };
        let whole = Span::new(span.start, span.start + length as u32 + 1);
        let text = format!("{}\n", self.text(whole));
        let before = Span::new(self.item_start, self.item_start);
        let message = "found `use` inside a function; expected it before the function".to_owned();
        let edits =
            vec![Edit { span: before, text }, Edit { span: self.with_its_line(whole), text: String::new() }];
        self.rewritten(span, message, "move it out of the function", edits);
    }

    fn rewritten(&mut self, span: Span, message: String, instruction: &str, edits: Vec<Edit>) {
        if self.recovering {
            return;
        }
        let fix = Fix { message: instruction.to_owned(), edits, safety: Safety::Safe };
        let problem = Diagnostic::new(Code::RustSpelling, span, message);
        self.report(Diagnostic { fix: Some(fix), ..problem });
    }

    /// A name that the source does not use.
    fn free_name(&self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.lexer.source.contains(&name) {
            name.push('_');
        }
        name
    }

    /// Whether the source defines a type of this name, one of Rust's boxes: then it is that.
    #[cold]
    pub(super) fn defines_box(&self, name: &str) -> bool {
        let source = self.lexer.source;
        let own = self.scratch.own_boxes.get_or_init(|| defined_boxes(source));
        own.contains(&name)
    }
}

/// Types of Rust's library that are something else here, unless a source defines its own.
const RESPELLED: [&str; 7] = ["Box", "Rc", "Arc", "RefCell", "Cell", "HashSet", "BTreeSet"];

/// Those of them that a source defines as a struct or enum.
fn defined_boxes(source: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for keyword in ["struct ", "enum "] {
        for (at, _) in source.match_indices(keyword) {
            let rest = source[at + keyword.len()..].trim_start_matches(' ');
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.extend(RESPELLED.iter().filter(|word| **word == &rest[..end]));
        }
    }
    found
}

/// Whether what follows the first name of a parameter makes it a pattern.
pub(super) fn goes_on_as_pattern(next: T) -> bool {
    matches!(next, T::LBrace | T::LParen | T::PathSep)
}
