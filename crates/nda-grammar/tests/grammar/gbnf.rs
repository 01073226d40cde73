//! The GBNF form, read back as llama.cpp reads it.

use super::random::Random;
use super::reader::Gbnf;
use super::texts;

fn grammar() -> Gbnf {
    Gbnf::read(&nda_grammar::print(nda_grammar::Format::Gbnf, None))
}

#[test]
fn no_rule_begins_with_itself() {
    assert_eq!(grammar().left_recursive(), None);
}

#[test]
fn programs_are_taken_character_by_character() {
    let grammar = grammar();
    let mut refused = Vec::new();
    let mut taken = 0;
    let mut widest = 0;
    for text in
        texts::all().iter().filter(|text| text.source.len() < 200 && !text.from.contains("Rust: user_"))
    {
        let (count, stacks) = grammar.takes(&text.source);
        widest = widest.max(stacks);
        taken += 1;
        if count < text.source.chars().count() {
            let (before, after) =
                text.source.split_at(text.source.char_indices().nth(count).map_or(0, |(at, _)| at));
            refused.push(format!("{}: {before}⟂{after}", text.from));
        }
    }
    assert!(refused.is_empty(), "{} of {taken}:\n{}", refused.len(), refused.join("\n\n"));
    assert!(taken > 150, "{taken}");
    // llama.cpp keeps every one of them for each character.
    assert!(widest < 2_000, "{widest} stacks at once");
}

#[test]
fn what_it_makes_parses() {
    let grammar = grammar();
    let costs = grammar.costs();
    let mut random = Random::new(5);
    let count = std::env::var("NDA_GRAMMAR_TEXTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000);
    let mut made = 0;
    for index in 0..count {
        let Some(text) = grammar.make(&mut random, &costs) else { continue };
        made += 1;
        let problems = nda_syntax::parse(&text).1;
        assert!(problems.is_empty(), "text {index}: {}\n{text}", problems[0].message);
    }
    assert!(made * 10 >= count * 9, "{made} of {count}");
}
