//! What Rust has and NDA writes in another way, several places apart: tuples that are assigned to, definitions in a body, other
//! names of types. Each is answered by a safe fix that rewrites it.

use super::{Node, Parser};
use crate::lexer::{Lexer, Problems};
use crate::token::T;
use crate::tree::{ExprKind, Name};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

/// Parts of a tuple that is assigned to, for a fix to be offered.
const MAX_ASSIGNED: usize = 8;
/// Bytes of a source that is looked through for the uses of a name.
const MAX_SEARCHED: usize = 64 << 10;

impl Parser<'_, '_> {
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
        let message = "found `use` inside a function; expected it before the function".to_owned();
        self.rewritten(span, message, "move it out of the function", self.moved_out(whole, "\n"));
    }

    /// The edits that move what stands in a body before the item that this is of, with `behind` behind it.
    fn moved_out(&self, what: Span, behind: &str) -> Vec<Edit> {
        let before = Span::new(self.item_start, self.item_start);
        let text = format!("{}{behind}", self.text(what));
        vec![Edit { span: before, text }, Edit { span: self.with_its_line(what), text: String::new() }]
    }

    /// Adds to the problem at `reported` the fix that moves a definition out of the body it stands in, if nothing else in the source
    /// may be called like it.
    #[cold]
    pub(super) fn move_out(&mut self, reported: usize, item: Span, name: Name) {
        let source = self.lexer.source;
        if source.len() > MAX_SEARCHED {
            return;
        }
        let own = self.text(name.span);
        let defined = |keyword: &str| source.matches(&format!("{keyword} {own}")).count();
        let all: usize = ["fn", "const", "struct", "enum", "mod", "as"].into_iter().map(defined).sum();
        if all != 1 {
            return;
        }
        let edits = self.moved_out(item, "\n\n");
        self.fix_reported(reported, "move it out of the function", edits);
    }

    /// Adds to the problem at `reported` the fix that writes the type of `type Name = …;` out where the name is used, if it stands only
    /// where a type may.
    #[cold]
    pub(super) fn write_type_out(&mut self, reported: usize, item: Span, name: Name) {
        let source = self.lexer.source;
        let behind = source[name.span.end as usize..item.end as usize].trim_start();
        let Some(ty) = behind.strip_prefix('=').and_then(|ty| ty.strip_suffix(';')) else { return };
        if source.len() > MAX_SEARCHED {
            return;
        }
        let before = source[..item.start as usize].trim_end();
        let start = before.strip_suffix("pub").map_or(item.start, |before| before.len() as u32);
        let item = Span::new(start, item.end);
        let mut edits = vec![Edit { span: self.with_its_line(item), text: String::new() }];
        let mut ignored = Vec::new();
        let mut lexer = Lexer::new(source, Vec::new(), Problems::new(&mut ignored));
        let mut before = T::Eof;
        let mut token = lexer.next();
        while token.kind != T::Eof {
            let next = lexer.next();
            let span = token.span();
            let is_inside = item.start <= span.start && span.end <= item.end;
            if token.kind == T::Ident && self.text(span) == self.text(name.span) && !is_inside {
                if before == T::PathSep || next.kind == T::PathSep || next.kind == T::Lt {
                    return;
                }
                edits.push(Edit { span, text: ty.trim().to_owned() });
            }
            (before, token) = (token.kind, next);
        }
        // Where it is not used, another text may do so.
        if edits.len() == 1 {
            return;
        }
        edits.sort_by_key(|edit| edit.span.start);
        self.fix_reported(reported, "write the type out", edits);
    }

    /// Adds a safe fix to the problem at `reported`, if that says that something is not supported.
    pub(super) fn fix_reported(&mut self, reported: usize, instruction: &str, edits: Vec<Edit>) {
        let problem = self.lexer.problems.get_mut(reported);
        if let Some(problem) = problem.filter(|problem| problem.code == Code::NotSupportedYet) {
            problem.fix = Some(Fix { message: instruction.to_owned(), edits, safety: Safety::Safe });
        }
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
