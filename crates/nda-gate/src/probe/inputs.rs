//! Inputs to try a function with: edges of its types first, then random ones, the same for the same seed.

use nda_graph::types::{Form, TypesRef};
use nda_graph::{Hash, Signature, TensorShape, Ty, Value};

/// How deeply a value may be built of others; then the plainest stands in.
const DEPTH: u32 = 3;
/// Elements of a long list, characters of a long text.
const LONG: usize = 33;

/// All inputs for a signature, at most `count`; the same for the same seed.
pub(crate) fn inputs(signature: &Signature, count: u32, seed: Hash) -> Vec<Vec<Value>> {
    let types = signature.types.view();
    let count = if signature.params.is_empty() { 1 } else { count as usize };
    let mut random = Random(u64::from_le_bytes(seed.0[..8].try_into().unwrap_or_default()) | 1);
    let edges: Vec<Vec<Value>> = signature.params.iter().map(|&ty| edges(types, ty, 0)).collect();
    let combinations = edges.iter().fold(1_usize, |all, edges| all.saturating_mul(edges.len()));
    let mut all = Vec::with_capacity(count);
    // Every combination where there are few, else each edge once and then combinations by chance.
    let longest = edges.iter().map(Vec::len).max().unwrap_or(1);
    for turn in 0..combinations.min(count * 3 / 4).max(1) {
        let mut rest = turn;
        let mut pick = |edges: &Vec<Value>| {
            let index = match combinations <= count * 3 / 4 {
                true => {
                    let index = rest % edges.len();
                    rest /= edges.len();
                    index
                }
                false if turn < longest => turn % edges.len(),
                false => random.below(edges.len()),
            };
            edges[index].clone()
        };
        all.push(edges.iter().map(&mut pick).collect());
    }
    if !signature.params.is_empty() {
        while all.len() < count {
            all.push(signature.params.iter().map(|&ty| random.value(types, ty, 0)).collect());
        }
    }
    all.truncate(count);
    all
}

/// The values where functions break, the plainest first.
fn edges(types: TypesRef<'_>, ty: Ty, depth: u32) -> Vec<Value> {
    if let Some(element) = ty.element() {
        let list = |items| Value::List { ty, items };
        let mut all = vec![list(Vec::new())];
        let elements = if depth < DEPTH { edges(types, element, depth + 1) } else { Vec::new() };
        if let (Some(first), Some(last)) = (elements.first(), elements.last()) {
            all.push(list(vec![first.clone()]));
            all.push(list(vec![last.clone(), first.clone()]));
            all.push(list(elements.iter().cycle().take(LONG).cloned().collect()));
        }
        return all;
    }
    if let Some(composite) = types.composite(ty) {
        if composite.form() == Form::Map {
            return vec![plainest(types, ty)];
        }
        if let Some(TensorShape::Vector(len)) = composite.tensor() {
            return [0.0, 1.0, -1.0, 1e-30, 1e30].map(|element| filled(len, element)).to_vec();
        }
        let mut all = Vec::new();
        for (index, variant) in composite.variants().enumerate() {
            let fields: Vec<Vec<Value>> = variant
                .fields()
                .map(|field| match depth < DEPTH {
                    true => edges(types, field, depth + 1),
                    false => vec![plainest(types, field)],
                })
                .collect();
            let most = fields.iter().map(Vec::len).max().unwrap_or(1).min(6);
            for turn in 0..most {
                let values = fields.iter().map(|edges| edges[turn % edges.len()].clone()).collect();
                all.push(Value::composite(composite, index as u32, values));
            }
        }
        return all;
    }
    match ty {
        Ty::BOOL => vec![Value::Bool(false), Value::Bool(true)],
        Ty::I64 => [0, 1, -1, 2, i64::MAX, i64::MIN, 10].map(Value::Int).to_vec(),
        Ty::F64 => [0.0, 1.0, -1.0, 0.5, f64::NAN, f64::INFINITY, f64::MIN, -0.0].map(Value::Float).to_vec(),
        Ty::STR => ["", "a", " ", "0", "é", "a b\n"]
            .map(str::to_owned)
            .into_iter()
            .chain(["x".repeat(LONG)])
            .map(Value::Str)
            .collect(),
        _ => vec![Value::Unit],
    }
}

/// A vector of equal elements.
fn filled(len: u32, element: f32) -> Value {
    Value::Vector(vec![element; len as usize].into())
}

