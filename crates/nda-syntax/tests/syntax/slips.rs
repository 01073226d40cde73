//! What is said of slips in structs, enums, patterns and the rest that has parts.

use crate::problems;
use crate::recovery::check;
use expect_test::expect;

#[test]
fn matches_and_patterns_recover() {
    check(
        &[
            "match x { A => 1; B => 2 }",
            "match x { A = 1, B -> 2, C: 3 }",
            "match x {\n        A => 1\n        B => 2\n    }",
            "match x { case A => 1, case 2: 3, default => 4, else => 5 }",
            "match x { 1, 2 => 3, _ => 4 }",
            "match x { 1 || 2 => 3, A or B => 4 }",
            "switch x { case 1: f(); }",
            "match x A => 1",
            "match { A => 1 }",
            "match x { A => , B => 2 }",
            "match x { => 1, B => 2 }",
            "match x { A 1, B => 2 }",
            "match x { A => 1 B => 2 }",
            "match x { A if => 1, B => 2 }",
            "match x { A if y = 1 => 1, B => 2 }",
            "match x { A if let Some(y) = z => 1, B => 2 }",
            "match x { A => 1, }}",
            "match x { A => 1",
            "match x { A => let y = 1, B => 2 }",
            "match x { &A => 1, ref b => 2, &mut c => 3, ref mut d => 4, box e => 5, Some(&f) => 6 }",
            "match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [ref f @ .., &g] => 5 }",
            "match x { .. => 1 }",
            "match x { (.., a, ..) => 1 }",
            "match x { 1... => 1, 1..=  => 2 }",
            "match x { -x => 1, 1 + 2 => 3 }",
            "match x { Some(a => 1, B => 2 }",
            "match x { Some(a b) => 1, B => 2 }",
            "match x { P { x = 1, y: 2 } => 1, P { x; y } => 2, P { x: } => 3, P { .., } => 4, P { 0: a } => 5 }",
            "match x { mut Some(x) => 1, mut (a, b) => 2 }",
            "match x { f() => 1, a.b => 2, xs[0] => 3 }",
            "match x { \"a\" | => 1, | B => 2 }",
            "match x { null => 1, nil => 2, None() => 3 }",
            "match x { Some(x) => { 1 }; None => { 2 }; }",
            "match x { #[cfg(a)] A => 1, B => 2 }",
            "matches!(x);",
            "matches!(x, Some(_));",
            "matches!(x, 1 && y);",
            "return match x { _ => 1 };",
            "let x = match y { A => 1, B => 2 } + 1;",
            "match x { A => 1, B => 2 }.f();",
        ],
        &expect![[r#"
            match x { A => 1; B => 2 }
            E0009 `;`: expected `,` after this arm, found `;`
                Safe: match x { A => 1, B => 2 }

            match x { A = 1, B -> 2, C: 3 }
            E0009 `=`: expected `=>` after this pattern, found `=`
                Safe: match x { A => 1, B -> 2, C: 3 }
            E0009 `->`: expected `=>` after this pattern, found `->`
                Safe: match x { A = 1, B => 2, C: 3 }
            E0009 `:`: expected `=>` after this pattern, found `:`
                Safe: match x { A = 1, B -> 2, C => 3 }

            match x {
                    A => 1
                    B => 2
                }
            E0009 3 `1`: expected `,` after this arm, found `B`
                Safe: A => 1,

            match x { case A => 1, case 2: 3, default => 4, else => 5 }
            E0009 `case`: found `case` before an arm; expected its pattern alone
                Safe: match x { A => 1, case 2: 3, default => 4, else => 5 }
            E0009 `case`: found `case` before an arm; expected its pattern alone
                Safe: match x { case A => 1, 2: 3, default => 4, else => 5 }
            E0009 `:`: expected `=>` after this pattern, found `:`
                Safe: match x { case A => 1, case 2 => 3, default => 4, else => 5 }
            E0009 `else`: expected a pattern, found `else`; `_` matches whatever is left
                Safe: match x { case A => 1, case 2: 3, default => 4, _ => 5 }

            match x { 1, 2 => 3, _ => 4 }
            E0009 `,`: expected `|` between patterns, found `,`
                Safe: match x { 1 | 2 => 3, _ => 4 }

            match x { 1 || 2 => 3, A or B => 4 }
            E0009 `||`: expected `|` between patterns, found `||`
                Safe: match x { 1 | 2 => 3, A or B => 4 }
            E0009 `or`: expected `|` between patterns, found `or`
                Safe: match x { 1 || 2 => 3, A | B => 4 }

            switch x { case 1: f(); }
            E0009 `switch`: expected `match`, found `switch`
                Safe: match x { case 1: f(); }
            E0009 `case`: found `case` before an arm; expected its pattern alone
                Safe: switch x { 1: f(); }
            E0009 `:`: expected `=>` after this pattern, found `:`
                Safe: switch x { case 1 => f(); }
            E0009 `;`: expected `,` after this arm, found `;`
                Safe: switch x { case 1: f(), }

            match x A => 1
            E0009 `A`: expected `{` after the value of this `match`, found `A`

            match { A => 1 }
            E0009 `{`: expected a value after `match`, found `{`

            match x { A => , B => 2 }
            E0009 `,`: expected an expression, found `,`

            match x { => 1, B => 2 }
            E0009 `=>`: expected a pattern, found `=>`

            match x { A 1, B => 2 }
            E0009 `1`: expected `=>` after this pattern, found `1`

            match x { A => 1 B => 2 }
            E0009 `B`: expected `,` after this arm, found `B`
                Unsafe: match x { A => 1, B => 2 }

            match x { A if => 1, B => 2 }
            E0009 `=>`: expected an expression, found `=>`

            match x { A if y = 1 => 1, B => 2 }
            E0009 `=`: expected `==` in a condition, found the assignment `=`
                Safe: match x { A if y == 1 => 1, B => 2 }

            match x { A if let Some(y) = z => 1, B => 2 }
            E0011 `let`: a pattern in a guard is not supported yet

            match x { A => 1, }}
            E0010 3 `}`: `}` closes nothing; expected its opening bracket before it

            match x { A => 1
            E0010 1 `{`: this `{` is not closed: expected `}`, found the end of the source

            match x { A => let y = 1, B => 2 }
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            match x { &A => 1, ref b => 2, &mut c => 3, ref mut d => 4, box e => 5, Some(&f) => 6 }
            E0015 `&`: found `&` in a pattern; expected the pattern alone, because NDA has no references
                Safe: match x { A => 1, ref b => 2, &mut c => 3, ref mut d => 4, box e => 5, Some(&f) => 6 }
            E0015 `ref`: found `ref` in a pattern; expected the pattern alone, because NDA has no references
                Safe: match x { &A => 1, b => 2, &mut c => 3, ref mut d => 4, box e => 5, Some(&f) => 6 }
            E0015 `&mut`: found `&mut` in a pattern; expected the pattern alone, because NDA has no references
                Unsafe: match x { &A => 1, ref b => 2, c => 3, ref mut d => 4, box e => 5, Some(&f) => 6 }
            E0015 `ref mut`: found `ref mut` in a pattern; expected the pattern alone, because NDA has no references
                Unsafe: match x { &A => 1, ref b => 2, &mut c => 3, d => 4, box e => 5, Some(&f) => 6 }
            E0015 `box`: found `box` in a pattern; expected the pattern alone, because values need no box
                Safe: match x { &A => 1, ref b => 2, &mut c => 3, ref mut d => 4, e => 5, Some(&f) => 6 }
            E0015 `&`: found `&` in a pattern; expected the pattern alone, because NDA has no references
                Safe: match x { &A => 1, ref b => 2, &mut c => 3, ref mut d => 4, box e => 5, Some(f) => 6 }

            match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [ref f @ .., &g] => 5 }
            E0009 `..`: found `..` for a second time; expected `_`, which matches one value, whatever it is
                Safe: match x { [.., a, _] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [ref f @ .., &g] => 5 }
            E0009 `..`: found `..` for a second time; expected `_`, which matches one value, whatever it is
                Safe: match x { [.., a, ..] => 1, [a @ .., b @ _] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [ref f @ .., &g] => 5 }
            E0009 `..`: found `..` outside of a tuple or list; expected `_`, which matches one value, whatever it is
                Safe: match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ _) => 3, [d | e @ ..] => 4, [ref f @ .., &g] => 5 }
            E0009 `..`: found `..` outside of a tuple or list; expected `_`, which matches one value, whatever it is
                Safe: match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ _] => 4, [ref f @ .., &g] => 5 }
            E0015 `ref`: found `ref` in a pattern; expected the pattern alone, because NDA has no references
                Safe: match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [f @ .., &g] => 5 }
            E0015 `&`: found `&` in a pattern; expected the pattern alone, because NDA has no references
                Safe: match x { [.., a, ..] => 1, [a @ .., b @ ..] => 2, (c @ ..) => 3, [d | e @ ..] => 4, [ref f @ .., g] => 5 }

            match x { .. => 1 }
            E0009 `..`: found `..` outside of a tuple or list; expected `_`, which matches one value, whatever it is
                Safe: match x { _ => 1 }

            match x { (.., a, ..) => 1 }
            E0009 `..`: found `..` for a second time; expected `_`, which matches one value, whatever it is
                Safe: match x { (.., a, _) => 1 }

            match x { 1... => 1, 1..=  => 2 }
            E0015 `...`: found `...`; expected `..=`, the range that holds its end
                Safe: match x { 1..= => 1, 1..=  => 2 }
            E0009 `=>`: expected the end of the range after `..=`, found `=>`
            E0009 `=>`: expected the end of the range after `..=`, found `=>`

            match x { -x => 1, 1 + 2 => 3 }
            E0009 `x`: expected a number after `-`, found `x`
            E0009 `+`: expected `=>` after this pattern, found `+`

            match x { Some(a => 1, B => 2 }
            E0009 `=>`: expected `,` or `)` after this pattern, found `=>`

            match x { Some(a b) => 1, B => 2 }
            E0009 `b`: expected `,` or `)` after this pattern, found `b`

            match x { P { x = 1, y: 2 } => 1, P { x; y } => 2, P { x: } => 3, P { .., } => 4, P { 0: a } => 5 }
            E0009 `=`: expected `:` after the name of a field, found `=`
                Safe: match x { P { x: 1, y: 2 } => 1, P { x; y } => 2, P { x: } => 3, P { .., } => 4, P { 0: a } => 5 }
            E0009 `;`: expected `,` after this field, found `;`
                Safe: match x { P { x = 1, y: 2 } => 1, P { x, y } => 2, P { x: } => 3, P { .., } => 4, P { 0: a } => 5 }
            E0009 `}`: expected a pattern, found `}`
            E0009 `,`: expected `}` after `..`, found `,`; nothing can follow it
                Safe: match x { P { x = 1, y: 2 } => 1, P { x; y } => 2, P { x: } => 3, P { .. } => 4, P { 0: a } => 5 }
            E0011 `0`: a field by number in braces is not supported yet

            match x { mut Some(x) => 1, mut (a, b) => 2 }
            E0009 `mut`: `mut` stands before a pattern with parts; expected it before each name that changes
                Unsafe: match x { Some(x) => 1, mut (a, b) => 2 }
            E0009 `mut`: `mut` stands before a pattern with parts; expected it before each name that changes
                Unsafe: match x { mut Some(x) => 1, (a, b) => 2 }

            match x { f() => 1, a.b => 2, xs[0] => 3 }
            E0009 `.`: expected `=>` after this pattern, found `.`
            E0009 `[`: expected `=>` after this pattern, found `[`

            match x { "a" | => 1, | B => 2 }
            E0009 `=>`: expected a pattern, found `=>`

            match x { null => 1, nil => 2, None() => 3 }

            match x { Some(x) => { 1 }; None => { 2 }; }
            E0009 `;`: expected `,` after this arm, found `;`
                Safe: match x { Some(x) => { 1 }, None => { 2 }; }
            E0009 `;`: expected `,` after this arm, found `;`
                Safe: match x { Some(x) => { 1 }; None => { 2 }, }

            match x { #[cfg(a)] A => 1, B => 2 }
            E0013 `#[cfg(a)]`: found an attribute before an arm; expected it before an item
                Unsafe: match x { A => 1, B => 2 }

            matches!(x);
            E0009 `)`: expected `,` after the value of this `matches!`, found `)`

            matches!(x, Some(_));

            matches!(x, 1 && y);
            E0009 `&&`: expected `)` after this pattern, found `&&`

            return match x { _ => 1 };

            let x = match y { A => 1, B => 2 } + 1;

            match x { A => 1, B => 2 }.f();
        "#]],
    );
}

