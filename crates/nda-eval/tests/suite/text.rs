//! Text: joining, comparing, and what is in place.

use crate::library::{Library, main};
use nda_graph::TrapKind;

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

#[test]
fn making() {
    let cost = |records: &str| main("() -> str", records).cost();
    // A text of one byte costs and holds nothing.
    assert_eq!(cost("text \"abc\"; int 1; int 2; builtin slice copy"), ("\"b\"".into(), 1, 0));
    assert_eq!(cost("text \"abc\"; int 1; builtin slice_from copy"), ("\"bc\"".into(), 2, 34));
    assert_eq!(cost("int 7; builtin show copy"), ("\"7\"".into(), 1, 0));
    assert_eq!(cost("text \"a\"; builtin show copy"), ("\"\\\"a\\\"\"".into(), 2, 35));
    assert_eq!(cost("text \"ab\"; int 40; builtin repeat_text copy").1, 1 + 2);
    assert_eq!(
        cost("text \"aab\"; text \"a\"; text \"xyz\"; builtin replace copy"),
        ("\"xyzxyzb\"".into(), 3, 39)
    );
    assert_eq!(cost("text \"ab\"; text \"c\"; text \"de\"; joined 3"), ("\"abcde\"".into(), 2, 37));
    assert_eq!(cost("joined 0"), ("\"\"".into(), 1, 0));
    assert_eq!(cost("text \" a \"; builtin trim copy"), ("\"a\"".into(), 2, 0));
    // The list of pieces is released after the text was made: 40 + 16 for the list, 34 for the text.
    assert_eq!(
        cost("text \"a\"; text \"b\"; list 2 [str]; text \"\"; builtin join_list copy"),
        ("\"ab\"".into(), 1 + 1 + 1 + 1, 48 + 34)
    );
}

#[test]
fn pieces() {
    let cost = |records: &str| main("() -> [str]", records).cost();
    // 1 to read, 1 for the list; pieces of one byte are free.
    assert_eq!(cost("text \"abc\"; builtin chars copy"), ("[\"a\", \"b\", \"c\"]".into(), 3, 32 + 24));
    assert_eq!(cost("text \"aé\"; builtin chars copy"), ("[\"a\", \"é\"]".into(), 4, 32 + 16 + 34));
    assert_eq!(
        cost("text \"ab,c\"; text \",\"; builtin split copy"),
        ("[\"ab\", \"c\"]".into(), 4, 32 + 16 + 34)
    );
    assert_eq!(cost("text \"\"; builtin lines copy"), ("[]".into(), 1, 32));
}

#[test]
fn what_text_cannot_do() {
    let told = |signature: &str, records: &str| {
        let trap = main(signature, records).trap();
        (trap.kind, trap.message)
    };
    let trap = |records: &str| told("() -> str", records);
    let of = |kind: TrapKind, message: &str| (kind, message.to_owned());
    let outside = "2..9 is not a part of a text of 3 bytes";
    assert_eq!(
        trap("text \"abc\"; int 2; int 9; builtin slice copy"),
        of(TrapKind::IndexOutOfBounds, outside)
    );
    let cut = "byte 2 is inside of the character 'é', which is bytes 1..3";
    assert_eq!(trap("text \"aé\"; int 2; builtin slice_from copy"), of(TrapKind::IndexOutOfBounds, cut));
    assert_eq!(
        trap("text \"a\"; int -1; builtin repeat_text copy"),
        of(TrapKind::Panic, "a text cannot be repeated -1 times")
    );
    assert_eq!(
        trap("int 55296; builtin from_code copy"),
        of(TrapKind::Panic, "55296 is not the code of a character")
    );
    assert_eq!(
        trap("text \"a\"; int 3; text \"xy\"; builtin pad_end copy"),
        of(TrapKind::Panic, "a text is filled up with one character")
    );
    assert_eq!(
        trap("float 1; int -1; builtin fixed copy"),
        of(TrapKind::Panic, "a width or precision must be in 0..=65535, and this is -1")
    );
    let many = told("() -> i64", "text \"ab\"; builtin char_code copy");
    assert_eq!(many.1, "`char_code` takes a text of one character, and this one has more (2 bytes)");
    let none = told("() -> i64", "text \"\"; builtin char_code copy");
    assert_eq!(none.1, "`char_code` takes a text of one character, and this one is empty");
}