/// The value with the least in it.
fn plainest(types: TypesRef<'_>, ty: Ty) -> Value {
    if ty.is_list() {
        return Value::List { ty, items: Vec::new() };
    }
    if let Some(composite) = types.composite(ty) {
        if let Some(TensorShape::Vector(len)) = composite.tensor() {
            return filled(len, 0.0);
        }
        // Of the variants the one with the fewest fields: of a recursive type it is the one that ends.
        let fewest = composite.variants().enumerate().min_by_key(|(_, variant)| {
            let nested = variant.fields().filter(|field| types.composite(*field).is_some()).count();
            (nested, variant.field_count())
        });
        if let Some((index, variant)) = fewest {
            let values = variant.fields().map(|field| plainest(types, field)).collect();
            return Value::composite(composite, index as u32, values);
        }
    }
    match ty {
        Ty::BOOL => Value::Bool(false),
        Ty::I64 => Value::Int(0),
        Ty::F64 => Value::Float(0.0),
        Ty::STR => Value::Str(String::new()),
        _ => Value::Unit,
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 33) as usize) % limit.max(1)
    }

    fn value(&mut self, types: TypesRef<'_>, ty: Ty, depth: u32) -> Value {
        if depth > DEPTH {
            return plainest(types, ty);
        }
        if let Some(element) = ty.element() {
            let count = self.below(9);
            let items = (0..count).map(|_| self.value(types, element, depth + 1)).collect();
            return Value::List { ty, items };
        }
        if let Some(composite) = types.composite(ty) {
            if composite.form() == Form::Map {
                return self.map(types, ty);
            }
            if let Some(TensorShape::Vector(len)) = composite.tensor() {
                return Value::Vector((0..len).map(|_| self.below(2_001) as f32 / 100.0 - 10.0).collect());
            }
            let index = self.below(composite.variant_count());
            let fields = composite.variant(index).fields();
            let values = fields.map(|field| self.value(types, field, depth + 1)).collect();
            return Value::composite(composite, index as u32, values);
        }
        match ty {
            Ty::BOOL => Value::Bool(self.next() >> 63 == 1),
            Ty::I64 => Value::Int(self.integer()),
            Ty::F64 => Value::Float(match self.below(3) {
                0 => self.integer() as f64,
                1 => self.below(2_000) as f64 / 100.0 - 10.0,
                _ => f64::from_bits(self.next()),
            }),
            Ty::STR => {
                let count = self.below(12);
                let letters = ['a', 'b', 'Z', '0', '9', ' ', ',', '-', '.', '\n', 'é', '字'];
                Value::Str((0..count).map(|_| letters[self.below(letters.len())]).collect())
            }
            _ => Value::Unit,
        }
    }

    /// Mostly small: programs count.
    fn integer(&mut self) -> i64 {
        let bits = [4, 4, 7, 10, 16, 31, 63][self.below(7)];
        (self.next() as i64) >> (63 - bits)
    }

    /// A map of one entry, which is sorted whatever the key.
    fn map(&mut self, types: TypesRef<'_>, ty: Ty) -> Value {
        let Some(composite) = types.composite(ty) else { return plainest(types, ty) };
        let lists = composite.variant(0).fields().map(|list| {
            let items = list.element().map(|element| vec![self.value(types, element, DEPTH)]);
            Value::List { ty: list, items: items.unwrap_or_default() }
        });
        let lists = lists.collect();
        Value::composite(composite, 0, lists)
    }
}

/// Values that say less than this one, the least first.
pub(crate) fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(true) => vec![Value::Bool(false)],
        Value::Int(number) => integers(*number).into_iter().map(Value::Int).collect(),
        Value::Float(number) if number.fract() != 0.0 || number.abs() > 1.0 => {
            [0.0, 1.0, -1.0, number.trunc(), number / 2.0]
                .into_iter()
                .filter(|less| less.abs() < number.abs() || number.is_nan() && less.fract() == 0.0)
                .map(Value::Float)
                .collect()
        }
        Value::Str(text) => {
            let letters: Vec<char> = text.chars().collect();
            let without =
                |from: usize, to: usize| Value::Str(letters[..from].iter().chain(&letters[to..]).collect());
            shorter(letters.len()).map(|(from, to)| without(from, to)).collect()
        }
        Value::List { ty, items } => {
            let without = |from: usize, to: usize| {
                let items = items[..from].iter().chain(&items[to..]).cloned().collect();
                Value::List { ty: *ty, items }
            };
            let mut all: Vec<Value> = shorter(items.len()).map(|(from, to)| without(from, to)).collect();
            for (index, item) in items.iter().enumerate().take(4) {
                all.extend(smaller(item).into_iter().take(4).map(|less| {
                    let mut items = items.clone();
                    items[index] = less;
                    Value::List { ty: *ty, items }
                }));
            }
            all
        }
        _ => Vec::new(),
    }
}

fn integers(number: i64) -> Vec<i64> {
    let mut all: Vec<i64> = [0, 1, -1, number / 2, number - number.signum()].to_vec();
    all.retain(|less| less.unsigned_abs() < number.unsigned_abs() || (*less == 1 && number == -1));
    all.dedup();
    all
}

/// Ranges to leave out of a sequence: all of it, halves, single ones.
fn shorter(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let halves = [(0, count), (0, count / 2), (count / 2, count)];
    let singles = (0..count.min(8)).map(|at| (at, at + 1));
    halves.into_iter().filter(|(from, to)| from < to).chain(singles)
}
