//! Generic functions and types, and methods that change their value.

use super::Generator;
use nda_graph::Ty;

/// What programs that use something generic have: each is used with whatever types come up.
pub(super) const ITEMS: &str = "\
fn g_same<T>(x: T) -> T {
    x
}

fn g_pick<T>(first: bool, a: T, b: T) -> T {
    if first { a } else { b }
}

fn g_list<T>(n: i64, x: T) -> [T] {
    let mut all = [];
    for _ in 0..n {
        all.push(x);
    }
    all
}

fn g_most<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { b } else { a }
}

fn g_turn<T>(n: i64, a: T, b: T) -> T {
    if n <= 0 { g_same(a) } else { g_back(n - 1, b, a) }
}

fn g_back<T>(n: i64, a: T, b: T) -> T {
    if n <= 0 { a } else { g_turn(n - 1, b, a) }
}

struct Holder<T> { value: T, log: [T], n: i64 }

impl<T> Holder<T> {
    fn new(value: T) -> Self {
        Holder { value, log: [], n: 0 }
    }

    fn get(&self) -> T {
        self.value
    }

    fn put(&mut self, value: T) {
        self.log.push(self.value);
        self.value = value;
        self.n += 1;
    }

    fn swap(&mut self, value: T) -> T {
        if self.n > 2 {
            return value;
        }
        let before = self.value;
        self.put(value);
        before
    }

    fn undo(&mut self) -> Option<T> {
        let last = self.log.pop()?;
        self.swap(last);
        Some(last)
    }
}

struct Shelf<T> { cells: [Holder<T>], one: Holder<T> }

impl<T> Shelf<T> {
    fn put(&mut self, at: i64, value: T) -> i64 {
        if self.cells.is_empty() {
            self.one.put(value);
            return -1;
        }
        let at = at.rem_euclid(self.cells.len());
        self.cells[at].put(value);
        at
    }
}

";

impl Generator<'_> {
    /// A value of any type that went through something generic.
    pub(super) fn generic_value(&mut self, ty: Ty, depth: usize) -> String {
        self.generic = true;
        let value = self.expression(ty, depth);
        let ordered = matches!(ty, Ty::I64 | Ty::BOOL | Ty::F64 | Ty::STR);
        match self.choices.weighted(&[3, 4, 3, 3, 3, if ordered { 4 } else { 0 }]) {
            0 => format!("g_same({value})"),
            1 => {
                let first = self.expression(Ty::BOOL, depth);
                format!("g_pick({first}, {value}, {})", self.expression(ty, depth))
            }
            2 => format!("g_list({}, {value})[0]", self.choices.between(1, 3)),
            3 => format!("g_turn({}, {value}, {})", self.choices.below(4), self.expression(ty, depth)),
            4 => format!("Holder::new({value}).get()"),
            _ => format!("g_most({value}, {})", self.expression(ty, depth)),
        }
    }

    /// Some changes by methods, of a variable, a field and elements.
    pub(super) fn changing_methods(&mut self) {
        self.generic = true;
        let ty = self.ty(1);
        if self.choices.chance(40) {
            return self.shelf(ty);
        }
        let name = self.fresh("cell");
        let first = self.expression(ty, 2);
        self.line(&format!("let mut {name} = Holder::new({first});"));
        for _ in 0..self.choices.between(1, 4) {
            self.cell_change(&name, ty);
        }
        if self.choices.chance(40) {
            let copy = self.fresh("cell");
            self.line(&format!("let mut {copy} = {name};"));
            self.cell_change(&copy, ty);
            self.line(&format!("print({copy});"));
        }
        self.line(&format!("print({name});"));
    }

    fn cell_change(&mut self, place: &str, ty: Ty) {
        let line = match self.choices.below(4) {
            0 => format!("{place}.put({});", self.expression(ty, 2)),
            1 => format!("print({place}.swap({}));", self.expression(ty, 2)),
            2 => format!("print({place}.undo());"),
            _ => format!(
                "{place}.put(g_pick({}, {place}.get(), {place}.value));",
                self.expression(Ty::BOOL, 1)
            ),
        };
        self.line(&line);
    }

    fn shelf(&mut self, ty: Ty) {
        let name = self.fresh("shelf");
        let (count, first) = (self.choices.below(4), self.expression(ty, 2));
        let one = self.expression(ty, 1);
        self.line(&format!(
            "let mut {name} = Shelf {{ cells: g_list({count}, Holder::new({first})), one: Holder::new({one}) }};"
        ));
        for _ in 0..self.choices.between(1, 4) {
            let index = self.expression(Ty::I64, 1);
            match self.choices.below(4) {
                0 => {
                    let line = format!("print({name}.put({index}, {}));", self.expression(ty, 2));
                    self.line(&line);
                }
                1 => self.cell_change(&format!("{name}.one"), ty),
                // Which is outside of the list now and then.
                _ if count > 0 || self.choices.chance(10) => {
                    let index = self.choices.below(count + 1).saturating_sub(1);
                    self.cell_change(&format!("{name}.cells[{index}]"), ty);
                }
                _ => {}
            }
        }
        self.line(&format!("print({name});"));
    }
}
