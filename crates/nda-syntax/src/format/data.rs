//! How structs and enums look: named fields and variants on lines of their own, numbered fields and the fields of a variant on
//! one line where they fit.

use super::{Printer, TAB, WIDTH};
use crate::tree::{Field, Item, Name, Run, Shape, Variant};

impl Printer<'_> {
    /// What follows `struct`.
    pub(super) fn structure(&mut self, item: &Item, name: Name, shape: Shape, fields: Run) {
        let tree = self.tree;
        self.name(name.symbol);
        self.generics(item);
        let fields = tree.fields_of(fields);
        match shape {
            Shape::Unit => {
                self.where_clause(item);
                self.push(";");
            }
            Shape::Tuple => {
                let open = self.find(b'(', name.span.end);
                // A comment before the bracket has no place of its own.
                self.last = open + 1;
                self.numbered_fields(fields);
                self.where_clause(item);
                self.push(";");
            }
            Shape::Named => {
                self.before_brace(item);
                let open = self.find(b'{', name.span.end);
                let end = self.find(b'}', fields.last().map_or(open, |field| field.span.end)) + 1;
                self.braced(open, end, |printer| {
                    for field in fields {
                        printer.entry(field.span.start);
                        printer.or_verbatim(field.span, |printer| printer.field(field));
                        printer.push(",");
                    }
                });
            }
        }
    }

    /// What follows `enum`.
    pub(super) fn enumeration(&mut self, item: &Item, name: Name, variants: Run) {
        let variants = self.tree.variants_of(variants);
        self.name(name.symbol);
        self.generics(item);
        self.before_brace(item);
        let open = self.find(b'{', name.span.end);
        let end = self.find(b'}', variants.last().map_or(open, |variant| variant.span.end)) + 1;
        self.braced(open, end, |printer| {
            for variant in variants {
                printer.entry(variant.span.start);
                printer.or_verbatim(variant.span, |printer| printer.variant(variant));
                printer.push(",");
            }
        });
    }

    /// The start of a field or variant, behind the comments before it.
    fn entry(&mut self, at: u32) {
        self.lines_before(at, self.base);
    }

    fn field(&mut self, field: &Field) {
        self.push(if field.public { "pub " } else { "" });
        if let Some(name) = field.name {
            self.name(name.symbol);
            self.push(": ");
        }
        self.ty(field.ty);
        self.last = field.span.end;
    }

    fn field_width(&self, field: &Field) -> usize {
        let name = field.name.map_or(0, |name| self.tree.name(name.symbol, self.source).len() + 2);
        name + self.type_width(field.ty) + if field.public { 4 } else { 0 }
    }

    fn variant(&mut self, variant: &Variant) {
        let fields = self.tree.fields_of(variant.fields);
        self.name(variant.name.symbol);
        self.last = variant.name.span.end;
        match variant.shape {
            Shape::Unit => {}
            Shape::Tuple => self.numbered_fields(fields),
            Shape::Named if self.fit(fields, 5) && !self.comment_before(variant.span.end) => {
                self.push(" { ");
                for (index, field) in fields.iter().enumerate() {
                    self.push(if index > 0 { ", " } else { "" });
                    self.field(field);
                }
                self.push(" }");
            }
            Shape::Named => {
                self.push(" ");
                let open = self.find(b'{', variant.name.span.end);
                self.braced(open, variant.span.end, |printer| {
                    for field in fields {
                        printer.entry(field.span.start);
                        printer.or_verbatim(field.span, |printer| printer.field(field));
                        printer.push(",");
                    }
                });
            }
        }
        self.last = variant.span.end;
    }

    /// Whether fields fit on the present line, with `extra` columns around them.
    fn fit(&self, fields: &[Field], extra: usize) -> bool {
        let width = fields.iter().map(|field| self.field_width(field) + 2).sum::<usize>();
        !fields.is_empty() && self.column() + width + extra <= WIDTH
    }

    fn comment_before(&self, end: u32) -> bool {
        self.tree.comments.get(self.comment).is_some_and(|next| next.span.start < end)
    }

    /// `(A, B)`.
    fn numbered_fields(&mut self, fields: &[Field]) {
        self.push("(");
        let opened = self.out.len();
        self.opened = opened;
        let end = self.find(b')', fields.last().map_or(self.last, |field| field.span.end));
        let flat = (self.fit(fields, 2) || fields.is_empty()) && !self.comment_before(end);
        for (index, field) in fields.iter().enumerate() {
            if !flat {
                self.lines_before_member(field.span.start, self.base + TAB);
            } else if index > 0 {
                self.push(", ");
            }
            self.field(field);
            self.push(if flat { "" } else { "," });
        }
        if !flat {
            self.trailing_lines(end, self.base + TAB);
            self.newline(self.base);
        }
        self.push(")");
        self.last = end;
    }
}
