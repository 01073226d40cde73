//! Mutated programs: whatever the tokens, checking ends without a panic, and the graph is never what is refused.

use crate::check;
use nda_diagnostics::Code;
use nda_graph::{Definition, Hash, Kind, Limits, TrapKind, Ty, Value};

const SEEDS: &[&str] = &[
    "/// Doc.\n#[example(f(3, [1]) == 4)]\nfn f(n: i64, mut xs: [i64]) -> i64 { xs.push(n); let mut s = 0; for x in xs { s += x; } s }\nconst A: [i64] = [1, 2, 3 + B]; const B: i64 = -4;",
    "fn g(a: f64, b: bool) -> [[f64]] { let mut m = [[0.0; 2]; 3]; m[1][0] += a * 2.0; if b { return m; } 'o: loop { for i in (0..=5).rev().step_by(2) { if i == 3 { break 'o; } else if i > 4 { continue 'o; } } } m }",
    "#[uses(clock)] fn now() -> i64 { let t = clock::now(); if t < 0 || t == 3 { panic(\"no\" + \"!\") } assert(t != 5, \"five\"); stamp() % 7 }\nfn main() { let s = \"a\"; let mut t = s; while t.len() < 9 { t += s; } print(t); print(geo::area(1.0, 2.5)); }",
    "use geo::area; fn h(x: i64) -> i64 { let y = { let z = x; z * z }; let _ = y; let v = loop { break y as f64; }; if v > 3.5 { h(x - 1) } else { k(x) } } fn k(x: i64) -> i64 { if x == 0 { !x & 3 | 1 << 2 } else { h(x) } }",
    "fn l(mut xs: [str]) -> [str] { xs.insert(0, \"x\"); let first = xs.remove(0); xs.swap(0, 1); xs.reverse(); xs.sort(); let e = xs.contains(first) && !xs.is_empty(); if e { xs.concat([first; 2]) } else { xs[1..2] } }",
    "fn q(s: str, n: i64) -> str { let w = 7; println!(\"{s:>w$} {0:<5}|{1:+08.2}|{{{n:#x}\", s.trim(), n as f64); assert_eq!(s.len(), n, \"{}\", s); assert!(n > 1, \"no\"); let mut t = s[1..n]; t.push_str(format(\"{1}{0:?}\", n, t)); t.clear(); if n == 3 { panic!(\"{n}\") } s.split(\",\").join(t.replace(\"a\", s)) + [1, n].sum().to_string() }",
    "fn p() { let mut open = []; open.push([]); open[0].push(1.5); let xs = [1, 2]; print(xs[xs.len() - 1]); print((xs[0].max(3) as f64).sqrt().powi(2)); let mut i = 0; while true { i += 1; if i > 3 { break } } }",
];

/// A small generator of numbers; good enough to pick tokens.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Words, numbers, and single other characters, each with the blanks in front of it.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = false;
    for c in source.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some(last) if is_word && word => last.push(c),
            _ => tokens.push(c.to_string()),
        }
        word = is_word;
    }
    tokens
}

fn mutate(tokens: &mut Vec<String>, other: &[String], dice: &mut Dice) {
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(tokens.len());
        match dice.below(6) {
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens[at].clone()),
            2 => tokens.insert(at, other[dice.below(other.len())].clone()),
            3 => {
                let b = dice.below(tokens.len());
                tokens.swap(at, b);
            }
            4 => tokens[at] = other[dice.below(other.len())].clone(),
            _ => {
                let words = [
                    "return ",
                    "break ",
                    "[]",
                    "panic(\"x\")",
                    "()",
                    "{}",
                    "_",
                    "loop {}",
                    "1.0",
                    "if ",
                    "f",
                    "xs",
                    "true",
                    "\"s\"",
                    "-",
                    "as f64",
                    "mut ",
                    "== 1",
                    "[0]",
                    ".len()",
                    "let x = ",
                ];
                tokens.insert(at, words[dice.below(words.len())].into());
            }
        }
        if tokens.is_empty() {
            tokens.push("fn".into());
        }
    }
}

