//! Properties that hold for all sources.

use crate::generate::program;
use nda_diagnostics::Span;
use nda_syntax::tree::{ExprId, ExprKind, ItemKind, MAX_HEIGHT, PatternId, PatternKind, Tree};
use nda_syntax::{dump, parse};
use proptest::prelude::*;

/// The comments of a source, without the white space that layout adds and removes.
fn comments(tree: &Tree, source: &str) -> Vec<String> {
    let line = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n");
    tree.comments.iter().map(|comment| line(comment.span.text(source))).collect()
}

/// Holds a formatted source against the original.
pub fn keeps_meaning(source: &str, formatted: &str) {
    let (before, _) = parse(source);
    let (after, problems) = parse(formatted);
    assert_eq!(problems, [], "{source}\n----\n{formatted}");
    let clean = |tree: &Tree, source: &str| dump::dump(tree, source).replace("\\r\\n", "\\n");
    assert_eq!(clean(&before, source), clean(&after, formatted), "{source}\n----\n{formatted}");
    assert_eq!(comments(&before, source), comments(&after, formatted), "{source}\n----\n{formatted}");
}

/// The literals and constants in a pattern; that its parts stand before it is held on the way.
fn constants(tree: &Tree, id: PatternId) -> Vec<ExprId> {
    let part = |part: PatternId| {
        assert!(part.index() < id.index(), "parts stand before wholes");
        constants(tree, part)
    };
    match tree.pattern(id).kind {
        PatternKind::Literal(expr) => vec![expr],
        PatternKind::Range { from, to, .. } => from.into_iter().chain(to).collect(),
        PatternKind::Binding { inner: Some(inner), .. } | PatternKind::Paren(inner) => part(inner),
        PatternKind::Tuple(list)
        | PatternKind::List(list)
        | PatternKind::Or(list)
        | PatternKind::Constructor { args: list, .. } => tree.pattern_list(list).flat_map(part).collect(),
        PatternKind::Struct { fields, .. } => {
            tree.pattern_fields_of(fields).iter().flat_map(|field| part(field.pattern)).collect()
        }
        _ => Vec::new(),
    }
}

/// What every reader of a tree may rely on.
fn well_formed(tree: &Tree, source: &str, right: bool) {
    let mut heights = vec![0u32; tree.exprs.len()];
    for (index, expr) in tree.exprs.iter().enumerate().skip(1) {
        assert!(
            expr.span.start <= expr.span.end && expr.span.end as usize <= source.len(),
            "{:?}",
            expr.span
        );
        assert!(
            source.is_char_boundary(expr.span.start as usize)
                && source.is_char_boundary(expr.span.end as usize)
        );
        let mut children = Vec::new();
        match expr.kind {
            ExprKind::Paren(inner) => children.push(inner),
            ExprKind::List(list) | ExprKind::Tuple(list) => children.extend(tree.list(list)),
            ExprKind::Repeat { value, count } => children.extend([value, count]),
            ExprKind::Vector { head, items } => children.extend([head, items]),
            ExprKind::Unary { operand, .. } | ExprKind::Cast { operand, .. } => children.push(operand),
            ExprKind::Binary { left, right, .. } => children.extend([left, right]),
            ExprKind::Assign { place, value, .. } => children.extend([place, value]),
            ExprKind::Macro { args, .. } => children.extend(tree.list(args)),
            ExprKind::Call { callee, args } => children.extend(tree.list(args).chain([callee])),
            ExprKind::MethodCall { receiver, args, .. } => children.extend(tree.list(args).chain([receiver])),
            ExprKind::Index { base, index } => children.extend([base, index]),
            ExprKind::Slice { base, from, to, .. } => {
                children.push(base);
                children.extend(from.into_iter().chain(to));
            }
            ExprKind::If { cond, otherwise, .. } => children.extend(otherwise.into_iter().chain([cond])),
            ExprKind::Return(Some(value)) => children.push(value),
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => children.push(base),
            ExprKind::Try(operand) => children.push(operand),
            ExprKind::Struct(id) => {
                let literal = tree.literal(id);
                children.extend(tree.inits_of(literal.inits).iter().map(|init| init.value));
                children.extend(literal.base);
            }
            ExprKind::Match(id) => {
                let details = tree.match_of(id);
                children.push(details.value);
                for arm in tree.arms_of(details.arms) {
                    children.extend(arm.guard.into_iter().chain([arm.body]));
                    children.extend(constants(tree, arm.pattern));
                }
            }
            ExprKind::Let { pattern, value } => {
                children.push(value);
                children.extend(constants(tree, pattern));
            }
            ExprKind::Matches { value, pattern, guard } => {
                children.extend(guard.into_iter().chain([value]));
                children.extend(constants(tree, pattern));
            }
            ExprKind::Lambda(id) => children.push(tree.lambda(id).body),
            _ => {}
        }
        for child in children {
            assert!(child.index() < index, "operands stand before users");
            heights[index] = heights[index].max(heights[child.index()] + 1);
        }
        assert!(heights[index] <= u32::from(MAX_HEIGHT));
    }
    let mut met = 0;
    let modules = (0..tree.items.len()).filter(|&at| matches!(tree.items[at].kind, ItemKind::Mod { .. }));
    for module in std::iter::once(None).chain(modules.map(Some)) {
        let mut end = module.map_or(0, |module| tree.items[module].span.start);
        let mut before = None;
        for (index, item) in tree.items_in(module) {
            met += 1;
            assert!(module.is_none_or(|module| module < index), "a `mod` stands before its items");
            if !right || before == Some(item.span) {
                continue;
            }
            assert!(end <= item.source.start, "the text of items does not overlap");
            assert!(item.source.start <= item.span.start && item.span.end <= item.source.end);
            end = item.source.end;
            before = Some(item.span);
        }
    }
    for (slot, item) in tree.items.iter().enumerate() {
        let ItemKind::Impl { members, .. } = item.kind else { continue };
        assert!(
            members.len == 0 || members.start as usize == slot + 1,
            "an `impl` stands before its members"
        );
        assert!(tree.members_of(members).iter().all(|member| member.owner == Some(slot as u32)));
        met += members.len as usize;
    }
    assert_eq!(met, tree.items.len(), "every item is in one place");
}

