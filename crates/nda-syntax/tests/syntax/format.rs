//! What formatted programs look like.

use expect_test::{Expect, expect};

fn check(source: &str, expected: &Expect) {
    let formatted = nda_syntax::format(source).unwrap();
    expected.assert_eq(&formatted);
    assert_eq!(nda_syntax::format(&formatted).unwrap(), formatted, "formatting again changes nothing");
    crate::property::keeps_meaning(source, &formatted);
}

#[test]
fn a_whole_program() {
    check(
        include_str!("program.nda"),
        &expect![[r#"
            // Every construct of the language once.
            use geo::f64::consts::PI as pi;

            /// The limit.
            const LIMIT: i64 = 0x_ff + 0b1 - 1_000;

            /// Walks.
            #[example(walk(3, [1, 2]) == 5)]
            #[uses(clock)]
            pub fn walk(n: i64, mut xs: [i64]) -> i64 {
                let mut s: i64 = -1; // from below
                'outer: for i in (0..n).rev().step_by(2) {
                    s = (s + i * i) % LIMIT;
                    while s > 10 && !(s == 20) {
                        s >>= 1;
                        if s as f64 > 2.5e-3 {
                            continue 'outer
                        } else if s < 0 {
                            break;
                        } else {
                            s += 1;
                        }
                    }
                }
                for x in xs[1..n] {
                    print("x\u{41}\n" + 'c');
                }
                println!("{}: {y:>4}", x, 1);
                assert_eq!(a, b, "a long message that does not fit on the line with {} and {}", a, b);
                let y = loop {
                    break [0; 3];
                };
                xs.push(y[0].abs());
                let text = if n == 1 { "one" } else { "many" };
                /* block */
                return s | n ^ 3 & 1 << 2;
                walk(n - 1, [1, [2][0]])
            }

            /// A place.
            #[derive(Debug, Clone)]
            pub struct Point<T: Ord> {
                pub x: T,
                y: T,
            }
            struct Pair(i64, pub f64);
            struct Nothing;
            enum Shape<T>
            where
                T: Ord + Display,
            {
                Dot,
                Line(Point<T>, Point<T>),
                Box { at: Point<T>, size: (i64, f64) },
            }
            impl<T: Ord> Point<T> {
                pub fn new(x: T, y: T) -> Self {
                    Self { x, y }
                }
                fn moved(mut self, by: Map<str, Option<i64>>) -> Result<Self, str> {
                    let Some(n) = by.get("n")? else {
                        return Err("no")
                    };
                    self.x += n;
                    Ok(self)
                }
                fn set(&mut self, x: T) {
                    self.x = x;
                }
                fn get(&self) -> T {
                    self.x
                }
            }
            fn describe<T: Ord>(shape: Shape<T>) -> str {
                let (a, mut b) = (1, (2, 3.5));
                b.0 = a;
                let p = Point { x: 1, ..Point::<i64>::new(0, 0) };
                for (i, x) in xs.iter().enumerate() {
                    if let Some(1..=9 | 20) = x && i > 1 {
                        break
                    }
                }
                'out: {
                    while let Some(x) = xs.pop() {
                        if matches!(x, Some(_) | None if a > 1) {
                            break 'out;
                        }
                    }
                }
                match shape {
                    Shape::Dot => "dot",
                    Shape::Line(Point { x, .. }, _) if x > 1 => {
                        "line"
                    }
                    n @ (1 | 2) => "few",
                    -1..=0 | 'a'..="z" => "x",
                    _ => ys.parse::<i64>()?.0.1.text,
                }
            }
        "#]],
    );
}

