//! Running a query: a join by nested scans that takes, at every step, the pattern with the fewest matches left.

use std::ops::ControlFlow;

use nda_graph::Hash;

use super::{Comparison, Pattern, Query, Slot};
use crate::rows;
use crate::sitemap::{ResolveError, Snapshot};
use crate::storage::{StorageError, Table};
use crate::store;
use crate::triple::{self, IS, Term, Triple};

/// Matches counted to compare two patterns: beyond this, both are "many".
const COUNT_CAP: u64 = 64;

/// Where a query ends in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// The most rows.
    pub rows: u64,
    /// The most triples looked at.
    pub steps: u64,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { rows: 10_000, steps: 10_000_000 }
    }
}

/// Which limit ended a query: there may be more rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// [`QueryLimits::rows`].
    Rows,
    /// [`QueryLimits::steps`].
    Steps,
    /// The visitor wanted no more.
    Visitor,
}

/// All rows of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The variables' names: the columns.
    pub variables: Vec<String>,
    /// One term per variable; no row twice; in no particular order.
    pub rows: Vec<Vec<Term>>,
    /// Why there may be more.
    pub stopped: Option<Stopped>,
    /// Triples looked at.
    pub steps: u64,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryRunError {
    /// A `#prefix` does not name one object.
    #[error(transparent)]
    Prefix(#[from] ResolveError),
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Snapshot {
    /// All rows of `query`; names are those of `branch`.
    pub fn query(&self, branch: &str, query: &Query, limits: QueryLimits) -> Result<Answer, QueryRunError> {
        let mut rows = Vec::new();
        let (stopped, steps) = self.query_each(branch, query, limits, &mut |row| {
            rows.push(row.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(Answer { variables: query.variables.clone(), rows, stopped, steps })
    }

    /// Hands each row to `visit` as it is found. Returns what ended it early, and the triples looked at.
    pub fn query_each(
        &self,
        branch: &str,
        query: &Query,
        limits: QueryLimits,
        visit: &mut dyn FnMut(&[Term]) -> ControlFlow<()>,
    ) -> Result<(Option<Stopped>, u64), QueryRunError> {
        let mut patterns: Vec<_> = query.patterns.iter().map(|Pattern(slots)| slots.clone()).collect();
        let mut comparisons = query.comparisons.clone();
        let compared = comparisons.iter_mut().flat_map(|one| [&mut one.left, &mut one.right]);
        for slot in patterns.iter_mut().flatten().chain(compared) {
            if let Slot::Prefix(prefix) = slot {
                *slot = Slot::Term(Term::Hash(self.resolve(prefix, None)?.0));
            }
        }
        let mut run =
            Run { snapshot: self, branch, comparisons, limits, visit, rows: 0, steps: 0, stopped: None };
        let mut bound = vec![None; query.variables.len()];
        let _ = run.solve(&mut patterns, &mut bound)?; // why it ended is in `stopped`
        Ok((run.stopped, run.steps))
    }

    /// Visits the triples that match a pattern with open ends: the index, and the names of `branch` as `(name, is,
    /// definition)`.
    pub fn triples(
        &self,
        branch: &str,
        pattern: [Option<&Term>; 3],
        visit: &mut dyn FnMut(Triple) -> Result<ControlFlow<()>, StorageError>,
    ) -> Result<(), StorageError> {
        let is = Term::from(IS);
        if pattern[1].is_none_or(|predicate| *predicate == is)
            && self.name_triples(branch, pattern, visit)?.is_break()
        {
            return Ok(());
        }
        if pattern[1] == Some(&is) {
            return Ok(());
        }
        triple::scan(&*self.read, pattern, &mut |triple| match triple.predicate == is {
            true => Ok(ControlFlow::Continue(())), // the store alone says what a name is
            false => visit(triple),
        })
    }

    fn name_triples(
        &self,
        branch: &str,
        [subject, _, object]: [Option<&Term>; 3],
        visit: &mut dyn FnMut(Triple) -> Result<ControlFlow<()>, StorageError>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let mut flow = ControlFlow::Continue(());
        let mut found = |name: &str, definition: Hash| {
            flow = visit(Triple::new(name, IS, definition))?;
            Ok::<_, StorageError>(flow)
        };
        match (subject, object) {
            (Some(Term::Hash(_)), _) | (_, Some(Term::Text(_))) => {}
            (Some(Term::Text(name)), object) => {
                if names_fit(name)
                    && let Some(body) =
                        rows::get(&*self.read, Table::Bindings, &store::binding_key(branch, name))?
                {
                    let definition = store::parse_binding(body)?.definition;
                    if object.is_none_or(|object| *object == Term::Hash(definition)) {
                        return found(name, definition);
                    }
                }
            }
            (None, Some(Term::Hash(definition))) => {
                let prefix = store::named_key(branch, definition, "");
                rows::scan(&*self.read, Table::Named, &prefix, &[], |key, _| {
                    found(&String::from_utf8_lossy(&key[prefix.len()..]), *definition)
                })?;
            }
            (None, None) => {
                let prefix = store::binding_key(branch, "");
                rows::scan(&*self.read, Table::Bindings, &prefix, &[], |key, body| {
                    let definition = store::parse_binding(body)?.definition;
                    found(&String::from_utf8_lossy(&key[prefix.len()..]), definition)
                })?;
            }
        }
        Ok(flow)
    }
}

fn names_fit(name: &str) -> bool {
    crate::names::check_name(name).is_ok()
}

struct Run<'q> {
    snapshot: &'q Snapshot,
    branch: &'q str,
    comparisons: Vec<Comparison>,
    limits: QueryLimits,
    visit: &'q mut dyn FnMut(&[Term]) -> ControlFlow<()>,
    rows: u64,
    steps: u64,
    stopped: Option<Stopped>,
}

fn known<'t>(slot: &'t Slot, bound: &'t [Option<Term>]) -> Option<&'t Term> {
    match slot {
        Slot::Term(term) => Some(term),
        Slot::Variable(variable) => bound[*variable].as_ref(),
        Slot::Prefix(_) => None, // resolved before the run
    }
}

impl Run<'_> {
    fn step(&mut self) -> ControlFlow<()> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            self.stopped = Some(Stopped::Steps);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Finds every binding of the open variables under which all `patterns` hold.
    fn solve(
        &mut self,
        patterns: &mut Vec<[Slot; 3]>,
        bound: &mut Vec<Option<Term>>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let Some(at) = self.cheapest(patterns, bound)? else {
            return Ok(if self.stopped.is_some() { ControlFlow::Break(()) } else { self.emit(bound) });
        };
        let pattern = patterns.swap_remove(at);
        let (snapshot, branch) = (self.snapshot, self.branch);
        let ends = bound.clone();
        let mut flow = ControlFlow::Continue(());
        snapshot.triples(branch, [0, 1, 2].map(|place| known(&pattern[place], &ends)), &mut |triple| {
            flow = self.step();
            if flow.is_continue() {
                let mut fresh = Vec::new();
                let terms = [triple.subject, triple.predicate, triple.object];
                if unify(&pattern, terms, bound, &mut fresh) && self.is_open(bound) {
                    flow = self.solve(patterns, bound)?;
                }
                fresh.into_iter().for_each(|variable: usize| bound[variable] = None);
            }
            Ok(flow)
        })?;
        patterns.push(pattern);
        let last = patterns.len() - 1;
        patterns.swap(at, last);
        Ok(flow)
    }

    /// The pattern with the fewest matches; `None` when none is left, or a limit was met while counting.
    fn cheapest(
        &mut self,
        patterns: &[[Slot; 3]],
        bound: &[Option<Term>],
    ) -> Result<Option<usize>, StorageError> {
        if patterns.len() <= 1 {
            return Ok(patterns.len().checked_sub(1));
        }
        let mut best = (u64::MAX, 0);
        for (index, pattern) in patterns.iter().enumerate() {
            let ends = [0, 1, 2].map(|place| known(&pattern[place], bound));
            if ends.iter().all(Option::is_some) {
                return Ok(Some(index));
            }
            // Among the many, the one with more known ends; among those, the one written first.
            let open = ends.iter().filter(|end| end.is_none()).count() as u64;
            let mut count = 0;
            let (snapshot, branch) = (self.snapshot, self.branch);
            snapshot.triples(branch, ends, &mut |_| {
                count += 1;
                let flow = self.step();
                Ok(if count == COUNT_CAP { ControlFlow::Break(()) } else { flow })
            })?;
            if self.stopped.is_some() {
                return Ok(None);
            }
            best = best.min((count * 4 + open, index));
        }
        Ok(Some(best.1))
    }

    /// Whether no comparison of what is known fails.
    fn is_open(&self, bound: &[Option<Term>]) -> bool {
        self.comparisons.iter().all(|Comparison { left, relation, right }| {
            match (known(left, bound), known(right, bound)) {
                (Some(left), Some(right)) => relation.holds(left, right),
                _ => true,
            }
        })
    }

    fn emit(&mut self, bound: &[Option<Term>]) -> ControlFlow<()> {
        if self.rows == self.limits.rows {
            self.stopped = Some(Stopped::Rows);
            return ControlFlow::Break(());
        }
        self.rows += 1;
        // Every variable stands in some pattern, and all patterns are bound here.
        let row: Vec<Term> = bound.iter().flatten().cloned().collect();
        let flow = (self.visit)(&row);
        if flow.is_break() {
            self.stopped = Some(Stopped::Visitor);
        }
        flow
    }
}

/// Binds the pattern's open variables to the triple's terms; notes which; whether a repeated variable agrees.
fn unify(pattern: &[Slot; 3], terms: [Term; 3], bound: &mut [Option<Term>], fresh: &mut Vec<usize>) -> bool {
    for (slot, term) in pattern.iter().zip(terms) {
        let Slot::Variable(variable) = slot else { continue };
        match &bound[*variable] {
            Some(there) if *there == term => {}
            Some(_) => return false,
            None => {
                bound[*variable] = Some(term);
                fresh.push(*variable);
            }
        }
    }
    true
}
