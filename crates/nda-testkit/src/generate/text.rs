//! Text: what reads it, what makes it, and formats.

use super::Generator;
use nda_graph::Ty;

impl Generator<'_> {
    /// A text made by a built-in.
    pub(super) fn made_text(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[5, 8, 4, 2, 3, 3, 5, 3, 2]) {
            0 => {
                let ty = self.ty(2);
                self.method(ty, "to_string", &[], depth)
            }
            1 => self.format("format", depth),
            2 => {
                let name = self.choices.pick(&["trim", "trim_start", "trim_end"]);
                self.method(Ty::STR, name, &[], depth)
            }
            3 => {
                let name = self.choices.pick(&["to_uppercase", "to_lowercase"]);
                self.method(Ty::STR, name, &[], depth)
            }
            4 => self.method(Ty::STR, "replace", &[Ty::STR, Ty::STR], depth),
            5 => {
                let count = match self.choices.weighted(&[9, 4, 1]) {
                    0 => self.choices.below(4).to_string(),
                    1 => format!("{} & 7", self.operand(Ty::I64, depth)),
                    _ => self.expression(Ty::I64, 0),
                };
                format!("{}.repeat({count})", self.receiver(Ty::STR, depth))
            }
            6 => self.text_slice(depth),
            7 => match Ty::STR.list_of() {
                Some(list) => self.method(list, "join", &[Ty::STR], depth),
                None => self.text_leaf(),
            },
            _ => {
                let code = match self.choices.weighted(&[6, 4, 2, 1]) {
                    0 => format!("{} & 127", self.operand(Ty::I64, depth)),
                    1 => format!("{} & 0xfff", self.operand(Ty::I64, depth)),
                    2 => self.choices.pick(&["0xd7ff", "0x1f600", "0x10ffff", "9", "0x3a3"]).into(),
                    _ => self.expression(Ty::I64, depth),
                };
                format!("str::from_code({code})")
            }
        }
    }

    fn text_leaf(&mut self) -> String {
        self.expression(Ty::STR, 0)
    }

    /// A part of a text, mostly one that there is: characters of several bytes are few among the texts.
    fn text_slice(&mut self, depth: usize) -> String {
        let Some(variable) = self.pick_variable(|variable| variable.ty == Ty::STR) else {
            return format!("{}[..]", self.receiver(Ty::STR, depth));
        };
        let text = variable.name;
        match self.choices.weighted(&[4, 6, 6, 5, 5, 1]) {
            0 => format!("{text}[..]"),
            1 => format!("{text}[{text}.len() / 2..]"),
            2 => format!("{text}[..{text}.len().min({})]", self.choices.below(4)),
            3 => format!("{text}[{text}.len() / 3..{text}.len()]"),
            4 => format!("if {text}.is_empty() {{ {text} }} else {{ {text}[0..=0] }}"),
            _ => format!("{text}[{}..{}]", self.operand(Ty::I64, depth), self.operand(Ty::I64, depth)),
        }
    }

    /// The parts of a text.
    pub(super) fn parts_of_text(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[4, 4, 3, 3]) {
            0 => self.method(Ty::STR, "chars", &[], depth),
            1 => {
                let separator = self.choices.pick(&["\",\"", "\" \"", "\"\"", "\"a\"", ""]);
                if separator.is_empty() {
                    return self.method(Ty::STR, "split", &[Ty::STR], depth);
                }
                format!("{}.split({separator})", self.receiver(Ty::STR, depth))
            }
            2 => self.method(Ty::STR, "split_whitespace", &[], depth),
            _ => self.method(Ty::STR, "lines", &[], depth),
        }
    }

    /// A question about a text.
    pub(super) fn text_truth(&mut self, depth: usize) -> String {
        if self.choices.chance(40) {
            let name = self.choices.pick(&[
                "is_alphabetic",
                "is_numeric",
                "is_alphanumeric",
                "is_whitespace",
                "is_uppercase",
                "is_lowercase",
                "is_ascii_digit",
                "is_ascii_punctuation",
            ]);
            return format!("{}.{name}()", self.character(depth));
        }
        let name = self.choices.pick(&["starts_with", "ends_with", "contains"]);
        self.method(Ty::STR, name, &[Ty::STR], depth)
    }

    /// The code of a character.
    pub(super) fn char_code(&mut self, depth: usize) -> String {
        format!("{}.char_code()", self.character(depth))
    }

    /// A text, mostly one that is one character.
    fn character(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[6, 3, 1]) {
            0 => {
                let texts =
                    ["\"a\"", "'é'", "\"\\n\"", "\"\\u{1F600}\"", "'7'", "'Σ'", "'½'", "'!'", "'\\u{2003}'"];
                self.choices.pick(&texts).into()
            }
            1 => format!("str::from_code({} & 127)", self.operand(Ty::I64, depth)),
            _ => self.receiver(Ty::STR, depth),
        }
    }

    /// A call of `format`, `format!` or `println!` (`head`): places and values of many types.
    pub(super) fn format(&mut self, head: &str, depth: usize) -> String {
        let bang = if head != "format" || self.choices.chance(30) { "!" } else { "" };
        let (format, values) = self.template(depth);
        format!("{head}{bang}({format}{values})")
    }

    /// A format string and its values, each with its comma.
    pub(super) fn template(&mut self, depth: usize) -> (String, String) {
        let count = self.choices.below(4);
        // Now and then in another order, or one of them twice.
        let order: Vec<usize> = match self.choices.weighted(&[6, 1, 1]) {
            0 => (0..count).collect(),
            1 => (0..count).rev().collect(),
            _ => (0..count).chain(0..count).collect(),
        };
        let numbered = order.iter().enumerate().any(|(at, &index)| at != index) || self.choices.chance(20);
        let types: Vec<Ty> = (0..count).map(|_| self.ty(1)).collect();
        let mut values: String =
            types.iter().map(|&ty| format!(", {}", self.expression(ty, depth.min(2)))).collect();
        let mut format = String::new();
        let mut given = count;
        for &index in &order {
            format.push_str(self.choices.pick(&["", " ", "=", "{{", "}}", "é", "\\n"]));
            let mut spec = self.spec(types[index]).to_owned();
            if spec.contains('$') {
                values.push_str(&format!(", {}.rem_euclid(24)", self.receiver(Ty::I64, 0)));
                spec = spec.replace('$', &format!("{given}$"));
                given += 1;
            }
            // `{}` takes the next value, so all places have numbers or none has.
            let position = if numbered { index.to_string() } else { String::new() };
            let colon = if spec.is_empty() { "" } else { ":" };
            format.push_str(&format!("{{{position}{colon}{spec}}}"));
        }
        format.push_str(self.choices.pick(&["", ".", " }}"]));
        (format!("\"{format}\""), values)
    }

    /// What stands behind the colon for a value of this type; `$` is a width that a value gives.
    fn spec(&mut self, ty: Ty) -> &'static str {
        match ty {
            Ty::I64 => self.choices.pick(&[
                "", "?", "5", "<4", "^7", "*>6", "05", "+", "+08", "x", "X", "o", "b", "#x", "#010b", "#o",
                "08x", ">$",
            ]),
            Ty::F64 => self
                .choices
                .pick(&["", "?", ".2", ".0", "8.3", "<9.1", "010.2", "+.1", "08", "+", "é^12", ".$", "$"]),
            Ty::STR => {
                self.choices.pick(&["", "", "?", "6", "<3", ">5", "^5", ".2", ">6.1", "-<4", "^$", ".$"])
            }
            Ty::BOOL | Ty::UNIT => self.choices.pick(&["", "?", ">6", "<7"]),
            _ => self.choices.pick(&["", "?"]),
        }
    }

    /// A macro as a statement.
    pub(super) fn macro_statement(&mut self) -> String {
        match self.choices.weighted(&[8, 2, 1, 1, 1]) {
            0 => format!("{};", self.format("println", 3)),
            1 => {
                let ty = self.ty(1);
                let value = self.leaf(ty);
                let name = self.choices.pick(&["assert_eq", "assert_ne"]);
                format!("{name}!({value}, {});", self.expression(ty, 1))
            }
            2 => {
                let (format, values) = self.template(2);
                let ty = self.ty(1);
                let (a, b) = (self.expression(ty, 1), self.expression(ty, 1));
                format!("assert_eq!({a}, {b}, {format}{values});")
            }
            3 => {
                let (format, values) = self.template(2);
                format!("assert!({}, {format}{values});", self.expression(Ty::BOOL, 2))
            }
            _ => {
                let condition = self.expression(Ty::BOOL, 2);
                let (format, values) = self.template(2);
                format!("if {condition} {{ panic!({format}{values}) }}")
            }
        }
    }
}