/// A value of a type, small and not empty.
fn sample(ty: Ty) -> Value {
    match ty {
        Ty::BOOL => Value::Bool(true),
        Ty::I64 => Value::Int(2),
        Ty::F64 => Value::Float(1.5),
        Ty::STR => Value::Str("ab".into()),
        _ => match ty.element() {
            Some(element) => Value::List { ty, items: vec![sample(element), sample(element)] },
            None => Value::Unit,
        },
    }
}

struct Items<'a>(&'a [nda_check::CheckedItem]);

impl nda_eval::Program for Items<'_> {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.0.iter().find(|item| item.hash == hash).map(|item| &item.definition)
    }
}

/// What was accepted can be run: it gives a value of its type, or a trap that is none of our bugs.
fn run_all(items: &[nda_check::CheckedItem], source: &str) {
    let limits = Limits { fuel: 5_000, memory_bytes: 1 << 16, depth: 50, output_bytes: 1_000 };
    for item in items.iter().filter(|item| item.definition.view().kind() == Kind::Function) {
        let signature = item.definition.view().signature();
        let args: Vec<Value> = signature.params().map(sample).collect();
        let run =
            || nda_eval::run(&Items(items), item.hash, &args, &limits, &mut nda_eval::NoHosts, &|| None);
        let outcome =
            std::panic::catch_unwind(run).unwrap_or_else(|_| panic!("the evaluator panicked on:\n{source}"));
        match outcome.result {
            Ok(value) => assert!(
                value.is_of(signature.types(), signature.ret()),
                "{value} is no {}\n{source}",
                signature.ret()
            ),
            // The world's committed definitions have no bodies here.
            Err(trap) => assert!(
                trap.kind != TrapKind::InternalError || trap.message.contains("missing"),
                "{trap}\n{source}"
            ),
        }
    }
}

fn rounds() -> usize {
    std::env::var("FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000)
}

#[test]
fn mutated_programs_never_break_the_checker() {
    let parts: Vec<Vec<String>> = SEEDS.iter().map(|seed| tokens(seed)).collect();
    let all: Vec<String> = parts.concat();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    let mut verifier = nda_graph::Verifier::default();
    for round in 0..rounds() {
        let mut program = parts[round % parts.len()].clone();
        mutate(&mut program, &all, &mut dice);
        let source = program.concat();
        let outcome = std::panic::catch_unwind(|| check(&source));
        let (diagnostics, items) = outcome.unwrap_or_else(|_| panic!("the checker panicked on:\n{source}"));
        for found in &diagnostics {
            let graph = matches!(found.code, Code::BadRecord | Code::FunctionTooLarge);
            assert!(!graph, "{}\n{source}", found.message);
            let span = found.span;
            assert!(span.start <= span.end && span.end as usize <= source.len(), "{found:?}\n{source}");
        }
        for item in &items {
            nda_graph::DefinitionRef::verify(item.definition.bytes(), &mut verifier).unwrap();
        }
        run_all(&items, &source);
        accepted += usize::from(!items.is_empty());
    }
    assert!(accepted > rounds() / 100, "the mutations are too wild: {accepted} accepted");
}

#[test]
fn the_seeds_are_right() {
    for seed in SEEDS {
        let (diagnostics, _) = check(seed);
        let errors: Vec<_> = diagnostics.iter().filter(|found| found.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{seed}");
    }
}

/// Checking again with the same memory gives the same answer.
#[test]
fn a_checker_keeps_no_knowledge() {
    let mut checker = nda_check::Checker::default();
    let mut again = |seed: &str| {
        let (tree, mut diagnostics) = nda_syntax::parse(seed);
        let items = checker.check(&tree, seed, &crate::World, &mut diagnostics);
        (diagnostics, items.iter().map(|item| item.hash).collect::<Vec<_>>())
    };
    let first: Vec<_> = SEEDS.iter().map(|seed| again(seed)).collect();
    let broken = "fn f( { let x = y; g(1) + } const Q: i64 = 1 / 0;";
    again(broken);
    let second: Vec<_> = SEEDS.iter().rev().map(|seed| again(seed)).collect();
    assert!(first.iter().eq(second.iter().rev()));
}
