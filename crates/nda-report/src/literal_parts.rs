//! Arguments with parts: tuples, structs, enums and maps, read for their types.

use crate::literal::{LiteralError, Reader, wrong};
use nda_graph::types::{Composite, Form, Style, Variant};
use nda_graph::{Ty, Value};
use nda_syntax::tree::{ExprId, ExprKind};
use std::cmp::Ordering;

impl Reader<'_> {
    /// The value of a type with parts that an expression writes.
    pub(crate) fn parts(
        &self,
        expr: ExprId,
        ty: Ty,
        composite: Composite<'_>,
    ) -> Result<Value, LiteralError> {
        let written = self.tree.span(expr).text(self.text);
        let refused = |hint: &str| Err(wrong(written, self.types, ty, hint));
        match (composite.form(), self.tree.kind(expr)) {
            (Form::Tuple, ExprKind::Tuple(items)) => {
                let items: Vec<ExprId> = self.tree.list(items).collect();
                self.positional(&items, composite, 0, written, ty)
            }
            (Form::Map, _) => self.map(expr, ty, composite),
            (Form::Struct | Form::Enum, kind) => {
                let (path, args) = match kind {
                    ExprKind::Name(symbol) | ExprKind::Path(symbol) => (symbol, Vec::new()),
                    ExprKind::Call { callee, args } => match self.tree.kind(callee) {
                        ExprKind::Name(symbol) | ExprKind::Path(symbol) => {
                            (symbol, self.tree.list(args).collect())
                        }
                        _ => return refused(&shape(composite)),
                    },
                    ExprKind::Struct(id) => {
                        let literal = self.tree.literal(id);
                        let path = self.tree.name(literal.path.symbol, self.text);
                        let Some(variant) = variant_of(composite, path) else {
                            return refused(&shape(composite));
                        };
                        return self.named(id, composite, variant, written, ty);
                    }
                    _ => return refused(&shape(composite)),
                };
                match variant_of(composite, self.tree.name(path, self.text)) {
                    Some(variant) => self.positional(&args, composite, variant, written, ty),
                    None => refused(&shape(composite)),
                }
            }
            _ => refused(&shape(composite)),
        }
    }

    fn positional(
        &self,
        items: &[ExprId],
        composite: Composite<'_>,
        variant: usize,
        written: &str,
        ty: Ty,
    ) -> Result<Value, LiteralError> {
        let form = composite.variant(variant);
        if items.len() != form.field_count() || !items.is_empty() && form.style() == Style::Named {
            return Err(wrong(written, self.types, ty, &shape(composite)));
        }
        let values: Result<Vec<Value>, _> =
            items.iter().zip(form.fields()).map(|(&item, field)| self.value(item, field)).collect();
        Ok(Value::composite(composite, variant as u32, values?))
    }

    fn named(
        &self,
        id: nda_syntax::tree::LiteralId,
        composite: Composite<'_>,
        variant: usize,
        written: &str,
        ty: Ty,
    ) -> Result<Value, LiteralError> {
        let form = composite.variant(variant);
        let literal = self.tree.literal(id);
        let inits = self.tree.inits_of(literal.inits);
        let refused = || wrong(written, self.types, ty, &shape(composite));
        if literal.base.is_some() || inits.len() != form.field_count() || form.style() != Style::Named {
            return Err(refused());
        }
        let value_of = |index: usize| {
            let name = form.field_name(index);
            let init = inits.iter().find(|init| self.tree.name(init.name.symbol, self.text) == name);
            self.value(init.ok_or_else(refused)?.value, form.field(index))
        };
        let values: Result<Vec<Value>, _> = (0..inits.len()).map(value_of).collect();
        Ok(Value::composite(composite, variant as u32, values?))
    }

    /// `Map::new()`, `Map::from([(k, v), …])`, or the pairs alone; of equal keys the last one counts.
    fn map(&self, expr: ExprId, ty: Ty, composite: Composite<'_>) -> Result<Value, LiteralError> {
        let refused =
            || wrong(self.tree.span(expr).text(self.text), self.types, ty, ": write a map as {\"a\": 1}");
        let form = composite.variant(0);
        let (Some(key), Some(element)) = (form.field(0).element(), form.field(1).element()) else {
            return Err(refused());
        };
        let pairs = match self.tree.kind(expr) {
            ExprKind::List(pairs) => self.tree.list(pairs).collect(),
            ExprKind::Call { callee, args } => {
                let args: Vec<ExprId> = self.tree.list(args).collect();
                let path = match self.tree.kind(callee) {
                    ExprKind::Path(symbol) => self.tree.name(symbol, self.text),
                    _ => "",
                };
                match (path, args.as_slice()) {
                    ("Map::new", []) => Vec::new(),
                    ("Map::from", &[pairs]) => match self.tree.kind(self.tree.unparen(pairs)) {
                        ExprKind::List(pairs) => self.tree.list(pairs).collect(),
                        _ => return Err(refused()),
                    },
                    _ => return Err(refused()),
                }
            }
            _ => return Err(refused()),
        };
        let mut found: Vec<(Value, Value)> = Vec::new();
        for pair in pairs {
            let ExprKind::Tuple(both) = self.tree.kind(self.tree.unparen(pair)) else {
                return Err(refused());
            };
            let both: Vec<ExprId> = self.tree.list(both).collect();
            let [first, second] = both[..] else { return Err(refused()) };
            found.push((self.value(first, key)?, self.value(second, element)?));
        }
        // The sort is stable, so the last of equal keys stands last.
        found.sort_by(|a, b| order(&a.0, &b.0));
        let mut keys: Vec<Value> = Vec::with_capacity(found.len());
        let mut values: Vec<Value> = Vec::with_capacity(found.len());
        for (key, value) in found {
            if keys.last().is_some_and(|last| order(last, &key).is_eq()) {
                keys.pop();
                values.pop();
            }
            keys.push(key);
            values.push(value);
        }
        let keys = Value::List { ty: form.field(0), items: keys };
        let values = Value::List { ty: form.field(1), items: values };
        Ok(Value::composite(composite, 0, vec![keys, values]))
    }
}

