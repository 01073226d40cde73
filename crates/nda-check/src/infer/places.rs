//! Indexing, slices, and what can be assigned to.

use super::Infer;
use crate::facts::Meaning;
use crate::maps::OnMap;
use crate::methods::Method;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind, Symbol};

impl Infer<'_> {
    pub(super) fn index(&mut self, base: ExprId, index: ExprId) -> Type {
        if let Some(vector) = self.vector_of_one(base, index) {
            return vector;
        }
        let list = self.infer(base, None);
        let list = self.resolve(list);
        if self.facts.table.len_of(list).is_some() {
            self.check(index, Type::I64);
            return Type::F64;
        }
        if let Some((key, value)) = self.facts.table.map_of(list) {
            self.check(index, key);
            return value;
        }
        self.check(index, Type::I64);
        match list.element() {
            Some(element) => {
                self.index_traps(base, index);
                element
            }
            None => self.not_a_list(base, list),
        }
    }

    pub(super) fn slice(&mut self, base: ExprId, from: Option<ExprId>, to: Option<ExprId>) -> Type {
        let list = self.infer(base, None);
        let list = self.resolve(list);
        from.iter().chain(&to).for_each(|&end| self.check(end, Type::I64));
        if list.is_list() || list == Type::STR { list } else { self.not_a_list(base, list) }
    }

    #[cold]
    fn not_a_list(&mut self, base: ExprId, found: Type) -> Type {
        if found.is_error() {
            return Type::ERROR;
        }
        if found.is_open() {
            return self.not_known(base);
        }
        let span = self.tree.span(base);
        if found == Type::STR {
            let message =
                "text has no elements to index; it has parts, `s[a..b]`, and characters, `s.chars()`";
            let end = Span::new(span.end, span.end);
            let diagnostic = Diagnostic::new(Code::NotIndexable, span, message);
            self.report(diagnostic.guess("index its characters", end, ".chars()"));
            return Type::ERROR;
        }
        let message = format!("only lists are indexed, and this is `{found}`", found = self.show(found));
        self.error(Code::NotIndexable, span, message)
    }

    pub(super) fn assign(&mut self, op: Option<BinaryOp>, op_at: u32, place: ExprId, value: ExprId) -> Type {
        let before = self.place_root(place).and_then(|root| {
            let local = self.bindings[root.index()].checked_sub(1)?;
            Some((local, self.facts.locals[local as usize].read))
        });
        if op.is_none() && self.is_discard(place) {
            self.infer(value, None);
            self.facts.types[place.index()] = Type::ERROR;
            return Type::UNIT;
        }
        let ty = self.infer(place, None);
        let ty = self.resolve(ty);
        // To be changed is not to be read.
        if let (Some((local, read)), ExprKind::Name(_)) = (before, self.tree.kind(place)) {
            self.facts.locals[local as usize].read = read;
        }
        match op {
            None => self.check(value, ty),
            Some(op) if self.facts.table.len_of(ty).is_some() => {
                let span = Span::new(op_at, op_at + op.as_str().len() as u32 + 1);
                self.changed_vector(op, span, (place, ty), value);
            }
            Some(op) => {
                let span = Span::new(op_at, op_at + op.as_str().len() as u32 + 1);
                let right = match (ty, self.tree.kind(self.tree.unparen(value))) {
                    (Type::F64, ExprKind::Int(_)) => {
                        self.check(value, Type::F64);
                        Type::F64
                    }
                    _ => self.infer(value, Some(ty)),
                };
                let right = self.resolve(right);
                let broken = ty.is_error() || right.is_error();
                let fits = broken || right == Type::NEVER || self.facts.table.unify(ty, right);
                let ty = self.resolve(ty);
                if !fits || !broken && !super::operators::takes(op, ty) {
                    let message = format!(
                        "`{}=` does not take `{ty}` and `{right}`",
                        op.as_str(),
                        ty = self.show(ty),
                        right = self.show(right)
                    );
                    let mut diagnostic = Diagnostic::new(Code::BadOperand, span, message)
                        .also(self.tree.span(place), format!("this is `{ty}`", ty = self.show(ty)))
                        .also(self.tree.span(value), format!("this is `{right}`", right = self.show(right)));
                    if let (Type::F64, Type::I64) | (Type::I64, Type::F64) = (ty, right) {
                        let span = self.tree.span(value);
                        let text = format!("({}) as {ty}", span.text(self.source), ty = self.show(ty));
                        diagnostic = diagnostic.guess("nothing is converted unasked; convert it", span, text);
                    }
                    self.report(diagnostic);
                } else if ty == Type::I64 {
                    self.amount_traps(value, op, value);
                }
            }
        }
        self.changed_place(place, None);
        Type::UNIT
    }

    fn is_discard(&self, place: ExprId) -> bool {
        matches!(self.tree.kind(place), ExprKind::Name(symbol) if self.text(symbol) == "_")
    }

    /// The name a place starts at: `g` of `g[i][j]`.
    pub(super) fn place_root(&self, place: ExprId) -> Option<Symbol> {
        match self.tree.kind(place) {
            ExprKind::Name(symbol) => Some(symbol),
            ExprKind::Paren(inner) => self.place_root(inner),
            ExprKind::Index { base, .. }
            | ExprKind::Field { base, .. }
            | ExprKind::TupleField { base, .. } => self.place_root(base),
            ExprKind::MethodCall { receiver, .. } => match self.facts.meaning(place) {
                Meaning::Method(Method::Map(OnMap::OrInsert)) => {
                    match self.tree.kind(self.tree.unparen(receiver)) {
                        ExprKind::MethodCall { receiver: entry, method, .. }
                            if self.text(method) == "and_modify" =>
                        {
                            self.place_root(entry)
                        }
                        _ => self.place_root(receiver),
                    }
                }
                Meaning::Method(Method::Map(OnMap::Entry)) => self.place_root(receiver),
                _ => None,
            },
            _ => None,
        }
    }

    /// The place is about to be changed, perhaps by a method of this name: it must start at a `mut` variable.
    pub(super) fn changed_place(&mut self, place: ExprId, method: Option<&str>) -> bool {
        self.changes += 1;
        let span = self.tree.span(place);
        if self.facts.types[place.index()].is_error() {
            return false;
        }
        let Some(root) = self.place_root(place) else {
            let what = match method {
                Some(name) => {
                    format!(
                        "`{name}` changes a variable in place, and this is a value that would be thrown away"
                    )
                }
                None => "only a variable or an element of one can be assigned to".to_owned(),
            };
            self.error(Code::NotAPlace, span, what);
            return false;
        };
        let text = self.text(root);
        let Some(local) = self.bindings[root.index()].checked_sub(1) else {
            self.error(Code::NotAPlace, span, format!("`{text}` is not a variable, so it cannot change"));
            return false;
        };
        let variable = &mut self.facts.locals[local as usize];
        variable.changed = true;
        let variable = *variable;
        if variable.names_place {
            self.is_place(local);
        } else if !variable.mutable {
            let message = format!("`{text}` is not `mut`, so it cannot change");
            let diagnostic = Diagnostic::new(Code::AssignToImmutable, span, message)
                .also(variable.span, "declared here without `mut`");
            let diagnostic = self.declare_mutable(diagnostic, local, variable);
            self.report(diagnostic);
            // Once is enough for one variable.
            self.facts.locals[local as usize].mutable = true;
            return false;
        }
        true
    }
}