/// The texts between the items of each module, and between those outside of modules.
fn between<'s>(tree: &Tree, source: &'s str) -> Vec<&'s str> {
    let modules = (0..tree.items.len()).map(Some);
    let gaps = std::iter::once(None).chain(modules).flat_map(|module| {
        let mut sources: Vec<Span> = tree.items_in(module).map(|(_, item)| item.source).collect();
        sources.dedup();
        let next = sources.clone().into_iter().skip(1);
        sources
            .into_iter()
            .zip(next)
            .map(|(one, next)| &source[one.end as usize..next.start as usize])
            .collect::<Vec<_>>()
    });
    gaps.collect()
}

/// Whatever the source is, this holds.
fn survives(source: &str) {
    let (tree, problems) = parse(source);
    well_formed(&tree, source, problems.is_empty());
    assert!(problems.len() <= 100);
    for problem in &problems {
        let message = &problem.message;
        assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
        assert!(problem.span.end as usize <= source.len());
        if let Some(fix) = &problem.fix {
            crate::fixed(source, fix);
        }
    }
    if problems.is_empty() {
        let between = between(&tree, source);
        assert!(between.iter().all(|text| text.trim().is_empty()), "text between items is lost: {between:?}");
        let formatted = nda_syntax::format(source).unwrap();
        keeps_meaning(source, &formatted);
        let again = nda_syntax::format(&formatted).unwrap();
        assert_eq!(formatted, again, "{source}");
    }
}

/// How many sources each property tries; `NDA_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("NDA_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(512)
}

fn soup() -> impl Strategy<Value = String> {
    static TOKENS: &[&str] = &[
        "fn",
        "const",
        "use",
        "let",
        "mut",
        "if",
        "else",
        "while",
        "loop",
        "for",
        "in",
        "break",
        "continue",
        "return",
        "match",
        "struct",
        "enum",
        "impl",
        "mod",
        "pub",
        "as",
        "true",
        "false",
        "a",
        "b",
        "f",
        "i64",
        "str",
        "self",
        "1",
        "2.5",
        "0x",
        "\"s\"",
        "'c'",
        "'a",
        "'a:",
        "\"",
        "'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "{",
        "}",
        "(",
        ")",
        ",",
        ";",
        ";",
        ":",
        "::",
        ".",
        "..",
        "..=",
        "->",
        "=>",
        "#",
        "#[",
        "?",
        "!",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "|",
        "^",
        "<<",
        ">>",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "=",
        "+=",
        "\n",
        "// c\n",
        "/* c */",
        "/*",
        "/// d\n",
        "é",
        "@",
        "\0",
        "\r",
        "1i64",
        "and",
        "not",
        "elif",
        "x++",
        "===",
        "vec!",
        "println!(",
        "\nfn g() {",
        "example",
        "uses",
        "|x|",
        "::<",
        "'\\''",
        "r\"",
        "\\",
        "\u{feff}",
        "_",
        "mut",
        "where",
        "Self",
        "ref",
        "box",
        "case",
        "switch",
        "new",
        "else",
        "let",
        "=>",
        "=>",
        "match x {",
        "if let",
        "Some(",
        "P {",
        "matches!(",
        "x:",
        "Box::new(",
        "Option[",
        "<T>",
        "<T:",
        "#[derive(",
        "impl P {",
        "enum E {",
        "struct P {",
        "dyn",
        "1..=2",
        ".0.1",
        "\nfn g(&self,",
    ];
    proptest::collection::vec((proptest::sample::select(TOKENS), any::<bool>()), 0..60).prop_map(|parts| {
        parts
            .iter()
            .map(|(token, space)| if *space { format!("{token} ") } else { (*token).to_owned() })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_keep_their_meaning(choices in proptest::collection::vec(any::<u8>(), 0..400)) {
        let source = program(&choices);
        let (_, problems) = parse(&source);
        prop_assert!(problems.is_empty(), "{source}\n{problems:?}");
        survives(&source);
    }

    #[test]
    fn token_soup_is_survived(source in soup()) {
        survives(&source);
        survives(&format!("fn main() {{ {source} }}"));
        survives(&format!("fn main() {{ {source}"));
    }

    #[test]
    fn random_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (_, _, problems) = nda_syntax::parse_bytes(&bytes);
        prop_assert!(problems.len() <= 100);
        survives(&String::from_utf8_lossy(&bytes));
        survives(&format!("fn main() {{ \"{} }}", String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn broken_programs_are_survived(choices in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), len in 0usize..20) {
        let mut source = program(&choices);
        let start = at.index(source.len() + 1);
        let start = (0..=start).rev().find(|&at| source.is_char_boundary(at)).unwrap();
        let end = (start..=(start + len).min(source.len())).rev().find(|&at| source.is_char_boundary(at)).unwrap();
        source.replace_range(start..end, "");
        survives(&source);
    }
}
