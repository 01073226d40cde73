//! What inference finds out about a tree, in tables beside it; lowering reads them and decides nothing again.

use crate::in_place::InPlace;
use crate::methods::{Intrinsic, Method};
use crate::template::Spec;
use crate::tensors::OnTensor;
use crate::types::{Type, TypeTable};
use nda_diagnostics::Span;
use nda_graph::{Hash, Signature, Value};
use nda_syntax::tree::{ExprId, Symbol, Tree};
use rustc_hash::{FxHashMap, FxHashSet};

/// What a name, callee or method of an expression means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meaning {
    /// Nothing, or a problem was reported.
    None,
    /// A variable: index into [`Facts::locals`].
    Local(u32),
    /// A function or constant: index into [`Facts::targets`].
    Target(u32),
    /// A host function: index into [`Facts::hosts`].
    Host(u32),
    /// `print` and its kin.
    Intrinsic(Intrinsic),
    /// A macro or a call of `format`: index into [`Facts::formats`].
    Format(u32),
    /// A constant of the language.
    Named,
    /// What a method call does.
    Method(Method),
    /// A value of a struct or of this variant of an enum; the type is the expression's.
    Construct(u32),
    /// The field with this number.
    Field(u32),
    /// What a call or method does with tensors.
    Tensor(OnTensor),
}

/// What a pattern means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PatternMeaning {
    /// It matches anything and binds nothing, or a problem was reported.
    Any,
    /// It binds a variable: index into [`Facts::locals`].
    Bind(u32),
    /// Equal to a constant: index into [`Facts::targets`].
    Constant(u32),
    /// A variant of an enum, or (as 0) all there is of a struct or tuple.
    Variant(u32),
    /// A list of so many elements, or of more.
    List,
    /// What it says itself: a literal, a range, alternatives.
    Itself,
}

/// A variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    pub(crate) symbol: Symbol,
    pub(crate) ty: Type,
    pub(crate) mutable: bool,
    pub(crate) span: Span,
    pub(crate) read: bool,
    pub(crate) changed: bool,
    /// Whether it is the name of a place, and no variable of its own, if it is changed: that of `let x = &mut xs[i]` or
    /// `let x = m.entry(k).or_insert(v)`.
    pub(crate) names_place: bool,
}

/// Something with a hash: an item of this source, or a committed definition.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) place: TargetPlace,
    /// The types of the parameters, and then of the result.
    pub(crate) types: Vec<Type>,
    /// The parameters that it changes in place: the graph's function gives those, too.
    pub(crate) in_place: InPlace,
    /// If it is generic: the first of its type parameters, and how many there are.
    pub(crate) generics: (u32, u32),
    /// The same as the graph says it, where no composite type of this source is among them.
    pub(crate) plain: Option<Signature>,
    /// The value, if it is a constant whose value is known.
    pub(crate) constant: Option<Value>,
    pub(crate) is_constant: bool,
    pub(crate) uses: Vec<String>,
}

impl Target {
    /// The type of a parameter, if there is one with this index.
    pub(crate) fn param(&self, index: usize) -> Option<Type> {
        self.types[..self.types.len() - 1].get(index).copied()
    }

    /// What it takes and gives for these type arguments, in the graph's words.
    pub(crate) fn signature(&self, table: &mut TypeTable, args: &[Type]) -> Signature {
        let mut types = self.types.clone();
        if !args.is_empty() {
            types.iter_mut().for_each(|ty| *ty = table.substitute(*ty, self.generics.0, args));
        }
        if !self.in_place.is_empty() {
            let ret = types.pop().filter(|&ret| ret != Type::UNIT);
            let changed = self.in_place.indices().map(|index| types[index]);
            let all: Vec<Type> = ret.into_iter().chain(changed).collect();
            types.push(if let [alone] = all[..] { alone } else { table.tuple(&all) });
        }
        table.signature(&types)
    }

    /// Whether it has type parameters.
    pub(crate) fn is_generic(&self) -> bool {
        self.generics.1 > 0
    }

    /// How many parameters it has.
    pub(crate) fn arity(&self) -> usize {
        self.types.len() - 1
    }

    /// The type of the result.
    pub(crate) fn ret(&self) -> Type {
        self.types[self.types.len() - 1]
    }

    /// The plain signature of these types, if they are all plain.
    pub(crate) fn plain_signature(types: &[Type]) -> Option<Signature> {
        let (&ret, params) = types.split_last()?;
        let params = params.iter().map(|param| param.to_plain()).collect::<Option<Vec<_>>>()?;
        Some(Signature::plain(params, ret.to_plain()?))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TargetPlace {
    /// Index into the tree's items.
    Item(usize),
    Committed(Hash),
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SortKey {
    /// A lambda or function that gives it; or, in a comparison, what is compared.
    pub(crate) value: ExprId,
    /// Which parameter of the comparison that is about.
    pub(crate) of: Option<usize>,
    pub(crate) descending: bool,
}

/// A format string with its values, and what happens to the text.
#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) does: Does,
    /// No two texts stand side by side, and none is empty.
    pub(crate) pieces: Vec<Piece>,
    /// Whether the author wrote a format string.
    pub(crate) has_message: bool,
}

/// What a macro does with its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Does {
    /// `format`: gives it.
    Text,
    /// `println!`.
    Print,
    /// `panic!` and its kin.
    Panic,
    /// `assert!`.
    Assert,
    /// `assert_eq!`.
    Equal,
    /// `assert_ne!`.
    Differ,
}

impl Does {
    /// How many arguments stand before the format string.
    pub(crate) const fn lead(self) -> usize {
        match self {
            Does::Text | Does::Print | Does::Panic => 0,
            Does::Assert => 1,
            Does::Equal | Does::Differ => 2,
        }
    }

