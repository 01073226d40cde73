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
        AddOverflows = "add_overflows": II => Ty::BOOL;
        SubOverflows = "sub_overflows": II => Ty::BOOL;
        MulOverflows = "mul_overflows": II => Ty::BOOL;
        DivOverflows = "div_overflows": II => Ty::BOOL;
        PowOverflows = "pow_overflows": II => Ty::BOOL;
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

pub(crate) use names;

names! {
    /// A comparison; its operands have one type. Equality is defined on every type, order on `TypesRef::is_ordered` ones.
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
        /// `xs[i]`: `([T], i64) -> T`; of a map the value of the entry at a position, `(Map<K, V>, i64) -> V`
        Index = "index";
        /// `xs[a..b]`: `([T], i64, i64) -> [T]`, and on `str` by bytes
        Slice = "slice";
        /// `xs[a..]`: `([T], i64) -> [T]`, and on `str` by bytes
        SliceFrom = "slice_from";
        /// `xs.contains(x)`: `([T], T) -> bool`; `s.contains(t)`: `(str, str) -> bool`
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
        /// `x.to_string()` of anything but text, `{:?}`: `(T) -> str`, the text of the value as a list shows it
        Show = "show";
        /// `{:.n}`: `(f64, i64) -> str`
        Fixed = "fixed";
        /// `{:.n}`: `(str, i64) -> str`, at most the first n characters
        Prefix = "prefix";
        /// `{:>n}`: `(str, i64, str) -> str`, filled on the left with a character up to n characters
        PadStart = "pad_start";
        /// `{:<n}`: `(str, i64, str) -> str`
        PadEnd = "pad_end";
        /// `{:^n}`: `(str, i64, str) -> str`
        PadBoth = "pad_both";
        /// `{:0n}`: `(str, i64) -> str`, zeros behind the sign and the base of a number
        PadZero = "pad_zero";
        /// `{:+}`: `(str) -> str`, a `+` before a number that has no sign
        Signed = "signed";
        /// `{:x}`: `(i64) -> str`
        Hex = "hex";
        /// `{:X}`: `(i64) -> str`
        UpperHex = "upper_hex";
        /// `{:o}`: `(i64) -> str`
        Octal = "octal";
        /// `{:b}`: `(i64) -> str`
        Binary = "binary";
        /// `s.chars()`: `(str) -> [str]`
        Chars = "chars";
        /// `s.split(sep)`: `(str, str) -> [str]`
        Split = "split";
        /// `s.split_whitespace()`: `(str) -> [str]`
        SplitWhitespace = "split_whitespace";
        /// `s.lines()`: `(str) -> [str]`
        Lines = "lines";
        /// `s.trim()`: `(str) -> str`
        Trim = "trim";
        /// `s.trim_start()`: `(str) -> str`
        TrimStart = "trim_start";
        /// `s.trim_end()`: `(str) -> str`
        TrimEnd = "trim_end";
        /// `s.starts_with(t)`: `(str, str) -> bool`
        StartsWith = "starts_with";
        /// `s.ends_with(t)`: `(str, str) -> bool`
        EndsWith = "ends_with";
        /// `s.replace(from, to)`: `(str, str, str) -> str`
        Replace = "replace";
        /// `s.to_uppercase()`: `(str) -> str`
        ToUppercase = "to_uppercase";
        /// `s.to_lowercase()`: `(str) -> str`
        ToLowercase = "to_lowercase";
        /// `s.repeat(n)`: `(str, i64) -> str`
        RepeatText = "repeat_text";
        /// `s.bytes()`: `(str) -> [i64]`
        Bytes = "bytes";
        /// `s.char_code()`: `(str) -> i64`
        CharCode = "char_code";
        /// `str::from_code(n)`: `(i64) -> str`
        FromCode = "from_code";
        /// `xs.join(sep)`: `([str], str) -> str`
        JoinList = "join_list";
        /// `xs.sum()`: `([i64]) -> i64`
        Sum = "sum";
        /// `xs.product()`: `([i64]) -> i64`
        Product = "product";
        /// `xs.sum()`: `([f64]) -> f64`, from 0.0 on the left
        FSum = "fsum";
        /// `xs.product()`: `([f64]) -> f64`, from 1.0 on the left
        FProduct = "fproduct";
        /// `c.is_alphabetic()`: `(str) -> bool`, of a text that is one character
        IsAlphabetic = "is_alphabetic";
        /// `c.is_numeric()`: `(str) -> bool`, of a text that is one character
        IsNumeric = "is_numeric";
        /// `c.is_alphanumeric()`: `(str) -> bool`, of a text that is one character
        IsAlphanumeric = "is_alphanumeric";
        /// `c.is_whitespace()`: `(str) -> bool`, of a text that is one character
        IsWhitespace = "is_whitespace";
        /// `c.is_uppercase()`: `(str) -> bool`, of a text that is one character
        IsUppercase = "is_uppercase";
        /// `c.is_lowercase()`: `(str) -> bool`, of a text that is one character
        IsLowercase = "is_lowercase";
        /// `c.is_ascii_digit()`: `(str) -> bool`, of a text that is one character
        IsAsciiDigit = "is_ascii_digit";
        /// `c.is_ascii_punctuation()`: `(str) -> bool`, of a text that is one character
        IsAsciiPunctuation = "is_ascii_punctuation";
        /// `xs.index_of(x)`: `([T], T) -> i64`, where the first equal element is, or -1
        IndexOf = "index_of";
        /// `s.find(t)`: `(str, str) -> i64`, at which byte the first one starts, or -1
        Find = "find";
        /// `s.rfind(t)`: `(str, str) -> i64`, at which byte the last one starts, or -1
        RFind = "rfind";
        /// Whether `parse_int` has a value: `(str) -> bool`
        IsInt = "is_int";
        /// `s.parse_i64()`: `(str) -> i64`, of a text that is one
        ParseInt = "parse_int";
        /// Whether `parse_float` has a value: `(str) -> bool`
        IsFloat = "is_float";
        /// `s.parse_f64()`: `(str) -> f64`, of a text that is one
        ParseFloat = "parse_float";
        /// `xs.min()`: `([i64]) -> i64`, of a list that is not empty
        Minimum = "minimum";
        /// `xs.max()`: `([i64]) -> i64`, of a list that is not empty
        Maximum = "maximum";
        /// `xs.min()`: `([f64]) -> f64`, of a list that is not empty
        FMinimum = "fminimum";
        /// `xs.max()`: `([f64]) -> f64`, of a list that is not empty
        FMaximum = "fmaximum";
        /// At which position a key stands: `(Map<K, V>, K) -> i64`; if it is not there, -1 minus where it would stand
        Search = "search";
        /// The key of the entry at a position: `(Map<K, V>, i64) -> K`
        KeyAt = "key_at";
        /// `m.keys()`: `(Map<K, V>) -> [K]`
        Keys = "keys";
        /// `m.values()`: `(Map<K, V>) -> [V]`
        Values = "values";
        /// The word at a byte, up to whitespace: `(str, i64) -> str`
        WordAt = "word_at";
        /// Where whitespace from a byte on ends: `(str, i64) -> i64`
        NextWord = "next_word";
        /// The line at a byte, without its end: `(str, i64) -> str`
        LineAt = "line_at";
        /// Behind the end of a line that may stand at a byte: `(str, i64) -> i64`
        NextLine = "next_line";
        /// The character at a byte, or an empty text at the end: `(str, i64) -> str`
        CharAt = "char_at";
        /// The part at a byte, up to a separator: `(str, i64, str) -> str`
        PieceAt = "piece_at";
        /// At which position a key stands that is there; `m[k]` and the like: `(Map<K, V>, K) -> i64`
        Locate = "locate";
    }
}

