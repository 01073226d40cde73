//! What the paths of a text mean, without checking it: for whoever rewrites texts.

use crate::env::Scope;
use crate::modules::{Found, Modules, Sight};
use nda_diagnostics::Span;
use nda_syntax::parts::Parts;
use nda_syntax::tree::{ExprKind, ItemKind, Name, PatternKind, Symbol, Tree, TypeKind};

/// A path in a text, and the definition it leads to. A variable of the same name is taken for one, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// Where the path stands; for that of a variant, only the enum's.
    pub span: Span,
    /// The full path of the definition.
    pub full: String,
    /// The name that it begins with, if a `use` of the text gives it.
    pub import: Option<String>,
    /// For the path of a `use`: the name that this gives.
    pub gives: Option<String>,
}

/// The paths of a text whose items lie in one module, in the order of their places.
#[must_use]
pub fn meanings(tree: &Tree, source: &str, module: &str, scope: &dyn Scope) -> Vec<Meaning> {
    let sight = Sight { tree, source, scope };
    let mut modules = Modules::default();
    modules.reset(tree, source, &Parts::of([(module, source)]));
    let text = |symbol: Symbol| tree.name(symbol, source);
    let (mut uses, mut stars) = (Vec::new(), Vec::new());
    for (index, item) in tree.items.iter().enumerate() {
        match (item.kind, item.name) {
            (ItemKind::Use { path }, Some(name)) => {
                let own = item.public.then(|| modules.path_of(index, text(name.symbol)).into_owned());
                modules.import(index, name.symbol, path.symbol, own);
                uses.push((path, name));
            }
            (ItemKind::UseAll { path }, _) => stars.push(path),
            (_, Some(name)) => {
                let path = modules.path_of(index, text(name.symbol)).into_owned();
                let _ = modules.name(path, index);
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for path in stars {
        let text = text(path.symbol);
        if let Some(full) = modules.enumeration(sight, text) {
            let span = Span::new(path.span.start, path.span.start + text.len() as u32);
            // In a group it is not written as it is.
            if source.get(span.start as usize..span.end as usize) == Some(text) {
                found.push(Meaning { span, full: full.clone(), import: None, gives: None });
            }
            modules.frames[0].enums.push(full);
        } else {
            let module = modules.namespace(sight, text);
            modules.frames[0].stars.extend(module);
        }
    }
    for (index, &(path, name)) in uses.iter().enumerate() {
        let full = modules.imported(sight, index, 0);
        let gives = Some(text(name.symbol).to_owned());
        found.extend(full.map(|full| Meaning { span: path.span, full, import: None, gives }));
    }
    let is_parameter = |symbol: Symbol| tree.generics.iter().any(|name| name.symbol == symbol);
    let named = |symbol, span| Name { symbol, span };
    // The first entry of each table is a filler.
    let exprs = tree.exprs.iter().skip(1).filter_map(|expr| match expr.kind {
        ExprKind::Name(symbol) | ExprKind::Path(symbol) => Some(named(symbol, expr.span)),
        _ => None,
    });
    let types = tree.types.iter().skip(1).filter_map(|ty| match ty.kind {
        TypeKind::Name(name) | TypeKind::Apply { name, .. } if !is_parameter(name) => {
            let end = ty.span.start + text(name).len() as u32;
            Some(named(name, Span::new(ty.span.start, end)))
        }
        _ => None,
    });
    let patterns = tree.patterns.iter().skip(1).filter_map(|pattern| match pattern.kind {
        PatternKind::Path(symbol) => Some(named(symbol, pattern.span)),
        PatternKind::Constructor { path, .. } | PatternKind::Struct { path, .. } => Some(path),
        _ => None,
    });
    let literals = tree.literals.iter().skip(1).map(|literal| literal.path);
    for name in exprs.chain(types).chain(patterns).chain(literals) {
        found.extend(meaning(&mut modules, sight, name));
    }
    found.sort_by_key(|meaning| (meaning.span.start, meaning.span.end));
    found.dedup();
    found
}

/// The definition that a path leads to, or the one before its last name: a variant is no definition.
fn meaning(modules: &mut Modules, sight: Sight<'_>, path: Name) -> Option<Meaning> {
    let text = sight.tree.name(path.symbol, sight.source);
    // A path with spaces in it is not cut.
    let is_exact = path.span.text(sight.source) == text;
    let owner = text.rsplit_once("::").map(|(owner, _)| owner).filter(|_| is_exact);
    for text in std::iter::once(text).chain(owner) {
        let handed = match modules.handed_at(sight, text) {
            Some(None) if owner.is_some_and(|owner| owner != text) => continue,
            handed => handed.flatten(),
        };
        let full = match handed {
            Some(full) => full,
            None => match modules.find(sight, text) {
                Found::Item(item) => {
                    let name = sight.tree.items[item].name?;
                    modules.path_of(item, sight.tree.name(name.symbol, sight.source)).into_owned()
                }
                Found::Committed(full, _) => full,
                Found::Private(private) => private.path,
                Found::Ambiguous(..) | Found::Refused | Found::Nothing => continue,
            },
        };
        let end = if is_exact { path.span.start + text.len() as u32 } else { path.span.end };
        let first = text.split("::").next().unwrap_or_default();
        let symbol = sight.tree.find_symbol(first, sight.source);
        let import = symbol.and_then(|symbol| modules.import_of(symbol)).map(|_| first.to_owned());
        return Some(Meaning { span: Span::new(path.span.start, end), full, import, gives: None });
    }
    None
}
