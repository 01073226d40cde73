//! Structs and enums: what each is made of, and the types they become in the graph.
//!
//! A declaration's fields may name its own type parameters; an applied type substitutes them. [`TypeTable::graph_form`]
//! turns a known type into one of a graph table that lasts for the whole source, from where each definition imports what
//! it uses; [`TypeTable::import`] goes the other way, for the types that committed definitions bring.

use crate::types::{Head, Type, TypeTable};
use nda_graph::types::{Form, NewVariant, STAND_IN, Style};
use nda_graph::{Signature, Ty, Types, TypesRef};
use rustc_hash::FxHashMap;

/// The number of `Option`.
pub(crate) const OPTION: u32 = 0;
/// The number of `Result`.
pub(crate) const RESULT: u32 = 1;
/// The number of `Map`.
pub(crate) const MAP: u32 = 2;
/// How many declarations, and type parameters of theirs, the language itself makes.
const BUILT_IN: (usize, usize) = (3, 5);

/// A struct or enum.
#[derive(Clone, Debug)]
pub(crate) struct Decl {
    /// As values show it; with its arguments if it came with a committed definition.
    pub(crate) name: String,
    /// Its full path, if it is known.
    pub(crate) path: String,
    pub(crate) form: Form,
    /// Its type parameters are those from `first_parameter` on.
    pub(crate) first_parameter: u32,
    pub(crate) parameters: u32,
    /// One, unnamed, for a struct.
    pub(crate) variants: Vec<DeclVariant>,
}

/// A variant of an enum, or all of a struct.
#[derive(Clone, Debug)]
pub(crate) struct DeclVariant {
    pub(crate) name: String,
    pub(crate) style: Style,
    /// Names are empty where fields have only a position.
    pub(crate) fields: Vec<(String, Type)>,
}

impl Decl {
    /// The types of all fields, parameters left out: those stand for arguments.
    pub(crate) fn own_field_types(&self) -> impl Iterator<Item = Type> + '_ {
        let fields = self.variants.iter().flat_map(|variant| &variant.fields);
        fields.map(|&(_, ty)| ty).filter(|ty| ty.innermost().as_parameter().is_none())
    }

    /// The variant of this name.
    pub(crate) fn variant(&self, name: &str) -> Option<usize> {
        self.variants.iter().position(|variant| variant.name == name)
    }

    fn is_object(&self) -> bool {
        self.form != Form::Enum || self.variants.iter().any(|variant| !variant.fields.is_empty())
    }
}

/// What is asked of a type parameter, and so known of its values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub(crate) enum Order {
    /// Nothing: they can be copied, printed and compared with `==`, as all can.
    #[default]
    None,
    /// An order, in which there may be floats: `PartialOrd`.
    Partial,
    /// An order without floats, so that they can be keys of a map: `Ord`.
    Total,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    order: Order,
}

/// The declarations in sight, and the graph's table.
#[derive(Default, Debug)]
pub(crate) struct Decls {
    all: Vec<Decl>,
    parameters: Vec<Parameter>,
    graph: Types,
    in_graph: FxHashMap<Type, Ty>,
    /// Declarations that came with committed definitions, by name.
    imported: FxHashMap<String, Vec<Type>>,
    /// What stands for a type parameter that is not known, by its place and what is asked of it.
    stand_ins: FxHashMap<(u32, Order), Type>,
}

impl Decls {
    /// Leaves nothing but what the language itself declares.
    pub(crate) fn clear(&mut self) {
        self.graph = Types::default();
        self.in_graph.clear();
        self.imported.clear();
        self.stand_ins.clear();
        if !self.all.is_empty() {
            self.all.truncate(BUILT_IN.0);
            self.parameters.truncate(BUILT_IN.1);
            return;
        }
        let variant = |name: &str, ty: Option<Type>| DeclVariant {
            name: name.to_owned(),
            style: if ty.is_some() { Style::Positional } else { Style::Unit },
            fields: ty.map(|ty| (String::new(), ty)).into_iter().collect(),
        };
        let some = self.add_parameters(&[("T", Order::None)]);
        let variants = vec![variant("None", None), variant("Some", Some(Type::parameter(some)))];
        self.add("Option", Form::Enum, (some, 1), variants);
        let ok = self.add_parameters(&[("T", Order::None), ("E", Order::None)]);
        let variants =
            vec![variant("Ok", Some(Type::parameter(ok))), variant("Err", Some(Type::parameter(ok + 1)))];
        self.add("Result", Form::Enum, (ok, 2), variants);
        let key = self.add_parameters(&[("K", Order::Total), ("V", Order::None)]);
        let lists = [key, key + 1].map(|part| (String::new(), Type::parameter(part).list_of()));
        let lists = DeclVariant { name: String::new(), style: Style::Positional, fields: lists.to_vec() };
        self.add("Map", Form::Map, (key, 2), vec![lists]);
    }

