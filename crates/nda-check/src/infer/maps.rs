//! Maps: how they are made, and their methods.

use super::Infer;
use super::chain::Gives;
use crate::decls::MAP;
use crate::facts::Meaning;
use crate::maps::OnMap;
use crate::methods::{Intrinsic, Method};
use crate::options::Offer;
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Symbol};

impl Infer<'_> {
    /// `Map::new()`, `Map::from([(k, v), …])`; none if that is not called.
    pub(super) fn map_made(
        &mut self,
        expr: ExprId,
        path: &str,
        callee: Span,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Option<Type> {
        let (owner, name) = path.rsplit_once("::")?;
        let intrinsic = match name {
            "new" => Intrinsic::NewMap,
            "from" => Intrinsic::MapFrom,
            _ => return None,
        };
        match owner {
            "Map" => {}
            "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" if name == "new" || !owner.ends_with("Set") => {
                let message = format!("found `{owner}`; expected `Map`");
                let span = Span::new(callee.start, callee.start + owner.len() as u32);
                let diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
                self.report(diagnostic.fix("write `Map`", span, "Map"));
            }
            _ => return None,
        }
        let (key, value) = (self.facts.table.fresh(), self.facts.table.fresh());
        let map = self.facts.table.apply(Head::Nominal(MAP), &[key, value]);
        if let Some(wanted) = wanted.filter(|&wanted| self.facts.table.map_of(wanted).is_some()) {
            self.facts.table.unify(map, wanted);
        }
        if owner.ends_with("Set") {
            self.facts.table.unify(value, Type::BOOL);
        }
        let pairs = self.facts.table.tuple(&[key, value]).list_of();
        let wanted = if intrinsic == Intrinsic::MapFrom { &[pairs][..] } else { &[] };
        self.method_arguments(expr, path, args, wanted);
        self.facts.meanings[expr.index()] = Meaning::Intrinsic(intrinsic);
        self.keyed.push((expr, map));
        Some(map)
    }

    /// What was found out of a map's type by the end of the body.
    pub(super) fn check_keyed(&mut self, expr: ExprId, map: Type) {
        let Some((key, _)) = self.facts.table.map_of(map) else { return };
        let span = self.tree.span(expr);
        if self.facts.table.is_known(map) {
            self.check_key(key, span);
        } else if !self.facts.table.has_error(map) {
            let note = "write the type where it is declared: `let m: Map<str, i64> = Map::new();`";
            let message = "the types of this map's keys and values are not known";
            self.report(Diagnostic::new(Code::CannotInfer, span, message).note(note));
        }
    }

    /// Reports a type that cannot be a key.
    pub(super) fn check_key(&mut self, key: Type, span: Span) -> bool {
        let fits = self.facts.table.is_key(key);
        if !fits {
            let message = format!("`{}` cannot be a key of a map", self.show(key));
            let diagnostic = Diagnostic::new(Code::BadKey, span, message);
            self.report(
                diagnostic.note("keys are `i64`, `bool`, `str`, and tuples, structs and enums of those"),
            );
        }
        fits
    }

    /// A method of a map; none if `ty` is no map.
    pub(super) fn map_call(
        &mut self,
        expr: ExprId,
        ty: Type,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
    ) -> Option<Type> {
        let (key, value) = self.facts.table.map_of(ty)?;
        let name = self.text(method);
        if self.as_a_set(expr, (name, value), method, args, key) {
            return Some(Type::BOOL);
        }
        let option = |this: &mut Self| this.facts.table.option(value);
        let (found, wanted, result) = match name {
            "insert" => (Method::Map(OnMap::Insert), vec![key, value], option(self)),
            "get" => (Method::Offer(Offer::MapGet), vec![key], option(self)),
            "remove" => (Method::Offer(Offer::MapRemove), vec![key], option(self)),
            "get_or" => (Method::Map(OnMap::GetOr), vec![key, value], value),
            "contains_key" => (Method::Map(OnMap::ContainsKey), vec![key], Type::BOOL),
            "len" => (Method::Map(OnMap::Len), vec![], Type::I64),
            "is_empty" => (Method::Map(OnMap::IsEmpty), vec![], Type::BOOL),
            "keys" | "into_keys" => (Method::Map(OnMap::Keys), vec![], key.list_of()),
            "values" | "into_values" => (Method::Map(OnMap::Values), vec![], value.list_of()),
            "clear" => (Method::Map(OnMap::Clear), vec![], Type::UNIT),
            "clone" => (Method::Itself, vec![], ty),
            "iter" | "into_iter" => {
                let pairs = self.facts.table.tuple(&[key, value]).list_of();
                (Method::Map(OnMap::Pairs), vec![], pairs)
            }
            "entry" => {
                self.method_arguments(expr, name, args, &[key]);
                self.facts.meanings[expr.index()] = Meaning::Method(Method::Map(OnMap::Entry));
                let message =
                    "an entry is not a value: `or_insert(…)` follows, and what it leads to is changed";
                let diagnostic = Diagnostic::new(Code::NotAValue, self.tree.span(expr), message);
                self.report(diagnostic.note("as in `m.entry(k).or_insert(0) += 1;`"));
                return Some(Type::ERROR);
            }
            "to_string" => return None,
            _ => {
                self.unknown_map_method(expr, ty, method, args);
                self.infer_unwanted(args);
                return Some(Type::ERROR);
            }
        };
        let found = (found, found.changes());
        Some(self.applied_method(expr, found, (receiver, name, args), &wanted, result))
    }

    /// `s.insert(x)` and `s.contains(x)`, as of a set, which is a map to `bool`: whether it was that, which is reported.
    fn as_a_set(
        &mut self,
        expr: ExprId,
        (name, value): (&str, Type),
        method: Symbol,
        args: ExprList,
        key: Type,
    ) -> bool {
        let value = self.resolve(value);
        let only = self.tree.list(args).len() == 1 && (value == Type::BOOL || value.is_open());
        if !only || !matches!(name, "insert" | "contains") {
            return false;
        }
        let span = self.tree.method_span(method, args);
        let whole = self.tree.span(expr);
        let message = format!("`{name}` of one key is a set's; a set is a map to `bool` here");
        let diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
        self.facts.table.unify(value, Type::BOOL);
        self.report(match name {
            "insert" => {
                let end = Span::new(whole.end.saturating_sub(1), whole.end);
                diagnostic.fix("put `true` under it", end, ", true).is_none()")
            }
            _ => {
                let name = Span::new(span.start, span.start + name.len() as u32);
                diagnostic.fix("write `contains_key`", name, "contains_key")
            }
        });
        self.check_arguments(args, |_, _| Some(key));
        true
    }

    /// `pairs.collect()` where a map is wanted.
    pub(super) fn collected_map(&mut self, expr: ExprId, receiver: ExprId, pairs: Type, map: Type) -> Type {
        let Some((key, value)) = self.facts.table.map_of(map) else { return Type::ERROR };
        if let Some(element) = pairs.element().filter(|_| self.resolve(value) == Type::BOOL)
            && self.facts.table.parts(element).is_none()
        {
            let end = self.tree.span(receiver).end;
            let message = "found keys alone; expected pairs, because a set is a map to `bool` here";
            let diagnostic = Diagnostic::new(Code::RustSpelling, self.tree.span(receiver), message);
            self.report(diagnostic.fix("put `true` beside each", Span::new(end, end), ".map(|x| (x, true))"));
            return map;
        }
        let wanted = self.facts.table.tuple(&[key, value]).list_of();
        self.fits(self.tree.span(receiver), wanted, pairs);
        self.keyed.push((expr, map));
        self.facts.meanings[expr.index()] = Meaning::Method(Method::Map(OnMap::Collect));
        map
    }

    /// `m.entry(k).or_insert(v)`: a place, which is made if it is not there. None if this is something else.
    pub(super) fn or_insert(
        &mut self,
        expr: ExprId,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
    ) -> Option<Type> {
        let tree = self.tree;
        if !matches!(self.text(method), "or_insert" | "or_insert_with" | "or_default") {
            return None;
        }
        let (receiver, modify) = match tree.kind(tree.unparen(receiver)) {
            ExprKind::MethodCall { receiver: entry, method, args }
                if self.text(method) == "and_modify" && tree.list(args).len() == 1 =>
            {
                (tree.unparen(entry), tree.list(args).next().map(|lambda| (lambda, method)))
            }
            _ => (tree.unparen(receiver), None),
        };
        let ExprKind::MethodCall { receiver: map, method: entry, args: keys } = tree.kind(receiver) else {
            return None;
        };
        if self.text(entry) != "entry" {
            return None;
        }
        let ty = self.infer(map, None);
        let (key, value) = self.facts.table.map_of(ty)?;
        self.method_arguments(receiver, "entry", keys, &[key]);
        self.facts.types[receiver.index()] = ty;
        self.facts.meanings[receiver.index()] = Meaning::Method(Method::Map(OnMap::Entry));
        if let Some((lambda, method)) = modify {
            self.modifying(lambda, value, method);
        }
        match (self.text(method), tree.list(args).next()) {
            ("or_default", _) => {
                self.method_arguments(expr, "or_default", args, &[]);
                // What follows may say what it is.
                self.defaulted.push((expr, value));
            }
            ("or_insert_with", Some(lambda)) if tree.list(args).len() == 1 => {
                self.lambda(lambda, &[], Gives::Exactly(value), method);
            }
            (name, _) => {
                self.method_arguments(expr, name, args, &[value]);
            }
        }
        self.changed_place(map, Some("entry"));
        self.facts.meanings[expr.index()] = Meaning::Method(Method::Map(OnMap::OrInsert));
        Some(value)
    }

    /// The lambda of `and_modify`, whose parameter is the value under the key itself.
    fn modifying(&mut self, lambda: ExprId, value: Type, method: Symbol) {
        self.changing(lambda, &[value], Type::UNIT, method, "`|v| v += 1`");
    }

    #[cold]
    fn unknown_map_method(&mut self, expr: ExprId, ty: Type, method: Symbol, args: ExprList) {
        let name = self.text(method);
        let span = self.tree.method_span(method, args);
        let message = format!("`{}` has no method `{name}`", self.show(ty));
        let diagnostic = Diagnostic::new(Code::UnknownMethod, span, message);
        let diagnostic = self.write_out(diagnostic, expr, ty, name, args);
        if diagnostic.fix.is_some() {
            self.report(diagnostic);
            return;
        }
        let instead = match name {
            "contains" | "has" | "has_key" | "containsKey" => Some("contains_key"),
            "put" | "set" | "add" => Some("insert"),
            "delete" => Some("remove"),
            "size" | "length" | "count" => Some("len"),
            _ => nearest(name, OnMap::NAMES.iter().copied()),
        };
        if matches!(name, "get_mut" | "iter_mut" | "values_mut") {
            let note =
                "a value under a key is a place: `m[k] += 1`, `m[k].push(x)`, `m.entry(k).or_insert(0) += 1`";
            self.report(self.place_instead(diagnostic.note(note), expr, name, args));
            return;
        }
        self.report(match instead {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
            None => {
                diagnostic.note("`keys()` and `values()` give lists, and `for (k, v) in m` walks over both")
            }
        });
    }
}
