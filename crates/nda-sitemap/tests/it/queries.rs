//! Queries against an evaluator that tries everything.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use nda_graph::Hash;
use nda_sitemap::query::{Comparison, Pattern, Query, QueryLimits, Relation, Slot, Stopped};
use nda_sitemap::{SiteMap, Snapshot, Term, merge_disjoint};
use proptest::prelude::*;

use crate::toy::{definition, memory, metadata, request};

/// A chain of callers, some of which use things.
fn site_map(shape: &[(u8, u8)]) -> SiteMap {
    let site_map = memory();
    let mut made: Vec<Hash> = Vec::new();
    let mut all = request(None, &[]);
    for (index, (callee, uses)) in shape.iter().enumerate() {
        let mut callees: Vec<Hash> = Vec::new();
        if !made.is_empty() {
            callees.push(made[usize::from(*callee) % made.len()]);
            callees.push(made[usize::from(*callee / 3) % made.len()]);
            callees.dedup();
        }
        let body = format!(
            "f{index} {}",
            ["uses:clock", "uses:net", "", "uses:clock uses:disk"][usize::from(uses % 4)]
        );
        let new = definition(&callees, &body);
        made.push(new.hash);
        if index % 2 == 0 {
            all.bind.push(metadata(&format!("f{index}"), &new));
        }
        all.definitions.push(new);
    }
    if !all.definitions.is_empty() {
        site_map.commit(&all, &merge_disjoint).unwrap();
    }
    site_map
}

/// Every assignment of every triple to every pattern.
fn naive(snapshot: &Snapshot, query: &Query) -> BTreeSet<Vec<Term>> {
    let mut triples = Vec::new();
    snapshot
        .triples("main", [None, None, None], &mut |triple| {
            triples.push([triple.subject, triple.predicate, triple.object]);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    let mut partial: Vec<Vec<Option<Term>>> = vec![vec![None; query.variables.len()]];
    for Pattern(slots) in &query.patterns {
        let mut next = Vec::new();
        for row in &partial {
            for triple in &triples {
                let mut row = row.clone();
                let fits = slots.iter().zip(triple).all(|(slot, term)| match slot {
                    Slot::Term(known) => known == term,
                    Slot::Variable(variable) => *row[*variable].get_or_insert_with(|| term.clone()) == *term,
                    _ => unreachable!(),
                });
                if fits {
                    next.push(row);
                }
            }
        }
        partial = next;
    }
    let rows = partial.into_iter().map(|row| row.into_iter().map(Option::unwrap).collect::<Vec<Term>>());
    rows.filter(|row| {
        let term = |slot: &Slot| match slot {
            Slot::Term(known) => known.clone(),
            Slot::Variable(variable) => row[*variable].clone(),
            _ => unreachable!(),
        };
        query.comparisons.iter().all(|one| one.relation.holds(&term(&one.left), &term(&one.right)))
    })
    .collect()
}

fn slot(place: usize) -> impl Strategy<Value = Slot> {
    let predicates = prop_oneof![Just("calls"), Just("uses"), Just("is"), Just("type"), Just("example")];
    let texts = prop_oneof![Just("clock"), Just("net"), Just("f0"), Just("f2")];
    prop_oneof![
        4 => (0..3_usize).prop_map(Slot::Variable),
        4 => predicates.prop_map(move |text| if place == 1 { Slot::Term(Term::from(text)) } else { Slot::Variable(place) }),
        1 => texts.prop_map(|text| Slot::Term(Term::from(text))),
        1 => Just(Slot::Term(Term::Hash(definition(&[], "f0 uses:clock").hash))),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    let relation = prop::sample::select(vec![Relation::Less, Relation::AtLeast, Relation::Different]);
    let comparisons = proptest::collection::vec((0..3_usize, relation, slot(0)), 0..3);
    let patterns = proptest::collection::vec((slot(0), slot(1), slot(2)), 1..4);
    (patterns, comparisons).prop_map(|(patterns, comparisons)| {
        let mut names: Vec<usize> = Vec::new();
        let mut number = |slot: Slot| match slot {
            Slot::Variable(name) => {
                let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                Slot::Variable(at)
            }
            other => other,
        };
        let patterns =
            patterns.into_iter().map(|(s, p, o)| Pattern([number(s), number(p), number(o)])).collect();
        let comparisons =
            comparisons.into_iter().filter(|_| !names.is_empty()).map(|(left, relation, right)| {
                let among = |variable: usize| Slot::Variable(variable % names.len());
                let right = if let Slot::Variable(variable) = right { among(variable) } else { right };
                Comparison { left: among(left), relation, right }
            });
        let (comparisons, variables) =
            (comparisons.collect(), names.iter().map(|name| format!("v{name}")).collect());
        Query { patterns, comparisons, variables }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_planner_finds_what_trying_everything_finds(
        shape in proptest::collection::vec((any::<u8>(), any::<u8>()), 0..7), query in query(),
    ) {
        let site_map = site_map(&shape);
        let snapshot = site_map.snapshot().unwrap();
        let limits = QueryLimits { rows: u64::MAX, steps: u64::MAX };
        let answer = snapshot.query("main", &query, limits).unwrap();
        let rows: BTreeSet<Vec<Term>> = answer.rows.iter().cloned().collect();
        prop_assert_eq!(rows.len(), answer.rows.len(), "no row twice");
        prop_assert_eq!(rows, naive(&snapshot, &query));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,60}") {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(error.position <= text.len());
        }
    }
}

#[test]
fn names_join_with_facts_and_limits_hold() {
    let site_map = site_map(&[(0, 0), (0, 1), (1, 2), (2, 3), (3, 0)]);
    let snapshot = site_map.snapshot().unwrap();
    let query = Query::parse("f0 is ?g . ?f calls ?g . ?name is ?f").unwrap();
    let answer = snapshot.query("main", &query, QueryLimits::default()).unwrap();
    assert_eq!(answer.stopped, None);
    assert!(!answer.rows.is_empty());
    assert!(snapshot.query("other branch", &query, QueryLimits::default()).unwrap().rows.is_empty());

    let all = Query::parse("?s ?p ?o").unwrap();
    let answer = snapshot.query("main", &all, QueryLimits { rows: 3, steps: 1000 }).unwrap();
    assert_eq!((answer.rows.len(), answer.stopped), (3, Some(Stopped::Rows)));
    let product = Query::parse("?a ?b ?c . ?d ?e ?f . ?g ?h ?i").unwrap();
    let answer = snapshot.query("main", &product, QueryLimits { rows: u64::MAX, steps: 500 }).unwrap();
    assert_eq!(answer.stopped, Some(Stopped::Steps));

    let base = definition(&[], "f0 uses:clock").hash;
    let prefix = Query::parse(&format!("?f calls #{}", base.short())).unwrap();
    let answer = snapshot.query("main", &prefix, QueryLimits::default()).unwrap();
    assert_eq!(answer.rows.len(), snapshot.dependents(&base).unwrap().len());
    let unknown = Query::parse("?f calls #0000000000000000").unwrap();
    assert!(snapshot.query("main", &unknown, QueryLimits::default()).is_err());
    let near = snapshot.all_dependents(&base, 100).unwrap();
    assert_eq!(near.len(), 4, "everything rests on f0");
    assert!(near.windows(2).all(|pair| pair[0].1 <= pair[1].1), "nearest first");
}
