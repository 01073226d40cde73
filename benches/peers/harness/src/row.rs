//! The throughput programs: one row of the table each, written in every dialect under `programs/`.

use serde::{Deserialize, Serialize};

use crate::{Answer, Dialect};

/// A throughput program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Row {
    /// fib(30), the naive recursion.
    Fib,
    /// `s = s*31 + i`, 10⁷ times, wrapping at 64 bits (at 32 where the language has no 64-bit wrapping arithmetic).
    Wrap,
    /// The same recurrence modulo a prime, 10⁷ times: the same arithmetic in every language.
    Mod,
    /// Primes up to 10⁶.
    Sieve,
    /// 256 × 256 points, at most 100 iterations each.
    Mandel,
    /// Longest chain below 3·10⁵.
    Collatz,
    /// 128 × 128 f64 matrix product.
    Matmul,
    /// 3·10⁶ calls of a one-line function.
    Calls,
    /// Binary trees up to depth 14.
    Trees,
    /// 1 MB of text, its words counted.
    Words,
    /// 1 MB of JSON, parsed into a tree.
    Json,
    /// Five bodies as structs, 5*10^4 steps.
    Nbody,
    /// 10^6 integers, the language's own sort.
    Sort,
    /// 10^6 integers, a quicksort in the language.
    Quick,
    /// A map of 10^6 keys in no order.
    Map,
    /// A text of 10^6 pieces.
    Strings,
}

/// Looks up `programs/<name>.<extension>` for each extension, in the order of the match in [`Row::text`].
macro_rules! sources {
    ($dialect:expr, $name:literal, lua54 $lua54:literal, luajit $luajit:literal) => {
        match $dialect {
            Dialect::Native => "",
            Dialect::Nda => include_str!(concat!("../../programs/", $name, ".nda")),
            Dialect::Lua54 => include_str!(concat!("../../programs/", $name, $lua54)),
            Dialect::LuaJit => include_str!(concat!("../../programs/", $name, $luajit)),
            Dialect::Js => include_str!(concat!("../../programs/", $name, ".js")),
            Dialect::Rhai => include_str!(concat!("../../programs/", $name, ".rhai")),
            Dialect::Wasm => include_str!(concat!("../../programs/", $name, ".wat")),
            Dialect::Python => "",
        }
    };
    ($dialect:expr, $name:literal) => {
        sources!($dialect, $name, lua54 ".lua", luajit ".lua")
    };
}

/// The same for a program that works on objects.
macro_rules! objects {
    ($dialect:expr, $name:literal, no rhai) => {
        objects!($dialect, $name, "")
    };
    ($dialect:expr, $name:literal) => {
        objects!($dialect, $name, include_str!(concat!("../../programs/", $name, ".rhai")))
    };
    ($dialect:expr, $name:literal, $rhai:expr) => {
        match $dialect {
            Dialect::Native | Dialect::Wasm => "",
            Dialect::Nda => include_str!(concat!("../../programs/", $name, ".nda")),
            Dialect::Lua54 | Dialect::LuaJit => include_str!(concat!("../../programs/", $name, ".lua")),
            Dialect::Js => include_str!(concat!("../../programs/", $name, ".js")),
            Dialect::Python => include_str!(concat!("../../programs/", $name, ".py")),
            Dialect::Rhai => $rhai,
        }
    };
}

impl Row {
    /// Every row, in the table's order.
    pub const ALL: [Self; 16] = [
        Self::Fib,
        Self::Wrap,
        Self::Mod,
        Self::Sieve,
        Self::Mandel,
        Self::Collatz,
        Self::Matmul,
        Self::Calls,
        Self::Trees,
        Self::Words,
        Self::Json,
        Self::Nbody,
        Self::Sort,
        Self::Quick,
        Self::Map,
        Self::Strings,
    ];

    /// The name in `--only`, in the table and of the files under `programs/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fib => "fib",
            Self::Wrap => "wrap",
            Self::Mod => "mod",
            Self::Sieve => "sieve",
            Self::Mandel => "mandel",
            Self::Collatz => "collatz",
            Self::Matmul => "matmul",
            Self::Calls => "calls",
            Self::Trees => "trees",
            Self::Words => "words",
            Self::Json => "json",
            Self::Nbody => "nbody",
            Self::Sort => "sort",
            Self::Quick => "quick",
            Self::Map => "map",
            Self::Strings => "strings",
        }
    }

    /// What the program computes, for the table's legend.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Fib => "fib(30)",
            Self::Wrap => "s = s*31 + i, 10^7 times, wrapping",
            Self::Mod => "s = (s*31 + i) % 1000003, 10^7 times",
            Self::Sieve => "primes up to 10^6",
            Self::Mandel => "mandelbrot, 256 x 256, 100 iterations",
            Self::Collatz => "longest chain below 3*10^5",
            Self::Matmul => "128 x 128 f64 matrix product",
            Self::Calls => "3*10^6 calls of a small function",
            Self::Trees => "binary trees up to depth 14",
            Self::Words => "1 MB of text, its words counted",
            Self::Json => "1 MB of JSON, parsed into a tree",
            Self::Nbody => "five bodies as structs, 5*10^4 steps",
            Self::Sort => "10^6 integers, the language's own sort",
            Self::Quick => "10^6 integers, a quicksort in the language",
            Self::Map => "a map of 10^6 keys in no order",
            Self::Strings => "a text of 10^6 pieces",
        }
    }

    /// The program's text; empty for native code.
    #[must_use]
    pub fn text(self, dialect: Dialect) -> &'static str {
        match self {
            Self::Fib => sources!(dialect, "fib"),
            Self::Wrap => sources!(dialect, "wrap", lua54 ".lua", luajit ".luajit.lua"),
            Self::Mod => sources!(dialect, "mod"),
            Self::Sieve => sources!(dialect, "sieve"),
            Self::Mandel => sources!(dialect, "mandel"),
            Self::Collatz => sources!(dialect, "collatz", lua54 ".lua", luajit ".luajit.lua"),
            Self::Matmul => sources!(dialect, "matmul"),
            Self::Calls => sources!(dialect, "calls"),
            Self::Trees => objects!(dialect, "trees"),
            Self::Words => objects!(dialect, "words"),
            Self::Json => objects!(dialect, "json", no rhai),
            Self::Nbody => objects!(dialect, "nbody"),
            Self::Sort => objects!(dialect, "sort"),
            Self::Quick => objects!(dialect, "quick"),
            Self::Map => objects!(dialect, "map"),
            Self::Strings => objects!(dialect, "strings"),
        }
    }

    /// Whether it works on objects: text, records, maps, lists that are sorted.
    #[must_use]
    pub fn is_objects(self) -> bool {
        self as u8 >= Self::Trees as u8
    }

    /// Whether it is written in this dialect.
    #[must_use]
    pub fn is_in(self, dialect: Dialect) -> bool {
        dialect == Dialect::Native || !self.text(dialect).is_empty()
    }

    /// True if `got` is the answer that `expected` (native's) asks of an engine of this dialect.
    #[must_use]
    pub fn accepts(self, dialect: Dialect, expected: Answer, got: Answer) -> bool {
        if self == Self::Wrap && !dialect.wraps_64() {
            return got.agrees_in_low_32_bits(expected);
        }
        got.agrees(expected)
    }
}
