//! The `use` lines that an item's text needs to be read again where its file is not at hand.

use nda_syntax::parts::Parts;
use nda_syntax::tree::{Item, ItemKind, Symbol, Tree};
use rustc_hash::{FxHashMap, FxHashSet};

/// The `use` lines of a source.
pub(crate) struct Imports<'p> {
    parts: &'p Parts,
    /// By text and enclosing `mod`: what is brought in there.
    homes: FxHashMap<Home, Vec<Import>>,
}

/// Where a `use` holds: the index of the text, the `mod` around it.
type Home = (usize, Option<u32>);

struct Import {
    /// What it is called here; `None` for `use …::*`.
    name: Option<Symbol>,
    path: Symbol,
}

impl<'p> Imports<'p> {
    /// Those of a source. A `use` of a single name that keeps it is not among them: it means the same without it.
    pub(crate) fn of(tree: &Tree, parts: &'p Parts) -> Self {
        let mut imports = Self { parts, homes: FxHashMap::default() };
        for item in &tree.items {
            let import = match (item.kind, item.name) {
                (ItemKind::Use { path }, Some(name)) if path.symbol != name.symbol => {
                    Import { name: Some(name.symbol), path: path.symbol }
                }
                (ItemKind::UseAll { path }, _) => Import { name: None, path: path.symbol },
                _ => continue,
            };
            imports.homes.entry(imports.home(item)).or_default().push(import);
        }
        imports
    }

    fn home(&self, item: &Item) -> Home {
        (self.parts.index_of(item.span.start), item.inside)
    }

    /// What the text of `item` needs before and after it to be read again by itself.
    pub(crate) fn around(&self, tree: &Tree, source: &str, item: &Item) -> (String, &'static str) {
        let lines = self.written_in(tree, source, item);
        let owner = item.owner.map(|owner| tree.items[owner as usize].kind);
        let Some(ItemKind::Impl { ty, .. }) = owner else { return (lines, "") };
        let owner = item.owner.map_or(item, |owner| &tree.items[owner as usize]);
        let generics = generics(tree, source, owner);
        (format!("{lines}impl{generics} {} {{\n", tree.ty(ty).span.text(source)), "\n}")
    }

    /// The lines for `item`, one for each name that its text may mean; they lead straight to what is meant.
    fn written_in(&self, tree: &Tree, source: &str, item: &Item) -> String {
        let mut lines = String::new();
        let Some(imports) = self.homes.get(&self.home(item)) else { return lines };
        let named = |text: &str| {
            imports.iter().find(|import| import.name.is_some_and(|name| tree.name(name, source) == text))
        };
        let words: FxHashSet<&str> = words(item.span.text(source)).collect();
        for import in imports {
            let name = import.name.map(|name| tree.name(name, source));
            if !name.map_or_else(|| may_offer(tree, source, import.path, &words), |name| words.contains(name))
            {
                continue;
            }
            let mut path = tree.name(import.path, source).to_owned();
            // A path may itself begin with another name of something; each stands for one thing, so this comes to an end.
            for _ in imports {
                let (first, rest) = path.split_at(path.find("::").unwrap_or(path.len()));
                match named(first) {
                    Some(further) if Some(first) != name => {
                        path = format!("{}{rest}", tree.name(further.path, source));
                    }
                    _ => break,
                }
            }
            lines.push_str(&match name {
                None => format!("use {path}::*;\n"),
                Some(name) if path.rsplit("::").next() == Some(name) => format!("use {path};\n"),
                Some(name) => format!("use {path} as {name};\n"),
            });
        }
        lines
    }
}

/// Whether `use path::*` may bring in one of these words. Of an enum of the same source it is known what it offers.
fn may_offer(tree: &Tree, source: &str, path: Symbol, words: &FxHashSet<&str>) -> bool {
    let text = |symbol| tree.name(symbol, source);
    let last = text(path).rsplit("::").next();
    let mut enums = tree.items.iter().filter_map(|item| match item.kind {
        ItemKind::Enum { variants } if item.name.map(|name| text(name.symbol)) == last => Some(variants),
        _ => None,
    });
    let Some(variants) = enums.next() else { return true };
    let offers =
        |variants| tree.variants_of(variants).iter().any(|one| words.contains(text(one.name.symbol)));
    offers(variants) || enums.any(offers)
}

/// The type parameters of an item with what is asked of them.
fn generics(tree: &Tree, source: &str, item: &Item) -> String {
    let text = |symbol| tree.name(symbol, source);
    let all: Vec<String> = tree
        .generics_of(item)
        .iter()
        .map(|name| {
            let asked = tree.bounds_of(item).iter().filter(|bound| bound.param.symbol == name.symbol);
            let asked: Vec<&str> = asked.map(|bound| text(bound.name.symbol)).collect();
            let colon = if asked.is_empty() { "" } else { ": " };
            format!("{}{colon}{}", text(name.symbol), asked.join(" + "))
        })
        .collect();
    if all.is_empty() { String::new() } else { format!("<{}>", all.join(", ")) }
}

/// What may be the first name of a path, comments and strings included, where a format names its values.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(move |letter| !is_word(letter)).filter(|word| !word.is_empty())
}
