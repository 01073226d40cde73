//! Whether patterns cover every case, and which they leave out: Maranget's usefulness (Warnings for pattern matching,
//! Journal of Functional Programming 17, 2007) over the patterns of one value.
//!
//! A pattern becomes a [`Pat`], which knows nothing of names or syntax. Integers are intervals, cut where patterns
//! begin and end; texts and floats have more values than patterns can name, so they need a wildcard.

use super::Infer;
use crate::facts::PatternMeaning;
use crate::types::{Type, TypeTable};
use nda_graph::types::{Form, Style};
use nda_syntax::tree::{ExprKind, PatternId, PatternKind};

/// How many steps a check may take.
const MAX_STEPS: u32 = 200_000;
/// How many patterns a check may look at on all its steps; so one of more than 6,300 parts is never looked at.
const MAX_WORK: usize = 20_000_000;
/// Bytes of the stack that a step may need, and that are taken where there are not as many.
const STACK: (usize, usize) = (16 << 10, 1 << 20);

/// The check would take too long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooComplex;

/// A pattern, reduced to what decides whether it matches.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Pat {
    /// Anything.
    Wild,
    /// A variant with its fields; 0 for structs and tuples.
    Variant(u32, Vec<Pat>),
    Bool(bool),
    /// Integers from the first to the second, both included.
    Ints(i128, i128),
    /// A list: its first elements, its last ones, and whether others may stand between them.
    List(Vec<Pat>, Vec<Pat>, bool),
    /// One text, float or constant: equal to what is written like it, different from all else.
    Opaque(String),
    Or(Vec<Pat>),
}

/// What a pattern's head is.
#[derive(Clone, PartialEq, Debug)]
enum Constructor {
    Variant(u32),
    Bool(bool),
    Ints(i128, i128),
    /// A list of this length; or, if the second number is there, one that is as long or longer and has so many elements before the
    /// part that no pattern looks into.
    List(usize, Option<usize>),
    Opaque(String),
    /// Whatever no pattern names.
    Other,
}

/// Rows of patterns for one value.
pub(super) struct Matrix {
    subject: Type,
    rows: Vec<Vec<Pat>>,
}

impl Infer<'_> {
    /// A pattern as the check sees it.
    pub(super) fn row(&self, id: PatternId) -> Pat {
        let tree = self.tree;
        let inner = |id| self.row(id);
        match (tree.pattern(id).kind, self.facts.patterns[id.index()]) {
            (PatternKind::Paren(part), _) => inner(part),
            (PatternKind::Or(list), _) => Pat::Or(tree.pattern_list(list).map(inner).collect()),
            (PatternKind::Binding { inner: Some(part), .. }, _) => inner(part),
            (PatternKind::Literal(expr), _) => match tree.kind(tree.unparen(expr)) {
                ExprKind::Bool(value) => Pat::Bool(value),
                ExprKind::Str(text) => Pat::Opaque(format!("{:?}", tree.text(text, self.source))),
                _ => match self.literal_integer(expr) {
                    Some(value) => Pat::Ints(value.into(), value.into()),
                    None => Pat::Opaque(tree.span(expr).text(self.source).to_owned()),
                },
            },
            (PatternKind::Range { from, to, inclusive }, _)
                if self.facts.table.resolve(self.facts.pattern_types[id.index()]) == Type::I64 =>
            {
                let end = |end, open: i64| match end {
                    None => Some(i128::from(open)),
                    Some(expr) => self.literal_integer(expr).map(i128::from),
                };
                match (end(from, i64::MIN), end(to, i64::MAX)) {
                    (Some(low), Some(high)) => {
                        Pat::Ints(low, if inclusive || to.is_none() { high } else { high - 1 })
                    }
                    _ => Pat::Opaque(tree.pattern(id).span.text(self.source).to_owned()),
                }
            }
            (PatternKind::Range { .. }, _) => Pat::Opaque(tree.pattern(id).span.text(self.source).to_owned()),
            (_, PatternMeaning::Constant(target)) => match &self.facts.targets[target as usize].constant {
                Some(nda_graph::Value::Int(value)) => Pat::Ints((*value).into(), (*value).into()),
                Some(nda_graph::Value::Bool(value)) => Pat::Bool(*value),
                _ => Pat::Opaque(tree.pattern(id).span.text(self.source).to_owned()),
            },
            (kind, PatternMeaning::Variant(variant)) => {
                Pat::Variant(variant, self.row_fields(id, kind, variant))
            }
            (PatternKind::List(members), PatternMeaning::List) => {
                let (before, rest, behind) = tree.list_members(members);
                let rows = |parts: Vec<PatternId>| parts.into_iter().map(inner).collect();
                Pat::List(rows(before), rows(behind), rest.is_some())
            }
            _ => Pat::Wild,
        }
    }

    fn row_fields(&self, id: PatternId, kind: PatternKind, variant: u32) -> Vec<Pat> {
        let tree = self.tree;
        let names = self.field_names(self.facts.pattern_types[id.index()], variant);
        let mut fields = vec![Pat::Wild; names.len()];
        match kind {
            PatternKind::Tuple(list) | PatternKind::Constructor { args: list, .. } => {
                for (at, part) in self.placed(list, names.len()) {
                    if let Some(field) = fields.get_mut(at) {
                        *field = self.row(part);
                    }
                }
            }
            PatternKind::Struct { fields: written, .. } => {
                for field in tree.pattern_fields_of(written) {
                    let text = self.text(field.name.symbol);
                    if let Some(at) = names.iter().position(|name| name == text) {
                        fields[at] = self.row(field.pattern);
                    }
                }
            }
            _ => {}
        }
        fields
    }

    /// The names of a variant's fields; empty ones where they have only positions.
    fn field_names(&self, ty: Type, variant: u32) -> Vec<String> {
        let table = &self.facts.table;
        if let Some(parts) = table.parts(ty) {
            return vec![String::new(); parts.len()];
        }
        let Some((decl, _)) = table.nominal(ty) else { return Vec::new() };
        let variant = &table.decls.get(decl).variants[variant as usize];
        variant.fields.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Which field each pattern of a list is for; `..` stands for any number of them.
    fn placed(&self, list: nda_syntax::tree::PatternList, count: usize) -> Vec<(usize, PatternId)> {
        placed(self.tree, list, count)
    }
}

