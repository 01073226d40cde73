//! Writing steps: the buffer, its labels and sites, and fitting trees into steps that exist.
#![allow(unsafe_code)]

use super::shapes::{self, Class, Tree, Trees, Visit};
use super::{CompileError, Compiled, FunctionCompiler};
use crate::code::{Blame, Code, Function, Site};
use crate::entrance::Entrance;
use crate::number::Word;
use crate::operand::Expr;
use crate::step::{Captures, Run, Step};
use crate::steps::flow::{Branch, Call, Enter, Jump};
use crate::steps::{Return, Set};
use nda_graph::{NodeId, Ty};
use std::mem::MaybeUninit;

/// A place in the code that jumps can name before it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label(u32);

const UNBOUND: u32 = u32::MAX;

/// The code of the unit being compiled.
#[derive(Default, Debug)]
pub(crate) struct Emitter {
    buffer: Buffer,
    trees: Trees,
}

#[derive(Default, Debug)]
pub(super) struct Buffer {
    words: Vec<MaybeUninit<u64>>,
    sites: Vec<Site>,
    labels: Vec<u32>,
    /// By label: whether a jump goes there.
    used: Vec<bool>,
    /// Steps whose jump goes to a label.
    jumps: Vec<(u32, Label)>,
    /// Call steps whose target is a member of the unit.
    member_calls: Vec<(u32, u32)>,
    /// Where inlined bodies begin, and their levels.
    enters: Vec<(u32, u32)>,
}

impl Buffer {
    pub(super) fn step<C: Captures>(&mut self, captures: C) -> u32 {
        let at = self.words.len();
        self.words.resize(at + Step::<C>::WORDS, MaybeUninit::uninit());
        let step = Step { run: C::run as Run, captures };
        // SAFETY: there is room for the step, and words are aligned as steps are.
        unsafe { self.words.as_mut_ptr().add(at).cast::<Step<C>>().write(step) };
        at as u32
    }

    /// Emits a step whose captures start with a jump's target.
    pub(super) fn jumping<C: Captures>(&mut self, captures: C, to: Label) {
        let at = self.step(captures);
        self.jumps.push((at, to));
        self.used[to.0 as usize] = true;
    }

    /// Emits a call step; the target of a call inside of the unit is filled in at the end.
    pub(super) fn call<C: Captures>(&mut self, captures: C, member: Option<usize>) {
        let at = self.step(captures);
        if let Some(member) = member {
            self.member_calls.push((at, member as u32));
        }
    }
}

impl Emitter {
    pub(crate) fn clear(&mut self) {
        let Buffer { words, sites, labels, used, jumps, member_calls, enters } = &mut self.buffer;
        words.clear();
        sites.clear();
        labels.clear();
        used.clear();
        jumps.clear();
        member_calls.clear();
        enters.clear();
        self.trees.clear();
    }

    /// Where the next step starts, in words.
    pub(crate) fn position(&self) -> u32 {
        self.buffer.words.len() as u32
    }

    pub(crate) fn step<C: Captures>(&mut self, captures: C) -> u32 {
        self.buffer.step(captures)
    }

    /// The next step to be emitted is to blame for what goes wrong at `path`.
    pub(crate) fn site(&mut self, path: u8, blame: Blame) {
        let at = self.position();
        self.buffer.sites.push(Site { at, path, blame });
    }

    // ----- labels -----

    pub(crate) fn label(&mut self) -> Label {
        self.buffer.labels.push(UNBOUND);
        self.buffer.used.push(false);
        Label(self.buffer.labels.len() as u32 - 1)
    }

    pub(crate) fn bind(&mut self, label: Label) {
        self.buffer.labels[label.0 as usize] = self.buffer.words.len() as u32;
    }

    /// Emits a step whose captures start with a jump's target.
    pub(crate) fn jumping<C: Captures>(&mut self, captures: C, to: Label) {
        self.buffer.jumping(captures, to);
    }

    pub(crate) fn jump(&mut self, to: Label) {
        self.jumping(Jump { target: 0 }, to);
    }

