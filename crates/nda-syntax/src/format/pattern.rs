//! How patterns look: always on one line, but for the alternatives of an arm.

use super::{Printer, WIDTH, width};
use crate::tree::{ForVariable, PatternId, PatternKind, PatternList};

impl Printer<'_> {
    pub(super) fn variable(&mut self, variable: ForVariable) {
        match variable {
            ForVariable::Name { name, mutable } => {
                self.push(if mutable { "mut " } else { "" });
                self.name(name.symbol);
            }
            ForVariable::Pattern(pattern) => self.pattern(pattern),
        }
    }

    pub(super) fn pattern(&mut self, id: PatternId) {
        match self.tree.pattern(id).kind {
            PatternKind::Error => self.misplaced = true,
            PatternKind::Wildcard => self.push("_"),
            PatternKind::Rest => self.push(".."),
            PatternKind::Binding { name, mutable, inner } => {
                self.push(if mutable { "mut " } else { "" });
                self.name(name.symbol);
                if let Some(inner) = inner {
                    self.push(" @ ");
                    self.pattern(inner);
                }
            }
            PatternKind::Literal(expr) => self.flat(expr),
            PatternKind::Range { from, to, inclusive } => {
                if let Some(from) = from {
                    self.flat(from);
                }
                self.push(if inclusive { "..=" } else { ".." });
                if let Some(to) = to {
                    self.flat(to);
                }
            }
            PatternKind::Path(symbol) => self.name(symbol),
            PatternKind::Tuple(members) => {
                self.push("(");
                self.patterns(members, ", ");
                self.push(if width::one_with_comma(self.tree, id) { ",)" } else { ")" });
            }
            PatternKind::List(members) => {
                self.push("[");
                self.patterns(members, ", ");
                self.push("]");
            }
            PatternKind::Constructor { path, args } => {
                self.name(path.symbol);
                self.push("(");
                self.patterns(args, ", ");
                self.push(")");
            }
            PatternKind::Struct { path, fields, rest } => {
                let tree = self.tree;
                let fields = tree.pattern_fields_of(fields);
                self.name(path.symbol);
                self.push(" {");
                for (index, field) in fields.iter().enumerate() {
                    self.push(if index > 0 { ", " } else { " " });
                    if !field.shorthand {
                        self.name(field.name.symbol);
                        self.push(": ");
                    }
                    self.pattern(field.pattern);
                }
                self.push(match (rest, fields.is_empty()) {
                    (true, true) => " .. }",
                    (true, false) => ", .. }",
                    (false, true) => "}",
                    (false, false) => " }",
                });
            }
            PatternKind::Or(members) => self.patterns(members, " | "),
            PatternKind::Paren(inner) => {
                self.push("(");
                self.pattern(inner);
                self.push(")");
            }
        }
        self.last = self.last.max(self.tree.pattern(id).span.end);
    }

    fn patterns(&mut self, members: PatternList, between: &str) {
        for (index, member) in self.tree.pattern_list(members).enumerate() {
            self.push(if index > 0 { between } else { "" });
            self.pattern(member);
        }
    }

    /// The pattern of an arm that is indented by `indent`: alternatives that do not fit stand below each other.
    pub(super) fn arm_pattern(&mut self, id: PatternId, indent: usize) {
        let width = width::pattern_width(self.tree, self.source, id) as usize;
        match self.tree.pattern(id).kind {
            PatternKind::Or(members) if self.column() + width + " => {".len() > WIDTH => {
                for (index, member) in self.tree.pattern_list(members).enumerate() {
                    if index > 0 {
                        self.newline(indent);
                        self.push("| ");
                    }
                    self.pattern(member);
                }
            }
            _ => self.pattern(id),
        }
    }
}
