//! Vectors: made of numbers, computed with, and turned into numbers, text and lists again.

use super::Generator;
use nda_graph::Ty;

/// Lengths: alone, few, as many as lanes of a sum, and one more.
const LENGTHS: [usize; 4] = [1, 3, 16, 17];

impl Generator<'_> {
    /// A value that a vector gives; none of types that none gives.
    pub(super) fn of_vector(&mut self, ty: Ty, depth: usize) -> Option<String> {
        let len = self.choices.pick(&LENGTHS);
        let vector = self.vector(len, depth);
        Some(match ty {
            Ty::F64 => match self.choices.below(3) {
                0 => format!("({vector})[{}]", self.expression(Ty::I64, depth.min(1))),
                1 => format!("dot({vector}, {})", self.vector(len, depth)),
                _ => {
                    // Held by a variable, so what works in place has to copy it.
                    let name = self.fresh("v");
                    let other = self.vector(len, depth.min(1));
                    format!("{{ let {name} = {vector}; dot({name} + {other}, relu({name})) + {name}[0] }}")
                }
            },
            Ty::I64 => format!("argmax({vector})"),
            Ty::BOOL => format!("({vector} == {})", self.vector(len, depth)),
            Ty::STR => format!("({vector}).to_string()"),
            _ if Ty::F64.list_of() == Some(ty) => format!("({vector}).to_list()"),
            _ => return None,
        })
    }

    /// A vector of this length.
    fn vector(&mut self, len: usize, depth: usize) -> String {
        if depth == 0 || self.choices.chance(30) {
            let element = self.expression(Ty::F64, depth.min(1));
            return format!("vec[{element}; {len}]");
        }
        let depth = depth - 1;
        match self.choices.below(13) {
            0 if len < 4 => {
                let items: Vec<String> = (0..len).map(|_| self.expression(Ty::F64, depth.min(1))).collect();
                format!("vec[{}]", items.join(", "))
            }
            1 => {
                let op = self.choices.pick(&["+", "-", "*"]);
                format!("({} {op} {})", self.vector(len, depth), self.vector(len, depth))
            }
            2 => {
                let (vector, factor) = (self.vector(len, depth), self.expression(Ty::F64, depth.min(1)));
                match self.choices.chance(50) {
                    true => format!("({vector} * ({factor}))"),
                    false => format!("(({factor}) * ({vector}))"),
                }
            }
            3 => {
                let name = self.choices.pick(&["relu", "silu", "gelu", "softmax"]);
                format!("{name}({})", self.vector(len, depth))
            }
            4 => {
                let epsilon = self.choices.pick(&["1e-5", "0.5", "0.0"]);
                format!("rms_norm({}, {}, {epsilon})", self.vector(len, depth), self.vector(len, depth))
            }
            5 => {
                let parts = [self.vector(len, depth), self.vector(len, depth), self.vector(len, depth)];
                format!("layer_norm({}, 1e-5)", parts.join(", "))
            }
            6 => {
                let (name, whole) = (self.fresh("v"), self.vector(17, depth));
                let from = self.choices.below(3);
                format!("{{ let {name}: vec[{len}] = ({whole}).part({from}); {name} }}")
            }
            9 => self.changed_vector(len, depth),
            10 | 11 => self.element_wise(len, depth),
            7 if len > 1 => {
                format!("({}).concat({})", self.vector(1, depth), self.vector(len - 1, depth))
            }
            _ => {
                let (name, list) = (self.fresh("v"), Ty::F64.list_of().unwrap_or(Ty::F64));
                let items = match self.choices.chance(70) {
                    true => format!("[{}; {len}]", self.expression(Ty::F64, depth.min(1))),
                    false => self.expression(list, depth.min(1)),
                };
                format!("{{ let {name}: vec[{len}] = vec::from({items}); {name} }}")
            }
        }
    }

    /// Operators on each element, whose results are taken by the next: of variables, which some of them are the last to use.
    fn element_wise(&mut self, len: usize, depth: usize) -> String {
        let names = [self.fresh("v"), self.fresh("v"), self.fresh("v")];
        let (first, second) = (self.vector(len, depth), self.vector(len, depth.min(1)));
        let tree = self.tree_of(&names, len, 4);
        let [a, b, c] = names;
        format!("{{ let {a} = {first}; let {b} = {second}; let {c} = {a}; {tree} }}")
    }

    fn tree_of(&mut self, names: &[String; 3], len: usize, depth: usize) -> String {
        if depth == 0 || self.choices.chance(15) {
            return match self.choices.chance(5) {
                true => self.vector(len, 1),
                false => self.choices.pick(&names.each_ref().map(String::as_str)).to_owned(),
            };
        }
        let first = self.tree_of(names, len, depth - 1);
        match self.choices.below(6) {
            0 => format!("relu({first})"),
            1 => format!("silu({first})"),
            2 => format!("({first} * {})", self.choices.pick(&["0.5", "-2.0", "1e30"])),
            at => format!("({first} {} {})", ["+", "-", "*"][at - 3], self.tree_of(names, len, depth - 1)),
        }
    }

    /// A vector that is changed where it is held, alone or not, by a variable, a tuple or a list.
    fn changed_vector(&mut self, len: usize, depth: usize) -> String {
        let (name, first) = (self.fresh("v"), self.vector(len, depth));
        let (shape, place) = match self.choices.below(3) {
            0 => (format!("[{first}]"), format!("{name}[0]")),
            1 => (format!("({first}, 1)"), format!("{name}.0")),
            _ => (first, name.clone()),
        };
        let other = match self.choices.chance(30) {
            true => place.clone(),
            false => self.vector(len, depth.min(1)),
        };
        let index = match self.choices.chance(80) {
            true => self.choices.below(len).to_string(),
            false => self.expression(Ty::I64, depth.min(1)),
        };
        let value = self.expression(Ty::F64, depth.min(1));
        let element = self.choices.pick(&["=", "+=", "*="]);
        let whole = self.choices.pick(&["+=", "-=", "*="]);
        let first = format!("{place}[{index}] {element} {value};");
        let second = format!("{place} {whole} {other};");
        let both =
            if self.choices.chance(50) { format!("{first} {second}") } else { format!("{second} {first}") };
        let held = self.fresh("v");
        match self.choices.chance(40) {
            true => format!("{{ let mut {name} = {shape}; let {held} = {place}; {both} {place} + {held} }}"),
            false => format!("{{ let mut {name} = {shape}; {both} {place} }}"),
        }
    }
}
