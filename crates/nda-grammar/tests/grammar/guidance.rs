//! The Lark form under llguidance, one byte a token.

use super::texts;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities};
use llguidance::{Matcher, ParserFactory};

pub(crate) fn matcher(grammar: TopLevelGrammar) -> Matcher {
    let mut factory =
        ParserFactory::new(&ApproximateTokEnv::single_byte_env(), InferenceCapabilities::default(), &[]).unwrap();
    factory.quiet();
    factory.limits_mut().verbose_errors = false;
    let matcher = Matcher::new(factory.create_parser(grammar));
    assert_eq!(matcher.get_error(), None);
    matcher
}

fn lark() -> Matcher {
    matcher(TopLevelGrammar::from_lark(nda_grammar::lark::print(&nda_grammar::program(), "")))
}

/// How far a text is taken: its length if it may end there.
fn taken(matcher: &Matcher, text: &str) -> usize {
    let mut matcher = matcher.deep_clone();
    let tokens: Vec<u32> = text.bytes().map(u32::from).collect();
    let count = matcher.try_consume_tokens(&tokens).unwrap();
    if count == tokens.len() && !matcher.is_accepting().unwrap() { count.saturating_sub(1) } else { count }
}

#[test]
fn every_program_of_the_repository_is_taken() {
    let matcher = lark();
    let mut refused = Vec::new();
    let texts = texts::all();
    for text in &texts {
        let count = taken(&matcher, &text.source);
        if count < text.source.len() {
            let before = &text.source.as_bytes()[count.saturating_sub(60)..count];
            let after = &text.source.as_bytes()[count..(count + 30).min(text.source.len())];
            refused.push(format!("{}: {}⟂{}", text.from, String::from_utf8_lossy(before), String::from_utf8_lossy(after)));
        }
    }
    assert!(refused.is_empty(), "{} of {}:\n{}", refused.len(), texts.len(), refused.join("\n\n"));
    assert!(texts.len() > 250);
}
