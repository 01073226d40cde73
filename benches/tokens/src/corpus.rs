//! A code base as people write them: modules of one business each, types, constants, and functions that call each other within
//! their module and across modules. Deterministic, all of it passes the gate.

use std::fmt::Write as _;

/// One file.
pub struct File {
    /// Its module.
    pub module: String,
    /// Its items, in order: all of them together are the file.
    pub items: Vec<Item>,
    /// What stands before the items.
    pub head: String,
}

/// One item.
pub struct Item {
    /// Full path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it is a function.
    pub is_function: bool,
}

const SUBJECTS: [&str; 40] = [
    "order",
    "invoice",
    "parcel",
    "stock",
    "supplier",
    "refund",
    "voucher",
    "payment",
    "ledger",
    "budget",
    "ticket",
    "booking",
    "room",
    "guest",
    "flight",
    "seat",
    "meal",
    "recipe",
    "pantry",
    "garden",
    "plant",
    "sensor",
    "reading",
    "alarm",
    "route",
    "stop",
    "vehicle",
    "driver",
    "shift",
    "payroll",
    "course",
    "exam",
    "grade",
    "library",
    "loan",
    "member",
    "match_day",
    "team",
    "player",
    "score",
];

/// Ways of looking at a thing: each gives a family of functions.
const VIEWS: [&str; 5] = ["gross", "net", "early", "late", "quoted"];

/// What all modules use.
const MONEY: &str = "/// A share of an amount, rounded half up. Rates are in hundredths of a percent.
#[example(share(10000, 1900) == 1900)]
#[example(share(1, 4999) == 0)]
pub fn share(cents: i64, rate: i64) -> i64 {
    (cents * rate + 5000).div_euclid(10000)
}

/// An amount between two others, whichever way round they are.
#[example(between(5, 1, 3) == 3)]
#[example(between(5, 9, 7) == 7)]
pub fn between(cents: i64, one: i64, other: i64) -> i64 {
    cents.clamp(one.min(other), one.max(other))
}

/// An amount as people write it.
#[example(shown(12345) == \"123.45\")]
#[example(shown(-5) == \"-0.05\")]
pub fn shown(cents: i64) -> str {
    let sign = if cents < 0 { \"-\" } else { \"\" };
    let size = cents.abs();
    format(\"{}{}.{:02}\", sign, size / 100, size % 100)
}
";

/// The code base: one file for each subject, and one that all use.
pub fn files() -> Vec<File> {
    let mut files =
        vec![File { module: "money".to_owned(), items: split("money", MONEY), head: String::new() }];
    for (at, subject) in SUBJECTS.iter().enumerate() {
        files.push(File {
            module: (*subject).to_owned(),
            items: split(subject, &module(subject, at)),
            head: "use crate::money::{between, share, shown};\n\n".to_owned(),
        });
    }
    files
}

/// A text's items: they are separated by empty lines.
fn split(module: &str, text: &str) -> Vec<Item> {
    let item = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("pub ")).unwrap_or_default();
        let mut words = line.split([' ', '(', ':', '{']).skip(1);
        let is_function = words.next() == Some("fn");
        let path = format!("{module}::{}", words.next().unwrap_or_default());
        Item { path, text: format!("{}\n", text.trim_end()), is_function }
    };
    text.split("\n\n").filter(|text| !text.trim().is_empty()).map(item).collect()
}

