//! What a chain of steps is made of: where its elements come from, and what happens to each.

use super::Typed;
use super::text::Parts;
use crate::facts::{Facts, Meaning};
use crate::lower::Lower;
use crate::maps::OnMap;
use crate::methods::Method;
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_syntax::tree::{ExprId, ExprKind, Tree};

/// A chain of steps.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) source: Source,
    pub(super) stages: Vec<Stage>,
}

/// One step of a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    pub(super) step: Step,
    /// The method call.
    pub(super) call: ExprId,
    /// What it is called on.
    pub(super) receiver: ExprId,
    /// Its argument, if it has one.
    pub(super) arg: Option<ExprId>,
    /// Whether `enumerate` counts down.
    pub(super) down: bool,
}

/// Where the elements come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The elements of a list.
    Each(List),
    /// The elements of a list, the last first.
    Backwards(List),
    /// The elements of two lists in pairs, for this call of `zip`.
    Both { lists: [ExprId; 2], call: ExprId },
    /// The integers of a range.
    Range(Ends),
    /// The keys of a map with their values.
    Pairs { map: ExprId, call: ExprId, reversed: bool },
    /// The parts of a text.
    Text(Parts),
    /// The parts of a list that `windows` or `chunks` gives.
    Parts { list: List, of: Stage, reversed: bool },
}

/// A range, and what the steps next to it made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) expr: ExprId,
    pub(super) from: ExprId,
    /// Without it, the range ends with the integers.
    pub(super) to: Option<ExprId>,
    pub(super) inclusive: bool,
    pub(super) reversed: bool,
    pub(super) step: Option<ExprId>,
}

/// A list that is walked over.
#[derive(Clone, Debug)]
pub(super) enum List {
    Value(ExprId),
    /// What a chain gives, which is what the expression gives; it runs to its end first.
    Chain(Box<Chain>, ExprId),
    /// What an element of another chain is.
    Item(Typed, Span),
    /// One behind the other, for the call of `chain`.
    Joined(Box<List>, ExprId, ExprId),
}

impl Lower<'_> {
    /// Whether an expression is walked over without being a list in memory first.
    pub(in crate::lower) fn is_chain(&self, expr: ExprId) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.is_chain(inner),
            ExprKind::Range { .. } => true,
            ExprKind::MethodCall { receiver, .. } => match self.facts.meaning(expr) {
                Meaning::Method(Method::Itself) => self.is_chain(receiver),
                Meaning::Method(Method::Step(step)) => step.goes_on(),
                Meaning::Method(Method::Map(OnMap::Pairs)) => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// The chain that ends with `expr`, which may be any list.
    pub(super) fn plan(&self, expr: ExprId) -> Chain {
        let mut stages = Vec::new();
        let first = collect(self.tree, self.facts, expr, &mut stages);
        let source = match self.tree.kind(first) {
            ExprKind::Range { from: Some(from), to, inclusive } => {
                Source::Range(Ends { expr: first, from, to, inclusive, reversed: false, step: None })
            }
            ExprKind::MethodCall { receiver, .. }
                if self.facts.meaning(first) == Meaning::Method(Method::Map(OnMap::Pairs)) =>
            {
                Source::Pairs { map: receiver, call: first, reversed: false }
            }
            _ => match self.text_parts(first) {
                Some(parts) => Source::Text(parts),
                None => Source::Each(List::Value(first)),
            },
        };
        let mut chain = Chain { source, stages: Vec::new() };
        for stage in stages.into_iter().rev() {
            match self.both(&chain, stage) {
                Some(both) => chain.source = both,
                None => chain.add(stage),
            }
        }
        chain
    }

    /// What a `zip` of two lists that are there makes of the first.
    fn both(&self, chain: &Chain, stage: Stage) -> Option<Source> {
        let Source::Each(List::Value(first)) = chain.source else { return None };
        if stage.step != Step::Zip || !chain.stages.is_empty() {
            return None;
        }
        let other = self.plan(stage.arg?);
        match other.source {
            Source::Each(List::Value(second)) if other.stages.is_empty() => {
                Some(Source::Both { lists: [first, second], call: stage.call })
            }
            _ => None,
        }
    }
}