/// The variant that a path names, with or without the type's own name before it.
fn variant_of(composite: Composite<'_>, path: &str) -> Option<usize> {
    let last = path.rsplit("::").next().unwrap_or_default();
    match composite.form() {
        Form::Struct => {
            let own = composite.plain_name();
            (last == own.rsplit("::").next().unwrap_or_default()).then_some(0)
        }
        _ => composite.variants().position(|variant| variant.name() == last),
    }
}

/// How values of a type are written.
fn shape(composite: Composite<'_>) -> String {
    let fields = |name: &str, variant: Variant<'_>| match variant.style() {
        Style::Unit => name.to_owned(),
        Style::Positional => format!("{name}({})", vec!["…"; variant.field_count()].join(", ")),
        Style::Named => {
            let names: Vec<String> =
                (0..variant.field_count()).map(|at| format!("{}: …", variant.field_name(at))).collect();
            format!("{name} {{ {} }}", names.join(", "))
        }
    };
    let shapes: Vec<String> = match composite.form() {
        Form::Map => vec!["{key: value}".to_owned()],
        Form::Struct => vec![fields(composite.plain_name(), composite.variant(0))],
        _ => composite.variants().take(8).map(|variant| fields(variant.name(), variant)).collect(),
    };
    format!(": write it as {}", shapes.join(" or "))
}

/// The order of keys.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Tuple(a), Value::Tuple(b)) => lexical(a.iter(), b.iter()),
        (Value::Struct(a), Value::Struct(b)) => lexical(a.fields.values(), b.fields.values()),
        (Value::Enum(a), Value::Enum(b)) => {
            a.variant.cmp(&b.variant).then_with(|| lexical(a.fields.values(), b.fields.values()))
        }
        _ => Ordering::Equal,
    }
}

fn lexical<'v>(a: impl Iterator<Item = &'v Value>, b: impl Iterator<Item = &'v Value>) -> Ordering {
    a.zip(b).map(|(a, b)| order(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// `{"a": 1}` as a list of pairs, `[("a", 1)]`, wherever a map is written so; everything else as it stands.
pub(crate) fn maps_as_pairs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // For each open bracket: whether it is that of a map, and whether that is empty so far.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut before = ' ';
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if !c.is_whitespace()
            && !matches!(c, '}')
            && let Some((true, empty @ true)) = open.last_mut().map(|(map, empty)| (*map, empty))
        {
            *empty = false;
            out.push('(');
        }
        let is_map = matches!(open.last(), Some((true, _)));
        match c {
            '"' | '\'' => {
                out.push(c);
                let mut escaped = false;
                for next in chars.by_ref() {
                    out.push(next);
                    if next == c && !escaped {
                        break;
                    }
                    escaped = next == '\\' && !escaped;
                }
            }
            '{' => {
                let map = !(before.is_ascii_alphanumeric() || before == '_');
                open.push((map, true));
                out.push(if map { '[' } else { '{' });
            }
            '(' | '[' => {
                open.push((false, false));
                out.push(c);
            }
            '}' => match open.pop() {
                Some((true, no_pair)) => out.push_str(if no_pair { "]" } else { ")]" }),
                _ => out.push(c),
            },
            ')' | ']' => {
                open.pop();
                out.push(c);
            }
            ':' if is_map && before != ':' && !chars.as_str().starts_with(':') => out.push(','),
            ',' if is_map => {
                out.push_str("),");
                if let Some(last) = open.last_mut() {
                    last.1 = true;
                }
            }
            _ => out.push(c),
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    out
}
