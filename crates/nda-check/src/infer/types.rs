//! Types as written, and the names of types.

use super::Infer;
use super::instead::instead_of_type;
use crate::decls::{MAP, OPTION, RESULT};
use crate::env::{Empty, External};
use crate::modules::{Found, Sight, split_last};
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ItemKind, TypeId, TypeKind, TypeList};

impl Infer<'_> {
    /// The type that a type expression means.
    pub(crate) fn written_type(&mut self, id: TypeId) -> Type {
        let tree = self.tree;
        let ty = tree.ty(id);
        match ty.kind {
            TypeKind::Unit => Type::UNIT,
            TypeKind::Error => Type::ERROR,
            TypeKind::List(element) => {
                let element = self.written_type(element);
                let list = element.list_of();
                if list.is_error() && !element.is_error() { self.too_deep(ty.span) } else { list }
            }
            TypeKind::Name(symbol) => match self.text(symbol) {
                "i64" => Type::I64,
                "f64" => Type::F64,
                "bool" => Type::BOOL,
                "str" => Type::STR,
                name => self.named_type(name, &[], ty.span),
            },
            TypeKind::Apply { name, args } => {
                let args = self.written_types(args);
                let name = self.text(name);
                self.named_type(name, &args, ty.span)
            }
            TypeKind::Tuple(parts) => {
                let parts = self.written_types(parts);
                let tuple = self.facts.table.tuple(&parts);
                let broken = parts.iter().any(|part| part.is_error());
                if tuple.is_error() && !broken { self.too_deep(ty.span) } else { tuple }
            }
            TypeKind::Shape { sides, .. } => self.written_shape(sides),
            TypeKind::Number(_) => self.error(Code::UnknownType, ty.span, "a number is no type"),
            TypeKind::SelfType => match self.self_type {
                Some(own) => own,
                None => self.error(Code::UnknownType, ty.span, "`Self` is a type inside of an `impl` only"),
            },
            TypeKind::Infer if self.in_body => self.facts.table.fresh(),
            TypeKind::Infer => self.error(
                Code::CannotInfer,
                ty.span,
                "the types of a signature are written out; `_` is none",
            ),
        }
    }

    fn written_types(&mut self, list: TypeList) -> Vec<Type> {
        let tree = self.tree;
        tree.type_list(list).map(|part| self.written_type(part)).collect()
    }

    fn named_type(&mut self, name: &str, args: &[Type], span: Span) -> Type {
        if let Some(&(_, parameter)) = self.parameters.iter().find(|(known, _)| known == name) {
            return if args.is_empty() {
                parameter
            } else {
                self.error(Code::UnknownType, span, format!("the type parameter `{name}` takes no arguments"))
            };
        }
        let decl = match name {
            "Option" => Some(OPTION),
            "Result" => Some(RESULT),
            "Map" => Some(MAP),
            _ => self.declared(name),
        };
        let Some(decl) = decl else { return self.unknown_type(name, span) };
        let wanted = self.facts.table.decls.get(decl).parameters as usize;
        if args.len() != wanted {
            let plural = if wanted == 1 { "argument" } else { "arguments" };
            let message = format!("`{name}` takes {wanted} type {plural}, found {}", args.len());
            return self.error(Code::UnknownType, span, message);
        }
        if decl == MAP
            && !args[0].is_error()
            && self.facts.table.is_known(args[0])
            // What is asked of the type parameters follows from this.
            && !(self.in_declaration && self.facts.table.has_parameter(args[0]))
            && !self.check_key(args[0], span)
        {
            return Type::ERROR;
        }
        if decl != MAP && !self.in_declaration {
            self.check_arguments_of(decl, args, span);
        }
        let applied = self.facts.table.apply(Head::Nominal(decl), args);
        let broken = args.iter().any(|arg| arg.is_error());
        if applied.is_error() && !broken { self.too_deep(span) } else { applied }
    }

    /// The declaration of a struct or enum: one of this source, or a committed one.
    pub(crate) fn declared(&mut self, name: &str) -> Option<u32> {
        if name == "Self" {
            return self.self_type.and_then(|own| self.facts.table.nominal(own)).map(|(decl, _)| decl);
        }
        if let Some(&known) = self.named_types.get(name) {
            return known;
        }
        // Types begin with a capital: whatever does not is not looked for among what is committed.
        let last = split_last(name).map_or(name, |(_, last)| last);
        let sight = match last.starts_with(|c: char| c.is_ascii_uppercase()) {
            true => self.sight(),
            false => Sight { scope: &Empty, ..self.sight() },
        };
        let decl = match self.modules.find(sight, name) {
            Found::Item(item) => self.modules.decls[item],
            Found::Committed(path, external) if external.is_type => self.committed_type(path, &external),
            _ => None,
        };
        self.named_types.insert(name.to_owned(), decl);
        decl
    }

    fn committed_type(&mut self, path: String, external: &External) -> Option<u32> {
        if let Some(&known) = self.modules.committed_types.get(&path) {
            return known;
        }
        let signature = &external.signature;
        let ty = self.facts.table.import(signature.types.view(), signature.ret);
        let decl = self.facts.table.nominal(ty).map(|(decl, _)| decl);
        if let Some(decl) = decl {
            self.facts.table.decls.set_path(decl, path.clone());
        }
        self.modules.committed_types.insert(path, decl);
        decl
    }

    /// The names of all structs and enums of this source, and of those that were met.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &str> {
        let met = self.named_types.iter().filter(|(_, decl)| decl.is_some()).map(|(name, _)| name.as_str());
        let own = self.tree.items.iter().zip(&self.modules.decls).filter(|(_, decl)| decl.is_some());
        met.chain(own.filter_map(|(item, _)| Some(self.text(item.name?.symbol))))
    }

    #[cold]
    pub(super) fn too_deep(&mut self, span: Span) -> Type {
        self.error(Code::UnknownType, span, "types nested more than 64 deep are not supported")
    }

    /// `[element]`, for the literal at `span`.
    pub(super) fn list_of(&mut self, element: Type, span: Span) -> Type {
        let list = self.resolve(element).list_of();
        if list.is_error() && !element.is_error() { self.too_deep(span) } else { list }
    }

    #[cold]
    fn unknown_type(&mut self, name: &str, span: Span) -> Type {
        if self.is_private(name, span) {
            return Type::ERROR;
        }
        let broken = self.tree.items.iter().any(|item| {
            item.kind == ItemKind::Error && item.name.is_some_and(|found| self.text(found.symbol) == name)
        });
        if broken {
            // It was reported where it is defined.
            return Type::ERROR;
        }
        let instead = match name {
            "String" | "char" => Some(("str", Type::STR)),
            // An error of parsing is its text.
            "ParseIntError" | "ParseFloatError" | "std::num::ParseIntError" | "std::num::ParseFloatError" => {
                Some(("str", Type::STR))
            }
            "i8" | "i16" | "i32" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize"
            | "int" => Some(("i64", Type::I64)),
            "f32" | "float" | "double" => Some(("f64", Type::F64)),
            "boolean" => Some(("bool", Type::BOOL)),
            _ => None,
        };
        let sure = instead.is_some();
        let instead = instead.or_else(|| {
            nearest(name, ["i64", "f64", "bool", "str"]).map(|near| {
                let ty = match near {
                    "i64" => Type::I64,
                    "f64" => Type::F64,
                    "bool" => Type::BOOL,
                    _ => Type::STR,
                };
                (near, ty)
            })
        });
        let diagnostic = Diagnostic::new(Code::UnknownType, span, format!("there is no type `{name}`"));
        match instead {
            Some((text, ty)) if sure => {
                self.report(diagnostic.fix(format!("NDA writes `{text}`"), span, text));
                ty
            }
            Some((text, ty)) => {
                self.report(diagnostic.guess(format!("there is `{text}`"), span, text));
                ty
            }
            None => {
                if let Some(note) = instead_of_type(name) {
                    self.report(self.define_order(diagnostic.note(note), name, span));
                    return Type::ERROR;
                }
                let near = nearest(name, self.type_names().chain(["Option", "Result"])).map(str::to_owned);
                self.report(match near {
                    Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
                    None => diagnostic.note(
                        "the types are `i64`, `f64`, `bool`, `()`, `str`, lists `[T]`, tuples `(A, B)`, `Map<K, V>`, `Option<T>`, `Result<T, E>`, structs and enums",
                    ),
                });
                Type::ERROR
            }
        }
    }
}
