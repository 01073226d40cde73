//! Definitions in one line.

use nda_gate::{InPlace, in_place};
use nda_graph::types::{Form, STAND_IN, Style, TypesRef, Variant};
use nda_graph::{DefinitionRef, Hash, Kind, Signature, Ty};
use nda_sitemap::object::Metadata;
use nda_sitemap::{ReadError, Snapshot};

/// Whether a definition is generic, by its types.
#[must_use]
pub fn is_generic(types: TypesRef<'_>) -> bool {
    types.parameters().next().is_some()
}

/// The type parameters of something generic, `<T, U>`; nothing for all else. What stands for them in the graph has a mark
/// before its name, which a line for people leaves out.
fn generics(types: TypesRef<'_>) -> String {
    let mut names: Vec<&str> = types.parameters().collect();
    names.sort_unstable();
    if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
}

/// `fn sum_sq(n: i64, m: i64) -> i64`, `fn first<T>(xs: [T]) -> Option<T>`, `fn sort(xs: &mut [i64])`, `const LIMIT: i64`; what is
/// changed in place is said as the author says it, not as one of the values that the graph's function gives.
#[must_use]
pub fn headline(
    name: &str,
    parameters: &[String],
    signature: &Signature,
    in_place: InPlace,
    is_constant: bool,
) -> String {
    if is_constant {
        return format!("const {name}: {}", signature.types.view().show(signature.ret));
    }
    let types = signature.types.view();
    let parameters: Vec<String> = signature
        .params
        .iter()
        .enumerate()
        .map(|(index, &ty)| {
            let mutable = if in_place.has(index) { "&mut " } else { "" };
            match parameters.get(index).filter(|name| !name.is_empty()) {
                Some(name) if name == "self" && in_place.has(index) => "&mut self".to_owned(),
                Some(name) => format!("{name}: {mutable}{}", types.show(ty)),
                None => format!("{mutable}{}", types.show(ty)),
            }
        })
        .collect();
    let result = match in_place.result(signature) {
        Ty::UNIT => String::new(),
        ret => format!(" -> {}", types.show(ret)),
    };
    let generics = generics(types);
    format!("fn {name}{generics}({}){result}", parameters.join(", ")).replace(STAND_IN, "")
}

/// `struct P { x: i64, y: i64 }`, `enum E { A, B(i64) }`.
#[must_use]
pub fn type_headline(name: &str, view: DefinitionRef<'_>) -> String {
    let signature = view.signature();
    let types = signature.types();
    let name = format!("{name}{}", generics(types));
    let Some(composite) = types.composite(signature.ret()) else { return name };
    let fields = |variant: Variant<'_>| {
        let all: Vec<String> = variant
            .fields()
            .enumerate()
            .map(|(index, ty)| match variant.field_name(index) {
                "" => types.show(ty).to_string(),
                name => format!("{name}: {}", types.show(ty)),
            })
            .collect();
        match variant.style() {
            Style::Unit => String::new(),
            Style::Positional => format!("({})", all.join(", ")),
            Style::Named => format!(" {{ {} }}", all.join(", ")),
        }
    };
    if composite.form() == Form::Struct {
        return format!("struct {name}{}", fields(composite.variant(0))).replace(STAND_IN, "");
    }
    let variants: Vec<String> =
        composite.variants().map(|variant| format!("{}{}", variant.name(), fields(variant))).collect();
    format!("enum {name} {{ {} }}", variants.join(", ")).replace(STAND_IN, "")
}

/// A stored definition's line.
#[must_use]
pub fn stored(view: DefinitionRef<'_>, metadata: Option<&Metadata>, name: &str) -> String {
    if view.kind() == Kind::Type {
        return type_headline(name, view);
    }
    let parameters = metadata.map_or(&[][..], |metadata| &metadata.parameters);
    let in_place = metadata.map_or(InPlace::default(), |metadata| in_place(&metadata.source));
    headline(name, parameters, &view.signature().to_owned(), in_place, view.kind() == Kind::Constant)
}

/// What the author called a definition on a branch, and what was written about it.
///
/// # Errors
/// If the store cannot be read.
pub fn metadata_of(
    snapshot: &Snapshot,
    branch: &str,
    definition: &Hash,
) -> Result<Option<(String, Metadata)>, ReadError> {
    let mut handed_on = None;
    for name in snapshot.names_of(branch, definition)? {
        if let Some(binding) = snapshot.name(branch, &name)? {
            let metadata = snapshot.metadata(&binding.metadata)?;
            if nda_gate::hands_on(&metadata.source).is_none() {
                return Ok(Some((name, metadata)));
            }
            handed_on.get_or_insert((name, metadata));
        }
    }
    Ok(handed_on)
}
