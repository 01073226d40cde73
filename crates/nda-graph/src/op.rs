//! The operators and built-ins of the graph, each with its operand and result types in one place.
//!
//! Every table here is append-only: the position of a name is its number in canonical bytes.

use crate::Ty;

macro_rules! ops {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])* $op:ident = $text:literal : $operands:expr => $result:expr;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $(#[doc = $text] $op),* }

        impl $name {
            /// Every operator, in the order of their numbers.
            pub const ALL: &[$name] = &[$($name::$op),*];

            /// Its name in listings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$op => $text),* }
            }

            /// The types of its operands.
            #[must_use]
            pub const fn operands(self) -> &'static [Ty] {
                match self { $($name::$op => &$operands),* }
            }

            /// The type of its result.
            #[must_use]
            pub const fn result(self) -> Ty {
                match self { $($name::$op => $result),* }
            }

            /// The operator with this number.
            #[must_use]
            pub fn from_code(code: u8) -> Option<$name> {
                Self::ALL.get(code as usize).copied()
            }
        }
    };
}

const II: [Ty; 2] = [Ty::I64; 2];
const FF: [Ty; 2] = [Ty::F64; 2];
const BB: [Ty; 2] = [Ty::BOOL; 2];
const I: [Ty; 1] = [Ty::I64];
const F: [Ty; 1] = [Ty::F64];
const B: [Ty; 1] = [Ty::BOOL];

ops! {
    /// Binary arithmetic on plain words.
    MathOp {
        Add = "add": II => Ty::I64;
        Sub = "sub": II => Ty::I64;
        Mul = "mul": II => Ty::I64;
        Div = "div": II => Ty::I64;
        Rem = "rem": II => Ty::I64;
        And = "and": II => Ty::I64;
        Or = "or": II => Ty::I64;
        Xor = "xor": II => Ty::I64;
        Shl = "shl": II => Ty::I64;
        Shr = "shr": II => Ty::I64;
        WrappingAdd = "wrapping_add": II => Ty::I64;
        WrappingSub = "wrapping_sub": II => Ty::I64;
        WrappingMul = "wrapping_mul": II => Ty::I64;
        SaturatingAdd = "saturating_add": II => Ty::I64;
        SaturatingSub = "saturating_sub": II => Ty::I64;
        SaturatingMul = "saturating_mul": II => Ty::I64;
        Min = "min": II => Ty::I64;
        Max = "max": II => Ty::I64;
        Pow = "pow": II => Ty::I64;
        DivEuclid = "div_euclid": II => Ty::I64;
        RemEuclid = "rem_euclid": II => Ty::I64;
        FAdd = "fadd": FF => Ty::F64;
        FSub = "fsub": FF => Ty::F64;
        FMul = "fmul": FF => Ty::F64;
        FDiv = "fdiv": FF => Ty::F64;
        FRem = "frem": FF => Ty::F64;
        FMin = "fmin": FF => Ty::F64;
        FMax = "fmax": FF => Ty::F64;
        FPow = "fpow": FF => Ty::F64;
        FAtan2 = "fatan2": FF => Ty::F64;
        FHypot = "fhypot": FF => Ty::F64;
        FPowi = "fpowi": [Ty::F64, Ty::I64] => Ty::F64;
        BAnd = "band": BB => Ty::BOOL;
        BOr = "bor": BB => Ty::BOOL;
        BXor = "bxor": BB => Ty::BOOL;
    }
}

ops! {
    /// Unary arithmetic and conversions on plain words.
    UnaryOp {
        Neg = "neg": I => Ty::I64;
        Not = "not": I => Ty::I64;
        Abs = "abs": I => Ty::I64;
        Signum = "signum": I => Ty::I64;
        CountOnes = "count_ones": I => Ty::I64;
        LeadingZeros = "leading_zeros": I => Ty::I64;
        TrailingZeros = "trailing_zeros": I => Ty::I64;
        BNot = "bnot": B => Ty::BOOL;
        FNeg = "fneg": F => Ty::F64;
        FAbs = "fabs": F => Ty::F64;
        FSqrt = "fsqrt": F => Ty::F64;
        FFloor = "ffloor": F => Ty::F64;
        FCeil = "fceil": F => Ty::F64;
        FRound = "fround": F => Ty::F64;
        FTrunc = "ftrunc": F => Ty::F64;
        FExp = "fexp": F => Ty::F64;
        FLn = "fln": F => Ty::F64;
        FLog2 = "flog2": F => Ty::F64;
        FLog10 = "flog10": F => Ty::F64;
        FSin = "fsin": F => Ty::F64;
        FCos = "fcos": F => Ty::F64;
        FTan = "ftan": F => Ty::F64;
        FAsin = "fasin": F => Ty::F64;
        FAcos = "facos": F => Ty::F64;
        FAtan = "fatan": F => Ty::F64;
        FIsNan = "fis_nan": F => Ty::BOOL;
        IntToFloat = "int_to_float": I => Ty::F64;
        FloatToInt = "float_to_int": F => Ty::I64;
        BoolToInt = "bool_to_int": B => Ty::I64;
    }
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])* $op:ident = $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $doc])* $op),* }

        impl $name {
            /// All, in the order of their numbers.
            pub const ALL: &[$name] = &[$($name::$op),*];

            /// Its name in listings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$op => $text),* }
            }

            /// The one with this number.
            #[must_use]
            pub fn from_code(code: u8) -> Option<$name> {
                Self::ALL.get(code as usize).copied()
            }
        }
    };
}

