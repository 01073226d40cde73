//! Expressions of the plain types: integers, floats, booleans.

use super::Generator;
use nda_graph::Ty;

impl Generator<'_> {
    pub(super) fn int_literal(&mut self) -> String {
        match self.choices.weighted(&[20, 6, 2, 1, 1, 2]) {
            0 => self.choices.below(12).to_string(),
            1 => format!("{}", self.choices.below(2_000) as i64 - 1_000),
            2 => self
                .choices
                .pick(&["i64::MAX", "i64::MIN", "9223372036854775806", "-9223372036854775807"])
                .into(),
            3 => format!("0x{:x}", self.choices.word() >> 1),
            4 => format!("0b{:b}", self.choices.byte()),
            _ => format!("{}", self.choices.word() as i64),
        }
    }

    pub(super) fn float_literal(&mut self) -> String {
        match self.choices.weighted(&[10, 6, 3, 2]) {
            0 => format!("{}.0", self.choices.below(10)),
            1 => format!("{:?}", (self.choices.below(20_000) as f64 - 10_000.0) / 64.0),
            2 => self
                .choices
                .pick(&["0.1", "-0.0", "1e300", "5e-324", "f64::PI", "f64::EPSILON", "f64::MAX", "0.5"])
                .into(),
            _ => self.choices.pick(&["f64::NAN", "f64::INFINITY", "f64::NEG_INFINITY"]).into(),
        }
    }

    pub(super) fn int(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[8, 8, 6, 4, 4, 5, 2, 2, 2]) {
            8 if self.choices.chance(50) => self.char_code(depth),
            8 => self.folded(Ty::I64, depth),
            0 => self.small_sum(depth),
            1 => {
                let op = self.choices.pick(&[
                    "wrapping_add",
                    "wrapping_sub",
                    "wrapping_mul",
                    "saturating_add",
                    "saturating_sub",
                    "saturating_mul",
                    "min",
                    "max",
                ]);
                self.method(Ty::I64, op, &[Ty::I64], depth)
            }
            2 => {
                let op = self.choices.pick(&["&", "|", "^"]);
                self.binary(Ty::I64, op, depth)
            }
            3 => self.division(depth),
            4 => self.shift(depth),
            5 => self.length(depth),
            6 => {
                let method =
                    self.choices.pick(&["signum", "count_ones", "leading_zeros", "trailing_zeros", "abs"]);
                self.method(Ty::I64, method, &[], depth)
            }
            _ => match self.choices.below(6) {
                0 => format!("!{}", self.operand(Ty::I64, depth)),
                1 => format!("-{}", self.operand(Ty::I64, depth)),
                2 => format!("{} as i64", self.operand(Ty::F64, depth)),
                3 => format!("{} as i64", self.operand(Ty::BOOL, depth)),
                4 => {
                    let (low, high) = (self.choices.below(9), self.choices.below(200));
                    format!("{}.clamp({low}, {high})", self.receiver(Ty::I64, depth))
                }
                _ => {
                    // Mostly in range, for a base of one decimal.
                    let exponent = self.choices.below(22);
                    format!("({} % 10).pow({exponent})", self.operand(Ty::I64, depth))
                }
            },
        }
    }

    /// `+ - *`, whose operands are mostly kept small.
    fn small_sum(&mut self, depth: usize) -> String {
        let op = self.choices.pick(&["+", "-", "*"]);
        let mut side = || {
            let value = self.operand(Ty::I64, depth);
            if self.choices.chance(60) { format!("{value} % 1000") } else { value }
        };
        let (left, right) = (side(), side());
        format!("({left}) {op} ({right})")
    }

    fn division(&mut self, depth: usize) -> String {
        let left = self.operand(Ty::I64, depth);
        // One in thirty may be zero.
        let right = if self.choices.chance(3) {
            self.operand(Ty::I64, depth)
        } else {
            (self.choices.below(12) + 1).to_string()
        };
        match self.choices.below(4) {
            0 => format!("{left} / {right}"),
            1 => format!("{left} % {right}"),
            2 => format!("({left}).div_euclid({right})"),
            _ => format!("({left}).rem_euclid({right})"),
        }
    }

    fn shift(&mut self, depth: usize) -> String {
        let left = self.operand(Ty::I64, depth);
        let op = self.choices.pick(&["<<", ">>"]);
        let amount = match self.choices.weighted(&[18, 9, 1]) {
            0 => self.choices.below(64).to_string(),
            1 => format!("({} & 63)", self.operand(Ty::I64, depth)),
            _ => self.operand(Ty::I64, depth),
        };
        format!("{left} {op} {amount}")
    }

    /// The sum or product of a list.
    fn folded(&mut self, element: Ty, depth: usize) -> String {
        let Some(list) = element.list_of() else { return self.leaf(element) };
        let name = self.choices.pick(&["sum", "product"]);
        if element == Ty::F64 {
            return self.method(list, name, &[], depth);
        }
        // Mostly of small numbers.
        let items: Vec<String> =
            (0..self.choices.below(12)).map(|_| format!("{} % 40", self.operand(Ty::I64, 0))).collect();
        match self.pick_variable(|variable| variable.ty == list) {
            Some(variable) if self.choices.chance(30) => format!("{}.{name}()", variable.name),
            _ if items.is_empty() => format!("[0; 0].{name}()"),
            _ => format!("[{}].{name}()", items.join(", ")),
        }
    }

    /// `len()` of a text or a list.
    fn length(&mut self, depth: usize) -> String {
        let ty = self.object_ty();
        format!("{}.len()", self.receiver(ty, depth))
    }

    fn object_ty(&mut self) -> Ty {
        match self.pick_variable(|variable| variable.ty.is_object()) {
            Some(variable) => variable.ty,
            None => Ty::STR,
        }
    }

    pub(super) fn float(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[10, 5, 4, 3, 2]) {
            0 => {
                let op = self.choices.pick(&["+", "-", "*", "/", "%"]);
                self.binary(Ty::F64, op, depth)
            }
            1 => {
                let method = self.choices.pick(&[
                    "sqrt", "floor", "ceil", "round", "trunc", "abs", "exp", "ln", "log2", "log10", "sin",
                    "cos", "tan", "asin", "acos", "atan",
                ]);
                self.method(Ty::F64, method, &[], depth)
            }
            2 => {
                let method = self.choices.pick(&["min", "max", "powf", "atan2", "hypot"]);
                self.method(Ty::F64, method, &[Ty::F64], depth)
            }
            3 => format!("{} as f64", self.operand(Ty::I64, depth)),
            _ => match self.choices.below(5) {
                4 => self.folded(Ty::F64, depth),
                0 => format!("-{}", self.operand(Ty::F64, depth)),
                1 => {
                    format!("{}.powi({})", self.receiver(Ty::F64, depth), self.choices.below(40) as i64 - 12)
                }
                2 => self.method(Ty::F64, "powi", &[Ty::I64], depth),
                _ => format!("{}.clamp(-1.5, 100.0)", self.receiver(Ty::F64, depth)),
            },
        }
    }

    pub(super) fn truth(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[8, 4, 3, 3, 2, 2, 1, 2, 2]) {
            7 => self.text_truth(depth),
            8 => self.asked_option(depth),
            0 => {
                let op = self.choices.pick(&["<", "<=", ">", ">=", "==", "!="]);
                self.binary(Ty::I64, op, depth)
            }
            1 => {
                let ty = self.choices.pick(&[Ty::F64, Ty::STR, Ty::BOOL]);
                let op = self.choices.pick(&["<", "<=", ">", ">=", "==", "!="]);
                self.binary(ty, op, depth)
            }
            2 => {
                let op = self.choices.pick(&["&&", "||"]);
                self.binary(Ty::BOOL, op, depth)
            }
            3 => {
                let ty = self.ty(2);
                let op = self.choices.pick(&["==", "!="]);
                self.binary(ty, op, depth)
            }
            4 => {
                let element = self.ty(1);
                let Some(list) = element.list_of() else { return "true".into() };
                self.method(list, "contains", &[element], depth)
            }
            5 => {
                let op = self.choices.pick(&["&", "|", "^"]);
                self.binary(Ty::BOOL, op, depth)
            }
            _ => match self.choices.below(3) {
                0 => format!("!{}", self.operand(Ty::BOOL, depth)),
                1 => self.method(Ty::F64, "is_nan", &[], depth),
                _ => {
                    let ty = self.object_ty();
                    format!("{}.is_empty()", self.receiver(ty, depth))
                }
            },
        }
    }

    pub(super) fn binary(&mut self, ty: Ty, op: &str, depth: usize) -> String {
        let left = self.operand(ty, depth);
        let right = self.operand(ty, depth);
        format!("{left} {op} {right}")
    }

    pub(super) fn method(&mut self, ty: Ty, name: &str, args: &[Ty], depth: usize) -> String {
        let receiver = self.receiver(ty, depth);
        let args: Vec<String> = args.iter().map(|&arg| self.expression(arg, depth)).collect();
        format!("{receiver}.{name}({})", args.join(", "))
    }
}
