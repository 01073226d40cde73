//! Structs and enums of a source: their names first, then what they are made of, so that their order does not matter.

use crate::decls::{DeclVariant, Order};
use crate::items::Source;
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::types::{Form, MAX_PARTS, Style};
use nda_syntax::tree::{Field, Item, ItemKind, Shape, TypeId, TypeKind};

/// Names that no source can give to a type of its own.
const RESERVED: [&str; 7] = ["Option", "Result", "Map", "Self", "Some", "Ok", "Err"];

/// What may be asked of a type parameter, and which order that gives its values. What can be hashed in Rust can be a key
/// here.
fn bound(name: &str) -> Option<Order> {
    let plain = name.rsplit("::").next().unwrap_or(name);
    Some(match plain {
        "Ord" | "Hash" => Order::Total,
        "PartialOrd" => Order::Partial,
        "Eq" | "PartialEq" | "Clone" | "Copy" | "Debug" | "Display" | "Default" => Order::None,
        _ => return None,
    })
}

impl<'a> Source<'a> {
    /// Declares every struct and enum.
    pub(crate) fn declare_types(&mut self) {
        let tree = self.tree;
        let mut declared = Vec::new();
        for (index, item) in tree.items.iter().enumerate() {
            let form = match item.kind {
                ItemKind::Struct { .. } => Form::Struct,
                ItemKind::Enum { .. } => Form::Enum,
                _ => continue,
            };
            let Some(name) = item.name else { continue };
            let text = self.text(name.symbol);
            if RESERVED.contains(&text) {
                let message = format!("`{text}` belongs to the language and cannot be defined");
                self.diagnostics.push(Diagnostic::new(Code::ReservedName, name.span, message));
                continue;
            }
            if !self.has_its_name(index, text) {
                continue;
            }
            let parameters = self.parameters_of(&[item]);
            let decl = self.work.facts.table.decls.add(text, form, parameters, Vec::new());
            self.work
                .facts
                .table
                .decls
                .set_path(decl, self.work.infer.modules.path_of(index, text).into_owned());
            self.work.infer.modules.decls[index] = Some(decl);
            self.decls[index] = Some(decl);
            declared.push((index, decl));
        }
        self.work.infer.in_declaration = true;
        for &(index, decl) in &declared {
            let variants = self.variants_of(index, decl);
            self.work.facts.table.decls.set_variants(decl, variants);
        }
        self.work.infer.in_declaration = false;
        self.work.infer.parameters.clear();
        while declared.iter().any(|&(index, decl)| self.ask_by_fields(index, decl)) {}
        for &(index, decl) in &declared {
            self.refuse_endless(index, decl);
        }
    }

    /// What the fields of a struct or enum ask of its type parameters, by being maps or holding something that asks; whether
    /// that is new. A key that can be none, whatever they are, is reported.
    fn ask_by_fields(&mut self, index: usize, decl: u32) -> bool {
        let table = &self.work.facts.table;
        let fields = table.decls.get(decl).variants.iter().flat_map(|variant| &variant.fields);
        let mut waiting: Vec<Type> = fields.map(|&(_, ty)| ty).collect();
        let mut asked = Vec::new();
        let mut wrong = None;
        let mut seen = Vec::new();
        while let Some(ty) = waiting.pop() {
            let ty = ty.innermost();
            if seen.contains(&ty) {
                continue;
            }
            seen.push(ty);
            let Some(applied) = table.applied(ty) else { continue };
            waiting.extend(applied.args.iter());
            let Head::Nominal(held) = applied.head else { continue };
            let first = table.decls.get(held).first_parameter;
            for (number, &arg) in (first..).zip(applied.args.iter()) {
                let order = table.decls.order_of(number);
                if order == Order::None || table.has_order(arg, order) {
                    continue;
                }
                let of = table.decls.get(decl);
                let own = of.first_parameter..of.first_parameter + of.parameters;
                let more: Vec<u32> = own
                    .filter(|&own| !table.all_bases(arg, &|base| base.as_parameter() != Some(own)))
                    .filter(|&own| table.decls.order_of(own) < order)
                    .collect();
                if more.is_empty() && table.has_parameter(arg) {
                    wrong = wrong.or(Some(arg));
                }
                asked.extend(more.into_iter().map(|own| (own, order)));
            }
        }
        if let (Some(key), Some(name)) = (wrong, self.tree.items[index].name) {
            let known = self.diagnostics.iter().any(|found| found.span == name.span);
            if !known {
                let message = format!("`{}` cannot be a key of a map", self.work.facts.table.show(key));
                self.diagnostics.push(
                    Diagnostic::new(Code::BadKey, name.span, message)
                        .note("keys are `i64`, `bool`, `str`, and tuples, structs and enums of those"),
                );
            }
        }
        let decls = &mut self.work.facts.table.decls;
        asked.into_iter().fold(false, |new, (own, order)| decls.ask(own, order) || new)
    }

