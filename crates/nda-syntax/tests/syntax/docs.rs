//! The pages of the codes in `docs/errors/`: each wrong example has its page's problem, each right one none.

use nda_diagnostics::Code;

/// The fenced blocks of a page whose info string is `info`.
fn blocks<'a>(page: &'a str, info: &str) -> Vec<&'a str> {
    let fence = format!("```{info}\n");
    page.match_indices(&fence)
        .map(|(at, _)| {
            let body = &page[at + fence.len()..];
            &body[..body.find("```").unwrap()]
        })
        .collect()
}

#[test]
fn pages_show_what_they_say() {
    let pages = Code::ALL.iter().filter(|code| code.as_str().starts_with("E00"));
    for &code in pages {
        let page = code.page();
        assert!(page.lines().count() > 2, "{code} has no text");
        for good in blocks(page, "nda") {
            let (_, problems) = nda_syntax::parse(good);
            assert_eq!(problems, [], "{code}: the right example");
            let formatted = nda_syntax::format(good).unwrap();
            assert!(formatted == good || code == Code::NotSupportedYet, "{code}: {formatted}");
        }
        for bad in blocks(page, "nda,fails") {
            let (_, problems) = nda_syntax::parse(bad);
            assert!(problems.iter().any(|problem| problem.code == code), "{code}: {problems:?}");
        }
    }
}

#[test]
fn fixes_of_the_pages_repair_them() {
    for code in Code::ALL.iter().filter(|code| code.as_str().starts_with("E00")) {
        for bad in blocks(code.page(), "nda,fails") {
            let mut source = bad.to_owned();
            for _ in 0..10 {
                let (_, problems) = nda_syntax::parse(&source);
                let Some(fix) = problems.iter().find_map(|problem| problem.fix.clone()) else { break };
                source = crate::fixed(&source, &fix);
            }
            let (_, left) = nda_syntax::parse(&source);
            let fixable = nda_syntax::parse(bad).1.iter().all(|problem| problem.fix.is_some());
            assert!(left.is_empty() || !fixable, "{code}: {source}\n{left:?}");
        }
    }
}