    /// Emits a call; `member` says which function of the unit being compiled is called, if it is one.
    pub(crate) fn call(&mut self, call: Call, member: Option<usize>) {
        self.buffer.call(call, member);
    }

    /// Emits the entry of an inlined body.
    pub(crate) fn enter(&mut self, levels: u32) {
        let at = self.step(Enter { levels });
        self.buffer.enters.push((at, levels));
    }

    /// The levels of the inlined body that begins right at a label.
    pub(crate) fn entered_at(&self, label: Label) -> Option<u32> {
        let at = self.buffer.labels[label.0 as usize];
        let enters = &self.buffer.enters;
        enters.binary_search_by_key(&at, |&(at, _)| at).ok().map(|found| enters[found].1)
    }

    /// The buffer and the trees apart, for sinks.
    pub(super) fn split(&mut self) -> (&mut Buffer, &Trees) {
        (&mut self.buffer, &self.trees)
    }

    /// The finished code: jumps and calls inside of the unit know where they go.
    pub(crate) fn finish(&mut self, functions: &[Function]) -> (Code, Vec<Site>, Box<[Entrance]>) {
        for &(at, label) in &self.buffer.jumps {
            let to = self.buffer.labels[label.0 as usize];
            debug_assert_ne!(to, UNBOUND, "every label that is jumped to is bound");
            let offset = to as i32 - at as i32;
            // SAFETY: captures of jumps start with their target, one word behind `run` (`repr(C)`).
            unsafe { self.buffer.words.as_mut_ptr().add(at as usize + 1).cast::<i32>().write(offset) };
        }
        let mut code: Code = self.buffer.words.as_slice().into();
        let base = code.as_mut_ptr();
        let first = |function: &Function| base.wrapping_add(function.start as usize).cast::<u64>();
        let entrances: Box<[_]> = functions.iter().map(|function| Entrance::new(first(function))).collect();
        for &(at, member) in &self.buffer.member_calls {
            // SAFETY: captures of calls start with their target, one word behind `run` (`repr(C)`).
            unsafe { base.add(at as usize + 1).cast::<*const Entrance>().write(&entrances[member as usize]) };
        }
        (code, self.buffer.sites.clone(), entrances)
    }

    // ----- trees -----

    pub(crate) fn mark_trees(&self) -> usize {
        self.trees.len()
    }

    pub(crate) fn drop_trees(&mut self, mark: usize) {
        self.trees.truncate(mark);
    }

    pub(crate) fn tree(&mut self, tree: Tree) -> u32 {
        self.trees.push(tree);
        self.trees.len() as u32 - 1
    }

    pub(crate) fn at(&self, tree: u32) -> Tree {
        self.trees[tree as usize]
    }

    fn fits(&self, tree: Tree, class: Class) -> bool {
        shapes::fits(&self.trees, tree, class)
    }

    /// Whether a jump goes to the label by now.
    pub(super) fn is_used(&self, label: Label) -> bool {
        self.buffer.used[label.0 as usize]
    }

    pub(crate) fn set_leaf(&mut self, dst: u16, tree: Tree) {
        // The bits are the value, whatever its type.
        shapes::leaf::<i64>(tree, SetSink { buffer: &mut self.buffer, dst });
    }

    pub(crate) fn return_leaf(&mut self, tree: Tree) {
        shapes::leaf::<i64>(tree, ReturnSink { buffer: &mut self.buffer });
    }

    /// The step at `at` is to blame for what goes wrong at `path`.
    pub(super) fn site_at(&mut self, at: u32, path: u8, blame: Blame) {
        self.buffer.sites.push(Site { at, path, blame });
    }

    /// Records which operator of the step at `at`, the last one, is to blame for what.
    pub(crate) fn tree_sites(&mut self, at: u32, tree: Tree, path: u8) {
        match tree {
            Tree::Slot(_) | Tree::Const(_) | Tree::Field { .. } | Tree::Tag(_) | Tree::Len(_) => {}
            Tree::Math { op, a, b, node } => {
                if shapes::math_traps(op) {
                    self.site_at(at, path, node);
                }
                self.tree_sites(at, self.at(a), path << 1);
                self.tree_sites(at, self.at(b), path << 1 | 1);
            }
            Tree::Unary { op, a, node } => {
                if shapes::unary_traps(op) {
                    self.site_at(at, path, node);
                }
                self.tree_sites(at, self.at(a), path << 1);
            }
            Tree::Compare { a, b, .. } => {
                self.tree_sites(at, self.at(a), path << 1);
                self.tree_sites(at, self.at(b), path << 1 | 1);
            }
            Tree::At { index, node, .. } => {
                self.site_at(at, path, node);
                self.tree_sites(at, self.at(index), path << 1 | 1);
            }
            Tree::FieldAt { node, .. } => self.site_at(at, path, node),
        }
    }

