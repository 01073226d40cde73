//! The cold-start programs: generated text of equal shape in every dialect, and its answer.
//!
//! Each text carries a number of its own (the salt), in every function, so that no engine meets a text twice: a cache
//! of results or of compiled code answers nothing.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{Answer, Dialect, level2};

/// The arguments of the one call that every cold program makes.
const ARGS: (i64, i64) = (3, 7);

/// Steps of the loop in the one-function program, and in each function of a module.
const STEPS_ALONE: i64 = 100;
const STEPS_IN_MODULE: i64 = 3;

/// How large a cold program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// One function of one line.
    Line,
    /// One function of ten lines with a loop of 100 steps.
    Func,
    /// Ten functions of ten lines, each calling the one before it.
    Mod10,
    /// A hundred such functions.
    Mod100,
    /// Three hundred lines with structs, enums, lists and a map.
    Level2,
}

/// What exists before the clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// The engine and its state; only the program is new.
    Warm,
    /// Nothing: the engine is made inside the timed part.
    Fresh,
}

impl Start {
    /// Both, in the table's order.
    pub const ALL: [Self; 2] = [Self::Warm, Self::Fresh];

    /// As printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Fresh => "fresh",
        }
    }
}

impl Shape {
    /// Every shape, small to large.
    pub const ALL: [Self; 5] = [Self::Line, Self::Func, Self::Mod10, Self::Mod100, Self::Level2];

    /// Whether the program exists in a dialect.
    #[must_use]
    pub fn is_in(self, dialect: Dialect) -> bool {
        self != Self::Level2
            || matches!(dialect, Dialect::Nda | Dialect::Lua54 | Dialect::LuaJit | Dialect::Js)
    }

    /// The name in `--only` and in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Func => "func",
            Self::Mod10 => "mod10",
            Self::Mod100 => "mod100",
            Self::Level2 => "level2",
        }
    }

    /// What the program is, for the table's legend.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Line => "a one-line function",
            Self::Func => "a 10-line function with a 100-step loop",
            Self::Mod10 => "a module of 10 such functions (3 steps each)",
            Self::Mod100 => "a module of 100 such functions",
            Self::Level2 => "a module of 300 lines with structs, enums, lists and a map",
        }
    }

    fn functions(self) -> i64 {
        match self {
            Self::Line | Self::Func => 1,
            Self::Mod10 => 10,
            // The module of level 2 has sections instead.
            Self::Mod100 | Self::Level2 => 100,
        }
    }

    fn steps(self) -> i64 {
        if self == Self::Func { STEPS_ALONE } else { STEPS_IN_MODULE }
    }

    /// The program's text with this salt; empty for native code.
    #[must_use]
    pub fn text(self, dialect: Dialect, salt: i64) -> String {
        if self == Self::Level2 {
            return level2::text(dialect, salt, ARGS).unwrap_or_default();
        }
        let mut text = String::new();
        if dialect == Dialect::Wasm {
            text.push_str("(module\n");
        }
        let last = self.functions() - 1;
        for index in 0..=last {
            if dialect == Dialect::Nda && index == last {
                let Answer::Int(expected) = self.answer(salt) else { continue };
                put(&mut text, format_args!("#[example(f{last}({}, {}) == {expected})]\n", ARGS.0, ARGS.1));
            }
            if self == Self::Line {
                line_function(&mut text, dialect, salt);
            } else {
                loop_function(&mut text, dialect, index, salt + index, self.steps());
            }
        }
        let (a, b) = ARGS;
        match dialect {
            Dialect::Nda | Dialect::Native | Dialect::Python => {}
            Dialect::Lua54 | Dialect::LuaJit => put(&mut text, format_args!("return f{last}({a}, {b})\n")),
            Dialect::Js | Dialect::Rhai => put(&mut text, format_args!("f{last}({a}, {b})\n")),
            Dialect::Wasm => put(
                &mut text,
                format_args!(
                    "  (func (export \"main\") (result i64)\n    \
                     (call $f{last} (i64.const {a}) (i64.const {b}))))\n"
                ),
            ),
        }
        text
    }

    /// What the program's one call gives.
    #[must_use]
    pub fn answer(self, salt: i64) -> Answer {
        Answer::Int(match self {
            Self::Line => ARGS.0 * ARGS.1 + salt,
            Self::Level2 => level2::answer(salt, ARGS),
            _ => evaluate(self.functions() - 1, salt, self.steps(), ARGS.0, ARGS.1),
        })
    }
}

