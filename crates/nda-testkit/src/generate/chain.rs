//! Chains of methods that take lambdas, over lists and ranges.

use super::{Generator, Variable};
use nda_graph::Ty;

impl Generator<'_> {
    /// A chain whose value has type `ty`.
    pub(super) fn chain(&mut self, ty: Ty, depth: usize) -> String {
        match (ty, self.choices.below(4)) {
            (Ty::I64, 0) => {
                let (chain, element) = self.stages(None, depth);
                let end = match element {
                    Ty::I64 if self.choices.chance(60) => "sum()",
                    _ => "count()",
                };
                format!("{chain}.{end}")
            }
            (Ty::F64, 0) => {
                let (chain, element) = self.stages(None, depth);
                let map = if element == Ty::F64 { String::new() } else { self.mapped(element, ty, depth) };
                format!("{chain}{map}.{}()", self.choices.pick(&["sum", "product"]))
            }
            (Ty::BOOL, 0 | 1) => {
                let (chain, element) = self.stages(None, depth);
                let name = self.choices.pick(&["any", "all"]);
                format!("{chain}.{name}({})", self.lambda(&[element], Ty::BOOL, depth))
            }
            _ if ty.is_list() => {
                let (chain, _) = self.stages(ty.element(), depth);
                if self.choices.chance(50) { format!("{chain}.collect()") } else { chain }
            }
            _ => {
                let first = self.expression(ty, depth.min(1));
                let (chain, element) = self.stages(None, depth);
                format!("{chain}.fold({first}, {})", self.lambda(&[ty, element], ty, depth))
            }
        }
    }

    /// A chain that runs a lambda for each element.
    pub(super) fn chain_for_effect(&mut self, depth: usize) -> String {
        let (chain, element) = self.stages(None, depth);
        format!("{chain}.for_each({})", self.lambda(&[element], Ty::UNIT, depth))
    }

    /// A source and some stages, and the type of the elements that come out, which may be asked for.
    pub(super) fn stages(&mut self, wanted: Option<Ty>, depth: usize) -> (String, Ty) {
        let (mut chain, mut element) = self.source(depth);
        // A list that is asked for has at least one.
        let least = usize::from(wanted.is_some());
        for _ in 0..self.choices.between(least, 3) {
            let (stage, given) = self.stage(element, depth);
            chain.push_str(&stage);
            element = given;
        }
        match wanted {
            Some(wanted) if wanted != element => {
                chain.push_str(&self.mapped(element, wanted, depth));
                (chain, wanted)
            }
            _ => (chain, element),
        }
    }

    fn source(&mut self, depth: usize) -> (String, Ty) {
        if self.choices.chance(30) {
            let from = self.choices.below(4) as i64 - 1;
            let range = match self.choices.weighted(&[6, 3, 1, 1]) {
                0 => format!("{from}..{}", from + self.choices.below(6) as i64),
                1 => format!("{from}..={} % 5", self.operand(Ty::I64, depth.min(1))),
                2 => "i64::MAX - 2..=i64::MAX".to_owned(),
                _ => return (format!("({from}..).take({})", self.choices.below(4)), Ty::I64),
            };
            return (format!("({range})"), Ty::I64);
        }
        let element = self.ty(1);
        let list = element.list_of().unwrap_or(element);
        let text = match self.pick_variable(|variable| variable.ty == list) {
            Some(variable) if self.choices.chance(60) => variable.name,
            _ => self.receiver(list, depth.min(1)),
        };
        let iter = self.choices.pick(&[".iter()", "", ".into_iter()", ".iter().copied()"]);
        (format!("{text}{iter}"), element)
    }

    /// One stage on elements of a type, and the type of what it gives.
    fn stage(&mut self, element: Ty, depth: usize) -> (String, Ty) {
        match self.choices.weighted(&[10, 10, 4, 4, 3, 3, 4, 3, 3, 4, 2]) {
            0 => {
                let given = self.ty(1);
                (self.mapped(element, given, depth), given)
            }
            1 => (format!(".filter({})", self.lambda(&[element], Ty::BOOL, depth)), element),
            2 => (format!(".take({})", self.amount(0)), element),
            3 => (format!(".skip({})", self.amount(0)), element),
            4 => (format!(".take_while({})", self.lambda(&[element], Ty::BOOL, depth)), element),
            5 => (format!(".skip_while({})", self.lambda(&[element], Ty::BOOL, depth)), element),
            6 => (".rev()".to_owned(), element),
            7 => (format!(".step_by({})", self.amount(1)), element),
            8 => match element.list_of() {
                Some(list) if element.list_depth() < 2 => {
                    let name = self.choices.pick(&["windows", "chunks"]);
                    (format!(".{name}({})", self.amount(1)), list)
                }
                _ => (".flatten()".to_owned(), element.element().unwrap_or(element)),
            },
            9 => {
                let given = self.ty(1);
                let list = given.list_of().unwrap_or(given);
                (format!(".flat_map({})", self.lambda(&[element], list, depth)), given)
            }
            _ => (format!(".inspect({})", self.lambda(&[element], Ty::UNIT, depth)), element),
        }
    }

    fn mapped(&mut self, element: Ty, given: Ty, depth: usize) -> String {
        let helper = self
            .functions
            .iter()
            .find(|function| {
                function.signature.params == [element]
                    && function.signature.ret == given
                    && function.helper.is_some_and(|helper| helper < self.helpers)
            })
            .map(|function| function.name.clone());
        match helper {
            Some(helper) if self.choices.chance(50) => format!(".map({helper})"),
            _ if given == Ty::STR && self.choices.chance(20) => ".map(ToString::to_string)".to_owned(),
            _ => format!(".map({})", self.lambda(&[element], given, depth)),
        }
    }

    /// How many elements: seldom too few.
    fn amount(&mut self, least: usize) -> String {
        if self.choices.chance(8) {
            return self.expression(Ty::I64, 1);
        }
        (least + self.choices.below(4)).to_string()
    }

    /// A lambda that takes values of types `params` and gives one of type `ret`.
    fn lambda(&mut self, params: &[Ty], ret: Ty, depth: usize) -> String {
        let loops = std::mem::take(&mut self.loops);
        let outer = std::mem::replace(&mut self.in_lambda, true);
        let text = self.scoped(|this| {
            let mut names: Vec<String> = Vec::new();
            for &ty in params {
                let mut name = this.local_name();
                while names.iter().any(|used| used.ends_with(&name)) {
                    name = this.fresh("p");
                }
                let mutable = this.choices.chance(20);
                let before = if mutable { "mut " } else { this.choices.pick(&["", "", "&", "&&"]) };
                let written = if this.choices.chance(20) { format!(": {ty}") } else { String::new() };
                names.push(format!("{before}{name}"));
                this.variables.push(Variable { name: name.clone(), ty, mutable });
                if let Some(last) = names.last_mut() {
                    last.push_str(&written);
                }
            }
            let body = if ret == Ty::UNIT && this.choices.chance(80) {
                let count = this.choices.between(1, 2);
                let statements = this.scoped(|this| this.captured(|this| this.statements(count)));
                format!("{{ {} }}", super::expression::one_line(&statements))
            } else {
                this.expression(ret, depth.min(2))
            };
            format!("|{}| {body}", names.join(", "))
        });
        self.in_lambda = outer;
        self.loops = loops;
        text
    }
}