#[test]
fn long_lines_break() {
    check(
        "fn f(){
let y = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb * ccccccccccccccccccccccc + dddddddddddddddddd;
let z = some_function_name(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccc, dd);
let list = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35];
let table = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 5]];
x = xs.map(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa).filter(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb).fold(cccccccccccccccccccccccccccc, 1);
if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa && bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb || cccccccccccccccccccccccc && dddd { return; }
while aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccccccccc) {}
let fits_on_the_next_line_but_not_here_because_the_name_is_long = aaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbb);
let v = f([111111111111111111, 111111111111111111, 1111111111111111111, 111111111111111111, 11111111111111111]);
let w = if aaaaaaaaaaaaaaaaaaaaaaaaa { bbbbbbbbbbbbbbbbbbbbbbbbb } else { cccccccccccccccccccccccccccc };
print(if a { 1 } else { 2 });
let bits = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa << bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccccccc << ddddddddddddddd;
let bits = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb << ccccccccccccccccccccccc + ddddddddddddddd;
}
fn h ( aaaaaaaaaaaaaaaaaaaaaaaaaaaa : i64, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb : i64 , c : [f64] ) -> bool {}
#[example(a_function_with_a_long_name(\"1111111111111111111111111\", \"2222222222222222222222222\") == 333333333333)] fn g() {}
",
        &expect![[r#"
            fn f() {
                let y = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                    + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb * ccccccccccccccccccccccc
                    + dddddddddddddddddd;
                let z = some_function_name(
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                    bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                    cccccccccccccccccccccc,
                    dd,
                );
                let list = [
                    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                    26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
                ];
                let table = [
                    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
                    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
                    [1, 2, 3, 4, 5],
                ];
                x = xs
                    .map(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)
                    .filter(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)
                    .fold(cccccccccccccccccccccccccccc, 1);
                if aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa && bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
                    || cccccccccccccccccccccccc && dddd
                {
                    return;
                }
                while aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(
                    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                    cccccccccccccccccccccccccccccccc,
                ) {}
                let fits_on_the_next_line_but_not_here_because_the_name_is_long =
                    aaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbb);
                let v = f([
                    111111111111111111,
                    111111111111111111,
                    1111111111111111111,
                    111111111111111111,
                    11111111111111111,
                ]);
                let w = if aaaaaaaaaaaaaaaaaaaaaaaaa {
                    bbbbbbbbbbbbbbbbbbbbbbbbb
                } else {
                    cccccccccccccccccccccccccccc
                };
                print(if a { 1 } else { 2 });
                let bits = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                    << bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccccccc
                    << ddddddddddddddd;
                let bits = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
                    << ccccccccccccccccccccccc + ddddddddddddddd;
            }
            fn h(
                aaaaaaaaaaaaaaaaaaaaaaaaaaaa: i64,
                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: i64,
                c: [f64],
            ) -> bool {}
            #[example(
                a_function_with_a_long_name("1111111111111111111111111", "2222222222222222222222222")
                    == 333333333333
            )]
            fn g() {}
        "#]],
    );
}