/// The functions of [`loop_function`], in Rust.
fn evaluate(index: i64, salt: i64, steps: i64, a: i64, b: i64) -> i64 {
    let mut s = salt + index + if index == 0 { a } else { evaluate(index - 1, salt, steps, b, a) };
    for i in 0..steps {
        s = (s * 31 + a * i + b) % 65521;
        if s > 40000 {
            s -= 7;
        }
    }
    s
}

fn put(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("writing into a String does not fail");
}

fn line_function(text: &mut String, dialect: Dialect, salt: i64) {
    let piece = match dialect {
        Dialect::Native | Dialect::Python => return,
        Dialect::Nda => format!("fn f0(a: i64, b: i64) -> i64 {{ a * b + {salt} }}\n"),
        Dialect::Lua54 | Dialect::LuaJit => format!("local function f0(a, b) return a * b + {salt} end\n"),
        Dialect::Js => format!("function f0(a, b) {{ return a * b + {salt}; }}\n"),
        Dialect::Rhai => format!("fn f0(a, b) {{ a * b + {salt} }}\n"),
        Dialect::Wasm => format!(
            "  (func $f0 (param $a i64) (param $b i64) (result i64)\n    \
             (i64.add (i64.mul (local.get $a) (local.get $b)) (i64.const {salt})))\n"
        ),
    };
    text.push_str(&piece);
}

/// Function `index`: ten lines, a loop, a condition, and a call of the function before it.
fn loop_function(text: &mut String, dialect: Dialect, index: i64, salt: i64, steps: i64) {
    let before = index - 1;
    let start = if index == 0 { format!("a + {salt}") } else { format!("f{before}(b, a) + {salt}") };
    let last_step = steps - 1;
    let piece = match dialect {
        Dialect::Native | Dialect::Python => return,
        Dialect::Nda => format!(
            "fn f{index}(a: i64, b: i64) -> i64 {{
    let mut s = {start};
    for i in 0..{steps} {{
        s = (s * 31 + a * i + b) % 65521;
        if s > 40000 {{
            s = s - 7;
        }}
    }}
    s
}}
"
        ),
        Dialect::Lua54 | Dialect::LuaJit => format!(
            "local function f{index}(a, b)
    local s = {start}
    for i = 0, {last_step} do
        s = (s * 31 + a * i + b) % 65521
        if s > 40000 then
            s = s - 7
        end
    end
    return s
end
"
        ),
        Dialect::Js => format!(
            "function f{index}(a, b) {{
    let s = {start};
    for (let i = 0; i < {steps}; i++) {{
        s = (s * 31 + a * i + b) % 65521;
        if (s > 40000) {{
            s = s - 7;
        }}
    }}
    return s;
}}
"
        ),
        Dialect::Rhai => format!(
            "fn f{index}(a, b) {{
    let s = {start};
    for i in 0..{steps} {{
        s = (s * 31 + a * i + b) % 65521;
        if s > 40000 {{
            s = s - 7;
        }}
    }}
    s
}}
"
        ),
        Dialect::Wasm => {
            let start = if index == 0 {
                "(local.get $a)".to_owned()
            } else {
                format!("(call $f{before} (local.get $b) (local.get $a))")
            };
            format!(
                "  (func $f{index} (param $a i64) (param $b i64) (result i64) (local $s i64) (local $i i64)
    (local.set $s (i64.add {start} (i64.const {salt})))
    (loop $next
      (local.set $s
        (i64.rem_s
          (i64.add
            (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.mul (local.get $a) (local.get $i)))
            (local.get $b))
          (i64.const 65521)))
      (if (i64.gt_s (local.get $s) (i64.const 40000))
        (then (local.set $s (i64.sub (local.get $s) (i64.const 7)))))
      (br_if $next
        (i64.lt_s (local.tee $i (i64.add (local.get $i) (i64.const 1))) (i64.const {steps}))))
    (local.get $s))
"
            )
        }
    };
    text.push_str(&piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_has_ten_lines_in_every_text_dialect() {
        for dialect in [Dialect::Nda, Dialect::Lua54, Dialect::Js, Dialect::Rhai] {
            let mut text = String::new();
            loop_function(&mut text, dialect, 1, 10_000, 3);
            assert_eq!(text.lines().count(), 10, "{dialect:?}");
        }
    }

    #[test]
    fn a_salt_changes_every_function() {
        let one = Shape::Mod10.text(Dialect::Nda, 10_000);
        let other = Shape::Mod10.text(Dialect::Nda, 10_010);
        let starts = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.contains("let mut s")).map(str::to_owned).collect()
        };
        assert_eq!(starts(&one).len(), 10);
        assert!(starts(&one).iter().zip(starts(&other)).all(|(a, b)| *a != b));
    }
}