names! {
    /// A comparison; its operands have one type. Equality is defined on every type, order on [`Ty::is_ordered`] ones.
    CompareOp {
        /// `==`
        Eq = "eq";
        /// `!=`
        Ne = "ne";
        /// `<`
        Lt = "lt";
        /// `<=`
        Le = "le";
        /// `>`
        Gt = "gt";
        /// `>=`
        Ge = "ge";
    }
}

impl CompareOp {
    /// Whether it is `==` or `!=`.
    #[must_use]
    pub const fn is_equality(self) -> bool {
        matches!(self, CompareOp::Eq | CompareOp::Ne)
    }
}

names! {
    /// Built-ins that read their operands and give a new value (or an effect).
    Builtin {
        /// `xs.len()`, `s.len()` (bytes): `(object) -> i64`
        Len = "len";
        /// `xs[i]`: `([T], i64) -> T`
        Index = "index";
        /// `xs[a..b]`: `([T], i64, i64) -> [T]`
        Slice = "slice";
        /// `xs[a..]`: `([T], i64) -> [T]`
        SliceFrom = "slice_from";
        /// `xs.contains(x)`: `([T], T) -> bool`
        Contains = "contains";
        /// `xs.concat(ys)`: `([T], [T]) -> [T]`
        Concat = "concat";
        /// `s + t`: `(str, str) -> str`; extends `s` in place where it is held uniquely
        Join = "join";
        /// `[x; n]`: `(T, i64) -> [T]`
        Repeat = "repeat";
        /// `print(x)`: `(T) -> ()`
        Print = "print";
        /// `panic(s)`: `(str) -> !`
        Panic = "panic";
        /// `assert(c, s)`: `(bool, str) -> ()`
        Assert = "assert";
        /// `x.clamp(lo, hi)`: `(i64, i64, i64) -> i64`
        Clamp = "clamp";
        /// `x.clamp(lo, hi)`: `(f64, f64, f64) -> f64`
        FClamp = "fclamp";
    }
}

impl Builtin {
    /// How many operands it takes.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Builtin::Len | Builtin::Print | Builtin::Panic => 1,
            Builtin::Index
            | Builtin::SliceFrom
            | Builtin::Contains
            | Builtin::Concat
            | Builtin::Join
            | Builtin::Repeat
            | Builtin::Assert => 2,
            Builtin::Slice | Builtin::Clamp | Builtin::FClamp => 3,
        }
    }

    /// Whether operand `index` is only read, so that it may be borrowed instead of owned.
    #[must_use]
    pub const fn reads(self, index: usize) -> bool {
        !matches!((self, index), (Builtin::Join, 0) | (Builtin::Repeat, 0))
    }
}

names! {
    /// Built-ins that change the object a variable holds, in place if it is held uniquely, else a copy.
    PlaceOp {
        /// `p = v`; operands: the value, then the indices of the place
        Set = "set";
        /// `xs.push(v)`
        Push = "push";
        /// `xs.insert(i, v)`
        Insert = "insert";
        /// `xs.remove(i)`: gives the element
        Remove = "remove";
        /// `xs.swap(i, j)`
        Swap = "swap";
        /// `xs.reverse()`
        Reverse = "reverse";
        /// `xs.sort()`: stable, ascending; floats by `total_cmp`, every NaN last
        Sort = "sort";
        /// `p += s` on text
        Append = "append";
    }
}

impl PlaceOp {
    /// The operands beside the indices of the place: how many.
    #[must_use]
    pub const fn extra(self) -> usize {
        match self {
            PlaceOp::Reverse | PlaceOp::Sort => 0,
            PlaceOp::Set | PlaceOp::Push | PlaceOp::Remove | PlaceOp::Append => 1,
            PlaceOp::Insert | PlaceOp::Swap => 2,
        }
    }

    /// Assignments evaluate their right side before the indices of the place, method calls after.
    #[must_use]
    pub const fn value_first(self) -> bool {
        matches!(self, PlaceOp::Set | PlaceOp::Append)
    }
}
