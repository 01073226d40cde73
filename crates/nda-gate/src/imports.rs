//! The `use` lines that an item's text needs to be read again where its file is not at hand.

use nda_syntax::tree::{ExprKind, Item, ItemKind, Symbol, Tree};

/// `use path as name;`, one a line, for every other name of something that `item` writes. A `use` that keeps the name
/// is not among them: that name means the same without it.
pub(crate) fn imports(tree: &Tree, source: &str, parts: &[u32], item: &Item) -> String {
    let part = |at: u32| parts.partition_point(|&start| start <= at);
    let home = part(item.span.start);
    let renames: Vec<(Symbol, Symbol)> = tree
        .items
        .iter()
        .filter(|other| part(other.span.start) == home)
        .filter_map(|other| match other.kind {
            ItemKind::Use { path } => Some((other.name?.symbol, path.symbol)),
            _ => None,
        })
        .filter(|(name, path)| name != path)
        .collect();
    let mut lines = String::new();
    for &(name, path) in &renames {
        // The first entry is a filler.
        let written = tree.exprs.iter().skip(1).any(|expr| {
            matches!(expr.kind, ExprKind::Name(symbol) if symbol == name)
                && item.span.start <= expr.span.start
                && expr.span.end <= item.span.end
        });
        if !written {
            continue;
        }
        // A path may itself be another name of something; each stands for one thing, so this comes to an end.
        let mut end = path;
        for _ in &renames {
            let Some(&(_, further)) = renames.iter().find(|(name, _)| *name == end) else { break };
            end = further;
        }
        lines.push_str(&format!("use {} as {};\n", tree.name(end, source), tree.name(name, source)));
    }
    lines
}