/// Which field each pattern of a list is for; `..` stands for any number of them.
pub(crate) fn placed(
    tree: &nda_syntax::Tree,
    list: nda_syntax::tree::PatternList,
    count: usize,
) -> Vec<(usize, PatternId)> {
    let parts: Vec<PatternId> = tree.pattern_list(list).collect();
    let rest = parts.iter().position(|&part| tree.pattern(part).kind == PatternKind::Rest);
    let mut placed = Vec::with_capacity(parts.len());
    for (index, &part) in parts.iter().enumerate() {
        match rest {
            Some(rest) if index == rest => {}
            Some(rest) if index > rest => {
                placed.extend((count + index).checked_sub(parts.len()).map(|at| (at, part)));
            }
            _ => placed.push((index, part)),
        }
    }
    placed
}

impl Matrix {
    pub(super) fn new(subject: Type) -> Self {
        Self { subject, rows: Vec::new() }
    }

    pub(super) fn push(&mut self, row: Pat) {
        self.rows.push(vec![row]);
    }

    /// Whether a row matches something that those before it do not.
    pub(super) fn is_useful(&self, table: &mut TypeTable, row: &Pat) -> Result<bool, TooComplex> {
        let mut check = Check { table, steps: 0, work: 0, limit: 1 };
        let found = check.witnesses(&self.rows, std::slice::from_ref(row), &[self.subject])?;
        Ok(!found.is_empty())
    }

    /// Cases that no row matches, at most `limit`, as they would be written.
    pub(super) fn missing(&self, table: &mut TypeTable, limit: usize) -> Result<Vec<String>, TooComplex> {
        let mut check = Check { table, steps: 0, work: 0, limit };
        let found = check.witnesses(&self.rows, &[Pat::Wild], &[self.subject])?;
        Ok(found.into_iter().filter_map(|mut case| case.pop()).collect())
    }
}

struct Check<'t> {
    table: &'t mut TypeTable,
    steps: u32,
    work: usize,
    /// How many witnesses are enough.
    limit: usize,
}