fn capital(word: &str) -> String {
    word.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

fn module(subject: &str, at: usize) -> String {
    let kind = capital(subject);
    let rate = 300 + 37 * at as i64;
    let mut text = format!(
        "/// The usual rate for a {subject}, in hundredths of a percent.
pub const {upper}_RATE: i64 = {rate};

/// The most that one {subject} may come to, in cents.
pub const {upper}_MOST: i64 = {most};

/// Where a {subject} stands.
pub enum {kind}State {{ Open, Held(str), Closed(i64) }}

/// One line of a {subject}: what it is, how many, at what price.
pub struct {kind}Line {{ label: str, count: i64, cents: i64, weights: [i64] }}

/// A {subject} with its lines.
pub struct {kind} {{ id: i64, name: str, state: {kind}State, lines: [{kind}Line] }}

",
        upper = subject.to_uppercase(),
        most = 50_000 + 1_000 * at,
    );
    for (round, view) in VIEWS.iter().enumerate() {
        let before = round.checked_sub(1).map(|before| VIEWS[before]);
        family(&mut text, subject, &kind, view, before, round as i64 + 1);
    }
    text
}

/// The functions of one view; later views build upon the one before.
fn family(text: &mut String, subject: &str, kind: &str, view: &str, before: Option<&str>, step: i64) {
    let upper = subject.to_uppercase();
    let base =
        before.map_or_else(|| format!("line.count * line.cents"), |before| format!("{before}_line(line)"));
    let _ = write!(
        text,
        "/// What one line of a {subject} comes to, {view}: the usual share is taken off, and never more than the whole.
#[example({view}_line({kind}Line {{ label: \"a\", count: 0, cents: 5, weights: [] }}) == 0)]
pub fn {view}_line(line: {kind}Line) -> i64 {{
    let full = {base};
    if full <= 0 {{
        return 0;
    }}
    let off = share(full, {upper}_RATE / {step});
    between(full - off, 0, full)
}}

/// What a {subject} comes to, {view}. Lines without a label are not counted; the sum stops at the most there may be.
#[example({view}_total({kind} {{ id: 1, name: \"x\", state: {kind}State::Open, lines: [] }}) == 0)]
pub fn {view}_total({subject}: {kind}) -> i64 {{
    let mut sum = 0;
    for line in {subject}.lines {{
        if line.label.is_empty() {{
            continue;
        }}
        sum += {view}_line(line);
        if sum > {upper}_MOST {{
            return {upper}_MOST;
        }}
    }}
    sum
}}

/// The {view} amount of a {subject} by its state: nothing while it is held, what was settled once it is closed.
#[example({view}_due({kind} {{ id: 1, name: \"x\", state: {kind}State::Closed(70), lines: [] }}) == 70)]
pub fn {view}_due({subject}: {kind}) -> i64 {{
    match {subject}.state {{
        {kind}State::Open => {view}_total({subject}),
        {kind}State::Held(reason) => if reason.is_empty() {{ {view}_total({subject}) }} else {{ 0 }},
        {kind}State::Closed(settled) => settled,
    }}
}}

/// The {view} amounts of many, the largest first, without those that owe nothing.
#[example({view}_ranking([]) == [])]
pub fn {view}_ranking(all: [{kind}]) -> [i64] {{
    let mut amounts = [];
    for one in all {{
        let due = {view}_due(one);
        if due > 0 {{
            amounts.push(due);
        }}
    }}
    amounts.sort_desc();
    amounts
}}

/// The {view} amount in the middle of many; nothing if there are none.
#[example({view}_median([]) == 0)]
pub fn {view}_median(all: [{kind}]) -> i64 {{
    let amounts = {view}_ranking(all);
    let count = amounts.len();
    if count == 0 {{
        return 0;
    }}
    let upper = amounts[count / 2];
    if count % 2 == 1 {{ upper }} else {{ (upper + amounts[count / 2 - 1]) / 2 }}
}}

/// A row of a table about a {subject}, {view}: its number, its name cut to size, and what is due.
#[example({view}_row({kind} {{ id: 7, name: \"abc\", state: {kind}State::Closed(5), lines: [] }}, 2) == \"7 | ab | 0.05\")]
pub fn {view}_row({subject}: {kind}, width: i64) -> str {{
    let letters = {subject}.name.chars();
    let kept = width.max(0).min(letters.len());
    let name = letters[0..kept].join(\"\");
    format(\"{{}} | {{}} | {{}}\", {subject}.id, name, shown({view}_due({subject})))
}}

/// How evenly the weights of a line are spread, {view}: from nothing, all in one, to a hundred.
#[example({view}_evenness({kind}Line {{ label: \"a\", count: 1, cents: 1, weights: [2, 2] }}) == 100)]
pub fn {view}_evenness(line: {kind}Line) -> i64 {{
    let mut most = 0;
    let mut sum = 0;
    for weight in line.weights {{
        most = most.max(weight);
        sum += weight;
    }}
    if most == 0 {{
        return 0;
    }}
    (sum * 100) / (most * line.weights.len())
}}

/// Reads a line of a {subject} as the {view} list writes it: `label;count;cents`.
#[example({view}_read(\"tea;2;350\").is_some())]
#[example({view}_read(\"tea;two;350\").is_none())]
pub fn {view}_read(text: str) -> Option<{kind}Line> {{
    let parts = text.split(\";\");
    if parts.len() != 3 {{
        return None;
    }}
    let count = parts[1].trim().parse_i64()?;
    let cents = parts[2].trim().parse_i64()?;
    Some({kind}Line {{ label: parts[0].trim(), count: count, cents: cents, weights: [] }})
}}

/// Reads a whole {view} list; lines that cannot be read are counted.
#[example({view}_import(\"a;1;1\\nb\").1 == 1)]
pub fn {view}_import(text: str) -> ([{kind}Line], i64) {{
    let mut lines = [];
    let mut bad = 0;
    for row in text.lines() {{
        match {view}_read(row) {{
            Some(line) => lines.push(line),
            None => bad += 1,
        }}
    }}
    (lines, bad)
}}

/// Whether a {subject} may be closed at its {view} amount: something is due, no line is empty, and it is spread evenly.
#[example(!{view}_may_close({kind} {{ id: 1, name: \"x\", state: {kind}State::Open, lines: [] }}))]
pub fn {view}_may_close({subject}: {kind}) -> bool {{
    let mut even = true;
    for line in {subject}.lines {{
        if line.count == 0 || {view}_evenness(line) < 10 * {step} {{
            even = false;
        }}
    }}
    even && {view}_due({subject}) > 0
}}

"
    );
}