const S: [Ty; 1] = [Ty::STR];
const SS: [Ty; 2] = [Ty::STR; 2];
const SI: [Ty; 2] = [Ty::STR, Ty::I64];
const SIS: [Ty; 3] = [Ty::STR, Ty::I64, Ty::STR];
const STRS: Ty = list(Ty::STR);
const INTS: Ty = list(Ty::I64);
const FLOATS: Ty = list(Ty::F64);

const fn list(element: Ty) -> Ty {
    match element.list_of() {
        Some(list) => list,
        None => element,
    }
}

impl Builtin {
    /// The types of its operands and its result, where they are always the same.
    #[must_use]
    pub const fn types(self) -> Option<(&'static [Ty], Ty)> {
        Some(match self {
            Builtin::Join => (&SS, Ty::STR),
            Builtin::Clamp => (&[Ty::I64; 3], Ty::I64),
            Builtin::FClamp => (&[Ty::F64; 3], Ty::F64),
            Builtin::Fixed => (&[Ty::F64, Ty::I64], Ty::STR),
            Builtin::Prefix
            | Builtin::PadZero
            | Builtin::RepeatText
            | Builtin::WordAt
            | Builtin::LineAt
            | Builtin::CharAt => (&SI, Ty::STR),
            Builtin::NextWord | Builtin::NextLine => (&SI, Ty::I64),
            Builtin::PadStart | Builtin::PadEnd | Builtin::PadBoth | Builtin::PieceAt => (&SIS, Ty::STR),
            Builtin::Hex | Builtin::UpperHex | Builtin::Octal | Builtin::Binary | Builtin::FromCode => {
                (&I, Ty::STR)
            }
            Builtin::Chars | Builtin::SplitWhitespace | Builtin::Lines => (&S, STRS),
            Builtin::Split => (&SS, STRS),
            Builtin::Signed
            | Builtin::Trim
            | Builtin::TrimStart
            | Builtin::TrimEnd
            | Builtin::ToUppercase
            | Builtin::ToLowercase => (&S, Ty::STR),
            Builtin::StartsWith | Builtin::EndsWith => (&SS, Ty::BOOL),
            Builtin::IsAlphabetic
            | Builtin::IsNumeric
            | Builtin::IsAlphanumeric
            | Builtin::IsWhitespace
            | Builtin::IsUppercase
            | Builtin::IsLowercase
            | Builtin::IsAsciiDigit
            | Builtin::IsAsciiPunctuation => (&S, Ty::BOOL),
            Builtin::Replace => (&[Ty::STR; 3], Ty::STR),
            Builtin::Bytes => (&S, INTS),
            Builtin::CharCode => (&S, Ty::I64),
            Builtin::JoinList => (&[STRS, Ty::STR], Ty::STR),
            Builtin::Sum | Builtin::Product => (&[INTS], Ty::I64),
            Builtin::FSum | Builtin::FProduct | Builtin::FMinimum | Builtin::FMaximum => (&[FLOATS], Ty::F64),
            Builtin::Minimum | Builtin::Maximum => (&[INTS], Ty::I64),
            Builtin::Find | Builtin::RFind => (&SS, Ty::I64),
            Builtin::IsInt | Builtin::IsFloat => (&S, Ty::BOOL),
            Builtin::ParseInt => (&S, Ty::I64),
            Builtin::ParseFloat => (&S, Ty::F64),
            _ => return None,
        })
    }