    /// Finds out whose functions each `impl` holds.
    pub(crate) fn declare_impls(&mut self) {
        let tree = self.tree;
        for (index, item) in tree.items.iter().enumerate() {
            let ItemKind::Impl { ty, .. } = item.kind else { continue };
            let span = tree.ty(ty).span;
            self.enter(self.work.infer.modules.home(index));
            let parameters = self.parameters_of(&[item]);
            self.work.infer.parameters = self.scope_of_parameters(&[item], parameters.0);
            let own = self.infer().written_type(ty);
            self.work.infer.parameters.clear();
            if own.is_error() {
                continue;
            }
            let table = &self.work.facts.table;
            let at_home = match (tree.ty(ty).kind, table.nominal(own)) {
                (TypeKind::Name(name) | TypeKind::Apply { name, .. }, Some((decl, args))) => {
                    if !(parameters.0..).zip(args).all(|(number, arg)| arg.as_parameter() == Some(number))
                        || args.len() != parameters.1 as usize
                    {
                        self.not_for_all(item, span);
                        continue;
                    }
                    table.decls.get(decl).path == self.work.infer.modules.path_of(index, self.text(name))
                }
                _ => false,
            };
            if at_home {
                self.impls[index] = Some(own);
            } else {
                let message = "an `impl` is for a struct or enum of its own module";
                let diagnostic = Diagnostic::new(Code::UnknownType, span, message);
                self.diagnostics
                    .push(diagnostic.note("make these functions that take the value as an argument"));
            }
        }
    }

    #[cold]
    fn not_for_all(&mut self, item: &Item, span: Span) {
        let message = "an `impl` holds the functions of a type for all arguments alike";
        let diagnostic = Diagnostic::new(Code::UnknownType, span, message);
        let names: Vec<&str> =
            self.tree.generics_of(item).iter().map(|name| self.text(name.symbol)).collect();
        let names = if names.is_empty() { "T".to_owned() } else { names.join(", ") };
        self.diagnostics.push(diagnostic.note(format!(
            "write `impl<{names}> Type<{names}> {{ … }}`, with each type parameter once and in order"
        )));
    }