/// The steps of a chain, the last first; gives what they start from.
fn collect(tree: &Tree, facts: &Facts, mut at: ExprId, stages: &mut Vec<Stage>) -> ExprId {
    loop {
        at = tree.unparen(at);
        let ExprKind::MethodCall { receiver, args, .. } = tree.kind(at) else { return at };
        match facts.meaning(at) {
            Meaning::Method(Method::Itself) => {}
            Meaning::Method(Method::Step(step)) if step.goes_on() => {
                stages.push(Stage { step, call: at, receiver, arg: tree.list(args).next(), down: false });
            }
            _ => return at,
        }
        at = receiver;
    }
}

impl Chain {
    fn add(&mut self, stage: Stage) {
        match (stage.step, &mut self.source) {
            (Step::Rev, _) => {
                if !self.turn_round() {
                    let list = self.take_list(stage.receiver);
                    self.source = Source::Backwards(list);
                }
            }
            (Step::Windows | Step::Chunks, _) => {
                let list = self.take_list(stage.receiver);
                self.source = Source::Parts { list, of: stage, reversed: false };
            }
            (Step::Chain, _) => {
                let list = self.take_list(stage.receiver);
                if let Some(other) = stage.arg {
                    self.source = Source::Each(List::Joined(Box::new(list), other, stage.call));
                }
            }
            (Step::EveryNth, Source::Range(ends)) if self.stages.is_empty() && ends.step.is_none() => {
                ends.step = stage.arg;
            }
            _ => self.stages.push(stage),
        }
    }

    /// Lets the elements come in the opposite order, if that changes nothing else.
    fn turn_round(&mut self) -> bool {
        let listed = matches!(
            self.source,
            Source::Each(List::Value(_)) | Source::Backwards(List::Value(_)) | Source::Text(_)
        );
        // The position in a list can be counted from its end, too, as long as no element is left out before.
        let mut whole = listed;
        for stage in &self.stages {
            match stage.step {
                Step::Map | Step::Inspect => {}
                Step::Filter | Step::FilterMap => whole = false,
                Step::Enumerate if whole => {}
                _ => return false,
            }
        }
        match &mut self.source {
            Source::Range(ends) if ends.step.is_none() => ends.reversed = !ends.reversed,
            Source::Parts { of, reversed, .. } if of.step == Step::Windows => *reversed = !*reversed,
            Source::Pairs { reversed, .. } => *reversed = !*reversed,
            Source::Each(List::Value(list)) => self.source = Source::Backwards(List::Value(*list)),
            // The last part of a text is found behind all others.
            Source::Text(parts) => self.source = Source::Backwards(List::Value(parts.call)),
            Source::Backwards(List::Value(list)) => self.source = Source::Each(List::Value(*list)),
            _ => return false,
        }
        for stage in &mut self.stages {
            stage.down ^= stage.step == Step::Enumerate;
        }
        true
    }

    /// The list that the chain gives; it is what `expr` gives.
    pub(super) fn into_list(self, expr: ExprId) -> List {
        match self {
            Chain { source: Source::Each(list), stages } if stages.is_empty() => list,
            Chain { source: Source::Text(parts), stages } if stages.is_empty() => List::Value(parts.call),
            chain => List::Chain(Box::new(chain), expr),
        }
    }

    /// What the chain gives so far, as a list; it is what `expr` gives.
    fn take_list(&mut self, expr: ExprId) -> List {
        let source = Source::Each(List::Value(expr));
        let chain = std::mem::replace(self, Chain { source, stages: Vec::new() });
        chain.into_list(expr)
    }
}