#[test]
fn comments_stay() {
    check(
        "#!/usr/bin/env nda run
// header


/// Doc.
// why
#[example(true)] // after an attribute
/* between */
#[uses(clock)] pub fn f(// first
a: i64, // a
/* b */ b: i64
// end
) { // brace

// first


let x = 1; // after let
let y = [ 1, // one
2, /* two */ 3,
// end
];
g(a, // a
b);
g(
// only a comment
);
if x { /* nothing */ } else {
// also nothing
}
let z = a // left
+ b
// above
&& c;
g(a // ends in (
);
if x { // ends in {

y }
xs.sort() // sorted
.len();
while /* odd */ a { b }
f(x[/* odd */ 0], y); /* behind */ g();
/* own
   lines */
// last
} // after f
fn g() { } // g
// rest
/* end */",
        &expect![[r#"
            #!/usr/bin/env nda run
            // header

            /// Doc.
            // why
            #[example(true)] // after an attribute
            /* between */
            #[uses(clock)]
            pub fn f( // first
                a: i64, // a
                /* b */
                b: i64,
                // end
            ) { // brace

                // first

                let x = 1; // after let
                let y = [
                    1, // one
                    2, /* two */
                    3,
                    // end
                ];
                g(
                    a, // a
                    b,
                );
                g(
                    // only a comment
                );
                if x { /* nothing */ } else {
                    // also nothing
                }
                let z = a // left
                    + b
                    // above
                    && c;
                g(
                    a, // ends in (
                );
                if x { // ends in {

                    y
                }
                xs
                    .sort() // sorted
                    .len();
                while /* odd */ a { b }
                f(x[/* odd */ 0], y); /* behind */
                g();
                /* own
               lines */
                // last
            } // after f
            fn g() {} // g
            // rest
            /* end */
        "#]],
    );
}

#[test]
fn the_rest() {
    check("", &expect![[r#""#]]);
    check(
        "// only\r\n\r\n\r\n// comments",
        &expect![[r#"
        // only

        // comments
    "#]],
    );
    check(
        "\u{feff}fn f(){\r\n\"two\r\nlines\" ; 'a'; 0xFf; - - 1; x as i64 < y; (1) ; {} ; }",
        &expect![[r#"
            fn f() {
                "two
            lines";
                'a';
                0xFf;
                --1;
                x as i64 < y;
                (1);
                {};
            }
        "#]],
    );
    check(
        "pub use a :: {b,c as d};fn f( ( a,P{x , ..}):(i64,P))->i64 {a}\nfn g((mut a,_):(i64,i64), P{x,y:(b,c)}:P,mut n:i64){}",
        &expect![[r#"
            pub use a::{b, c as d};
            fn f((a, P { x, .. }): (i64, P)) -> i64 {
                a
            }
            fn g((mut a, _): (i64, i64), P { x, y: (b, c) }: P, mut n: i64) {}
        "#]],
    );
    check(
        "use a :: b;use c as d;\n\n\n\nuse e;pub /* why */ const A:[i64]=[ ];",
        &expect![[r#"
            use a::b;
            use c as d;

            use e;
            pub /* why */ const A:[i64]=[ ];
        "#]],
    );
}

#[test]
fn wrong_sources_are_refused() {
    let problems = nda_syntax::format("fn f( {}").unwrap_err();
    assert_eq!(problems.len(), 1);
}

#[test]
fn lambdas() {
    check(
        "fn f(){xs.iter().filter(|&x|x>1).map(move|mut x:i64|->i64{x+=1;x}).for_each(|| ());
        xs.fold(0, |a,mut b:i64| { b+=a; // why
        b }); xs.fold([1, 2], |_, b| { b }, 2); f(|x| { /* in */ }, 1); f(/* before */ |x| { x; });
        let total_of_everything = xs.iter().filter(|some_long_name| some_long_name > 10).map(|another| { let y = another; y * 2 }).sum();
        xs.map(|x| x + 1111111111111111111 + 111111111111111111 + 1111111111111111 + 111111111111111 + 111111111);}",
        &expect![[r#"
            fn f() {
                xs
                    .iter()
                    .filter(|x| x > 1)
                    .map(|mut x: i64| -> i64 {
                        x += 1;
                        x
                    })
                    .for_each(|| ());
                xs.fold(0, |a, mut b: i64| {
                    b += a; // why
                    b
                });
                xs.fold(
                    [1, 2],
                    |_, b| {
                        b
                    },
                    2,
                );
                f(
                    |x| { /* in */ },
                    1,
                );
                f( /* before */
                    |x| {
                        x;
                    },
                );
                let total_of_everything = xs
                    .iter()
                    .filter(|some_long_name| some_long_name > 10)
                    .map(|another| {
                        let y = another;
                        y * 2
                    })
                    .sum();
                xs.map(|x| x
                    + 1111111111111111111
                    + 111111111111111111
                    + 1111111111111111
                    + 111111111111111
                    + 111111111);
            }
        "#]],
    );
}

#[test]
fn everything_with_parts() {
    check(
        "#[derive(Debug,Clone)] struct P<T:Ord+Display,U>where U:Ord,{x:T,pub y:U // why
,// last
}
struct Q(i64,pub f64);struct R;
struct Empty{}
/// Doc.
enum E<T>{A,B(i64,str),/// doc of C
C{x:i64,y:Option<T>},D{},}
enum Long { Variant { aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: i64, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: i64, ccccccccccccccccccccccccccc: i64}, Tup(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaaaaaaaaaaaaaaa) }
impl<T:Ord> P<T,i64>where T:Display{/// One.
#[example(true)]
pub fn new(x:T)->Self{Self{x,y:1}}
fn get(&self)->T{self.x}

fn set(&mut self,x:T){self.x=x;}
fn fill(&mut self,mut n:i64,to:  &mut  [T],){fill(&mut to,&mut  self.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,&mut self.bbbbbbbbbbbbbbbbbbbbbbbbbbbb);}
fn eat(mut self,other:Map<str,(i64,f64)>)->(T,){(self.x,)}
// end
}
fn f<T>(x:[T])->Option<T>where T:Ord+Display,{
let (a,mut b)=(1,(2,));let Some(x)=y else{return};let P{x,y:(q,_),..}=p else{ panic!(\"a\"); };
let e=E::C{x:1,y:None,};let s=P{x:1,..base};let u=R{};
if let Some(x)=y&&x>1&&let None=z{1}else{2};
while let Some(x)=stack.pop(){}
match x{A=>1,B(x)|C(x) if x>3=>{2}D{..}=>if a{1}else{2},-1..=5|'a'..='z'=>f()?,n @ (1|2)=>(),\"a\"=>return,E::A|E::B(..)=>x.0.1.foo,(..,1)=>3,_=>match y{}, }
for (i,x)in xs.enumerate(){}
'a:{break 'a;}
let k=matches!(x,Some(1..)|None if a);
xs.iter().collect::<[i64]>().parse::<i64>()?.field.x.0;
let t=Vec::new();
let v=aaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccc().dddddddddddddddddddddd()?.eeeeeeeeeeeeeeeeeeeeeee.fffffffffffff();
let l=Point{aaaaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccc, dddddddddddddddddddddd:eeeeeeeeee, ..ffffff};
match x {
Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | Bbbbbbbbbbbbbbbbbbbbbbbbbbbbb => 1,
// c
A => /* odd */ 1, B => aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccccccccc), // trailing

C => aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa+bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccccccccccccc,
}
}
",
        &expect![[r##"
            #[derive(Debug, Clone)]
            struct P<T: Ord + Display, U>
            where
                U: Ord,
            {
                x: T,
                pub y: U, // why
                // last
            }
            struct Q(i64, pub f64);
            struct R;
            struct Empty {}
            /// Doc.
            enum E<T> {
                A,
                B(i64, str), /// doc of C
                C { x: i64, y: Option<T> },
                D {},
            }
            enum Long {
                Variant {
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: i64,
                    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: i64,
                    ccccccccccccccccccccccccccc: i64,
                },
                Tup(
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                ),
            }
            impl<T: Ord> P<T, i64>
            where
                T: Display,
            { /// One.
                #[example(true)]
                pub fn new(x: T) -> Self {
                    Self { x, y: 1 }
                }
                fn get(&self) -> T {
                    self.x
                }

                fn set(&mut self, x: T) {
                    self.x = x;
                }
                fn fill(&mut self, mut n: i64, to: &mut [T]) {
                    fill(
                        &mut to,
                        &mut self.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                        &mut self.bbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                    );
                }
                fn eat(mut self, other: Map<str, (i64, f64)>) -> (T,) {
                    (self.x,)
                }
                // end
            }
            fn f<T>(x: [T]) -> Option<T>
            where
                T: Ord + Display,
            {
                let (a, mut b) = (1, (2,));
                let Some(x) = y else { return };
                let P { x, y: (q, _), .. } = p else {
                    panic!("a");
                };
                let e = E::C { x: 1, y: None };
                let s = P { x: 1, ..base };
                let u = R {};
                if let Some(x) = y && x > 1 && let None = z {
                    1
                } else {
                    2
                };
                while let Some(x) = stack.pop() {}
                match x {
                    A => 1,
                    B(x) | C(x) if x > 3 => {
                        2
                    }
                    D { .. } => if a { 1 } else { 2 },
                    -1..=5 | 'a'..='z' => f()?,
                    n @ (1 | 2) => (),
                    "a" => return,
                    E::A | E::B(..) => x.0.1.foo,
                    (.., 1) => 3,
                    _ => match y {},
                }
                for (i, x) in xs.enumerate() {}
                'a: {
                    break 'a;
                }
                let k = matches!(x, Some(1..) | None if a);
                xs.iter().collect::<[i64]>().parse::<i64>()?.field.x.0;
                let t = Vec::new();
                let v = aaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb
                    .cccccccccccccccccc()
                    .dddddddddddddddddddddd()?
                    .eeeeeeeeeeeeeeeeeeeeeee
                    .fffffffffffff();
                let l = Point {
                    aaaaaaaaaaaaaaaaaaaa: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                    ccccccccccccccccccc,
                    dddddddddddddddddddddd: eeeeeeeeee,
                    ..ffffff
                };
                match x {
                    Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                    | Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                    | Bbbbbbbbbbbbbbbbbbbbbbbbbbbbb => 1,
                    // c
                    A => /* odd */ 1,
                    B => aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(
                        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                        ccccccccccccccccccccccccccc,
                    ), // trailing

                    C => aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                        + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
                        + ccccccccccccccccccccccccccccc,
                }
            }
        "##]],
    );
}
