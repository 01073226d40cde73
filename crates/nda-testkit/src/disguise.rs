//! The same program in other clothes: other names, another order of items, some of them in a module, other comments and
//! layout. Everything that is hashed must stay as it was.
//!
//! It works on tokens, so it knows nothing of scopes: one name always becomes one other name, and different names
//! different ones, which changes no meaning wherever they stand. What the program does not declare keeps its name.

use crate::choices::Choices;
use std::collections::{BTreeMap, BTreeSet};

/// A program that means the same.
#[derive(Clone, Debug)]
pub struct Disguised {
    /// Its text.
    pub source: String,
    /// What each name of the original is called in it; labels have their quote.
    pub names: BTreeMap<String, String>,
    /// The names, in the original, of what lies in [`MODULE`] now.
    nested: BTreeSet<String>,
}

/// The module that some items are moved to.
const MODULE: &str = "wardrobe";

impl Disguised {
    /// The new name of a function or constant.
    #[must_use]
    pub fn name<'a>(&'a self, original: &'a str) -> &'a str {
        self.names.get(original).map_or(original, String::as_str)
    }

    /// The new path of a function or constant, or of an instance of a generic one.
    #[must_use]
    pub fn path(&self, original: &str) -> String {
        let (original, types) = original.split_at(original.find('<').unwrap_or(original.len()));
        let name = self.name(original);
        if self.nested.contains(original) {
            format!("{MODULE}::{name}{types}")
        } else {
            format!("{name}{types}")
        }
    }
}

/// Disguises a program that parses without errors.
#[must_use]
pub fn disguise(source: &str, choices: &mut Choices<'_>) -> Disguised {
    let (tree, _) = nda_syntax::parse(source);
    let whole = tree.items.iter().filter(|item| item.owner.is_none());
    let mut items: Vec<Vec<&str>> = whole.map(|item| tokens(item.source.text(source))).collect();
    let names = rename(&items, choices);
    for at in (1..items.len()).rev() {
        items.swap(at, choices.below(at + 1));
    }
    let (mut root, mut module, mut nested) = (String::new(), String::new(), BTreeSet::new());
    let nests = choices.chance(40);
    for item in &items {
        let name =
            item.iter().position(|token| matches!(*token, "fn" | "const")).and_then(|at| item.get(at + 1));
        // An `impl` stands with its type.
        let moves = !item.iter().any(|token| matches!(*token, "struct" | "enum" | "impl"));
        let inside = nests && choices.chance(50) && moves;
        let out = if inside { &mut module } else { &mut root };
        if choices.chance(30) {
            out.push_str("/// Some words about what follows.\n");
        }
        write_item(out, item, &names, inside, choices);
        out.push_str(choices.pick(&["\n", "\n\n", "\n// the end of an item\n"]));
        nested.extend(name.filter(|_| inside).map(|name| (*name).to_owned()));
    }
    if !nested.is_empty() {
        root.push_str(&format!("use {MODULE}::*;\nmod {MODULE} {{\n{module}}}\n"));
    }
    Disguised { source: root, names, nested }
}

/// Words that mean something to the language, where they are not names.
const TAKEN: [&str; 32] = [
    "as", "break", "const", "continue", "else", "enum", "false", "fn", "for", "if", "impl", "in", "let",
    "loop", "match", "mod", "mut", "pub", "return", "struct", "true", "use", "while", "print", "panic",
    "assert", "Some", "None", "Ok", "Err", "self", "Self",
];

const WORDS: [&str; 10] =
    ["alpha", "beta", "value", "item", "left", "rest", "Total", "_hidden", "counter_of", "x"];

/// A new name for each name that the program declares.
fn rename(items: &[Vec<&str>], choices: &mut Choices<'_>) -> BTreeMap<String, String> {
    // The names of fields are part of what a type means, and those of methods are found by the type.
    let has = |item: &&Vec<&str>, words: &[&str]| item.iter().any(|token| words.contains(token));
    let types = items.iter().filter(|item| has(item, &["struct", "enum"])).flatten().copied();
    let methods = items.iter().filter(|item| has(item, &["impl"]));
    let methods = methods.flat_map(|item| item.windows(2)).filter(|pair| pair[0] == "fn").map(|pair| pair[1]);
    let fixed: BTreeSet<&str> = types.filter(|token| is_name(token)).chain(methods).collect();
    let mut declared = BTreeSet::new();
    for item in items {
        for (at, token) in item.iter().enumerate() {
            let before = at.checked_sub(1).map_or("", |before| item[before]);
            let after = item.get(at + 1).copied().unwrap_or_default();
            // What stands behind `&mut` is a type, or known.
            let in_place = before == "mut" && at.checked_sub(2).is_some_and(|before| item[before] == "&");
            let declares =
                matches!(before, "fn" | "const" | "let" | "mut" | "for") && !in_place || after == ":";
            let kept = TAKEN.contains(token) || fixed.contains(token);
            if is_name(token) && !kept && declares || is_label(token) {
                declared.insert((*token).to_owned());
            }
        }
    }
    let mut new = BTreeMap::new();
    for (index, name) in declared.into_iter().enumerate() {
        let quote = if is_label(&name) { "'" } else { "" };
        // The number keeps them apart.
        new.insert(name, format!("{quote}{}{index}", choices.pick(&WORDS)));
    }
    new
}

