//! Well-typed programs of language level 1 as source text.
//!
//! [`program`] reads every decision from bytes ([`Choices`]), so the same bytes give the same program, fewer bytes a
//! smaller one, and no bytes at all `fn main() -> i64 { 0 }` in essence. [`programs`] is that as a `proptest` strategy.
//!
//! Programs mostly finish: loops are counted by a variable that nothing else changes, calls pass a depth that shrinks,
//! divisors and indices are mostly guarded. Some trap, by intent. What is generated leans towards what tiers get wrong:
//! copies of lists that are changed later, operands that change a variable another operand has read, jumps out of the
//! middle of an expression, numbers at the edge of overflow, shadowing.
//!
//! Types are tracked; the checker is not consulted. A program that it refuses is a bug here or there.

mod chain;
mod expression;
mod generic;
mod number;
mod option;
mod statement;
mod tensor;
mod text;

use crate::choices::{Choices, bytes_of_seed};
use nda_graph::{Signature, Ty};
use proptest::strategy::Strategy;
use std::fmt::Write as _;

/// The program that these bytes stand for. Its `main` takes nothing, prints, and gives a value.
#[must_use]
pub fn program(bytes: &[u8]) -> String {
    let mut generator = Generator::new(Choices::new(bytes));
    generator.program();
    generator.out
}

/// The program that a seed stands for.
#[must_use]
pub fn program_of_seed(seed: u64) -> String {
    program(&bytes_of_seed(seed, bytes_of_program(seed)))
}

/// How many bytes drive the program of a seed.
#[must_use]
pub fn bytes_of_program(seed: u64) -> usize {
    // Small programs find most bugs and are read most easily; one in four is larger.
    [200, 600, 1_500, 4_000][(seed % 4) as usize]
}

/// Programs for `proptest`; they shrink as their bytes do.
pub fn programs() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::num::u8::ANY, 0..3_000).prop_map(|bytes| program(&bytes))
}

/// The names of locals: few, so that they shadow each other.
const LOCALS: [&str; 12] = ["a", "b", "c", "n", "x", "y", "xs", "ys", "s", "acc", "total", "it"];

/// Something that has a name and a type.
#[derive(Clone, Debug)]
struct Variable {
    name: String,
    ty: Ty,
    mutable: bool,
}

#[derive(Clone, Debug)]
struct Function {
    name: String,
    signature: Signature,
    /// Which of the parameters say `&mut`.
    in_place: Vec<bool>,
    /// Whether its first parameter, which the signature does not list, bounds the depth of calls.
    deep: bool,
    /// A helper is small enough to be inlined, and calls only helpers of a lower number.
    helper: Option<usize>,
}

/// A loop around the place that is being written.
#[derive(Clone, Debug)]
struct Loop {
    label: Option<String>,
    /// What a `break` carries; `()` for all but `loop`.
    ty: Ty,
    /// Whether its condition is being written: what stands there belongs to the loop, but jumps must name it.
    condition: bool,
}

struct Generator<'a> {
    choices: Choices<'a>,
    out: String,
    indent: usize,
    functions: Vec<Function>,
    constants: Vec<Variable>,
    /// What is in scope, the innermost last.
    variables: Vec<Variable>,
    loops: Vec<Loop>,
    /// What the function being written returns.
    ret: Ty,
    /// Whether calls are possible here, for there is a depth left to pass on.
    deep: bool,
    /// How many of the helpers can be called here.
    helpers: usize,
    in_main: bool,
    /// Whether a lambda is being written: jumps cannot leave it.
    in_lambda: bool,
    /// Whether something generic is used, so that its items are needed.
    generic: bool,
    /// Whether there are vectors; most programs have none.
    vectors: bool,
    /// How much more may be written; simplest forms only when it is used up.
    budget: i32,
    /// Distinguishes the names of counters and labels.
    next: usize,
}

impl<'a> Generator<'a> {
    fn new(choices: Choices<'a>) -> Self {
        Self {
            choices,
            out: String::new(),
            indent: 0,
            functions: Vec::new(),
            constants: Vec::new(),
            variables: Vec::new(),
            loops: Vec::new(),
            ret: Ty::UNIT,
            deep: false,
            helpers: 0,
            in_main: false,
            in_lambda: false,
            generic: false,
            vectors: false,
            budget: 0,
            next: 0,
        }
    }

    fn program(&mut self) {
        self.vectors = self.choices.chance(12);
        for index in 0..self.choices.below(4) {
            self.constant(index);
        }
        for index in 0..self.choices.below(6) {
            let deep = self.choices.chance(70);
            self.declare_function(format!("f{index}"), 2, deep, None);
        }
        for index in 0..self.choices.below(5) {
            self.declare_function(format!("h{index}"), 1, false, Some(index));
        }
        // `main` may stand anywhere, for order has no meaning; but it is written first, so that bytes that run short
        // leave it whole.
        let main_at = self.choices.below(self.functions.len() + 1);
        let main = self.captured(Self::main);
        for index in 0..=self.functions.len() {
            if index == main_at {
                self.out.push_str(&main);
            }
            if index < self.functions.len() {
                self.function(index);
            }
        }
        if self.generic {
            self.out.push_str(generic::ITEMS);
        }
    }