    /// Takes back the sites that were recorded for a step that was not emitted after all.
    pub(super) fn forget_sites(&mut self) {
        let at = self.position();
        while self.buffer.sites.last().is_some_and(|site| site.at == at) {
            self.buffer.sites.pop();
        }
    }

    pub(crate) fn set(&mut self, dst: u16, tree: Tree, class: Class) -> bool {
        let Emitter { buffer, trees, .. } = self;
        let sink = SetSink { buffer, dst };
        match class {
            Class::Int => shapes::int(trees, tree, sink),
            Class::Float => shapes::float(trees, tree, sink),
            Class::Bool => match tree {
                Tree::Const(_) => shapes::leaf::<bool>(tree, sink),
                _ => shapes::condition(trees, tree, sink),
            },
        }
    }

    fn return_tree(&mut self, tree: Tree, class: Class) -> bool {
        let Emitter { buffer, trees, .. } = self;
        match class {
            Class::Int => shapes::small_int(trees, tree, ReturnSink { buffer }),
            _ => shapes::leaf::<i64>(tree, ReturnSink { buffer }),
        }
    }

    fn branch(&mut self, tree: Tree, to: Label, when: bool, charge: bool) -> bool {
        let Emitter { buffer, trees, .. } = self;
        match (when, charge) {
            (true, true) => shapes::condition(trees, tree, BranchSink::<true, true> { buffer, to }),
            (true, false) => shapes::condition(trees, tree, BranchSink::<true, false> { buffer, to }),
            (false, true) => shapes::condition(trees, tree, BranchSink::<false, true> { buffer, to }),
            (false, false) => shapes::condition(trees, tree, BranchSink::<false, false> { buffer, to }),
        }
    }
}

struct SetSink<'b> {
    buffer: &'b mut Buffer,
    dst: u16,
}

impl<T: Word> Visit<T> for SetSink<'_> {
    fn visit<E: Expr<Out = T>>(self, value: E) {
        self.buffer.step(Set { dst: self.dst, value });
    }
}

struct ReturnSink<'b> {
    buffer: &'b mut Buffer,
}

impl<T: Word> Visit<T> for ReturnSink<'_> {
    fn visit<E: Expr<Out = T>>(self, value: E) {
        self.buffer.step(Return { value });
    }
}

struct BranchSink<'b, const WHEN: bool, const CHARGE: bool> {
    buffer: &'b mut Buffer,
    to: Label,
}

impl<const WHEN: bool, const CHARGE: bool> Visit<bool> for BranchSink<'_, WHEN, CHARGE> {
    fn visit<E: Expr<Out = bool>>(self, condition: E) {
        self.buffer.jumping(Branch::<E, WHEN, CHARGE> { target: 0, condition }, self.to);
    }
}

impl FunctionCompiler<'_, '_> {
    /// `dst = tree`, in as many steps as it takes.
    pub(super) fn fit_set(&mut self, dst: u16, mut tree: Tree, class: Class) -> Compiled {
        loop {
            let at = self.code.position();
            if self.code.set(dst, tree, class) {
                self.code.tree_sites(at, tree, 1);
                return Ok(());
            }
            tree = self.break_up(tree)?;
        }
    }

    /// Returns the tree's value.
    pub(super) fn fit_return(&mut self, tree: Tree, node: NodeId) -> Compiled {
        let class = shapes::class(self.body.ty(node));
        let at = self.code.position();
        if self.code.return_tree(tree, class) {
            self.code.tree_sites(at, tree, 1);
        } else {
            let tree = self.leaf(tree, node)?;
            self.code.return_leaf(tree);
        }
        Ok(())
    }