    /// How many operands it takes.
    #[must_use]
    pub const fn arity(self) -> usize {
        if let Some((operands, _)) = self.types() {
            return operands.len();
        }
        match self {
            Builtin::Index
            | Builtin::SliceFrom
            | Builtin::Contains
            | Builtin::IndexOf
            | Builtin::Search
            | Builtin::Locate
            | Builtin::KeyAt
            | Builtin::Concat
            | Builtin::Repeat
            | Builtin::Assert => 2,
            Builtin::Slice => 3,
            // `len`, `print`, `panic`, `show`, `keys`, `values`.
            _ => 1,
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
        /// `xs.remove(i)`: gives the element; of a map the value of the entry at a position
        Remove = "remove";
        /// `xs.swap(i, j)`
        Swap = "swap";
        /// `xs.reverse()`
        Reverse = "reverse";
        /// `xs.sort()`: stable, ascending; floats by `total_cmp`, every NaN last
        Sort = "sort";
        /// `p += s` on text
        Append = "append";
        /// `xs.truncate(n)`: at most the first n elements stay
        Truncate = "truncate";
        /// `xs.extend(ys)`
        Extend = "extend";
        /// `xs.dedup()`: of equal neighbours only the first stays
        Dedup = "dedup";
        /// `xs.sort_desc()`: the order of `sort`, turned round
        SortDesc = "sort_desc";
        /// `xs.sort_by_key(f)`; operand: the key of each element. Stable, ascending by the order of `sort`
        SortByKeys = "sort_by_keys";
        /// The same, descending: equal elements stay in their order
        SortByKeysDesc = "sort_by_keys_desc";
        /// `m[k] = v`: the value under a key of a map, whether there was one or not
        Put = "put";
    }
}

impl PlaceOp {
    /// The operands beside the indices of the place: how many.
    #[must_use]
    pub const fn extra(self) -> usize {
        match self {
            PlaceOp::Reverse | PlaceOp::Sort | PlaceOp::Dedup | PlaceOp::SortDesc => 0,
            PlaceOp::Set
            | PlaceOp::Push
            | PlaceOp::Remove
            | PlaceOp::Append
            | PlaceOp::Truncate
            | PlaceOp::Extend
            | PlaceOp::SortByKeys
            | PlaceOp::SortByKeysDesc => 1,
            PlaceOp::Insert | PlaceOp::Swap | PlaceOp::Put => 2,
        }
    }

    /// Assignments evaluate their right side before the indices of the place, method calls after.
    #[must_use]
    pub const fn value_first(self) -> bool {
        matches!(self, PlaceOp::Set | PlaceOp::Append)
    }
}