    /// Declares the type parameters of an item, and before them those of the `impl` that it stands in: the number of the
    /// first, and how many there are. The last of `items` is reported on.
    pub(crate) fn parameters_of(&mut self, items: &[&Item]) -> (u32, u32) {
        let mut parameters: Vec<(&str, Order)> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let before = self.diagnostics.len();
            self.add_parameters_of(item, &mut parameters);
            if at + 1 < items.len() {
                self.diagnostics.truncate(before);
            }
        }
        if parameters.is_empty() {
            return (0, 0);
        }
        let first = self.work.facts.table.decls.add_parameters(&parameters);
        if let ItemKind::Impl { ty, .. } = items[0].kind {
            self.ask_as_its_type(ty, first);
        }
        (first, parameters.len() as u32)
    }

    /// The type parameters of an `impl` are those of its type, and what is asked of those is asked of them.
    fn ask_as_its_type(&mut self, ty: TypeId, first: u32) {
        let TypeKind::Apply { name, .. } = self.tree.ty(ty).kind else { return };
        let name = self.text(name);
        let Some(decl) = self.infer().declared(name) else { return };
        let decls = &mut self.work.facts.table.decls;
        let (own, count) = (decls.get(decl).first_parameter, decls.get(decl).parameters);
        for place in 0..count.min(self.parameter_count() - first) {
            let order = self.work.facts.table.decls.order_of(own + place);
            self.work.facts.table.decls.ask(first + place, order);
        }
    }

    fn parameter_count(&self) -> u32 {
        self.work.facts.table.decls.parameter_count()
    }

    fn add_parameters_of(&mut self, item: &Item, parameters: &mut Vec<(&'a str, Order)>) {
        let tree = self.tree;
        for name in tree.generics_of(item) {
            let text = self.text(name.symbol);
            if parameters.iter().any(|&(known, _)| known == text) {
                let message = format!("two type parameters are called `{text}`");
                self.diagnostics.push(Diagnostic::new(Code::DuplicateParameter, name.span, message));
            }
            parameters.push((text, Order::None));
        }
        for bound_of in tree.bounds_of(item) {
            let (parameter, wanted) = (self.text(bound_of.param.symbol), self.text(bound_of.name.symbol));
            let found = parameters.iter_mut().find(|(name, _)| *name == parameter);
            match (found, bound(wanted)) {
                (Some((_, order)), Some(wanted)) => *order = wanted.max(*order),
                (None, _) => {
                    let message = format!("there is no type parameter `{parameter}` here");
                    self.diagnostics.push(Diagnostic::new(Code::UnknownType, bound_of.param.span, message));
                }
                (_, None) => {
                    let message = format!("nothing called `{wanted}` can be asked of a type");
                    let diagnostic = Diagnostic::new(Code::UnknownType, bound_of.name.span, message).note(
                        "`Ord` asks for an order; every type can be compared with `==`, printed and copied",
                    );
                    self.diagnostics.push(diagnostic);
                }
            }
        }
    }

    /// A type parameter of a function that no call could say anything about.
    pub(crate) fn check_parameters_are_used(&mut self, item: &Item, generics: (u32, u32), types: &[Type]) {
        let own = self.tree.generics_of(item);
        let numbers = (generics.0 + generics.1 - own.len() as u32)..;
        for (name, number) in own.iter().zip(numbers) {
            let is_other = |base: Type| base.as_parameter() != Some(number);
            if types.iter().all(|&ty| self.work.facts.table.all_bases(ty, &is_other)) {
                let text = self.text(name.symbol);
                let message = format!("`{text}` is in no parameter and not in the result");
                let diagnostic = Diagnostic::new(Code::CannotInfer, name.span, message)
                    .note("the type parameters of a function are found out from its arguments and its result; leave this one out");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// The names of type parameters that were declared together, with the types they stand for.
    pub(crate) fn scope_of_parameters(&self, items: &[&Item], first: u32) -> Vec<(String, Type)> {
        let names = items.iter().flat_map(|item| self.tree.generics_of(item));
        names
            .zip(first..)
            .map(|(name, number)| (self.text(name.symbol).to_owned(), Type::parameter(number)))
            .collect()
    }

    fn variants_of(&mut self, index: usize, decl: u32) -> Vec<DeclVariant> {
        let tree = self.tree;
        let item = &tree.items[index];
        let first = self.work.facts.table.decls.get(decl).first_parameter;
        self.enter(self.work.infer.modules.home(index));
        self.work.infer.parameters = self.scope_of_parameters(&[item], first);
        match item.kind {
            ItemKind::Struct { shape, fields } => {
                let fields = tree.fields_of(fields);
                vec![self.variant("", shape, fields, item.span)]
            }
            ItemKind::Enum { variants } => {
                let variants = tree.variants_of(variants);
                let mut found: Vec<DeclVariant> = Vec::with_capacity(variants.len());
                for variant in variants {
                    let text = self.text(variant.name.symbol);
                    if found.iter().any(|known| known.name == text) {
                        let message = format!("two variants are called `{text}`");
                        self.diagnostics.push(Diagnostic::new(
                            Code::DuplicateItem,
                            variant.name.span,
                            message,
                        ));
                        continue;
                    }
                    let fields = tree.fields_of(variant.fields);
                    found.push(self.variant(text, variant.shape, fields, variant.span));
                }
                if found.is_empty() || found.len() > MAX_PARTS {
                    let message = format!("an enum has 1 to {MAX_PARTS} variants");
                    self.diagnostics.push(Diagnostic::new(Code::FunctionTooLarge, item.span, message));
                }
                found
            }
            _ => Vec::new(),
        }
    }

    fn variant(&mut self, name: &str, shape: Shape, fields: &[Field], span: Span) -> DeclVariant {
        let style = match shape {
            Shape::Unit => Style::Unit,
            Shape::Tuple if fields.is_empty() => Style::Unit,
            Shape::Tuple => Style::Positional,
            Shape::Named => Style::Named,
        };
        let mut found: Vec<(String, Type)> = Vec::with_capacity(fields.len());
        for field in fields {
            let text = field.name.map_or("", |name| self.text(name.symbol));
            if !text.is_empty() && found.iter().any(|(known, _)| known == text) {
                let message = format!("two fields are called `{text}`");
                self.diagnostics.push(Diagnostic::new(Code::DuplicateField, field.span, message));
                continue;
            }
            let ty = self.infer().written_type(field.ty);
            found.push((text.to_owned(), ty));
        }
        if found.len() > MAX_PARTS {
            let message = format!("at most {MAX_PARTS} fields");
            self.diagnostics.push(Diagnostic::new(Code::FunctionTooLarge, span, message));
        }
        DeclVariant { name: name.to_owned(), style, fields: found }
    }

    /// A struct that needs a value of itself before there is one.
    fn refuse_endless(&mut self, index: usize, decl: u32) {
        let table = &self.work.facts.table;
        // What every value of the type surely holds: fields of structs and tuples, and of enums with one variant.
        let mut waiting = vec![decl];
        let mut seen = Vec::new();
        let mut types: Vec<Type> = Vec::new();
        while let Some(next) = waiting.pop() {
            if seen.contains(&next) {
                continue;
            }
            seen.push(next);
            if let [only] = table.decls.get(next).variants.as_slice() {
                types.extend(only.fields.iter().map(|&(_, ty)| ty));
            }
            while let Some(ty) = types.pop() {
                if let Some(parts) = table.parts(ty) {
                    types.extend(parts);
                } else if let Some((held, _)) = table.nominal(ty) {
                    if held == decl {
                        return self.endless(index);
                    }
                    waiting.push(held);
                }
            }
        }
    }

    fn endless(&mut self, index: usize) {
        let Some(name) = self.tree.items[index].name else { return };
        let text = self.text(name.symbol);
        let message = format!("a value of `{text}` would hold another one, and that another, without end");
        let diagnostic = Diagnostic::new(Code::EndlessType, name.span, message)
            .note(format!("an `Option<{text}>`, a list or an enum with another variant can end"));
        self.diagnostics.push(diagnostic);
    }

    /// The type that a struct or enum is by itself.
    pub(crate) fn own_type(&mut self, decl: u32) -> Type {
        let found = self.work.facts.table.decls.get(decl);
        let args = self.stand_ins((found.first_parameter, found.parameters));
        self.work.facts.table.apply(Head::Nominal(decl), &args)
    }

    /// What stands for type parameters that are not known.
    pub(crate) fn stand_ins(&mut self, (first, count): (u32, u32)) -> Vec<Type> {
        let table = &mut self.work.facts.table;
        (0..count)
            .map(|place| {
                let order = table.decls.order_of(first + place);
                table.stand_in(place, order)
            })
            .collect()
    }
}
