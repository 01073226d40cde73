//! How types look, and what items ask of their type parameters.

use super::{Printer, TAB, width};
use crate::tree::{Bound, Item, TypeId, TypeKind, TypeList};

impl Printer<'_> {
    pub(super) fn type_width(&self, ty: TypeId) -> usize {
        match width::type_width(self.tree, self.source, ty) {
            width::NEVER => 0,
            width => width as usize,
        }
    }

    pub(super) fn ty(&mut self, ty: TypeId) {
        match self.tree.ty(ty).kind {
            TypeKind::Name(symbol) => self.name(symbol),
            TypeKind::List(element) => {
                self.push("[");
                self.ty(element);
                self.push("]");
            }
            TypeKind::Unit => self.push("()"),
            TypeKind::Tuple(members) => {
                self.push("(");
                self.types(members);
                self.push(if self.tree.type_list(members).len() == 1 { ",)" } else { ")" });
            }
            TypeKind::Apply { name, args } => {
                self.name(name);
                self.push("<");
                self.types(args);
                self.push(">");
            }
            TypeKind::Shape { name, sides } => {
                self.name(name);
                self.push("[");
                self.types(sides);
                self.push("]");
            }
            TypeKind::Number(_) => self.push(self.tree.ty(ty).span.text(self.source)),
            TypeKind::SelfType => self.push("Self"),
            TypeKind::Infer => self.push("_"),
            TypeKind::Error => self.misplaced = true,
        }
    }

    pub(super) fn types(&mut self, types: TypeList) {
        for (index, ty) in self.tree.type_list(types).enumerate() {
            self.push(if index > 0 { ", " } else { "" });
            self.ty(ty);
        }
    }

    /// `<T, U: Ord>`, if there are any.
    pub(super) fn generics(&mut self, item: &Item) {
        let tree = self.tree;
        let params = tree.generics_of(item);
        // They stand in the order of their parameters.
        let mut rest = tree.bounds_of(item);
        for (index, param) in params.iter().enumerate() {
            self.push(if index > 0 { ", " } else { "<" });
            self.name(param.symbol);
            let own = |bound: &&Bound| !bound.in_where && bound.param.span == param.span;
            let count = rest.iter().take_while(own).count();
            self.bounds(rest[..count].iter());
            rest = &rest[count..];
        }
        if !params.is_empty() {
            self.push(">");
        }
    }

    /// `: Ord + Display`, if there are any.
    fn bounds<'b>(&mut self, bounds: impl Iterator<Item = &'b Bound>) {
        for (index, bound) in bounds.enumerate() {
            self.push(if index > 0 { " + " } else { ": " });
            self.name(bound.name.symbol);
        }
    }

    /// `where` on a line of its own, and each parameter with its bounds on another; whether there is one.
    pub(super) fn where_clause(&mut self, item: &Item) -> bool {
        let tree = self.tree;
        let mut rest = tree.bounds_of(item);
        rest = &rest[rest.partition_point(|bound| !bound.in_where)..];
        if rest.is_empty() {
            return false;
        }
        self.newline(self.base);
        self.push("where");
        while let [first, ..] = rest {
            let count = rest.partition_point(|bound| bound.param.span == first.param.span);
            self.newline(self.base + TAB);
            self.name(first.param.symbol);
            self.bounds(rest[..count].iter());
            self.push(",");
            rest = &rest[count..];
        }
        true
    }

    /// What stands before the `{` of an item: a space, or the bounds and a new line.
    pub(super) fn before_brace(&mut self, item: &Item) {
        if self.where_clause(item) {
            self.newline(self.base);
        } else {
            self.push(" ");
        }
    }
}
