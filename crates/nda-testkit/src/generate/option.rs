//! `Option` and `Result`: what gives one, and what becomes of it.

use super::Generator;
use nda_graph::Ty;

impl Generator<'_> {
    /// A value of type `ty` that was in an `Option`, or what stands for it.
    pub(super) fn out_of_option(&mut self, ty: Ty, depth: usize) -> String {
        if self.choices.chance(25) {
            return self.through_lambda(ty, depth);
        }
        let option = self.option(ty, depth);
        match self.choices.weighted(&[6, 4, 4, 3, 2, 2, 1]) {
            0 => format!("{option}.unwrap_or({})", self.expression(ty, depth)),
            1 => {
                let name = self.fresh("o");
                let other = self.expression(ty, depth);
                format!("match {option} {{ Some({name}) => {name}, None => {other} }}")
            }
            2 => {
                let name = self.fresh("o");
                let other = self.expression(ty, depth);
                format!("if let Some({name}) = {option} {{ {name} }} else {{ {other} }}")
            }
            3 => {
                let other = self.option(ty, depth);
                format!("{option}.or({other}).unwrap_or({})", self.expression(ty, depth))
            }
            4 => {
                let error = self.expression(Ty::STR, depth);
                format!("{option}.ok_or({error}).unwrap_or({})", self.expression(ty, depth))
            }
            5 => {
                let (name, old) = (self.fresh("o"), self.fresh("o"));
                let value = self.expression(ty, depth);
                format!(
                    "{{ let mut {name} = {option}; let {old} = {name}.replace({value}); {old}.or({name}.take()).unwrap() }}"
                )
            }
            _ => format!("{option}.unwrap()"),
        }
    }

    /// A value of type `ty` that a lambda made of what an `Option` of something holds, or of what stands for it.
    fn through_lambda(&mut self, ty: Ty, depth: usize) -> String {
        let inner = self.ty(1);
        let option = self.option(inner, depth);
        let other = self.expression(ty, depth.min(1));
        match self.choices.below(8) {
            0 => format!("{option}.map({}).unwrap_or({other})", self.lambda(&[inner], ty, depth)),
            1 => format!("{option}.map_or({other}, {})", self.lambda(&[inner], ty, depth)),
            2 => {
                let (some, none) = (self.lambda(&[inner], ty, depth), self.lambda(&[], ty, depth));
                format!("{option}.map_or_else({none}, {some})")
            }
            3 => {
                let kept = self.lambda(&[inner], Ty::BOOL, depth);
                format!("{option}.filter({kept}).map_or({other}, {})", self.lambda(&[inner], ty, depth))
            }
            4 => {
                let error = self.lambda(&[], Ty::STR, depth);
                let (some, after) = (self.lambda(&[inner], ty, depth), self.lambda(&[Ty::STR], ty, depth));
                format!("{option}.ok_or_else({error}).map({some}).unwrap_or_else({after})")
            }
            5 => {
                let (seen, some) = (self.lambda(&[inner], Ty::UNIT, depth), self.lambda(&[inner], ty, depth));
                let none = self.lambda(&[], ty, depth);
                format!("{option}.inspect({seen}).map({some}).unwrap_or_else({none})")
            }
            6 => {
                let yes = self.lambda(&[inner], Ty::BOOL, depth);
                format!(
                    "if {option}.is_some_and({yes}) {{ {} }} else {{ {other} }}",
                    self.expression(ty, depth)
                )
            }
            _ => {
                let value = self.inside_lambda(|this| this.option(ty, depth));
                let other = self.inside_lambda(|this| this.expression(ty, depth.min(1)));
                format!("{option}.and_then(|_| {value}).or_else(|| Some({other})).unwrap()")
            }
        }
    }

    /// Whether there is a value in an `Option`.
    pub(super) fn asked_option(&mut self, depth: usize) -> String {
        let ty = self.ty(2);
        let option = self.option(ty, depth);
        match self.choices.below(4) {
            0 => format!("{option}.is_some()"),
            1 => format!("{option}.is_none()"),
            2 => format!("matches!({option}, Some(_))"),
            _ => format!("({option} == {})", self.option(ty, depth)),
        }
    }

    /// The text of an `Option`.
    pub(super) fn shown_option(&mut self, depth: usize) -> String {
        let ty = self.ty(2);
        let option = self.option(ty, depth);
        format!("{option}.to_string()")
    }

    /// An expression of type `Option<ty>` that a method can be called on.
    fn option(&mut self, ty: Ty, depth: usize) -> String {
        if self.choices.chance(20) {
            return self.in_map(ty, depth);
        }
        let list = ty.list_of().filter(|_| self.choices.chance(50));
        if let Some(list) = list {
            if let Some(variable) = self.pick_variable(|variable| variable.ty == list && variable.mutable)
                && self.choices.chance(50)
            {
                return format!("{}.pop()", variable.name);
            }
            return match self.choices.below(4) {
                0 => self.method(list, "first", &[], depth),
                1 => self.method(list, "last", &[], depth),
                2 => format!("{}.get({})", self.receiver(list, depth), self.choices.below(4)),
                _ => self.method(list, "get", &[Ty::I64], depth),
            };
        }
        let numbers = ty.list_of().unwrap_or(ty);
        match ty {
            Ty::I64 if self.choices.chance(70) => match self.choices.below(5) {
                0 => {
                    let name = self.choices.pick(&["find", "rfind"]);
                    self.method(Ty::STR, name, &[Ty::STR], depth)
                }
                1 => {
                    let element = self.ty(1);
                    let list = element.list_of().unwrap_or(numbers);
                    self.method(list, "index_of", &[element], depth)
                }
                2 => self.parsed("i64", depth),
                3 => {
                    let name = self.choices.pick(&["min", "max"]);
                    self.method(numbers, name, &[], depth)
                }
                _ => {
                    let name = self.choices.pick(&[
                        "checked_add",
                        "checked_sub",
                        "checked_mul",
                        "checked_div",
                        "checked_rem",
                        "checked_pow",
                    ]);
                    self.method(Ty::I64, name, &[Ty::I64], depth)
                }
            },
            Ty::F64 if self.choices.chance(70) => match self.choices.below(2) {
                0 => self.parsed("f64", depth),
                _ => {
                    let name = self.choices.pick(&["min", "max"]);
                    self.method(numbers, name, &[], depth)
                }
            },
            Ty::STR if self.choices.chance(60) => {
                let name = self.choices.pick(&["strip_prefix", "strip_suffix"]);
                let part = self.choices.pick(&["\"a\"", "\"\"", "\"nda\""]);
                format!("{}.{name}({part})", self.receiver(Ty::STR, depth))
            }
            _ => {
                let condition = self.expression(Ty::BOOL, depth);
                let value = self.expression(ty, depth);
                format!("(if {condition} {{ Some({value}) }} else {{ None }})")
            }
        }
    }

    /// What a map has under a key, which changes before.
    fn in_map(&mut self, ty: Ty, depth: usize) -> String {
        let key = self.choices.pick(&[Ty::I64, Ty::STR, Ty::BOOL]);
        let name = self.fresh("o");
        let mut pairs = Vec::new();
        for _ in 0..=self.choices.below(3) {
            pairs.push(format!("({}, {})", self.expression(key, depth), self.expression(ty, depth)));
        }
        let mut text = format!("({{ let mut {name} = Map::from([{}]); ", pairs.join(", "));
        for _ in 0..self.choices.below(3) {
            let (at, value) = (self.leaf(key), self.expression(ty, depth));
            text += &match self.choices.below(7) {
                0 => format!("{name}[{at}] = {value}; "),
                1 => format!("{name}.insert({at}, {value}); "),
                2 => format!("{name}.entry({at}).or_insert({value}); "),
                3 => format!("{name}.remove({at}); "),
                4 => format!("print({name}.keys()); "),
                5 => format!(
                    "let {name}c = {name}; {name}.clear(); {name}[{at}] = {value}; print({name} == {name}c); {name} = {name}c; "
                ),
                _ => format!(
                    "for (o, p) in {name} {{ {name}.insert(o, p); }} print({name}.get_or({at}, {value})); "
                ),
            };
        }
        let at = self.leaf(key);
        text += &match self.choices.below(6) {
            4 => {
                let passes = self.inside_lambda(|this| this.expression(Ty::BOOL, depth.min(1)));
                format!(
                    "let {name}m: Map<{key}, {ty}> = {name}.iter().rev().filter(|(p, _)| *p != {at} || {passes}).collect(); {name}m.values().last()"
                )
            }
            5 => format!(
                "{name}.iter().map(|(p, o)| if p == {at} {{ {} }} else {{ o }}).last()",
                self.leaf(ty)
            ),
            0 => format!("{name}.get({at})"),
            1 => format!("{name}.remove({at})"),
            2 => format!("{name}.insert({at}, {})", self.expression(ty, depth)),
            _ => format!(
                "if {name}.contains_key({at}) {{ Some({name}[{at}]) }} else {{ {name}.values().first() }}"
            ),
        };
        text + " })"
    }

    /// The number that a text is, if it is one.
    fn parsed(&mut self, ty: &str, depth: usize) -> String {
        let text = match self.choices.below(3) {
            0 => self.receiver(Ty::STR, depth),
            1 => {
                let number = if ty == "i64" { Ty::I64 } else { Ty::F64 };
                format!("{}.to_string()", self.receiver(number, depth))
            }
            _ => self.choices.pick(&["\"12\"", "\"-7.5\"", "\"+3\"", "\"x\"", "\"\"", "\"1e400\""]).into(),
        };
        if self.choices.chance(50) {
            format!("{text}.parse_{ty}()")
        } else {
            format!("{text}.parse::<{ty}>().ok()")
        }
    }
}
