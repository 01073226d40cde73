//! The `use` lines that an item's text needs to be read again where its file is not at hand.

use nda_syntax::tree::{ExprKind, Item, ItemKind, Symbol, Tree};

/// What a source calls by another name than the head does.
pub(crate) struct Renames<'p> {
    /// Where the source's parts begin: a `use` holds in its own.
    parts: &'p [u32],
    /// The part, the name here, the path it stands for.
    all: Vec<(usize, Symbol, Symbol)>,
}

impl<'p> Renames<'p> {
    /// Those of a source. A `use` that keeps the name is not among them: that name means the same without it.
    pub(crate) fn of(tree: &Tree, parts: &'p [u32]) -> Self {
        let mut renames = Self { parts, all: Vec::new() };
        for item in &tree.items {
            if let (ItemKind::Use { path }, Some(name)) = (item.kind, item.name)
                && path.symbol != name.symbol
            {
                renames.all.push((renames.part(item), name.symbol, path.symbol));
            }
        }
        renames
    }

    fn part(&self, item: &Item) -> usize {
        self.parts.partition_point(|&start| start <= item.span.start)
    }

    /// `use path as name;`, one a line, for every other name of something that `item` writes.
    pub(crate) fn written_in(&self, tree: &Tree, source: &str, item: &Item) -> String {
        let mut lines = String::new();
        if self.all.is_empty() {
            return lines;
        }
        let home = self.part(item);
        let renames = || self.all.iter().filter(|rename| rename.0 == home);
        for &(_, name, path) in renames() {
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
            for _ in renames() {
                let Some(&(_, _, further)) = renames().find(|rename| rename.1 == end) else { break };
                end = further;
            }
            lines.push_str(&format!("use {} as {};\n", tree.name(end, source), tree.name(name, source)));
        }
        lines
    }
}
