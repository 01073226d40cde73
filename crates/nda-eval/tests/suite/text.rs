//! Text: joining, comparing, and what is in place.

use crate::library::{Library, main};

#[test]
fn joining() {
    // A literal is never extended: a new text of exact capacity.
    let join = "text \"ab\"; text \"cde\"; builtin join copy";
    assert_eq!(main("() -> str", join).cost(), ("\"abcde\"".into(), 1 + 1, 32 + 5));
    // The second join extends the first's text: capacity 5 doubles to 10.
    let twice = format!("{join}; text \"fgh\"; builtin join copy");
    assert_eq!(main("() -> str", &twice).cost(), ("\"abcdefgh\"".into(), 1 + 1 + 1, 32 + 10));
    // More than twice: exactly what is needed.
    let far = format!("{join}; text \"{}\"; builtin join copy", "x".repeat(100));
    let (_, fuel, peak) = main("() -> str", &far).cost();
    assert_eq!((fuel, peak), (1 + 1 + 2, 32 + 105));
    // Room that is there is used: capacity 10 holds ten bytes.
    let again = format!("{twice}; text \"ij\"; builtin join copy");
    assert_eq!(main("() -> str", &again).cost(), ("\"abcdefghij\"".into(), 4, 42));
    assert_eq!(main("() -> str", "text \"\"; text \"\"; builtin join copy").cost(), ("\"\"".into(), 1, 32));
}

#[test]
fn a_shared_text_is_not_extended() {
    let records = "text \"ab\"; text \"cd\"; builtin join copy; let $0 str
        load share $0; load borrow $0; builtin join copy; let $1 str
        load move $1; drop $0; scope 4 1";
    assert_eq!(main("() -> str", records).cost(), ("\"abcdabcd\"".into(), 3, 36 + 40));
}

#[test]
fn appending() {
    let append = |records: &str, count: u32| {
        let records = format!(
            "text \"ab\"; let $0 str; {records}
             load move $0; scope {} 0",
            count + 2
        );
        main("() -> str", &records).cost()
    };
    assert_eq!(append("text \"c\"; place append $0 0", 1), ("\"abc\"".into(), 2, 35));
    let twice = "text \"c\"; place append $0 0; text \"d\"; place append $0 0";
    assert_eq!(append(twice, 2), ("\"abcd\"".into(), 3, 32 + 6));
    // s += s: the operand is a second owner, so the text is made anew.
    assert_eq!(
        append("text \"c\"; place append $0 0; load share $0; place append $0 0", 2),
        ("\"abcabc\"".into(), 3, 35 + 38)
    );
    let nested = "text \"x\"; list 1 [str]; let $0 [str]
        text \"y\"; int 0; place append $0 1
        load move $0; scope 3 0";
    assert_eq!(main("() -> [str]", nested).cost(), ("[\"xy\"]".into(), 1 + 1 + 1, 40 + 34));
}

#[test]
fn comparing() {
    let compare = |op: &str, a: &str, b: &str| {
        let (value, fuel, _) =
            main("() -> bool", &format!("text \"{a}\"; text \"{b}\"; compare {op} str")).cost();
        (value == "true", fuel - 1)
    };
    let long = "x".repeat(65);
    assert_eq!(compare("eq", "ab", "ab"), (true, 1));
    assert_eq!(compare("eq", "ab", "abc"), (false, 0));
    assert_eq!(compare("eq", "", ""), (true, 0));
    assert_eq!(compare("ne", &long, &long), (false, 2));
    assert_eq!(compare("lt", "ab", "abc"), (true, 1));
    assert_eq!(compare("ge", &long, "x"), (true, 1));
    assert_eq!(compare("gt", "", "x"), (false, 0));
    assert_eq!(compare("le", "Z", "a"), (true, 1));
    assert_eq!(compare("gt", "é", "z"), (true, 1));
}

#[test]
fn length_is_in_bytes_and_free() {
    assert_eq!(main("() -> i64", "text \"é\"; builtin len copy").cost(), ("2".into(), 1, 0));
}

#[test]
fn panics_and_assertions_carry_their_text() {
    assert_eq!(main("()", "text \"no way\"; builtin panic copy").trap().message, "no way");
    assert_eq!(main("()", "bool false; text \"wrong\"; builtin assert copy").trap().message, "wrong");
    assert_eq!(main("()", "bool true; text \"wrong\"; builtin assert copy").cost(), ("()".into(), 1, 0));
}

#[test]
fn a_constant_text_is_not_extended() {
    let library = Library::default().constant("NAME", "str", "text \"nda\"").function(
        "main",
        "() -> str",
        "const NAME; text \"!\"; builtin join copy; const NAME; builtin join copy",
    );
    assert_eq!(library.cost(), ("\"nda!nda\"".into(), 3, 32 + 8));
}