fn write_item(
    out: &mut String,
    item: &[&str],
    names: &BTreeMap<String, String>,
    public: bool,
    choices: &mut Choices<'_>,
) {
    let mut uses = false;
    let keyword = item.iter().position(|token| public && matches!(*token, "fn" | "const"));
    for (at, token) in item.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| item[before]);
        if keyword == Some(at) {
            out.push_str("pub ");
        }
        // Capabilities are not the program's to rename.
        uses = uses && *token != "]" || *token == "uses" && before == "[";
        match names.get(*token) {
            Some(name) if before != "." && !uses => out.push_str(name),
            _ => out.push_str(token),
        }
        let Some(after) = item.get(at + 1) else { continue };
        let loose = ["(", ")", "[", "]", "{", "}", ",", ";"];
        if (loose.contains(token) || loose.contains(after)) && choices.chance(60) {
            continue;
        }
        out.push_str(match choices.weighted(&[30, 6, 3, 1, 1, 1]) {
            0 => " ",
            1 => "\n        ",
            2 => "\t  ",
            3 => " /* a /* nested */ note */ ",
            4 => " // a note\n",
            _ => "\r\n\n",
        });
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && token != "_"
        && !token.contains(':')
}

fn is_label(token: &str) -> bool {
    token.starts_with('\'') && !token[1..].contains('\'')
}

/// The tokens of a text; comments are left out, a path is one token.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        if rest.starts_with("/*") {
            rest = &rest[comment_len(rest)..];
            continue;
        }
        let len = token_len(rest);
        tokens.push(&rest[..len]);
        rest = &rest[len..];
    }
    tokens
}

fn comment_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (at, depth) = (at + 2, depth + 1),
            b"*/" => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn token_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let word = |from: usize| from + bytes[from..].iter().take_while(|byte| is_word(**byte)).count();
    match bytes[0] {
        b'"' => quoted_len(bytes, b'"'),
        // `'a'` and `'\n'` are characters, `'a` is a label.
        b'\'' => {
            let character = text[1..].chars().next().map_or(0, char::len_utf8);
            if at(1) == b'\\' || at(1 + character) == b'\'' { quoted_len(bytes, b'\'') } else { word(1) }
        }
        b'0'..=b'9' => {
            let mut end = word(0);
            let decimal = !matches!(at(1), b'x' | b'b' | b'o');
            if decimal && at(end) == b'.' && at(end + 1).is_ascii_digit() {
                end = word(end + 1);
            }
            if decimal && matches!(at(end - 1), b'e' | b'E') && matches!(at(end), b'+' | b'-') {
                end = word(end + 1);
            }
            end
        }
        byte if is_word(byte) => {
            let mut end = word(0);
            while at(end) == b':' && at(end + 1) == b':' && is_word(at(end + 2)) {
                end = word(end + 2);
            }
            end
        }
        _ => {
            let operators = [
                "<<=", ">>=", "..=", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "/=",
                "%=", "&=", "|=", "^=", "->", "=>", "::", "..",
            ];
            let found = operators.into_iter().find(|operator| text.starts_with(operator));
            found.map_or_else(|| text.chars().next().map_or(1, char::len_utf8), str::len)
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn quoted_len(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::bytes_of_seed;

    #[test]
    fn tokens_are_those_of_the_language() {
        let text = "'l1: for x in 0..=2.5e-3 { /* a /* b */ */ s += \"a\\\"b\" + 'c' + '\\u{e9}'; f64::NAN.min(0x1F) }";
        assert_eq!(
            tokens(text),
            [
                "'l1",
                ":",
                "for",
                "x",
                "in",
                "0",
                "..=",
                "2.5e-3",
                "{",
                "s",
                "+=",
                "\"a\\\"b\"",
                "+",
                "'c'",
                "+",
                "'\\u{e9}'",
                ";",
                "f64::NAN",
                ".",
                "min",
                "(",
                "0x1F",
                ")",
                "}"
            ]
        );
    }

    #[test]
    fn names_change_and_built_ins_do_not() {
        let source = "#[uses(len)] fn len(xs: [i64]) -> i64 { xs.len() }\nfn main() -> i64 { 'a: loop { break 'a len([1]) } }";
        let disguised = disguise(source, &mut Choices::new(&bytes_of_seed(3, 500)));
        assert!(disguised.source.contains(disguised.name("len")) && disguised.name("len") != "len");
        let tokens = tokens(&disguised.source);
        assert_eq!(tokens.iter().filter(|&&token| token == "len").count(), 2);
        assert!(!tokens.contains(&"xs") && !tokens.contains(&"'a"));
    }
}
