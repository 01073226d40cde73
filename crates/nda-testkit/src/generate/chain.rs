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

    /// A chain that gives an option, a pair, or a list of pairs.
    pub(super) fn composite_chain(&mut self, depth: usize) -> String {
        let (chain, element) = self.stages(None, depth);
        let end = match self.choices.below(11) {
            0 => format!("find({})", self.lambda(&[element], Ty::BOOL, depth)),
            1 => format!("position({})", self.lambda(&[element], Ty::BOOL, depth)),
            2 => self.choices.pick(&["first()", "last()"]).to_owned(),
            3 if nda_graph::TypesRef::EMPTY.is_ordered(element) => {
                self.choices.pick(&["min()", "max()"]).to_owned()
            }
            4 | 5 => {
                let key = self.choices.pick(&[Ty::I64, Ty::STR, Ty::F64, Ty::BOOL]);
                let name = self.choices.pick(&["min_by_key", "max_by_key"]);
                format!("{name}({})", self.lambda(&[element], key, depth))
            }
            6 => format!("partition({})", self.lambda(&[element], Ty::BOOL, depth)),
            7 => format!("reduce({})", self.lambda(&[element, element], element, depth)),
            8 => {
                let test = self.lambda(&[element], Ty::BOOL, depth);
                let name = self.choices.pick(&["filter_map", "map_while", "find_map"]);
                // The test may speak of any variable, so these must hide none.
                let (each, one) = (self.fresh("p"), self.fresh("p"));
                format!(
                    "map(|{each}| ({each}, 1)).{name}(|({each}, {one})| if [{each}].any({test}) {{ Some({one}) }} else {{ None }})"
                )
            }
            9 => format!(
                "zip({}..).{}()",
                self.choices.below(3),
                self.choices.pick(&["collect", "unzip", "last"])
            ),
            _ => format!("enumerate().{}()", self.choices.pick(&["collect", "rev", "unzip", "first"])),
        };
        format!("{chain}.{end}")
    }

    /// A list whose elements are of type `element` is sorted by something of them.
    pub(super) fn sorting(&mut self, element: Ty) -> String {
        if nda_graph::TypesRef::EMPTY.is_ordered(element) && self.choices.chance(40) {
            let comparison = match (element, self.choices.below(3)) {
                (Ty::STR, 0) => "a.len().cmp(b.len()).then(b.cmp(a))",
                (Ty::I64, 0) => "(a % 3).cmp(b % 3).reverse()",
                (_, 1) => "a.partial_cmp(b).unwrap()",
                _ => "b.cmp(a)",
            };
            return format!("sort_by(|a, b| {comparison})");
        }
        let key = self.choices.pick(&[Ty::I64, Ty::STR, Ty::F64, Ty::BOOL]);
        format!("sort_by_key({})", self.lambda(&[element], key, 2))
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
        if self.choices.chance(15) {
            return (self.parts_of_text(depth.min(1)), Ty::STR);
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
        match self.choices.weighted(&[10, 10, 4, 4, 3, 3, 4, 3, 3, 4, 2, 5, 4, 2, 2]) {
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
            10 => (format!(".inspect({})", self.lambda(&[element], Ty::UNIT, depth)), element),
            11 => self.numbered(element, depth),
            12 => self.zipped(element, depth),
            13 => {
                let first = self.expression(element, depth.min(1));
                let body = "let before = kept; kept = item; if before == kept { None } else { Some(before) }";
                (format!(".scan({first}, |kept, item| {{ {body} }})"), element)
            }
            _ => match element.list_of() {
                Some(list) => (format!(".chain({})", self.expression(list, depth.min(1))), element),
                None => (".rev()".to_owned(), element),
            },
        }
    }

    /// `enumerate`, until the pairs are taken apart.
    fn numbered(&mut self, element: Ty, depth: usize) -> (String, Ty) {
        let mut text = ".enumerate()".to_owned();
        let pair: &[Ty] = &[Ty::I64, element];
        for _ in 0..self.choices.weighted(&[6, 3, 1]) {
            let stage = match self.choices.below(4) {
                0 => format!(".filter({})", self.lambda_of(&[pair], Ty::BOOL, depth)),
                1 => format!(".skip({})", self.amount(0)),
                2 => format!(".take({})", self.amount(0)),
                _ => ".rev()".to_owned(),
            };
            text.push_str(&stage);
        }
        let given = self.ty(1);
        text.push_str(&format!(".map({})", self.lambda_of(&[pair], given, depth)));
        (text, given)
    }

    fn zipped(&mut self, element: Ty, depth: usize) -> (String, Ty) {
        let other = if self.choices.chance(30) { Ty::I64 } else { self.ty(1) };
        let list = other.list_of().unwrap_or(other);
        let second = match self.choices.below(4) {
            0 if other == Ty::I64 => format!("{}..", self.choices.below(3)),
            1 if other == Ty::I64 => format!("0..{}", self.choices.below(5)),
            2 => format!("{}.iter().skip({})", self.receiver(list, depth.min(1)), self.amount(0)),
            3 => format!("{}.iter().rev()", self.receiver(list, depth.min(1))),
            _ => self.expression(list, depth.min(1)),
        };
        let given = self.ty(1);
        let lambda = self.lambda_of(&[&[element, other]], given, depth);
        (format!(".zip({second}).map({lambda})"), given)
    }

    fn mapped(&mut self, element: Ty, given: Ty, depth: usize) -> String {
        let helper = self
            .functions
            .iter()
            .find(|function| {
                function.signature.params == [element]
                    && function.in_place == [false]
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
    pub(super) fn lambda(&mut self, params: &[Ty], ret: Ty, depth: usize) -> String {
        let params: Vec<&[Ty]> = params.chunks(1).collect();
        self.lambda_of(&params, ret, depth)
    }

    /// The same, where a parameter may be a pair that is taken apart.
    fn lambda_of(&mut self, params: &[&[Ty]], ret: Ty, depth: usize) -> String {
        self.inside_lambda(|this| {
            let mut used = Vec::new();
            let params: Vec<String> =
                params.iter().map(|&parts| this.lambda_param(parts, &mut used)).collect();
            let body = if ret == Ty::UNIT && this.choices.chance(80) {
                let count = this.choices.between(1, 2);
                let statements = this.scoped(|this| this.captured(|this| this.statements(count)));
                format!("{{ {} }}", super::expression::one_line(&statements))
            } else {
                this.expression(ret, depth.min(2))
            };
            format!("|{}| {body}", params.join(", "))
        })
    }

    /// Writes what stands in a lambda: jumps cannot leave it.
    pub(super) fn inside_lambda(&mut self, write: impl FnOnce(&mut Self) -> String) -> String {
        let loops = std::mem::take(&mut self.loops);
        let outer = std::mem::replace(&mut self.in_lambda, true);
        let text = self.scoped(write);
        self.in_lambda = outer;
        self.loops = loops;
        text
    }

    /// A parameter of this type, or a pattern of several.
    pub(super) fn lambda_param(&mut self, parts: &[Ty], used: &mut Vec<String>) -> String {
        if let &[ty] = parts {
            let before = self.choices.pick(&["", "", "&", "&&"]);
            let name = self.lambda_name(ty, used);
            let before = if name.starts_with("mut") { "" } else { before };
            let written = if self.choices.chance(20) { format!(": {ty}") } else { String::new() };
            return format!("{before}{name}{written}");
        }
        let names: Vec<String> = parts.iter().map(|&ty| self.lambda_name(ty, used)).collect();
        format!("({})", names.join(", "))
    }

    fn lambda_name(&mut self, ty: Ty, used: &mut Vec<String>) -> String {
        if self.choices.chance(8) {
            return "_".to_owned();
        }
        let mut name = self.local_name();
        if used.contains(&name) {
            name = self.fresh("p");
        }
        used.push(name.clone());
        let mutable = self.choices.chance(20);
        self.variables.push(Variable { name: name.clone(), ty, mutable });
        if mutable { format!("mut {name}") } else { name }
    }
}