    pub(crate) const fn result(self) -> Type {
        match self {
            Does::Text => Type::STR,
            Does::Panic => Type::NEVER,
            _ => Type::UNIT,
        }
    }
}

/// A piece of a formatted text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Value { value: Source, spec: Spec<Source> },
}

/// Where a value of a format comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// The argument with this index behind the format string.
    Argument(usize),
    /// A variable that the format string names: index into [`Facts::locals`].
    Local(u32),
    /// A constant that it names: index into [`Facts::targets`].
    Constant(u32),
}

/// A host function that the source calls.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) capability: String,
    pub(crate) signature: Signature,
}

/// The tables.
#[derive(Default, Debug)]
pub(crate) struct Facts {
    /// By expression.
    pub(crate) types: Vec<Type>,
    /// By expression.
    pub(crate) meanings: Vec<Meaning>,
    /// By expression: whether it changes a variable or jumps somewhere inside, so that nothing may stay borrowed
    /// while it runs.
    pub(crate) changes: Vec<bool>,
    /// By statement (`let`) of the tree: its variable.
    pub(crate) lets: Vec<u32>,
    /// By `for` loop: its variable.
    pub(crate) fors: Vec<u32>,
    /// By pattern.
    pub(crate) patterns: Vec<PatternMeaning>,
    /// By pattern: the type of what is held against it.
    pub(crate) pattern_types: Vec<Type>,
    /// By parameter of a lambda: its variable.
    pub(crate) lambda_params: Vec<u32>,
    /// By call of `sort_by_key` or `sort_by`: what is sorted by, the most important first.
    pub(crate) sorts: Vec<(ExprId, Vec<SortKey>)>,
    /// By call of a generic function, or its name where a lambda could stand: its type arguments.
    pub(crate) instances: FxHashMap<ExprId, Box<[Type]>>,
    /// Operands that the functions they are given to change in place.
    pub(crate) in_place: FxHashSet<ExprId>,
    pub(crate) locals: Vec<Local>,
    pub(crate) targets: Vec<Target>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) formats: Vec<Format>,
    pub(crate) table: TypeTable,
    /// Whether the source has errors of grammar: what looks unused then may be used in what could not be read.
    pub(crate) broken: bool,
    /// How many unknown names got a suggestion.
    pub(crate) suggestions: u32,
}

impl Facts {
    /// Room for every node of `tree`, nothing known.
    pub(crate) fn reset(&mut self, tree: &Tree) {
        fn fill<T: Clone>(table: &mut Vec<T>, len: usize, value: T) {
            table.clear();
            table.resize(len, value);
        }
        fill(&mut self.types, tree.exprs.len(), Type::ERROR);
        fill(&mut self.meanings, tree.exprs.len(), Meaning::None);
        fill(&mut self.changes, tree.exprs.len(), false);
        fill(&mut self.lets, tree.stmts.len(), u32::MAX);
        fill(&mut self.fors, tree.fors.len(), u32::MAX);
        fill(&mut self.patterns, tree.patterns.len(), PatternMeaning::Any);
        fill(&mut self.pattern_types, tree.patterns.len(), Type::ERROR);
        fill(&mut self.lambda_params, tree.lambda_params.len(), u32::MAX);
        self.sorts.clear();
        self.instances.clear();
        self.in_place.clear();
        self.locals.clear();
        self.targets.clear();
        self.hosts.clear();
        self.formats.clear();
        self.table.clear();
        self.broken = false;
        self.suggestions = 0;
    }

    /// The type of an expression, as far as it is known.
    pub(crate) fn ty(&self, expr: ExprId) -> Type {
        self.table.resolve(self.types[expr.index()])
    }

    /// What a target takes and gives for these type arguments, in the graph's words.
    pub(crate) fn signature(&mut self, target: u32, args: &[Type]) -> Signature {
        let target = &self.targets[target as usize];
        if let Some(plain) = &target.plain {
            return plain.clone();
        }
        target.signature(&mut self.table, args)
    }

    /// The same as a message says it.
    pub(crate) fn show_signature(&self, target: u32) -> String {
        let target = &self.targets[target as usize];
        let (ret, params) = target.types.split_last().expect("the result comes last");
        let params: Vec<String> = params.iter().map(|&ty| self.table.show(ty)).collect();
        let ret = if *ret == Type::UNIT { String::new() } else { format!(" -> {}", self.table.show(*ret)) };
        format!("({}){ret}", params.join(", "))
    }

    pub(crate) fn meaning(&self, expr: ExprId) -> Meaning {
        self.meanings[expr.index()]
    }

    pub(crate) fn changes(&self, expr: ExprId) -> bool {
        self.changes[expr.index()]
    }
}