    /// Jumps if the condition is `when`. `charge` names the record that pays for the loop body jumped to.
    pub(super) fn fit_branch(
        &mut self,
        mut tree: Tree,
        to: Label,
        when: bool,
        charge: Option<Blame>,
    ) -> Compiled {
        loop {
            let at = self.code.position();
            if self.code.branch(tree, to, when, charge.is_some()) {
                if let Some(blame) = charge {
                    self.code.site_at(at, 0, blame);
                }
                self.code.tree_sites(at, tree, 1);
                return Ok(());
            }
            tree = self.break_up(tree)?;
        }
    }

    /// Evaluates one part of a tree that no step takes into a temporary; parts to the left come first.
    fn break_up(&mut self, tree: Tree) -> Result<Tree, CompileError> {
        Ok(match tree {
            Tree::Math { op, a, b, node } => {
                let classes = op.operands().map_classes();
                let (a, b) = self.break_pair(a, b, classes)?;
                Tree::Math { op, a, b, node }
            }
            Tree::Compare { op, float, a, b } => {
                let class = if float { Class::Float } else { Class::Int };
                let (a, b) = self.break_pair(a, b, [class, class])?;
                Tree::Compare { op, float, a, b }
            }
            Tree::Unary { op, a, node } => {
                let a = self.reduce(a, shapes::class(op.operands()[0]))?;
                Tree::Unary { op, a, node }
            }
            Tree::At { list, index, class, node } => {
                let index = self.reduce(index, Class::Int)?;
                Tree::At { list, index, class, node }
            }
            Tree::Slot(_) | Tree::Field { .. } | Tree::FieldAt { .. } | Tree::Tag(_) | Tree::Len(_) => tree,
            Tree::Const(_) => {
                let temporary = self.take(1)?;
                self.code.set_leaf(temporary, tree);
                Tree::Slot(temporary)
            }
        })
    }

    fn break_pair(&mut self, a: u32, b: u32, classes: [Class; 2]) -> Result<(u32, u32), CompileError> {
        // Two constants fit nothing: the first becomes a slot.
        if !self.code.at(a).is_leaf() || self.code.at(b).is_leaf() {
            Ok((self.reduce(a, classes[0])?, b))
        } else {
            Ok((a, self.reduce(b, classes[1])?))
        }
    }

    /// Puts a tree that fits a step into a temporary; of a larger one, only a part, so that the rest may still fit
    /// together with what is above it.
    fn reduce(&mut self, tree: u32, class: Class) -> Result<u32, CompileError> {
        let whole = self.code.at(tree);
        let class = class_of(whole, class);
        if whole.is_leaf() || self.code.fits(whole, class) {
            return self.temporary_for(tree, class);
        }
        let smaller = self.break_up(whole)?;
        Ok(self.code.tree(smaller))
    }

    fn temporary_for(&mut self, tree: u32, class: Class) -> Result<u32, CompileError> {
        let temporary = self.take(1)?;
        let tree = self.code.at(tree);
        self.fit_set(temporary, tree, class_of(tree, class))?;
        Ok(self.code.tree(Tree::Slot(temporary)))
    }
}

/// The class of a tree's value; `class` decides where the tree itself does not say. Comparing booleans compares words,
/// but a comparison below one is a condition all the same.
fn class_of(tree: Tree, class: Class) -> Class {
    match tree {
        Tree::Compare { .. } => Class::Bool,
        Tree::At { class, .. } | Tree::Field { class, .. } | Tree::FieldAt { class, .. } => class,
        Tree::Tag(_) | Tree::Len(_) => Class::Int,
        Tree::Math { op, .. } => shapes::class(op.result()),
        Tree::Unary { op, .. } => shapes::class(op.result()),
        Tree::Slot(_) | Tree::Const(_) => class,
    }
}

trait OperandClasses {
    fn map_classes(&self) -> [Class; 2];
}

impl OperandClasses for [Ty] {
    fn map_classes(&self) -> [Class; 2] {
        [shapes::class(self[0]), shapes::class(self[1])]
    }
}
