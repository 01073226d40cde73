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
        }
    };
    ($dialect:expr, $name:literal) => {
        sources!($dialect, $name, lua54 ".lua", luajit ".lua")
    };
}

impl Row {
    /// Every row, in the table's order.
    pub const ALL: [Self; 8] = [
        Self::Fib,
        Self::Wrap,
        Self::Mod,
        Self::Sieve,
        Self::Mandel,
        Self::Collatz,
        Self::Matmul,
        Self::Calls,
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
        }
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
