//! The reserved words, found by one look into a table.

use crate::token::T;

macro_rules! keywords {
    ($($word:literal => $kind:ident)*) => {
        /// The reserved words, by their [`crate::names::key`].
        const KEYWORDS: &[(u64, T)] = &[$((short_key($word), T::$kind)),*];
    };
}

keywords! {
    "as" => As
    "break" => Break
    "const" => Const
    "continue" => Continue
    "else" => Else
    "enum" => Enum
    "false" => False
    "fn" => Fn
    "for" => For
    "if" => If
    "impl" => Impl
    "in" => In
    "let" => Let
    "loop" => Loop
    "match" => Match
    "mod" => Mod
    "mut" => Mut
    "pub" => Pub
    "return" => Return
    "struct" => Struct
    "true" => True
    "use" => Use
    "while" => While
    "ref" => Reserved
    "dyn" => Reserved
    "self" => Reserved
    "type" => Reserved
    "move" => Reserved
    "super" => Reserved
    "trait" => Reserved
    "where" => Reserved
    "async" => Reserved
    "await" => Reserved
    "crate" => Reserved
    "static" => Reserved
    "unsafe" => Reserved
    "extern" => Reserved
    "Self" => Reserved
}

const fn short_key(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let mut key = 0;
    let mut i = 0;
    while i < bytes.len() {
        key |= (bytes[i] as u64) << (8 * i);
        i += 1;
    }
    key
}

/// The reserved words as a table without collisions: every other word of a program is looked up here, once.
static KEYWORD_TABLE: [(u64, T); 256] = match keyword_table(KEYWORD_MULTIPLIER) {
    Some(table) => table,
    None => panic!("two reserved words share a place; choose another multiplier"),
};

/// Found by trying odd numbers.
const KEYWORD_MULTIPLIER: u64 = 0x9b81_0e76_6ec9_d287;

const fn keyword_place(key: u64, multiplier: u64) -> usize {
    (key.wrapping_mul(multiplier) >> 56) as usize
}

const fn keyword_table(multiplier: u64) -> Option<[(u64, T); 256]> {
    let mut table = [(0, T::Ident); 256];
    let mut i = 0;
    while i < KEYWORDS.len() {
        let at = keyword_place(KEYWORDS[i].0, multiplier);
        if table[at].0 != 0 {
            return None;
        }
        table[at] = KEYWORDS[i];
        i += 1;
    }
    Some(table)
}

/// What a word of at most eight letters is.
#[inline]
pub(crate) fn keyword(key: u64) -> T {
    let (known, kind) = KEYWORD_TABLE[keyword_place(key, KEYWORD_MULTIPLIER)];
    if known == key { kind } else { T::Ident }
}