    fn declare_function(&mut self, name: String, lists: usize, deep: bool, helper: Option<usize>) {
        let params: Vec<Ty> = (0..self.choices.below(4)).map(|_| self.ty(lists)).collect();
        let in_place = params.iter().map(|_| self.choices.chance(15)).collect();
        let signature = Signature::plain(params, self.ty(lists));
        self.functions.push(Function { name, signature, in_place, deep, helper });
    }

    fn constant(&mut self, index: usize) {
        let ty = self.ty(2);
        let name = format!("C{index}");
        let value = self.literal(ty, 2);
        let _ = writeln!(self.out, "const {name}: {ty} = {value};\n");
        self.constants.push(Variable { name, ty, mutable: false });
    }

    fn function(&mut self, index: usize) {
        let Function { name, signature, in_place, deep, helper } = self.functions[index].clone();
        self.deep = deep;
        self.helpers = helper.unwrap_or(usize::MAX);
        self.in_main = false;
        self.ret = signature.ret;
        self.budget = if helper.is_some() { 12 } else { 120 };
        self.variables.clear();
        let mut params = Vec::new();
        if deep {
            params.push("depth: i64".to_owned());
        }
        for (index, (&ty, in_place)) in signature.params.iter().zip(in_place).enumerate() {
            let name = format!("p{index}");
            let mutable = in_place || self.choices.chance(40);
            params.push(match (in_place, mutable) {
                (true, _) => format!("{name}: &mut {ty}"),
                (_, true) => format!("mut {name}: {ty}"),
                _ => format!("{name}: {ty}"),
            });
            self.variables.push(Variable { name, ty, mutable });
        }
        if self.choices.chance(15) {
            self.out.push_str("/// A function.\n#[example(1 + 1 == 2)]\n");
        }
        let result = if signature.ret == Ty::UNIT { String::new() } else { format!("-> {} ", signature.ret) };
        let _ = write!(self.out, "fn {name}({}) {result}", params.join(", "));
        if helper.is_some() { self.small_body() } else { self.body() }
    }

    fn main(&mut self) {
        self.deep = false;
        self.helpers = usize::MAX;
        self.in_main = true;
        self.ret = self.ty(1);
        self.budget = 200;
        self.variables.clear();
        let result = if self.ret == Ty::UNIT { String::new() } else { format!("-> {} ", self.ret) };
        let _ = write!(self.out, "fn main() {result}");
        self.body();
    }

    /// The braces of a function, with a value of type `ret` at the end.
    fn body(&mut self) {
        self.out.push_str("{\n");
        self.indent = 1;
        let count = self.choices.between(0, 8);
        self.statements(count);
        if self.in_main {
            self.call_functions();
        }
        self.print_variables();
        let ret = self.ret;
        if ret != Ty::UNIT {
            let value = self.expression(ret, 3);
            self.line(&value);
        }
        self.out.push_str("}\n\n");
    }

    /// The braces of a helper: often no more than its value.
    fn small_body(&mut self) {
        self.out.push_str("{\n");
        self.indent = 1;
        let count = self.choices.weighted(&[8, 4, 2]);
        self.statements(count);
        if self.ret != Ty::UNIT {
            let depth = self.choices.between(1, 2);
            let value = self.expression(self.ret, depth);
            self.line(&value);
        }
        self.out.push_str("}\n\n");
    }

    /// Calls most functions and prints what they give.
    fn call_functions(&mut self) {
        for function in self.functions.clone() {
            if self.choices.chance(75) {
                let call = self.call_of(&function, 2);
                self.line(&format!("print({call});"));
            }
        }
    }

    /// Prints some of the variables, so that a wrong value does not stay unseen.
    fn print_variables(&mut self) {
        for variable in self.visible() {
            if self.choices.chance(35) {
                self.line(&format!("print({});", variable.name));
            }
        }
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    // ----- types and names -----

    /// A type with at most `lists` lists around its base.
    fn ty(&mut self, lists: usize) -> Ty {
        let base = [Ty::I64, Ty::BOOL, Ty::F64, Ty::STR, Ty::UNIT][self.choices.weighted(&[10, 4, 5, 5, 1])];
        let depth = self.choices.weighted(&[6, 4, 2]).min(lists);
        (0..depth).fold(base, |ty, _| ty.list_of().unwrap_or(ty))
    }

    /// The variables that can be named here: an inner one hides the outer ones of its name.
    fn visible(&self) -> Vec<Variable> {
        let mut seen: Vec<&Variable> = Vec::new();
        for variable in self.variables.iter().rev() {
            if seen.iter().all(|inner| inner.name != variable.name) {
                seen.push(variable);
            }
        }
        seen.into_iter().rev().cloned().collect()
    }

    fn pick_variable(&mut self, wanted: impl Fn(&Variable) -> bool) -> Option<Variable> {
        let found: Vec<Variable> = self.visible().into_iter().filter(wanted).collect();
        if found.is_empty() {
            return None;
        }
        // The latest first: that is what a program uses most.
        let index = self.choices.below(found.len());
        found.into_iter().nth_back(index)
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    fn local_name(&mut self) -> String {
        let index = self.choices.below(LOCALS.len());
        LOCALS[index].to_owned()
    }

    /// Writes something in a scope of its own: what it declares is gone afterwards.
    fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.variables.len();
        let result = write(self);
        self.variables.truncate(mark);
        result
    }

    /// The lines that `write` writes, as text of their own.
    fn captured(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.out);
        write(self);
        std::mem::replace(&mut self.out, before)
    }
}
