//! The Lark form under llguidance, one byte a token.

use super::random::{Habits, Random};
use super::texts;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities};
use llguidance::{Matcher, ParserFactory};
use nda_grammar::{Format, Scope};

pub(crate) fn matcher(grammar: TopLevelGrammar) -> Matcher {
    let mut factory =
        ParserFactory::new(&ApproximateTokEnv::single_byte_env(), InferenceCapabilities::default(), &[])
            .unwrap();
    factory.quiet();
    factory.limits_mut().verbose_errors = false;
    let matcher = Matcher::new(factory.create_parser(grammar));
    assert_eq!(matcher.get_error(), None);
    matcher
}

pub(crate) fn lark(scope: Option<&Scope>) -> Matcher {
    matcher(TopLevelGrammar::from_lark(nda_grammar::print(Format::Lark, scope)))
}

/// How far a text is taken: its length if it may end there.
pub(crate) fn taken(matcher: &Matcher, text: &str) -> usize {
    let mut matcher = matcher.deep_clone();
    let tokens: Vec<u32> = text.bytes().map(u32::from).collect();
    let count = matcher.try_consume_tokens(&tokens).unwrap();
    if count == tokens.len() && !matcher.is_accepting().unwrap() { count.saturating_sub(1) } else { count }
}

#[test]
fn every_program_of_the_repository_is_taken() {
    let matcher = lark(None);
    let mut refused = Vec::new();
    let texts = texts::all();
    for text in &texts {
        let count = taken(&matcher, &text.source);
        if count < text.source.len() {
            let before = &text.source.as_bytes()[count.saturating_sub(60)..count];
            let after = &text.source.as_bytes()[count..(count + 30).min(text.source.len())];
            refused.push(format!(
                "{}: {}⟂{}",
                text.from,
                String::from_utf8_lossy(before),
                String::from_utf8_lossy(after)
            ));
        }
    }
    // A text that defines a type under the name of one of Rust's boxes may use it as one; no grammar sees that.
    let boxes = ["user_cell", "user_box", "user_rc"].map(|name| format!("everyday Rust: {name}: "));
    refused.retain(|text| !boxes.iter().any(|name| text.starts_with(name)));
    assert!(refused.is_empty(), "{} of {}:\n{}", refused.len(), texts.len(), refused.join("\n\n"));
    assert!(texts.len() > 450);
}

/// Pieces of a text: words, numbers, texts, comments, single marks, blanks.
fn pieces(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: &dyn Fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let len = match first {
            c if c.is_ascii_alphanumeric() || c == '_' => run(&|c| c.is_ascii_alphanumeric() || c == '_'),
            c if c.is_whitespace() => run(&char::is_whitespace),
            '"' => rest[1..].find('"').map_or(1, |end| end + 2),
            _ => [
                "//", "..=", "<<=", ">>=", "..", "::", "=>", "->", "==", "!=", "<=", ">=", "&&", "||", "+=",
                "-=",
            ]
            .iter()
            .find(|mark| rest.starts_with(**mark))
            .map_or(first.len_utf8(), |mark| mark.len()),
        };
        all.push(&rest[..len]);
        rest = &rest[len..];
    }
    all
}

#[test]
fn what_the_parser_refuses_is_not_taken() {
    let matcher = lark(None);
    let mut random = Random::new(7);
    let (mut refused, mut wrong) = (0, Vec::new());
    for text in texts::all().iter().filter(|text| text.source.len() < 700) {
        let pieces = pieces(&text.source);
        for _ in 0..6 {
            let at = random.below(pieces.len());
            let other = random.below(pieces.len());
            let mut mutant = pieces.clone();
            match random.below(4) {
                0 => _ = mutant.remove(at),
                1 => mutant.insert(at, pieces[at]),
                2 => mutant.swap(at, other),
                _ => mutant.insert(at, pieces[other]),
            }
            let mutant = mutant.concat();
            if texts::parses(&mutant) {
                continue;
            }
            refused += 1;
            if taken(&matcher, &mutant) == mutant.len() {
                wrong.push(format!("{}:\n{mutant}\n{}", text.from, nda_syntax::parse(&mutant).1[0].message));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {refused} are taken:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(refused > 1_000, "{refused} mutants");
}

/// What ends a text soonest, the best first; and what ends a text between quotes or a comment, where nearly all may stand.
pub(crate) const CLOSERS: &[u8] = b"})];>,|=:{(0ax.! \n";
const ENDS: &[u8] = b"\"\n*/'";

/// A text that is chosen byte by byte among those that may come; `None` if it finds no end.
pub(crate) fn decoded(
    matcher: &Matcher,
    habits: &Habits,
    closers: &[u8],
    most: usize,
    random: &mut Random,
) -> Option<String> {
    let mut matcher = matcher.clone();
    let mut text: Vec<u8> = Vec::new();
    while text.len() < most + 600 {
        let mask = matcher.compute_mask_or_eos().unwrap();
        let may: Vec<u8> = (0..=255u8).filter(|byte| mask.is_allowed(u32::from(*byte))).collect();
        let is_over = matcher.is_accepting().unwrap();
        if may.is_empty() || is_over && (text.len() >= most || text.len() > most / 4 && random.below(8) == 0)
        {
            assert!(is_over, "nothing may follow: {}", String::from_utf8_lossy(&text));
            return Some(String::from_utf8(text).expect("only whole characters may come"));
        }
        let next = match closers.iter().find(|closer| may.contains(closer)) {
            Some(_) if text.len() >= most && may.len() > 100 => {
                let ends: Vec<u8> = ENDS.iter().copied().filter(|end| may.contains(end)).collect();
                ends[random.below(ends.len())]
            }
            Some(closer) if text.len() >= most && random.below(6) > 0 => *closer,
            _ => habits.choose(&text, &may, random),
        };
        matcher.consume_token(u32::from(next)).unwrap();
        text.push(next);
    }
    None
}

#[test]
fn what_is_decoded_under_its_masks_parses() {
    let matcher = lark(None);
    let habits =
        Habits::new(texts::all().iter().map(|text| text.source.as_str()).collect::<Vec<_>>().into_iter());
    let mut random = Random::new(11);
    let count = std::env::var("NDA_GRAMMAR_TEXTS").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let mut ended = 0;
    for index in 0..count {
        let most = 60 + random.below(300);
        let Some(text) = decoded(&matcher, &habits, CLOSERS, most, &mut random) else { continue };
        ended += 1;
        let problems = nda_syntax::parse(&text).1;
        assert!(problems.is_empty(), "text {index}: {}\n{text}", problems[0].message);
    }
    assert!(ended * 10 >= count * 8, "{ended} of {count} came to an end");
}
