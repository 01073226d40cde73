//! The object-heavy programs in Rust, as [`crate::reference`] has the others.

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;

use crate::{Answer, Row};

/// Runs `row` once; none if it is not one of these.
#[must_use]
pub fn run(row: Row) -> Option<Answer> {
    Some(match row {
        Row::Trees => Answer::Int(trees(black_box(14))),
        Row::Words => Answer::Int(words(black_box(50))),
        Row::Json => Answer::Float(json(black_box(7_000))),
        Row::Nbody => Answer::Float(nbody(black_box(50_000))),
        Row::Sort => Answer::Int(sort(black_box(1_000_000))),
        Row::Quick => Answer::Int(quick(black_box(1_000_000))),
        Row::Map => Answer::Int(map(black_box(1_000_000))),
        Row::Strings => Answer::Int(strings(black_box(1_000_000))),
        _ => return None,
    })
}

fn next(seed: i64) -> i64 {
    seed * 16_807 % 2_147_483_647
}

struct Tree {
    children: Option<Box<(Tree, Tree)>>,
}

#[inline(never)]
fn make(depth: u32) -> Tree {
    let children = (depth > 0).then(|| Box::new((make(depth - 1), make(depth - 1))));
    Tree { children }
}

#[inline(never)]
fn count(tree: &Tree) -> i64 {
    tree.children.as_ref().map_or(1, |children| 1 + count(&children.0) + count(&children.1))
}

#[inline(never)]
fn trees(deepest: u32) -> i64 {
    let mut total = count(&make(deepest + 1));
    let long = make(deepest);
    for depth in (4..=deepest).step_by(2) {
        for _ in 0..1 << (deepest + 4 - depth) {
            total += count(&make(depth));
        }
    }
    total + count(&long)
}

#[inline(never)]
fn words(times: usize) -> i64 {
    let (mut part, mut seed) = (String::new(), 1);
    for i in 0..4_000 {
        seed = next(seed);
        part.push('w');
        part.push_str(&(seed % 2_000 * 7).to_string());
        part.push(if i % 10 == 9 { '\n' } else { ' ' });
    }
    let text = part.repeat(times);
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.iter().map(|(word, n)| 1 + n * n + word.len() as i64).sum()
}

enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes()[self.at]
    }

    fn space(&mut self) {
        while self.at < self.text.len() && self.byte() <= b' ' {
            self.at += 1;
        }
    }

    fn string(&mut self) -> String {
        self.at += 1;
        let (mut from, mut value) = (self.at, String::new());
        while self.byte() != b'"' {
            if self.byte() == b'\\' {
                value.push_str(&self.text[from..self.at]);
                self.at += 1;
                from = self.at;
                if self.byte() == b'n' {
                    value.push('\n');
                    from += 1;
                }
            }
            self.at += 1;
        }
        value.push_str(&self.text[from..self.at]);
        self.at += 1;
        value
    }

    fn number(&mut self) -> f64 {
        let from = self.at;
        while self.at < self.text.len() && !matches!(self.byte(), b',' | b']' | b'}') {
            self.at += 1;
        }
        self.text[from..self.at].parse().unwrap_or(f64::NAN)
    }

    fn comma(&mut self) {
        self.space();
        if self.byte() == b',' {
            self.at += 1;
            self.space();
        }
    }

    fn value(&mut self) -> Json {
        match self.byte() {
            b'{' => {
                let mut fields = BTreeMap::new();
                self.at += 1;
                self.space();
                while self.byte() != b'}' {
                    let key = self.string();
                    self.space();
                    self.at += 1;
                    self.space();
                    let value = self.value();
                    fields.insert(key, value);
                    self.comma();
                }
                self.at += 1;
                Json::Object(fields)
            }
            b'[' => {
                let mut items = Vec::new();
                self.at += 1;
                self.space();
                while self.byte() != b']' {
                    items.push(self.value());
                    self.comma();
                }
                self.at += 1;
                Json::List(items)
            }
            b'"' => Json::Text(self.string()),
            word @ (b't' | b'f' | b'n') => {
                self.at += if word == b'f' { 5 } else { 4 };
                if word == b'n' { Json::Null } else { Json::Bool(word == b't') }
            }
            _ => Json::Number(self.number()),
        }
    }
}

fn sum(json: &Json) -> f64 {
    match json {
        Json::Null => 1.0,
        Json::Bool(value) => if *value { 3.0 } else { 2.0 },
        Json::Number(value) => *value,
        Json::Text(text) => text.len() as f64,
        Json::List(items) => 1.0 + items.iter().map(sum).sum::<f64>(),
        Json::Object(fields) => {
            1.0 + fields.iter().map(|(key, value)| key.len() as f64 + sum(value)).sum::<f64>()
        }
    }
}