    /// Adds type parameters, each with what is asked of it; gives the number of the first.
    pub(crate) fn add_parameters(&mut self, parameters: &[(&str, Order)]) -> u32 {
        let first = self.parameters.len() as u32;
        let new = parameters.iter().map(|&(name, order)| Parameter { name: name.to_owned(), order });
        self.parameters.extend(new);
        first
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        form: Form,
        (first_parameter, parameters): (u32, u32),
        variants: Vec<DeclVariant>,
    ) -> u32 {
        let name = name.to_owned();
        self.all.push(Decl { name, path: String::new(), form, first_parameter, parameters, variants });
        self.all.len() as u32 - 1
    }

    pub(crate) fn get(&self, decl: u32) -> &Decl {
        &self.all[decl as usize]
    }

    pub(crate) fn set_path(&mut self, decl: u32, path: String) {
        self.all[decl as usize].path = path;
    }

    pub(crate) fn set_variants(&mut self, decl: u32, variants: Vec<DeclVariant>) {
        self.all[decl as usize].variants = variants;
    }

    pub(crate) fn parameter_name(&self, number: u32) -> &str {
        &self.parameters[number as usize].name
    }

    /// How many type parameters there are.
    pub(crate) fn parameter_count(&self) -> u32 {
        self.parameters.len() as u32
    }

    /// What is asked of a type parameter.
    pub(crate) fn order_of(&self, number: u32) -> Order {
        self.parameters[number as usize].order
    }

    /// Asks more of a type parameter; whether that is new.
    pub(crate) fn ask(&mut self, number: u32, order: Order) -> bool {
        let known = &mut self.parameters[number as usize].order;
        let more = order > *known;
        *known = order.max(*known);
        more
    }

    /// The graph's table of the types met so far.
    pub(crate) fn graph(&self) -> &Types {
        &self.graph
    }
}

impl TypeTable {
    /// The fields of a variant of a composite type, names and types; none if it has no such variant.
    pub(crate) fn fields_of(&mut self, ty: Type, variant: usize) -> Option<Vec<(String, Type)>> {
        if let Some(parts) = self.parts(ty) {
            return (variant == 0).then(|| parts.iter().map(|&part| (String::new(), part)).collect());
        }
        let (decl, args) = self.nominal(ty)?;
        let args = args.to_vec();
        let decl = self.decls.get(decl);
        let (first, fields) = (decl.first_parameter, decl.variants.get(variant)?.fields.clone());
        let mut found = Vec::with_capacity(fields.len());
        for (name, ty) in fields {
            found.push((name, self.substitute(ty, first, &args)));
        }
        Some(found)
    }

    /// The graph's type of a known type, in the table of [`Decls::graph`]. What is still open was never used as anything;
    /// unit is as good as any.
    pub(crate) fn graph_form(&mut self, ty: Type) -> Ty {
        let ty = self.resolve(ty);
        if let Some(plain) = ty.to_plain() {
            return plain;
        }
        let base = ty.innermost();
        let Some(applied) = self.applied(base).cloned() else { return around(ty, Ty::UNIT) };
        if let Some(&known) = self.decls.in_graph.get(&base) {
            return around(ty, known);
        }
        // The same type may have been met with variables in it that are known by now.
        let args: Vec<Type> = applied.args.iter().map(|&arg| self.closed(arg)).collect();
        let closed = self.apply(applied.head, &args);
        if let Some(&known) = self.decls.in_graph.get(&closed) {
            self.decls.in_graph.insert(base, known);
            return around(ty, known);
        }
        let found = self.add_to_graph(closed, applied.head);
        self.decls.in_graph.insert(base, found);
        around(ty, found)
    }