#[test]
fn conditions_and_literals_recover() {
    check(
        &[
            "if let Some(x) == y { 1 }",
            "if let Some(x) = y || z { 1 }",
            "if (let Some(x) = y) { 1 }",
            "if !let Some(x) = y { 1 }",
            "if z || let Some(x) = y { 1 }",
            "if let x: i64 = y { 1 }",
            "let x = let y = 1;",
            "f(let y = 1);",
            "while let Some(x) in xs { }",
            "let a, b = f();",
            "let (a, b = f();",
            "let (a, b) f();",
            "let mut (a, b) = f();",
            "let &x = y;",
            "let ref x = y;",
            "let Some(x) = y else return;",
            "let P(a, b);",
            "let (a, b): (i64, i64);",
            "for i, x in xs.enumerate() {}",
            "for (i, x) = xs {}",
            "for &x in xs {}",
            "for Some(x) in xs {}",
            "for (i; x) in xs {}",
            "let p = P { x = 1, y: 2 };",
            "let p = P { x: 1; y: 2 };",
            "let p = P { x: 1 y: 2 };",
            "let p = P { x: 1, .. };",
            "let p = P { ..base, };",
            "let p = P { \"x\": 1 };",
            "let p = P { x: };",
            "let p = P { x: 1;",
            "let p = p { x: 1 };",
            "let p = new P(1, 2);",
            "let p = P::<i64> { x: 1 };",
            "if x == P { x: 1 } { 1 }",
            "t.0x1;",
            "t.1e3;",
            "t.0.;",
            "t.x.;",
            "t.-1;",
            "x?.y;",
            "a ?? b;",
            "let x = Box::new(1 + 2);",
            "let x = Box::new(f(1)) + Rc::new(2);",
            "let x = f::<i64>(1) + a::b::<i64>(2) + c::<i64>::d();",
            "x.f::<i64>;",
            "x.f::g();",
            "'a: { break 'a 1 }",
            "let Self { x } = self;",
        ],
        &expect![[r#"
            if let Some(x) == y { 1 }
            E0009 `==`: expected `=` after this pattern, found `==`
                Safe: if let Some(x) = y { 1 }

            if let Some(x) = y || z { 1 }
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            if (let Some(x) = y) { 1 }
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            if !let Some(x) = y { 1 }
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            if z || let Some(x) = y { 1 }
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            if let x: i64 = y { 1 }
            E0009 `: i64`: found a type after the pattern of a condition; expected `=` and the value
                Unsafe: if let x = y { 1 }

            let x = let y = 1;
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            f(let y = 1);
            E0009 `let`: found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`

            while let Some(x) in xs { }
            E0009 `in`: expected `=` after this pattern, found `in`

            let a, b = f();
            E0009 `a, b`: expected `(a, b)`, found `a, b`; a tuple stands between brackets
                Safe: let (a, b) = f();

            let (a, b = f();
            E0009 `=`: expected `,` or `)` after this pattern, found `=`

            let (a, b) f();
            E0009 `f`: expected `=` after this pattern, found `f`

            let mut (a, b) = f();
            E0009 `mut`: `mut` stands before a pattern with parts; expected it before each name that changes
                Unsafe: let (a, b) = f();

            let &x = y;
            E0015 `&`: found `&` in a pattern; expected the pattern alone, because NDA has no references
                Safe: let x = y;

            let ref x = y;
            E0015 `ref`: found `ref` in a pattern; expected the pattern alone, because NDA has no references
                Safe: let x = y;

            let Some(x) = y else return;
            E0009 `return`: expected `{` after `else`, found `return`
                Safe: let Some(x) = y else { return };

            let P(a, b);
            E0009 `;`: expected `=` after this pattern, found `;`

            let (a, b): (i64, i64);
            E0009 `;`: expected `=` after this pattern, found `;`

            for i, x in xs.enumerate() {}
            E0009 `i, x`: expected `(i, x)`, found `i, x`; a tuple stands between brackets
                Safe: for (i, x) in xs.enumerate() {}

            for (i, x) = xs {}
            E0009 `=`: expected `in` after the loop variable, found `=`
                Safe: for (i, x) in xs {}

            for &x in xs {}
            E0015 `&`: found `&` in a pattern; expected the pattern alone, because NDA has no references
                Safe: for x in xs {}

            for Some(x) in xs {}

            for (i; x) in xs {}
            E0009 `(i; x)`: expected a name after `for`, found the head of a C-style loop; write `for i in 0..n`

            let p = P { x = 1, y: 2 };
            E0009 `=`: expected `:` after the name of a field, found `=`
                Safe: let p = P { x: 1, y: 2 };

            let p = P { x: 1; y: 2 };
            E0009 `;`: expected `,` after this field, found `;`
                Safe: let p = P { x: 1, y: 2 };

            let p = P { x: 1 y: 2 };
            E0009 `y`: expected `,` after this field, found `y`
                Unsafe: let p = P { x: 1, y: 2 };

            let p = P { x: 1, .. };
            E0009 `..`: expected a value after `..`, found `}`

            let p = P { ..base, };
            E0009 `,`: expected `}` after the value after `..`, found `,`; nothing can follow it
                Safe: let p = P { ..base };

            let p = P { "x": 1 };
            E0009 `"x"`: expected the name of a field, found the string `"x"`
                Unsafe: let p = P { x: 1 };

            let p = P { x: };
            E0009 `:`: expected an expression, found `}`

            let p = P { x: 1;
            E0010 `{`: this `{` is not closed: expected `,` or `}` after this field, found `;`

            let p = p { x: 1 };
            E0009 `{`: expected `;` after this `let` statement, found `{`

            let p = new P(1, 2);
            E0009 `new`: found `new` before a value; expected the value alone, because values need no `new`
                Unsafe: let p = P(1, 2);

            let p = P::<i64> { x: 1 };
            E0011 `P::<i64>`: type arguments before a struct literal are not supported yet

            if x == P { x: 1 } { 1 }
            E0009 `{`: found a struct literal before a block; expected it between brackets, so that its braces are not the block's

            t.0x1;
            E0009 `0x1`: expected the number of a field after `.`, found `0x1`

            t.1e3;
            E0009 `1e3`: expected the number of a field after `.`, found `1e3`

            t.0.;
            E0009 `0.`: expected the number of a field after `.`, found `0.`

            t.x.;
            E0009 `;`: expected the name of a method after `.`, found `;`

            t.-1;
            E0009 `-`: expected the name of a method after `.`, found `-`

            x?.y;

            a ?? b;
            E0009 `??`: `??` is not an operator; expected `.unwrap_or(…)`

            let x = Box::new(1 + 2);
            E0015 `Box::new`: found `Box::new(…)`; expected the value alone, because values need no box
                Safe: let x = (1 + 2);

            let x = Box::new(f(1)) + Rc::new(2);
            E0015 `Box::new`: found `Box::new(…)`; expected the value alone, because values need no box
                Safe: let x = f(1) + Rc::new(2);
            E0015 `Rc::new`: found `Rc::new(…)`; expected the value alone, because values need no box
                Safe: let x = Box::new(f(1)) + 2;

            let x = f::<i64>(1) + a::b::<i64>(2) + c::<i64>::d();

            x.f::<i64>;

            x.f::g();
            E0009 `g`: expected `(` and arguments after the method's name, found `g`

            'a: { break 'a 1 }

            let Self { x } = self;
        "#]],
    );
}

#[test]
fn types_recover() {
    check(
        &[
            "let x: Box<[i64]> = y;",
            "let x: HashMap<str, BTreeMap<i64, i64>> = y;",
            "let x: std::collections::HashMap<str, i64> = y;",
            "let x: Option<> = y;",
            "let x: Option<i64 = y;",
            "let x: Map<i64 str> = y;",
            "let x: Foo<'a> = y;",
            "let x: Foo<'a, i64> = y;",
            "let x: dyn Foo = y;",
            "let x: impl Fn(i64) = y;",
            "let x: i64? = y;",
            "let x: [i64 = y;",
            "let x: (i64, = y;",
            "let x: Option[i64] = y;",
        ],
        &expect![[r#"
            let x: Box<[i64]> = y;
            E0015 `Box<`: found `Box<T>`; expected `T` alone, because values need no box
                Safe: let x: [i64] = y;

            let x: HashMap<str, BTreeMap<i64, i64>> = y;
            E0015 `HashMap`: found `HashMap<K, V>`; expected `Map<K, V>`
                Safe: let x: Map<str, BTreeMap<i64, i64>> = y;
            E0015 `BTreeMap`: found `BTreeMap<K, V>`; expected `Map<K, V>`
                Safe: let x: HashMap<str, Map<i64, i64>> = y;

            let x: std::collections::HashMap<str, i64> = y;
            E0015 `std::collections::HashMap`: found `HashMap<K, V>`; expected `Map<K, V>`
                Safe: let x: Map<str, i64> = y;

            let x: Option<> = y;
            E0009 `<>`: expected a type between `<` and `>`, found none

            let x: Option<i64 = y;
            E0009 `=`: expected `,` or `>` after this type, found `=`

            let x: Map<i64 str> = y;
            E0009 `str`: expected `,` or `>` after this type, found `str`

            let x: Foo<'a> = y;
            E0015 `'a`: found the lifetime `'a`; expected none, because NDA has no references
                Safe: let x: Foo = y;

            let x: Foo<'a, i64> = y;
            E0015 `'a`: found the lifetime `'a`; expected none, because NDA has no references
                Safe: let x: Foo<i64> = y;

            let x: dyn Foo = y;
            E0011 `dyn Foo`: a type behind `dyn` is not supported yet

            let x: impl Fn(i64) = y;
            E0011 `impl`: a function type is not supported yet

            let x: i64? = y;
            E0009 `?`: expected `=` and a value after `let x`, found `?`

            let x: [i64 = y;
            E0009 `=`: expected `]` after the type of the elements, found `=`

            let x: (i64, = y;
            E0009 `=`: expected a type, found `=`

            let x: Option[i64] = y;
            E0009 `[`: expected `<` before the arguments of a type, found `[`
                Safe: let x: Option<i64> = y;
        "#]],
    );
}

#[test]
fn structs_enums_and_impls_recover() {
    let sources = [
        "struct P { x i64 }",
        "struct P { x: i64; y: i64 }",
        "struct P {\n    x: i64\n    y: i64\n}",
        "struct P { x: i64 y: i64 }",
        "struct P { let x: i64, mut y: i64 }",
        "struct P { int x; }",
        "struct P { x = i64, y: i64 = 3 }",
        "struct P { x: i64, fn f(&self) {} y: i64 }\nfn g() {}",
        "struct P { #[serde] x: i64, pub(crate) y: i64 }",
        "struct P { x, y }",
        "struct P(x: i64);",
        "struct P(i64)\nfn g() {}",
        "struct P\nfn g() {}",
        "struct P = i64;",
        "struct { x: i64 }",
        "struct P { x: i64 };\nfn g() {}",
        "struct P { x: i64\nfn g() {}",
        "struct P<T { x: T }",
        "struct P<> { x: i64 }",
        "struct P<'a> { x: &'a str }",
        "struct P<'a, T> { x: &'a T }",
        "struct P<const N: usize> { x: i64 }",
        "struct P<T = i64> { x: T }",
        "enum E { A = 1, B = 2 }",
        "enum E { A; B }",
        "enum E { A | B | C }",
        "enum E {\n    A\n    B(i64)\n}",
        "enum E { A B }",
        "enum E { A(x: i64) }",
        "enum E { A(i64, B }",
        "enum E A, B",
        "enum E { A, B } junk\nfn g() {}",
        "enum class E { A }",
        "enum E = A | B;",
        "enum E { pub A, #[default] B }",
        "enum E { fn, let }",
        "impl P { x: i64 }",
        "impl P { const N: i64 = 1; type T = i64; fn f(self) {} }",
        "impl Display for P { fn fmt(&self) {} }\nfn g() {}",
        "impl P\nfn g() {}",
        "impl { fn f() {} }",
        "impl P { fn f(x: i64, self) {} }",
        "impl P { fn f(self: &Self) {} fn g(&'a self) {} fn h(this) {} fn i(&x: &i64) {} }",
        "impl P { def f(self) {} }",
        "impl P { fn f(self) {}\nfn g() {}\nstruct Q;",
        "impl P { f(self) {} }",
        "fn f(self) {}\nfn g(&mut self) {}",
        "fn f<T: Fn(i64) -> i64, U: Into<i64>>(x: T) {}",
        "fn f<T: ?Sized + 'static>(x: T) {}",
        "fn f<T: >(x: T) {}",
        "fn f<T>(x: T) where [T]: Ord, T: Ord {}",
        "fn f<T>(x: T) where T {}",
        "fn f(T)(x: T) {}",
        "fn f<i64>(x) {}",
        "trait T { fn f(); }\nfn g() {}",
        "class P { x: i64 }\nfn g() {}",
        "interface P { x: i64 }",
        "type P = (i64, i64);",
        "union P { x: i64 }",
        "record P(x: i64);",
        "#[derive(Debug] struct P;",
        "#[derive] struct P;",
        "#[derive(Debug)] fn f() {}",
        "#[repr(u8)] enum E { A }\n",
    ];
    let said: Vec<String> = sources.iter().map(|source| format!("{source}\n{}", problems(source))).collect();
    expect![[r#"
        struct P { x i64 }
        E0009 1 `i64`: expected `:` and a type after the field `x`, found `i64`
            Unsafe: struct P { x: i64 }

        struct P { x: i64; y: i64 }
        E0009 1 `;`: expected `,` after this field, found `;`
            Safe: struct P { x: i64, y: i64 }

        struct P {
            x: i64
            y: i64
        }
        E0009 2 `4`: expected `,` after this field, found `y`
            Safe: x: i64,

        struct P { x: i64 y: i64 }
        E0009 1 `y`: expected `,` or `}` after this field, found `y`

        struct P { let x: i64, mut y: i64 }
        E0009 1 `let`: found `let` before a field; expected its name, because what may change is said where a value is kept
            Safe: struct P { x: i64, mut y: i64 }
        E0009 1 `mut`: found `mut` before a field; expected its name, because what may change is said where a value is kept
            Safe: struct P { let x: i64, y: i64 }

        struct P { int x; }
        E0009 1 `x`: expected `:` and a type after the field `int`, found `x`
            Unsafe: struct P { int: x; }
        E0009 1 `;`: expected `,` after this field, found `;`
            Safe: struct P { int x, }

        struct P { x = i64, y: i64 = 3 }
        E0009 1 `=`: expected `:` after the name of a field, found `=`
            Safe: struct P { x: i64, y: i64 = 3 }
        E0011 1 `= 3`: a value for a field in the struct is not supported yet

        struct P { x: i64, fn f(&self) {} y: i64 }
        fn g() {}
        E0009 1 `fn`: found a function among the fields of a struct; expected it in an `impl` block

        struct P { #[serde] x: i64, pub(crate) y: i64 }
        E0013 1 `#[serde]`: found an attribute before a field; expected it before an item
            Unsafe: struct P { x: i64, pub(crate) y: i64 }
        E0015 1 `(crate)`: found `pub(crate)`; expected `pub`
            Safe: struct P { #[serde] x: i64, pub y: i64 }

        struct P { x, y }
        E0009 1 `,`: expected `:` and a type after the field `x`, found `,`
        E0009 1 `}`: expected `:` and a type after the field `y`, found `}`

        struct P(x: i64);
        E0009 1 `x`: found a field with a name between `(` and `)`; expected only its type

        struct P(i64)
        fn g() {}
        E0009 1 `)`: expected `;` after this struct, found `fn`
            Safe: struct P(i64);

        struct P
        fn g() {}
        E0009 1 `P`: expected `;` after this struct without fields, found `fn`
            Safe: struct P;

        struct P = i64;
        E0009 1 `=`: expected `{` and the fields of this struct, found `=`

        struct { x: i64 }
        E0009 1 `{`: expected a name after `struct`, found `{`

        struct P { x: i64 };
        fn g() {}

        struct P { x: i64
        fn g() {}
        E0010 1 `{`: this `{` is not closed: expected `,` or `}` after this field, found `fn`

        struct P<T { x: T }
        E0009 1 `{`: expected `,` or `>` after this type parameter, found `{`

        struct P<> { x: i64 }
        E0009 1 `<>`: expected the name of a type parameter between `<` and `>`, found none
            Safe: struct P { x: i64 }

        struct P<'a> { x: &'a str }
        E0015 1 `'a`: found the lifetime `'a`; expected none, because NDA has no references
            Safe: struct P { x: &'a str }
        E0015 1 `&'a`: found `&'a` before a type; expected the type alone, because NDA has no references
            Safe: struct P<'a> { x: str }

        struct P<'a, T> { x: &'a T }
        E0015 1 `'a`: found the lifetime `'a`; expected none, because NDA has no references
            Safe: struct P<T> { x: &'a T }
        E0015 1 `&'a`: found `&'a` before a type; expected the type alone, because NDA has no references
            Safe: struct P<'a, T> { x: T }

        struct P<const N: usize> { x: i64 }
        E0011 1 `const`: a constant as a parameter of a type is not supported yet

        struct P<T = i64> { x: T }
        E0011 1 `=`: a default for a type parameter is not supported yet

        enum E { A = 1, B = 2 }
        E0011 1 `= 1`: a number for a variant is not supported yet
        E0011 1 `= 2`: a number for a variant is not supported yet

        enum E { A; B }
        E0009 1 `;`: expected `,` after this variant, found `;`
            Safe: enum E { A, B }

        enum E { A | B | C }
        E0009 1 `|`: expected `,` after this variant, found `|`
            Safe: enum E { A , B | C }
        E0009 1 `|`: expected `,` after this variant, found `|`
            Safe: enum E { A | B , C }

        enum E {
            A
            B(i64)
        }
        E0009 2 `A`: expected `,` after this variant, found `B`
            Safe: A,

        enum E { A B }
        E0009 1 `B`: expected `,` or `}` after this variant, found `B`

        enum E { A(x: i64) }
        E0009 1 `x`: found a field with a name between `(` and `)`; expected only its type

        enum E { A(i64, B }
        E0010 1 `(`: this `(` is not closed: expected `,` or `)` after this field, found `}`

        enum E A, B
        E0009 1 `A`: expected `{` and the variants of this enum, found `A`

        enum E { A, B } junk
        fn g() {}
        E0009 1 `junk`: expected an item (`fn`, `const`, `use` or `mod`), found `junk`

        enum class E { A }
        E0009 1 `class`: expected a name after `enum`, found `class`
            Safe: enum E { A }

        enum E = A | B;
        E0009 1 `=`: expected `{` and the variants of this enum, found `=`

        enum E { pub A, #[default] B }
        E0013 1 `#[default]`: found an attribute before a variant; expected it before an item
            Unsafe: enum E { pub A, B }

        enum E { fn, let }
        E0009 1 `fn`: expected the name of a variant, found the reserved word `fn`
            Unsafe: enum E { fn_, let }
        E0009 1 `let`: expected the name of a variant, found the reserved word `let`
            Unsafe: enum E { fn, let_ }

        impl P { x: i64 }
        E0009 1 `x`: expected a function of this `impl`, found `x`

        impl P { const N: i64 = 1; type T = i64; fn f(self) {} }
        E0011 1 `const`: `const` in an `impl` is not supported yet
        E0011 1 `type`: `type` in an `impl` is not supported yet

        impl Display for P { fn fmt(&self) {} }
        fn g() {}
        E0011 1 `impl`: `impl … for …` is not supported yet

        impl P
        fn g() {}
        E0009 2 `fn`: expected `{` and the functions of this `impl`, found `fn`

        impl { fn f() {} }
        E0009 1 `{`: expected a type, found `{`

        impl P { fn f(x: i64, self) {} }
        E0009 1 `self`: `self` is the first parameter of a method

        impl P { fn f(self: &Self) {} fn g(&'a self) {} fn h(this) {} fn i(&x: &i64) {} }
        E0015 1 `&`: found `&` before a type; expected the type alone, because NDA has no references
            Safe: impl P { fn f(self: Self) {} fn g(&'a self) {} fn h(this) {} fn i(&x: &i64) {} }
        E0009 1 `)`: expected `:` and a type after the parameter `this`, found `)`
        E0015 1 `&`: found `&` before a parameter; expected its name, because NDA has no references
            Safe: impl P { fn f(self: &Self) {} fn g(&'a self) {} fn h(this) {} fn i(x: &i64) {} }
        E0015 1 `&`: found `&` before a type; expected the type alone, because NDA has no references
            Safe: impl P { fn f(self: &Self) {} fn g(&'a self) {} fn h(this) {} fn i(&x: i64) {} }

        impl P { def f(self) {} }
        E0009 1 `def`: expected `fn` before a function, found `def`
            Safe: impl P { fn f(self) {} }

        impl P { fn f(self) {}
        fn g() {}
        struct Q;
        E0010 1 `{`: this `{` is not closed: expected `}` after the functions of this `impl`, found `struct`

        impl P { f(self) {} }
        E0009 1 `f`: expected a function of this `impl`, found `f`

        fn f(self) {}
        fn g(&mut self) {}
        E0009 1 `self`: found `self` outside of an `impl`; expected the name of a parameter
        E0009 2 `self`: found `self` outside of an `impl`; expected the name of a parameter

        fn f<T: Fn(i64) -> i64, U: Into<i64>>(x: T) {}
        E0011 1 `Fn(i64) -> i64`: the bound `Fn(i64) -> i64` is not supported yet
        E0011 1 `Into<i64>`: the bound `Into<i64>` is not supported yet

        fn f<T: ?Sized + 'static>(x: T) {}
        E0015 1 `?Sized`: found the bound `?Sized`; expected the name of a trait
            Safe: fn f<T: 'static>(x: T) {}
        E0015 1 `'static`: found the bound `'static`; expected the name of a trait
            Safe: fn f<T: ?Sized >(x: T) {}

        fn f<T: >(x: T) {}
        E0009 1 `>`: expected the name of a trait after `:` or `+`, found `>`

        fn f<T>(x: T) where [T]: Ord, T: Ord {}
        E0011 1 `[T]`: a bound on anything but a type parameter is not supported yet

        fn f<T>(x: T) where T {}
        E0009 1 `{`: expected `:` after this type, found `{`

        fn f(T)(x: T) {}
        E0009 1 `)`: expected `:` and a type after the parameter `T`, found `)`
        E0009 1 `(`: expected `{` after the head of this function, found `(`

        fn f<i64>(x) {}
        E0009 1 `)`: expected `:` and a type after the parameter `x`, found `)`

        trait T { fn f(); }
        fn g() {}
        E0011 1 `trait`: `trait` is not supported yet
            Safe: 

        class P { x: i64 }
        fn g() {}
        E0009 1 `class`: expected `struct` before a type with fields, found `class`
            Safe: struct P { x: i64 }

        interface P { x: i64 }
        E0011 1 `interface`: `interface` is not supported yet

        type P = (i64, i64);
        E0011 1 `type`: `type` is not supported yet

        union P { x: i64 }
        E0011 1 `union`: `union` is not supported yet

        record P(x: i64);
        E0009 1 `record`: expected `struct` before a type with fields, found `record`
            Safe: struct P(x: i64);
        E0009 1 `x`: found a field with a name between `(` and `)`; expected only its type

        #[derive(Debug] struct P;
        E0010 1 `(`: this `(` is not closed: expected `,` or `)` after this name, found `]`

        #[derive] struct P;
        E0009 1 `]`: expected `(` after `derive`, found `]`

        #[derive(Debug)] fn f() {}
        E0013 1 `#[derive(Debug)]`: `#[derive]` stands before `f`; expected a struct or enum after it
            Unsafe: fn f() {}

        #[repr(u8)] enum E { A }

        E0013 1 `repr`: there is no attribute `repr`; expected `example`, `uses` or `derive`
            Unsafe: enum E { A }
    "#]].assert_eq(&said.join("\n"));
}