#[inline(never)]
fn json(records: usize) -> f64 {
    let record = r#"{"id": 1234, "name": "Ada Lovelace", "tags": ["one", "two", "say \"hi\"\n"], "score": 12.5, "ok": true, "bad": false, "none": null, "at": {"x": -4, "y": 0.25}}"#;
    let text = format!("[{}{record}]", format!("{record},\n").repeat(records - 1));
    sum(&Parser { text: &text, at: 0 }.value())
}

struct Body {
    place: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

#[inline(never)]
fn nbody(steps: usize) -> f64 {
    let body = |x, y, z, vx, vy, vz, mass| Body { place: [x, y, z], speed: [vx, vy, vz], mass };
    let mut all = [
        body(0.0, 0.0, 0.0, -0.0003, -0.0029, 0.00001, 39.478),
        body(4.841, -1.16, -0.103, 0.606, 2.812, -0.0252, 0.0377),
        body(8.343, 4.124, -0.403, -1.011, 1.825, 0.0084, 0.0113),
        body(12.894, -15.111, -0.223, 1.083, 0.868, -0.0108, 0.0017),
        body(15.379, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.002),
    ];
    let dt = 0.01;
    for _ in 0..steps {
        for i in 0..all.len() {
            let (before, behind) = all.split_at_mut(i + 1);
            let a = &mut before[i];
            for b in behind {
                let d = [0, 1, 2].map(|axis| a.place[axis] - b.place[axis]);
                let d2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
                let mag = dt / (d2 * d2.sqrt());
                let (mi, mj) = (a.mass * mag, b.mass * mag);
                for axis in 0..3 {
                    a.speed[axis] -= d[axis] * mj;
                    b.speed[axis] += d[axis] * mi;
                }
            }
        }
        for a in &mut all {
            for axis in 0..3 {
                a.place[axis] += dt * a.speed[axis];
            }
        }
    }
    let mut energy = 0.0;
    for Body { speed: [x, y, z], mass, .. } in all {
        energy += 0.5 * mass * (x * x + y * y + z * z);
    }
    energy
}

fn numbers(count: usize) -> Vec<i64> {
    let mut seed = 1;
    std::iter::repeat_with(|| {
        seed = next(seed);
        seed
    })
    .take(count)
    .collect()
}

fn look(xs: &[i64]) -> i64 {
    (0..xs.len()).step_by(1000).map(|i| xs[i] % 1000 * (i as i64 % 7)).sum()
}

#[inline(never)]
fn sort(count: usize) -> i64 {
    let mut xs = numbers(count);
    xs.sort_unstable();
    look(&xs)
}

#[inline(never)]
fn quick(count: usize) -> i64 {
    let mut xs = numbers(count);
    let mut waiting = vec![(0i64, xs.len() as i64 - 1)];
    while let Some((from, to)) = waiting.pop() {
        let pivot = xs[((from + to) / 2) as usize];
        let (mut low, mut high) = (from, to);
        while low <= high {
            while xs[low as usize] < pivot {
                low += 1;
            }
            while xs[high as usize] > pivot {
                high -= 1;
            }
            if low <= high {
                xs.swap(low as usize, high as usize);
                low += 1;
                high -= 1;
            }
        }
        if from < high {
            waiting.push((from, high));
        }
        if low < to {
            waiting.push((low, to));
        }
    }
    look(&xs)
}

#[inline(never)]
fn map(count: i64) -> i64 {
    let (mut m, mut seed) = (HashMap::new(), 1);
    for i in 0..count {
        seed = next(seed);
        m.insert(seed, i);
    }
    m.len() as i64 + m[&seed]
}

#[inline(never)]
fn strings(count: i64) -> i64 {
    let mut s = String::new();
    for i in 0..count {
        s.push_str(&(i % 1000).to_string());
    }
    s.len() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As CPython 3.11 computed them.
    #[test]
    fn known_answers() {
        for (row, answer) in [
            (Row::Trees, Answer::Int(3_222_190)),
            (Row::Words, Answer::Int(30_265_681)),
            (Row::Json, Answer::Float(9_147_251.0)),
            (Row::Nbody, Answer::Float(0.183_963_523_056_221_73)),
            (Row::Sort, Answer::Int(1_481_465)),
            (Row::Quick, Answer::Int(1_481_465)),
            (Row::Map, Answer::Int(1_999_999)),
            (Row::Strings, Answer::Int(2_890_000)),
        ] {
            assert_eq!(run(row), Some(answer), "{}", row.name());
        }
    }
}
