//! Statements: declarations, changes, control flow.

use super::{Generator, Loop, Variable};
use nda_graph::Ty;

/// Something that can be changed.
struct Place {
    text: String,
    ty: Ty,
    /// What must hold for it to exist; empty if it surely does.
    guard: String,
}

impl Generator<'_> {
    pub(super) fn statements(&mut self, count: usize) {
        for _ in 0..count {
            if self.budget <= 0 {
                return;
            }
            self.statement();
        }
    }

    fn statement(&mut self) {
        self.budget -= 2;
        match self.choices.weighted(&[20, 10, 12, 14, 8, 6, 7, 5, 3, 4, 3, 2, 5, 4]) {
            13 => self.changing_methods(),
            12 => {
                let line = self.macro_statement();
                self.line(&line);
            }
            0 => self.declaration(),
            1 => self.assignment(),
            2 => self.compound_assignment(),
            3 => self.list_change(),
            4 => self.print(),
            5 => self.if_statement(),
            6 => self.for_range(),
            7 => self.for_each(),
            8 => self.while_loop(),
            9 => self.copy_and_change(),
            10 => self.effect(),
            _ => self.seldom(),
        }
    }

    fn declaration(&mut self) {
        let ty = self.ty(2);
        let mutable = self.choices.chance(75);
        let keyword = if mutable { "let mut" } else { "let" };
        if ty.is_list() && self.choices.chance(15) {
            let name = self.local_name();
            self.line(&format!("{keyword} {name}: {ty} = [];"));
            self.variables.push(Variable { name, ty, mutable });
            return;
        }
        let value = self.expression(ty, 3);
        let name = self.local_name();
        let written = if self.choices.chance(40) { format!(": {ty}") } else { String::new() };
        self.line(&format!("{keyword} {name}{written} = {value};"));
        self.variables.push(Variable { name, ty, mutable });
    }

    /// A copy of something that is changed, while the original is still used: what ownership is about.
    fn copy_and_change(&mut self) {
        let Some(original) = self.pick_variable(|variable| variable.ty.is_object()) else {
            return self.declaration();
        };
        let name = self.local_name();
        self.line(&format!("let mut {name} = {};", original.name));
        self.variables.push(Variable { name: name.clone(), ty: original.ty, mutable: true });
        self.change(Place { text: name.clone(), ty: original.ty, guard: String::new() });
        if original.name != name {
            self.line(&format!("print({});", original.name));
        }
        self.line(&format!("print({name});"));
    }

    /// A mutable variable or an element of one.
    fn place(&mut self, wanted: impl Fn(Ty) -> bool) -> Option<Place> {
        let reaches = |mut ty: Ty| loop {
            if wanted(ty) {
                return true;
            }
            match ty.element() {
                Some(element) => ty = element,
                None => return false,
            }
        };
        let variable = self.pick_variable(|variable| variable.mutable && reaches(variable.ty))?;
        let (mut place, mut ty) = (variable.name, variable.ty);
        let mut guards = Vec::new();
        while let Some(element) = ty.element() {
            if wanted(ty) && (!reaches(element) || self.choices.chance(50)) {
                break;
            }
            let index = self.index(&place, 0);
            if !self.choices.chance(4) {
                guards.push(format!("!{place}.is_empty()"));
            }
            place = format!("{place}[{index}]");
            ty = element;
        }
        Some(Place { text: place, ty, guard: guards.join(" && ") })
    }

    /// A change of `place`, which its guard protects.
    fn guarded(&mut self, place: &Place, more: &str, change: &str) {
        let guards: Vec<&str> =
            [place.guard.as_str(), more].into_iter().filter(|text| !text.is_empty()).collect();
        if guards.is_empty() {
            self.line(change);
        } else {
            self.line(&format!("if {} {{ {change} }}", guards.join(" && ")));
        }
    }

    fn assignment(&mut self) {
        match self.place(|_| true) {
            Some(place) => {
                let value = self.expression(place.ty, 3);
                self.guarded(&place, "", &format!("{} = {value};", place.text));
            }
            None => self.declaration(),
        }
    }

    fn compound_assignment(&mut self) {
        match self.place(|ty| matches!(ty, Ty::I64 | Ty::F64 | Ty::STR | Ty::BOOL)) {
            Some(place) => self.change(place),
            None => self.declaration(),
        }
    }

    /// Changes a place in the way its type allows.
    fn change(&mut self, whole: Place) {
        let (place, ty) = (&whole.text, whole.ty);
        if ty.is_list() {
            return self.change_list(&whole);
        }
        let line = match ty {
            Ty::I64 => {
                let op = self.choices.pick(&["+=", "-=", "*=", "^=", "&=", "|=", "/=", "%=", "<<=", ">>="]);
                let value = match op {
                    "/=" | "%=" => (self.choices.below(9) + 1).to_string(),
                    "<<=" | ">>=" => self.choices.below(64).to_string(),
                    "^=" | "&=" | "|=" => self.expression(Ty::I64, 2),
                    _ => format!("{} % 100", self.operand(Ty::I64, 2)),
                };
                format!("{place} {op} {value};")
            }
            Ty::F64 => {
                let op = self.choices.pick(&["+=", "-=", "*=", "/=", "%="]);
                format!("{place} {op} {};", self.expression(Ty::F64, 2))
            }
            Ty::BOOL => {
                let op = self.choices.pick(&["^=", "&=", "|="]);
                format!("{place} {op} {};", self.expression(Ty::BOOL, 2))
            }
            Ty::STR => match self.choices.weighted(&[8, 2, 1]) {
                0 => format!("{place} += {};", self.expression(Ty::STR, 2)),
                1 => format!("{place}.push_str({});", self.expression(Ty::STR, 2)),
                _ => format!("{place}.clear();"),
            },
            _ => format!("{place} = {};", self.expression(ty, 2)),
        };
        self.guarded(&whole, "", &line);
    }

    fn list_change(&mut self) {
        match self.place(Ty::is_list) {
            Some(place) => self.change_list(&place),
            None => self.declaration(),
        }
    }

    fn change_list(&mut self, whole: &Place) {
        let place = &whole.text;
        let element = whole.ty.element().unwrap_or(Ty::UNIT);
        let filled = format!("!{place}.is_empty()");
        let (guard, change) = match self.choices.weighted(&[10, 4, 4, 3, 3, 3, 4, 3, 3, 3, 1, 3]) {
            11 => ("", format!("{place}.{};", self.sorting(element))),
            7 => {
                let count = match self.choices.weighted(&[9, 5, 1]) {
                    0 => self.choices.below(5).to_string(),
                    1 => format!("{place}.len() / 2"),
                    _ => self.expression(Ty::I64, 1),
                };
                ("", format!("{place}.truncate({count});"))
            }
            8 => ("", format!("{place}.extend({});", self.expression(whole.ty, 2))),
            9 => ("", format!("{place}.dedup();")),
            10 => ("", format!("{place}.clear();")),
            0 => ("", format!("{place}.push({});", self.expression(element, 2))),
            1 => {
                let index = match self.choices.weighted(&[20, 16, 1]) {
                    0 => "0".to_owned(),
                    1 => format!("{place}.len()"),
                    _ => self.expression(Ty::I64, 1),
                };
                ("", format!("{place}.insert({index}, {});", self.expression(element, 2)))
            }
            2 => {
                let index = self.index(place, 0);
                // What is removed is used at once, or thrown away.
                if self.choices.chance(30) {
                    (filled.as_str(), format!("print({place}.remove({index}));"))
                } else {
                    (filled.as_str(), format!("{place}.remove({index});"))
                }
            }
            3 => {
                let (a, b) = (self.index(place, 0), self.index(place, 0));
                (filled.as_str(), format!("{place}.swap({a}, {b});"))
            }
            4 => ("", format!("{place}.reverse();")),
            5 if nda_graph::TypesRef::EMPTY.is_ordered(element) => {
                let name = self.choices.pick(&["sort", "sort_desc"]);
                ("", format!("{place}.{name}();"))
            }
            _ => {
                let index = self.index(place, 0);
                let value = self.expression(element, 2);
                (filled.as_str(), format!("{place}[{index}] = {value};"))
            }
        };
        self.guarded(whole, guard, &change);
    }

    fn print(&mut self) {
        if self.choices.chance(15) {
            let chain = self.composite_chain(2);
            return self.line(&format!("print({chain});"));
        }
        let ty = self.ty(2);
        let value = self.expression(ty, 3);
        self.line(&format!("print({value});"));
    }

    /// A block of statements behind `head`, which has been written.
    fn block_of(&mut self, head: &str, first: &str, count: usize) {
        self.line(&format!("{head} {{"));
        self.indent += 1;
        if !first.is_empty() {
            self.line(first);
        }
        self.scoped(|this| this.statements(count));
        self.indent -= 1;
        self.line("}");
    }

    fn if_statement(&mut self) {
        let condition = self.expression(Ty::BOOL, 3);
        let count = self.choices.between(1, 3);
        if self.choices.chance(25) {
            let jump = self.jump(2);
            let end = if self.choices.chance(50) { ";" } else { "" };
            self.line(&format!("if {condition} {{ {jump}{end} }}"));
            return;
        }
        self.block_of(&format!("if {condition}"), "", count);
        if self.choices.chance(40) {
            let count = self.choices.between(1, 2);
            self.block_of("else", "", count);
        }
    }

    /// A loop body: `name`, if given, is the loop's variable.
    fn loop_body(&mut self, head: &str, label: Option<String>, first: &str, variable: Option<Variable>) {
        self.scoped(|this| {
            this.variables.extend(variable);
            this.loops.push(Loop { label, ty: Ty::UNIT, condition: false });
            let count = this.choices.between(1, 3);
            this.block_of(head, first, count);
            this.loops.pop();
        });
    }

    fn for_range(&mut self) {
        let from = self.choices.below(4) as i64 - 1;
        let to = match self.choices.weighted(&[8, 2, 1]) {
            0 => (from + self.choices.below(5) as i64).to_string(),
            1 => format!("{} % 6", self.operand(Ty::I64, 1)),
            _ => self.choices.pick(&["-3", "i64::MIN", "i64::MIN + 2"]).into(),
        };
        let (from, to) = match self.choices.weighted(&[12, 1]) {
            0 => (from.to_string(), to),
            _ => ("i64::MAX - 2".into(), "i64::MAX".into()),
        };
        let dots = self.choices.pick(&["..", "..="]);
        let mut head = format!("{from}{dots}{to}");
        match self.choices.weighted(&[8, 2, 2, 2]) {
            0 => {}
            1 => head = format!("({head}).rev()"),
            2 => head = format!("({head}).step_by({})", self.choices.below(3) + 1),
            _ => head = format!("({head}).rev().step_by({})", self.choices.below(3) + 1),
        }
        let (label_text, label) = self.label();
        let name = if self.choices.chance(10) { "_".to_owned() } else { self.local_name() };
        let variable = (name != "_").then(|| Variable { name: name.clone(), ty: Ty::I64, mutable: false });
        self.loop_body(&format!("{label_text}for {name} in {head}"), label, "", variable);
    }

    fn for_each(&mut self) {
        let ty = self.ty(1);
        let Some(list_ty) = ty.list_of() else { return };
        let list = match self.pick_variable(|variable| variable.ty == list_ty) {
            _ if self.choices.chance(30) => self.stages(Some(ty), 2).0,
            Some(variable) if self.choices.chance(70) => variable.name,
            _ => self.operand(list_ty, 2),
        };
        let (label_text, label) = self.label();
        if self.choices.chance(25) {
            return self.scoped(|this| {
                let pattern = this.lambda_param(&[Ty::I64, ty], &mut Vec::new());
                let head = format!("{label_text}for {pattern} in {list}.iter().enumerate()");
                this.loop_body(&head, label, "", None);
            });
        }
        let name = self.local_name();
        let mutable = self.choices.chance(20);
        let keyword = if mutable { "mut " } else { "" };
        let variable = Some(Variable { name: name.clone(), ty, mutable });
        // A list that grows while it is walked is the interesting case, and never endless: the walk has its own.
        self.loop_body(&format!("{label_text}for {keyword}{name} in {list}"), label, "", variable);
    }

    fn while_loop(&mut self) {
        let counter = self.fresh("w");
        let rounds = self.choices.between(1, 5);
        let (label_text, label) = self.label();
        self.line(&format!("let mut {counter} = 0;"));
        // Readable, but not assignable: every loop ends.
        self.variables.push(Variable { name: counter.clone(), ty: Ty::I64, mutable: false });
        let step = format!("{counter} += 1;");
        if self.choices.chance(35) {
            let first = format!("{step} if {counter} > {rounds} {{ break; }}");
            return self.loop_body(&format!("{label_text}loop"), label, &first, None);
        }
        let condition = if self.choices.chance(50) {
            self.loops.push(Loop { label: label.clone(), ty: Ty::UNIT, condition: true });
            let more = self.operand(Ty::BOOL, 2);
            self.loops.pop();
            format!(" && {more}")
        } else {
            String::new()
        };
        self.loop_body(&format!("{label_text}while {counter} < {rounds}{condition}"), label, &step, None);
    }

    /// An expression for its effect.
    fn effect(&mut self) {
        let ty = self.ty(1);
        match self.choices.below(4) {
            3 => {
                let chain = self.chain_for_effect(2);
                self.line(&format!("{chain};"));
            }
            0 => {
                let value = self.expression(ty, 3);
                self.line(&format!("let _ = {value};"));
            }
            1 => {
                let count = self.choices.between(1, 2);
                self.line("{");
                self.indent += 1;
                self.scoped(|this| this.statements(count));
                self.indent -= 1;
                self.line("}");
            }
            _ => {
                let value = self.operand(ty, 3);
                self.line(&format!("({value});"));
            }
        }
    }

    fn seldom(&mut self) {
        match self.choices.weighted(&[6, 1, 1]) {
            0 => {
                let value = self.operand(Ty::I64, 2);
                self.line(&format!("assert({value} <= i64::MAX, \"never\");"));
            }
            1 => {
                let condition = self.expression(Ty::BOOL, 2);
                self.line(&format!("assert({condition}, \"perhaps\");"));
            }
            _ => {
                let jump = self.jump(2);
                let condition = self.expression(Ty::BOOL, 2);
                self.line(&format!("if {condition} {{ {jump} }}"));
            }
        }
    }
}