    /// The type that stands in the graph for a type parameter as such: a struct `'T` that no source can name, with just
    /// the order that is asked for. What is generic is a definition of its own with these, and its hash is what it means for every type.
    pub(crate) fn stand_in(&mut self, place: u32, order: Order) -> Type {
        if let Some(&known) = self.decls.stand_ins.get(&(place, order)) {
            return known;
        }
        let name = match place {
            0..7 => format!("{STAND_IN}{}", char::from(b'T' + place as u8)),
            _ => format!("{STAND_IN}T{place}"),
        };
        let holds = match order {
            Order::None => self.apply(Head::Nominal(MAP), &[Type::I64, Type::I64]),
            Order::Partial => Type::F64,
            Order::Total => Type::I64,
        };
        let fields = vec![(String::new(), holds)];
        let variant = DeclVariant { name: String::new(), style: Style::Positional, fields };
        let decl = self.decls.add(&name, Form::Struct, (0, 0), vec![variant]);
        let found = self.apply(Head::Nominal(decl), &[]);
        self.decls.stand_ins.insert((place, order), found);
        found
    }

    /// The composite types met so far that have one meaning.
    pub(crate) fn applied_in_graph(&self) -> Vec<Type> {
        let plain = |ty: &Type| self.all_bases(*ty, &|base| base.as_parameter().is_none());
        self.decls.in_graph.keys().copied().filter(|&ty| self.is_known(ty) && plain(&ty)).collect()
    }

    /// Parameters and then a result, in the graph's words.
    pub(crate) fn signature(&mut self, types: &[Type]) -> Signature {
        let mut params: Vec<Ty> = types.iter().map(|&ty| self.graph_form(ty)).collect();
        let ret = params.pop().unwrap_or(Ty::UNIT);
        Signature { params, ret, types: self.decls.graph.clone() }
    }

    /// The type with every variable in it filled in.
    pub(crate) fn closed(&mut self, ty: Type) -> Type {
        let ty = self.resolve(ty);
        let Some(applied) = self.applied(ty.innermost()).cloned() else {
            return if ty.innermost().is_open() { ty.around(Type::UNIT) } else { ty };
        };
        let args: Vec<Type> = applied.args.iter().map(|&arg| self.closed(arg)).collect();
        let closed = self.apply(applied.head, &args);
        ty.around(closed)
    }

    fn add_to_graph(&mut self, ty: Type, head: Head) -> Ty {
        if let Some(shape) = self.shape_of(ty) {
            let found = self.decls.graph.tensor(shape);
            self.decls.in_graph.insert(ty, found);
            return found;
        }
        let (form, name, is_object, shapes) = match head {
            // A side that never became known was reported.
            Head::Vector | Head::Matrix | Head::Side(_) => return Ty::UNIT,
            Head::Tuple => (Form::Tuple, String::new(), true, vec![(String::new(), Style::Positional)]),
            Head::Nominal(decl) => {
                let decl = self.decls.get(decl);
                let shapes =
                    decl.variants.iter().map(|variant| (variant.name.clone(), variant.style)).collect();
                let name = if decl.form == Form::Map { String::new() } else { self.show(ty) };
                (decl.form, name, decl.is_object(), shapes)
            }
        };
        let reserved = self.decls.graph.reserve(form, &name, is_object);
        self.decls.in_graph.insert(ty, reserved);
        type GraphVariant = (String, Style, Vec<(String, Ty)>);
        let mut variants: Vec<GraphVariant> = Vec::with_capacity(shapes.len());
        for (index, (name, style)) in shapes.into_iter().enumerate() {
            let fields = self.fields_of(ty, index).unwrap_or_default();
            let fields = fields.into_iter().map(|(name, ty)| (name, self.graph_form(ty))).collect();
            variants.push((name, style, fields));
        }
        let new = variants
            .iter()
            .map(|(name, style, fields)| NewVariant {
                name,
                style: *style,
                fields: fields.iter().map(|(name, ty)| (name.as_str(), *ty)).collect(),
            })
            .collect();
        self.decls.graph.define(reserved, new);
        self.one_of_equals(ty, reserved)
    }

