//! Structs and enums of a source: their names first, then what they are made of, so that their order does not matter.

use crate::decls::DeclVariant;
use crate::items::Source;
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::types::{Form, MAX_PARTS, Style};
use nda_syntax::tree::{Field, Item, ItemKind, Shape, TypeKind};

/// Names that no source can give to a type of its own.
const RESERVED: [&str; 7] = ["Option", "Result", "Map", "Self", "Some", "Ok", "Err"];

/// What may be asked of a type parameter, and whether it gives its values an order.
pub(crate) fn bound(name: &str) -> Option<bool> {
    let plain = name.rsplit("::").next().unwrap_or(name);
    Some(match plain {
        "Ord" | "PartialOrd" => true,
        "Eq" | "PartialEq" | "Clone" | "Copy" | "Debug" | "Display" | "Hash" | "Default" => false,
        _ => return None,
    })
}

impl Source<'_> {
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
            let parameters = self.parameters_of(item);
            let decl = self.work.facts.table.decls.add(text, form, parameters, Vec::new());
            self.work.facts.table.decls.set_path(decl, self.work.infer.modules.path_of(index, text));
            self.work.infer.modules.decls[index] = Some(decl);
            self.decls[index] = Some(decl);
            declared.push((index, decl));
        }
        for &(index, decl) in &declared {
            let variants = self.variants_of(index, decl);
            self.work.facts.table.decls.set_variants(decl, variants);
        }
        for &(index, decl) in &declared {
            self.refuse_endless(index, decl);
        }
    }

    /// Finds out whose functions each `impl` holds.
    pub(crate) fn declare_impls(&mut self) {
        let tree = self.tree;
        for (index, item) in tree.items.iter().enumerate() {
            let ItemKind::Impl { ty, .. } = item.kind else { continue };
            if item.generics.params.len > 0 {
                // It was reported with the other items that cannot be.
                continue;
            }
            let span = tree.ty(ty).span;
            self.enter(self.work.infer.modules.home(index));
            let own = self.infer().written_type(ty);
            if own.is_error() {
                continue;
            }
            let decls = &self.work.facts.table.decls;
            let at_home = match (tree.ty(ty).kind, self.work.facts.table.nominal(own)) {
                (TypeKind::Name(name), Some((decl, _))) => {
                    decls.get(decl).path == self.work.infer.modules.path_of(index, self.text(name))
                }
                (TypeKind::Apply { .. }, Some(_)) => {
                    let message = "an `impl` for a type with parameters is not supported yet";
                    self.diagnostics.push(Diagnostic::new(Code::NotSupportedYet, span, message));
                    continue;
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

    /// Declares an item's type parameters: the number of the first, and how many there are.
    pub(crate) fn parameters_of(&mut self, item: &Item) -> (u32, u32) {
        let tree = self.tree;
        let names = tree.generics_of(item);
        if names.is_empty() {
            return (0, 0);
        }
        let mut parameters: Vec<(&str, bool)> = Vec::with_capacity(names.len());
        for name in names {
            let text = self.text(name.symbol);
            if parameters.iter().any(|&(known, _)| known == text) {
                let message = format!("two type parameters are called `{text}`");
                self.diagnostics.push(Diagnostic::new(Code::DuplicateParameter, name.span, message));
            }
            parameters.push((text, false));
        }
        for bound_of in tree.bounds_of(item) {
            let (parameter, wanted) = (self.text(bound_of.param.symbol), self.text(bound_of.name.symbol));
            let found = parameters.iter_mut().find(|(name, _)| *name == parameter);
            match (found, bound(wanted)) {
                (Some((_, ordered)), Some(orders)) => *ordered |= orders,
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
        (self.work.facts.table.decls.add_parameters(&parameters), parameters.len() as u32)
    }

    /// The names of an item's type parameters with the types they stand for.
    pub(crate) fn scope_of_parameters(&self, item: &Item, first: u32) -> Vec<(String, Type)> {
        let names = self.tree.generics_of(item).iter();
        names
            .zip(first..)
            .map(|(name, number)| (self.text(name.symbol).to_owned(), Type::parameter(number)))
            .collect()
    }

    fn variants_of(&mut self, index: usize, decl: u32) -> Vec<DeclVariant> {
        let tree = self.tree;
        let item = &tree.items[index];
        let first = self.work.facts.table.decls.get(decl).first_parameter;
        let parameters = self.scope_of_parameters(item, first);
        self.enter(self.work.infer.modules.home(index));
        match item.kind {
            ItemKind::Struct { shape, fields } => {
                let fields = tree.fields_of(fields);
                vec![self.variant("", shape, fields, &parameters, item.span)]
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
                    found.push(self.variant(text, variant.shape, fields, &parameters, variant.span));
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

    fn variant(
        &mut self,
        name: &str,
        shape: Shape,
        fields: &[Field],
        parameters: &[(String, Type)],
        span: Span,
    ) -> DeclVariant {
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
            let mut infer = self.infer();
            infer.parameters = parameters.to_vec();
            let ty = infer.written_type(field.ty);
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

    /// The type that a struct or enum without type parameters is.
    pub(crate) fn own_type(&mut self, decl: u32) -> Option<Type> {
        let parameters = self.work.facts.table.decls.get(decl).parameters;
        (parameters == 0).then(|| self.work.facts.table.apply(Head::Nominal(decl), &[]))
    }
}
