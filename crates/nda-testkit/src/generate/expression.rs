//! Expressions of any type: what every type has, text, lists.

use super::{Function, Generator, Variable};
use nda_graph::Ty;
use std::fmt::Write as _;

impl Generator<'_> {
    /// An expression of type `ty`, nested at most `depth` deep.
    pub(super) fn expression(&mut self, ty: Ty, depth: usize) -> String {
        self.budget -= 1;
        if depth == 0 || self.budget <= 0 || self.choices.is_empty() {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match self.choices.weighted(&[30, 40, 7, 5, 8, 4, 7, 3]) {
            0 => self.leaf(ty),
            1 => self.operator(ty, depth),
            2 => self.choice(ty, depth),
            3 => self.block(ty, depth),
            4 => self.call(ty, depth),
            5 => self.loop_value(ty),
            7 => self.generic_value(ty, depth),
            _ => self.chain(ty, depth),
        }
    }

    /// An expression that can stand beside an operator.
    pub(super) fn operand(&mut self, ty: Ty, depth: usize) -> String {
        let text = self.expression(ty, depth);
        if is_atom(&text) { text } else { format!("({text})") }
    }

    /// An expression that a method can be called on.
    pub(super) fn receiver(&mut self, ty: Ty, depth: usize) -> String {
        let text = self.expression(ty, depth);
        // A literal or a constant such as `f64::NAN` reads better, and more surely, in parentheses.
        let name = text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.contains(':');
        if is_atom(&text) && (name || text.starts_with(['[', '"'])) { text } else { format!("({text})") }
    }

    /// A variable, a constant, or a literal.
    pub(super) fn leaf(&mut self, ty: Ty) -> String {
        if self.choices.chance(70)
            && let Some(variable) = self.pick_variable(|variable| variable.ty == ty)
        {
            return variable.name;
        }
        if self.choices.chance(30) {
            let found: Vec<Variable> =
                self.constants.iter().filter(|constant| constant.ty == ty).cloned().collect();
            if !found.is_empty() {
                let index = self.choices.below(found.len());
                return found[index].name.clone();
            }
        }
        self.literal(ty, 2)
    }

    pub(super) fn literal(&mut self, ty: Ty, depth: usize) -> String {
        if let Some(element) = ty.element() {
            return self.list_literal(element, depth);
        }
        match ty {
            Ty::I64 => self.int_literal(),
            Ty::F64 => self.float_literal(),
            Ty::BOOL => self.choices.pick(&["false", "true"]).to_owned(),
            Ty::STR => self.text_literal(),
            _ => "()".to_owned(),
        }
    }

    fn text_literal(&mut self) -> String {
        let texts = [
            r#""""#,
            r#""a""#,
            r#""nda""#,
            r#""é\n\"x\"""#,
            r#""\u{1F600}\t""#,
            r#""a longer text, of more than sixty-four bytes, so that it costs two units""#,
            "'c'",
            r#""a,b,,c""#,
            r#"" two  words

""#,
            r#""ÅßΣ ΑΣ ǆ""#,
        ];
        self.choices.pick(&texts).to_owned()
    }

    fn list_literal(&mut self, element: Ty, depth: usize) -> String {
        // An empty list says nothing about its elements, so it is written as none of something.
        if depth == 0 || self.choices.chance(15) {
            return format!("[{}; 0]", self.literal(element, 0));
        }
        if self.choices.chance(20) {
            return format!("[{}; {}]", self.literal(element, depth - 1), self.choices.below(10));
        }
        let items: Vec<String> =
            (0..=self.choices.below(4)).map(|_| self.literal(element, depth - 1)).collect();
        format!("[{}]", items.join(", "))
    }

    /// What only this type has; an element of a list for any.
    fn operator(&mut self, ty: Ty, depth: usize) -> String {
        if self.choices.chance(20)
            && let Some(element) = self.element(ty, depth)
        {
            return element;
        }
        if self.choices.chance(9) {
            return self.out_of_option(ty, depth);
        }
        if self.vectors
            && self.choices.chance(8)
            && let Some(value) = self.of_vector(ty, depth)
        {
            return value;
        }
        if ty.is_list() {
            return self.list(ty, depth);
        }
        match ty {
            Ty::I64 => self.int(depth),
            Ty::F64 => self.float(depth),
            Ty::BOOL => self.truth(depth),
            Ty::STR => self.text(depth),
            _ => self.leaf(ty),
        }
    }

    /// `xs[i]`, of a variable, a constant or a value.
    fn element(&mut self, ty: Ty, depth: usize) -> Option<String> {
        let list = ty.list_of()?;
        if list.list_depth() > 3 {
            return None;
        }
        let constant = self.constants.iter().find(|constant| constant.ty == list).cloned();
        let found = match constant {
            Some(constant) if self.choices.chance(30) => Some(constant),
            _ => self.pick_variable(|variable| variable.ty == list),
        };
        match found {
            Some(found) => {
                let index = self.index(&found.name, depth);
                let element = format!("{}[{index}]", found.name);
                if self.choices.chance(5) {
                    return Some(element);
                }
                Some(format!("if {}.is_empty() {{ {} }} else {{ {element} }}", found.name, self.leaf(ty)))
            }
            None if self.choices.chance(10) => Some(format!("{}[0]", self.receiver(list, depth))),
            None => None,
        }
    }

    /// An index into `list`: mostly inside, if it has elements.
    pub(super) fn index(&mut self, list: &str, depth: usize) -> String {
        match self.choices.weighted(&[30, 24, 9, 1]) {
            0 => format!("{} % {list}.len()", self.choices.below(4)),
            1 => {
                let leaf = self.leaf(Ty::I64);
                format!("({leaf}).rem_euclid({list}.len())")
            }
            2 => format!("{}.rem_euclid({list}.len().max(1))", self.receiver(Ty::I64, depth)),
            _ => self.leaf(Ty::I64),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.choices.weighted(&[8, 8, 1, 1]) {
            0 => self.binary(Ty::STR, "+", depth),
            1 => self.made_text(depth),
            3 => self.shown_option(depth),
            _ => self.method(Ty::STR, "clone", &[], depth),
        }
    }

    fn list(&mut self, ty: Ty, depth: usize) -> String {
        let element = ty.element().unwrap_or(Ty::UNIT);
        if element == Ty::STR && self.choices.chance(50) {
            return self.parts_of_text(depth);
        }
        if element == Ty::I64 && self.choices.chance(5) {
            return self.method(Ty::STR, "bytes", &[], depth);
        }
        match self.choices.weighted(&[6, 3, 4, 4, 1]) {
            0 => {
                let items: Vec<String> =
                    (0..=self.choices.below(3)).map(|_| self.expression(element, depth)).collect();
                format!("[{}]", items.join(", "))
            }
            1 => {
                let value = self.expression(element, depth);
                let count = match self.choices.weighted(&[6, 2, 1]) {
                    0 => self.choices.below(9).to_string(),
                    1 => format!("{} & 15", self.operand(Ty::I64, depth)),
                    _ => self.expression(Ty::I64, 0),
                };
                format!("[{value}; {count}]")
            }
            2 => self.slice(ty, depth),
            3 => self.method(ty, "concat", &[ty], depth),
            _ => self.method(ty, "clone", &[], depth),
        }
    }

    fn slice(&mut self, ty: Ty, depth: usize) -> String {
        let Some(variable) = self.pick_variable(|variable| variable.ty == ty) else {
            return format!("{}[..]", self.receiver(ty, depth));
        };
        let list = variable.name;
        match self.choices.weighted(&[9, 9, 9, 6, 6, 1]) {
            0 => format!("{list}[..]"),
            1 => format!("{list}[{list}.len() / 2..]"),
            2 => format!("{list}[..{list}.len() / 2]"),
            3 => format!("{list}[{list}.len() / 3..{list}.len()]"),
            4 => format!("if {list}.is_empty() {{ {list} }} else {{ {list}[0..={list}.len() - 1] }}"),
            _ => format!("{list}[{}..{}]", self.operand(Ty::I64, depth), self.operand(Ty::I64, depth)),
        }
    }

    // ----- what every type has -----

    fn choice(&mut self, ty: Ty, depth: usize) -> String {
        let condition = self.expression(Ty::BOOL, depth);
        // A jump out of the middle of everything, seldom, and in one branch only: the other gives the type.
        let then = if self.choices.chance(8) { self.jump(depth) } else { self.expression(ty, depth) };
        let otherwise = self.expression(ty, depth);
        let (then, otherwise) = if self.choices.chance(30) { (otherwise, then) } else { (then, otherwise) };
        if self.choices.chance(25) {
            let second = self.expression(Ty::BOOL, depth);
            let middle = self.expression(ty, depth);
            return format!(
                "if {condition} {{ {then} }} else if {second} {{ {middle} }} else {{ {otherwise} }}"
            );
        }
        format!("if {condition} {{ {then} }} else {{ {otherwise} }}")
    }

    /// `break`, `continue`, `return` or `panic`, whatever is possible here.
    pub(super) fn jump(&mut self, depth: usize) -> String {
        let target = self.choices.below(self.loops.len() + 1);
        match self.loops.len().checked_sub(target + 1).map(|index| self.loops[index].clone()) {
            Some(aim) => {
                let label = match aim.label {
                    Some(label) if target > 0 || aim.condition || self.choices.chance(50) => {
                        format!(" '{label}")
                    }
                    None if target > 0 || aim.condition => return "panic(\"an unlabelled loop\")".into(),
                    _ => String::new(),
                };
                // Going round inside a condition seldom ends.
                if self.choices.chance(if aim.condition { 15 } else { 40 }) {
                    return format!("continue{label}");
                }
                if aim.ty == Ty::UNIT {
                    return format!("break{label}");
                }
                format!("break{label} {}", self.operand(aim.ty, depth.min(1)))
            }
            None if self.in_lambda || self.choices.chance(10) => "panic(\"by intent\")".into(),
            None if self.ret == Ty::UNIT => "return".into(),
            None => {
                let ret = self.ret;
                format!("return {}", self.operand(ret, depth.min(1)))
            }
        }
    }

    /// `{ …; value }`: often one that changes a variable which an operand before it has read.
    fn block(&mut self, ty: Ty, depth: usize) -> String {
        self.scoped(|this| {
            let count = this.choices.between(1, 2);
            let statements = this.captured(|this| this.statements(count));
            let value = this.expression(ty, depth);
            format!("{{ {} {value} }}", one_line(&statements))
        })
    }

    /// A call whose depth shrinks, if there is any left; otherwise something simple.
    fn call(&mut self, ty: Ty, depth: usize) -> String {
        let found: Vec<_> = self
            .functions
            .iter()
            .filter(|function| function.signature.ret == ty)
            .filter(|function| function.helper.is_none_or(|helper| helper < self.helpers))
            .cloned()
            .collect();
        if found.is_empty() {
            return self.operator(ty, depth);
        }
        let index = self.choices.below(found.len());
        let function = &found[index];
        match (self.in_main, self.deep, function.deep) {
            _ if function.helper.is_some() => self.call_of(function, depth),
            (true, ..) | (_, true, false) => self.call_of(function, depth),
            (false, true, true) => {
                format!("if depth > 0 {{ {} }} else {{ {} }}", self.call_of(function, depth), self.leaf(ty))
            }
            // Without a depth to pass on, a call might lead back here without end.
            (false, false, _) => self.leaf(ty),
        }
    }

    /// A call that passes on one less of the depth.
    pub(super) fn call_of(&mut self, function: &Function, depth: usize) -> String {
        let mut args = Vec::new();
        if function.deep {
            args.push(if self.in_main { self.choices.below(4).to_string() } else { "depth - 1".into() });
        }
        // Variables that are made for the call, and changed by it.
        let (mut made, mut shown) = (String::new(), String::new());
        let mut changed: Vec<String> = Vec::new();
        for (&param, &in_place) in function.signature.params.iter().zip(&function.in_place) {
            if !in_place {
                args.push(self.expression(param, depth));
                continue;
            }
            let is_free =
                |known: &Variable| known.mutable && known.ty == param && !changed.contains(&known.name);
            let known = self.choices.chance(60).then(|| self.pick_variable(is_free)).flatten();
            let name = known.map_or_else(
                || {
                    let (name, value) = (self.fresh("q"), self.expression(param, depth.min(1)));
                    let _ = write!(made, "let mut {name}: {param} = {value}; ");
                    let _ = write!(shown, "print({name}); ");
                    name
                },
                |known| known.name,
            );
            args.push(format!("&mut {name}"));
            changed.push(name);
        }
        let call = format!("{}({})", function.name, args.join(", "));
        if made.is_empty() { call } else { format!("{{ {made}let given = {call}; {shown}given }}") }
    }

    /// `{ let mut c = 0; loop { …; break value } }`.
    fn loop_value(&mut self, ty: Ty) -> String {
        self.scoped(|this| {
            let counter = this.fresh("c");
            let (head, label) = this.label();
            let rounds = this.choices.below(4);
            this.variables.push(Variable { name: counter.clone(), ty: Ty::I64, mutable: false });
            let last = this.leaf(ty);
            this.loops.push(super::Loop { label, ty, condition: false });
            let count = this.choices.below(3);
            let statements = this.scoped(|this| this.captured(|this| this.statements(count)));
            this.loops.pop();
            format!(
                "{{ let mut {counter} = 0; {head}loop {{ {counter} += 1; if {counter} > {rounds} {{ break {} }} {} }} }}",
                if is_atom(&last) { last } else { format!("({last})") },
                one_line(&statements)
            )
        })
    }

    /// A label for a loop, as it stands before it and by itself.
    pub(super) fn label(&mut self) -> (String, Option<String>) {
        if self.choices.chance(40) {
            let label = self.fresh("l");
            (format!("'{label}: "), Some(label))
        } else {
            (String::new(), None)
        }
    }
}

/// Whether it needs no parentheses beside an operator.
fn is_atom(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'));
    plain || text == "()" || text.starts_with('"') && !text[1..text.len() - 1].contains('"')
}

/// Statements on one line: no text of the generator holds a newline or a comment.
pub(super) fn one_line(statements: &str) -> String {
    statements.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