    /// An entry that is the same as an earlier one gives way to it: the same type under another declaration.
    fn one_of_equals(&mut self, ty: Type, new: Ty) -> Ty {
        let view = self.decls.graph.view();
        let name = view.composite(new).map_or("", |found| found.name());
        let mut earlier = view.all().take_while(|&other| other != new);
        let same = |&other: &Ty| {
            view.composite(other).is_some_and(|found| found.name() == name) && view.same(other, view, new)
        };
        match earlier.find(same) {
            Some(found) => {
                self.decls.in_graph.insert(ty, found);
                found
            }
            None => new,
        }
    }

    /// The type of this table for one that a committed definition or the host names.
    pub(crate) fn import(&mut self, types: TypesRef<'_>, ty: Ty) -> Type {
        let mut met = FxHashMap::default();
        self.import_into(types, ty, &mut met)
    }

    fn import_into(&mut self, types: TypesRef<'_>, ty: Ty, met: &mut FxHashMap<Ty, Type>) -> Type {
        let Some(composite) = types.composite(ty.innermost()) else { return Type::plain(ty) };
        let lists = (0..ty.list_depth()).fold(Type::UNIT, |ty, _| ty.list_of());
        if let Some(&known) = met.get(&ty.innermost()) {
            return lists.around(known);
        }
        let found = match composite.form() {
            Form::Map => {
                let parts = [0, 1].map(|part| composite.variant(0).field(part).element());
                let parts = parts.map(|part| self.import_into(types, part.unwrap_or(Ty::UNIT), met));
                self.apply(Head::Nominal(MAP), &parts)
            }
            Form::Vector | Form::Matrix => match composite.tensor() {
                Some(shape) => self.shaped(shape),
                None => Type::ERROR,
            },
            Form::Tuple => {
                let fields: Vec<Ty> = composite.variant(0).fields().collect();
                let parts: Vec<Type> =
                    fields.into_iter().map(|field| self.import_into(types, field, met)).collect();
                self.tuple(&parts)
            }
            Form::Enum if matches!(composite.plain_name(), "Option" | "Result") && is_builtin(composite) => {
                let decl = if composite.plain_name() == "Option" { OPTION } else { RESULT };
                let fields: Vec<Ty> = composite.fields().collect();
                let args: Vec<Type> =
                    fields.into_iter().map(|field| self.import_into(types, field, met)).collect();
                self.apply(Head::Nominal(decl), &args)
            }
            form => {
                let known = self.decls.imported.get(composite.name()).into_iter().flatten();
                let known = known.copied().find(|known| {
                    let graph = self.decls.in_graph.get(known);
                    graph.is_some_and(|&graph| self.decls.graph.view().same(graph, types, ty.innermost()))
                });
                match known {
                    Some(known) => known,
                    None => self.import_declared(types, ty.innermost(), form, met),
                }
            }
        };
        met.insert(ty.innermost(), found);
        lists.around(found)
    }

    fn import_declared(
        &mut self,
        types: TypesRef<'_>,
        ty: Ty,
        form: Form,
        met: &mut FxHashMap<Ty, Type>,
    ) -> Type {
        let Some(composite) = types.composite(ty) else { return Type::ERROR };
        let name = composite.name();
        let decl = self.decls.add(name, form, (0, 0), Vec::new());
        let found = self.apply(Head::Nominal(decl), &[]);
        met.insert(ty, found);
        let mut variants = Vec::with_capacity(composite.variant_count());
        for variant in composite.variants() {
            let mut fields = Vec::with_capacity(variant.field_count());
            for (index, field) in variant.fields().enumerate() {
                let ty = self.import_into(types, field, met);
                fields.push((variant.field_name(index).to_owned(), ty));
            }
            variants.push(DeclVariant { name: variant.name().to_owned(), style: variant.style(), fields });
        }
        self.decls.set_variants(decl, variants);
        self.decls.imported.entry(name.to_owned()).or_default().push(found);
        found
    }
}

/// Whether a type called `Option` or `Result` is the language's.
fn is_builtin(composite: nda_graph::types::Composite<'_>) -> bool {
    let names: Vec<&str> = composite.variants().map(|variant| variant.name()).collect();
    names == ["None", "Some"] || names == ["Ok", "Err"]
}

fn around(lists: Type, base: Ty) -> Ty {
    let mut ty = base;
    let mut left = lists;
    while let Some(element) = left.element() {
        ty = ty.list_of().unwrap_or(ty);
        left = element;
    }
    ty
}