impl Check<'_> {
    /// Values, as texts and one for each column, that `row` matches and no row of `rows` does.
    fn witnesses(
        &mut self,
        rows: &[Vec<Pat>],
        row: &[Pat],
        types: &[Type],
    ) -> Result<Vec<Vec<String>>, TooComplex> {
        self.steps += 1 + rows.len() as u32;
        self.work += (1 + rows.len()) * types.len();
        if self.steps > MAX_STEPS || self.work > MAX_WORK {
            return Err(TooComplex);
        }
        if rows.last().is_some_and(|row| row.iter().all(|part| *part == Pat::Wild)) {
            return Ok(Vec::new());
        }
        stacker::maybe_grow(STACK.0, STACK.1, || self.witnesses_of_first(rows, row, types))
    }

    fn witnesses_of_first(
        &mut self,
        rows: &[Vec<Pat>],
        row: &[Pat],
        types: &[Type],
    ) -> Result<Vec<Vec<String>>, TooComplex> {
        let (Some((first, rest)), Some((&ty, other_types))) = (row.split_first(), types.split_first()) else {
            return Ok(if rows.is_empty() { vec![Vec::new()] } else { Vec::new() });
        };
        if let Pat::Or(parts) = first {
            let mut found = Vec::new();
            for part in parts {
                let alternative: Vec<Pat> = [part].into_iter().chain(rest).cloned().collect();
                found.extend(self.witnesses(rows, &alternative, types)?);
                if found.len() >= self.limit {
                    break;
                }
            }
            return Ok(found);
        }
        let rows = spread(rows);
        let ty = self.table.resolve(ty);
        let mut found = Vec::new();
        for constructor in self.constructors(&rows, first, ty) {
            let fields = self.fields(&constructor, ty);
            let Some(special) = specialize(std::slice::from_ref(first), &constructor, fields.len()) else {
                continue;
            };
            let row: Vec<Pat> = special.into_iter().chain(rest.iter().cloned()).collect();
            let narrowed: Vec<Vec<Pat>> =
                rows.iter().filter_map(|row| specialize(row, &constructor, fields.len())).collect();
            let types: Vec<Type> =
                fields.iter().map(|(_, ty)| *ty).chain(other_types.iter().copied()).collect();
            for mut case in self.witnesses(&narrowed, &row, &types)? {
                let others = case.split_off(fields.len());
                let shown = self.show(&constructor, ty, &fields, &case);
                found.push([shown].into_iter().chain(others).collect());
                if found.len() >= self.limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// The constructors to try: all of the type where they are few, else those that are named, and one for all others.
    fn constructors(&mut self, rows: &[Vec<Pat>], first: &Pat, ty: Type) -> Vec<Constructor> {
        let heads = || rows.iter().filter_map(|row| row.first()).chain([first]);
        if heads().all(|head| *head == Pat::Wild) {
            return vec![Constructor::Other];
        }
        if ty == Type::BOOL {
            return vec![Constructor::Bool(false), Constructor::Bool(true)];
        }
        if ty == Type::I64 {
            let mut cuts = vec![i128::from(i64::MIN), i128::from(i64::MAX) + 1];
            for head in heads() {
                if let Pat::Ints(low, high) = head {
                    cuts.extend([*low, *high + 1]);
                }
            }
            cuts.sort_unstable();
            cuts.dedup();
            let inside = |&cut: &i128| cut >= i128::from(i64::MIN) && cut <= i128::from(i64::MAX) + 1;
            let cuts: Vec<i128> = cuts.into_iter().filter(inside).collect();
            return cuts.windows(2).map(|pair| Constructor::Ints(pair[0], pair[1] - 1)).collect();
        }
        if self.table.parts(ty).is_some() {
            return vec![Constructor::Variant(0)];
        }
        if ty.is_list() {
            return lengths(heads());
        }
        if let Some((decl, _)) = self.table.nominal(ty) {
            let count = self.table.decls.get(decl).variants.len() as u32;
            return (0..count).map(Constructor::Variant).collect();
        }
        let mut named = Vec::new();
        for head in heads() {
            if let Pat::Opaque(text) = head {
                let constructor = Constructor::Opaque(text.clone());
                if !named.contains(&constructor) {
                    named.push(constructor);
                }
            }
        }
        named.push(Constructor::Other);
        named
    }

    fn fields(&mut self, constructor: &Constructor, ty: Type) -> Vec<(String, Type)> {
        match constructor {
            Constructor::Variant(variant) => self.table.fields_of(ty, *variant as usize).unwrap_or_default(),
            Constructor::List(length, _) => {
                vec![(String::new(), ty.element().unwrap_or(Type::ERROR)); *length]
            }
            _ => Vec::new(),
        }
    }

    /// A case as it would be written.
    fn show(
        &self,
        constructor: &Constructor,
        ty: Type,
        fields: &[(String, Type)],
        parts: &[String],
    ) -> String {
        match constructor {
            Constructor::Other => "_".to_owned(),
            Constructor::Bool(value) => value.to_string(),
            Constructor::Opaque(text) => text.clone(),
            Constructor::List(_, None) => format!("[{}]", parts.join(", ")),
            Constructor::List(length, Some(before)) => {
                let rest = if parts.iter().all(|part| part == "_") { length } else { before };
                let mut parts = parts.to_vec();
                parts.insert(*rest, "..".to_owned());
                format!("[{}]", parts.join(", "))
            }
            Constructor::Ints(low, high) => {
                let (min, max) = (i128::from(i64::MIN), i128::from(i64::MAX));
                match (*low == min, *high == max) {
                    (true, true) => "_".to_owned(),
                    (true, false) => format!("..={high}"),
                    (false, true) => format!("{low}.."),
                    _ if low == high => low.to_string(),
                    _ => format!("{low}..={high}"),
                }
            }
            Constructor::Variant(variant) => {
                let Some((decl, _)) = self.table.nominal(ty) else {
                    return format!("({})", parts.join(", "));
                };
                let found = self.table.decls.get(decl);
                let variant = &found.variants[*variant as usize];
                let builtin = decl <= crate::decls::RESULT;
                let name = match found.form {
                    Form::Enum if builtin => variant.name.clone(),
                    Form::Enum => format!("{}::{}", found.name, variant.name),
                    _ => found.name.clone(),
                };
                match variant.style {
                    Style::Unit => name,
                    Style::Positional => format!("{name}({})", parts.join(", ")),
                    Style::Named if parts.iter().all(|part| part == "_") => format!("{name} {{ .. }}"),
                    Style::Named => {
                        let fields: Vec<String> = fields
                            .iter()
                            .zip(parts)
                            .map(|((name, _), part)| format!("{name}: {part}"))
                            .collect();
                        format!("{name} {{ {} }}", fields.join(", "))
                    }
                }
            }
        }
    }
}

/// The lengths of lists to try: each that some pattern tells from its neighbours, and one for all that are longer.
fn lengths<'p>(heads: impl Iterator<Item = &'p Pat>) -> Vec<Constructor> {
    let (mut before, mut behind, mut longest) = (0, 0, 0);
    for head in heads {
        match head {
            Pat::List(first, _, false) => longest = longest.max(first.len() + 1),
            Pat::List(first, last, true) => {
                before = before.max(first.len());
                behind = behind.max(last.len());
            }
            _ => {}
        }
    }
    let all = longest.max(before + behind);
    let exact = (0..all).map(|length| Constructor::List(length, None));
    exact.chain([Constructor::List(all, Some(all - behind))]).collect()
}

/// Rows without alternatives in their first column.
fn spread(rows: &[Vec<Pat>]) -> Vec<Vec<Pat>> {
    let mut out = Vec::with_capacity(rows.len());
    let mut waiting: Vec<Vec<Pat>> = rows.iter().rev().cloned().collect();
    while let Some(row) = waiting.pop() {
        match row.split_first() {
            Some((Pat::Or(parts), rest)) => {
                for part in parts.iter().rev() {
                    waiting.push([part].into_iter().chain(rest).cloned().collect());
                }
            }
            _ => out.push(row),
        }
    }
    out
}

/// The row's other columns, behind the fields of its first one, if that admits the constructor.
fn specialize(row: &[Pat], constructor: &Constructor, fields: usize) -> Option<Vec<Pat>> {
    let (first, rest) = row.split_first()?;
    let parts = match (first, constructor) {
        (Pat::Wild, _) => vec![Pat::Wild; fields],
        (Pat::Variant(a, parts), Constructor::Variant(b)) if a == b => parts.clone(),
        (Pat::Bool(a), Constructor::Bool(b)) if a == b => Vec::new(),
        (Pat::Ints(low, high), Constructor::Ints(from, to)) if low <= from && to <= high => Vec::new(),
        (Pat::List(before, behind, open), Constructor::List(length, more)) => {
            let gap = length.checked_sub(before.len() + behind.len())?;
            if !open && (gap > 0 || more.is_some()) {
                return None;
            }
            let gap = std::iter::repeat_n(&Pat::Wild, gap);
            before.iter().chain(gap).chain(behind).cloned().collect()
        }
        (Pat::Opaque(a), Constructor::Opaque(b)) if a == b => Vec::new(),
        _ => return None,
    };
    Some(parts.into_iter().chain(rest.iter().cloned()).collect())
}
