//! What to write where Rust has a method that NDA does not have.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};
use nda_syntax::tree::{ExprId, ExprList};

/// What an unknown method is called here, if it means just the same; or else what to write instead.
pub(super) enum Instead {
    /// The same under another name.
    Same(&'static str),
    /// The same with other arguments: what its name and `(` are, and what stands for them.
    Call(&'static str, &'static str),
    /// The value itself.
    Nothing,
    /// A sentence.
    Note(&'static str),
}

/// For a method of Rust's `Vec`, slices, iterators, `String`, `str`, `char`, numbers or `bool`.
pub(super) fn instead(ty: Type, name: &str) -> Option<Instead> {
    if ty.is_list() {
        return of_list(name);
    }
    match ty {
        Type::STR if matches!(name, "into" | "into_boxed_str" | "as_ref" | "borrow") => {
            Some(Instead::Nothing)
        }
        Type::I64 | Type::F64 if name == "into" => Some(Instead::Nothing),
        Type::STR => of_text(name).map(Instead::Note),
        Type::I64 | Type::F64 => of_number(name).map(Instead::Note),
        Type::BOOL => of_bool(name).map(Instead::Note),
        _ => None,
    }
}

fn of_list(name: &str) -> Option<Instead> {
    let note = match name {
        "extend_from_slice" => return Some(Instead::Same("extend")),
        "push_front" => return Some(Instead::Call("push_front(", "insert(0, ")),
        "dedup_by_key" => "write a loop that pushes an element if its key differs from that of the last one",
        "drain" => "take the part with `xs[a..b]`, and keep the rest: `xs = xs[b..]`",
        "split_off" => "take the end with `xs[at..]`, and then `xs.truncate(at)`",
        "split_at" => "write `(xs[..at], xs[at..])`",
        "split_first" => "write `xs.first()` and `xs[1..]`",
        "split_last" => "write `xs.last()` and `xs[..xs.len() - 1]`",
        "rotate_left" => "write `xs = xs[n..].concat(xs[..n]);`",
        "rotate_right" => "write `xs = xs[xs.len() - n..].concat(xs[..xs.len() - n]);`",
        "fill" => "write `xs = [value; xs.len()];`",
        "resize" => {
            "write `xs.truncate(n)` for a shorter list, and `xs.extend([value; n - xs.len()])` for a longer one"
        }
        "swap_remove" => "write `xs.swap(i, xs.len() - 1); xs.pop()`",
        "last_mut" => "an element is a place: `let last = xs.len() - 1; xs[last] = …;`",
        "first_mut" => "an element is a place: `xs[0] = …;`",
        "get_mut" => "an element is a place: `xs[i] = …;`",
        "iter_mut" => {
            "it stands at the head of a loop: `for x in xs.iter_mut() { … }`; or write `xs = xs.map(|x| …).collect()`"
        }
        "chunks_exact" => "write `xs.chunks(n).filter(|part| part.len() == n)`",
        "binary_search" => "`index_of` looks through all; write the search by halves as a function",
        "is_sorted" => "write `xs.windows(2).all(|w| w[0] <= w[1])`",
        "rposition" => "write `xs.rev().position(|x| …)` and count from the end",
        "try_fold" => "write a `for` loop with `?` in it",
        "cycle" => "write `(0..n).map(|i| xs[i % xs.len()])`",
        "peekable" | "next_back" | "by_ref" => {
            "a list does not remember how far it was read: keep an index, and read `xs[i]`"
        }
        "concat" => "`xs.concat(ys)` joins two lists; a list of lists is joined by `xs.flatten()`",
        "counts" => "write `let mut counts = Map::new(); for x in xs { counts.entry(x).or_insert(0) += 1; }`",
        "into_group_map_by" | "group_by" | "chunk_by" | "group_by_key" | "into_group_map"
        | "into_grouping_map" => {
            "write `let mut groups = Map::new(); for x in xs { groups.entry(key).or_default().push(x); }`"
        }
        "into" | "as_slice" | "as_mut_slice" | "into_boxed_slice" => return Some(Instead::Nothing),
        "try_into" => "leave it out: values are plain here",
        _ => return None,
    };
    Some(Instead::Note(note))
}

fn of_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "char_indices" => "`chars().enumerate()` counts characters; `bytes()` gives the bytes",
        "to_digit" => "write `c.parse_i64()`, which gives an `Option`; digits above 9 need a `match`",
        "is_ascii_alphanumeric" => {
            "write `c.is_alphanumeric()`, which knows all of Unicode, or `c.len() == 1 && c.is_alphanumeric()`"
        }
        "eq_ignore_ascii_case" => "write `a.to_lowercase() == b.to_lowercase()`",
        "cmp" => "compare with `<`, `==` and `>`; `sort_by` takes `a.cmp(b)`",
        "splitn" => "write `split_once(sep)`, which gives an `Option` of both parts",
        "rsplit" => "write `split(sep).rev()`",
        "rsplit_once" => "write `rfind(sep)`, and cut with `s[..at]` and `s[at + sep.len()..]`",
        "trim_matches" | "trim_end_matches" | "trim_start_matches" => {
            "write a loop over `strip_prefix` and `strip_suffix`, which give an `Option`"
        }
        "matches" | "match_indices" => "write `s.split(t).len() - 1` for how often `t` stands in it",
        "get" => "write `s[a..b]` where it is inside, and check `b <= s.len()` before",
        "pop" => "write `s.chars().last()`, and `s = s[..s.len() - c.len()]`",
        "insert" | "insert_str" => "write `s = s[..at] + t + s[at..]`",
        "remove" => "write `s = s[..at] + s[at + 1..]`",
        "truncate" => "write `s = s[..n]`",
        "nth" => "write `s.chars().nth(i)`",
        _ => return None,
    })
}

fn of_number(name: &str) -> Option<&'static str> {
    Some(match name {
        "cmp" | "partial_cmp" | "total_cmp" => {
            "compare with `<`, `==` and `>`, as in `if a < b { … } else if a == b { … } else { … }`; `sort_by` takes `a.cmp(b)`"
        }
        "abs_diff" => "write `(a - b).abs()`",
        "is_positive" | "is_sign_positive" => "write `n > 0`",
        "is_negative" | "is_sign_negative" => "write `n < 0`",
        "isqrt" => "write `(n as f64).sqrt() as i64`",
        "ilog10" | "ilog2" | "ilog" => "write `(n as f64).log10() as i64`, or count with a loop",
        "is_power_of_two" => "write `n > 0 && n.count_ones() == 1`",
        "try_into" => "leave it out: every integer is an `i64`",
        "to_digit" | "to_ascii_uppercase" | "to_ascii_lowercase" | "is_ascii_digit" => {
            "a byte is an `i64`; `str::from_code(n)` makes a character of it"
        }
        _ => return None,
    })
}

fn of_bool(name: &str) -> Option<&'static str> {
    Some(match name {
        "then" | "then_some" => "write `if b { Some(x) } else { None }`",
        "not" => "write `!b`",
        _ => return None,
    })
}

/// What to write instead of a function or value of Rust's library.
pub(super) fn instead_of_path(path: &str) -> Option<&'static str> {
    let last_two = path.rmatch_indices("::").nth(1).map_or(path, |(at, _)| &path[at + 2..]);
    Some(match last_two {
        "mem::swap" => "write `let kept = a; a = b; b = kept;`, or `xs.swap(i, j)` for two elements",
        "mem::take" => "values are copied: write `let taken = a;` and then give `a` its new value",
        "mem::replace" => "values are copied: write `let before = a; a = new;`",
        "cmp::max" | "i64::max" | "f64::max" | "max" => "write `a.max(b)`",
        "cmp::min" | "i64::min" | "f64::min" | "min" => "write `a.min(b)`",
        "i64::abs" | "f64::abs" => "write `x.abs()`",
        "i64::pow" | "f64::powi" | "f64::powf" | "f64::sqrt" => "write it as a method, `x.sqrt()`",
        "i64::from" | "usize::from" | "u64::from" | "i32::from" => {
            "every integer is an `i64`: write the value alone; `true as i64` is 1"
        }
        "f64::from" => "write `x as f64`",
        "i64::try_from" | "usize::try_from" | "u8::try_from" | "i32::try_from" | "u32::try_from" => {
            "every integer is an `i64`: write the value alone, and check its range where it matters"
        }
        "char::from_u32" | "char::from" | "String::from_utf8" | "u8::from" => "write `str::from_code(n)`",
        "char::from_digit" => "write `n.to_string()`",
        "cmp::Reverse" | "Reverse" => "sort in the descending order with `xs.sort_by(|a, b| b.x.cmp(a.x))`",
        "iter::repeat" => "write `[x; n]`, or `s.repeat(n)` for text",
        "iter::once" => "write `[x]`",
        "iter::empty" => "write `[]`",
        "iter::from_fn" | "iter::successors" => "write a `loop` that pushes to a list",
        "Default::default" | "i64::default" | "f64::default" | "bool::default" | "String::default" => {
            "write the value: `0`, `0.0`, `false`, `\"\"`, `[]`, `Map::new()`"
        }
        "Map::from_iter" | "HashMap::from_iter" | "BTreeMap::from_iter" => "write `Map::from(pairs)`",
        "Vec::from" | "Vec::from_iter" => "write the list itself",
        "Ordering::Less" | "Ordering::Equal" | "Ordering::Greater" => {
            "compare with `<`, `==` and `>`, or define `enum Ordering { Less, Equal, Greater }`"
        }
        _ => return instead_of_type(path.rsplit_once("::")?.0),
    })
}

/// What to write instead of a type of Rust's library.
pub(super) fn instead_of_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit("::").next().unwrap_or_default() {
        "HashSet" | "BTreeSet" => {
            "a set is a `Map<T, bool>`: `seen.insert(x, true).is_none()` says whether `x` is new, `seen.contains_key(x)` whether it is there, `seen.keys()` lists all in order"
        }
        "VecDeque" => "write a list: `push` and `pop_front`, or an index of the first that is left",
        "BinaryHeap" => {
            "write a list and take its least element out, or a `Map` by priority, whose first key is `keys().first()`"
        }
        "LinkedList" => "write a list `[T]`",
        "ParseIntError" | "ParseFloatError" | "Error" => {
            "an error of parsing is a `str`: write `Result<i64, str>`"
        }
        "Ordering" => "compare with `<`, `==` and `>`, or define `enum Ordering { Less, Equal, Greater }`",
        "Peekable" | "Chars" | "Iter" | "IntoIter" | "Enumerate" => {
            "an iterator is no value here: keep the list and an index"
        }
        "Instant" | "Duration" | "SystemTime" => {
            "time comes from a host function, `clock::now()`, under `#[uses(clock)]`"
        }
        "File" | "PathBuf" | "Path" => {
            "a path is a `str`, and a file comes from a host function, `fs::read(path)`, under `#[uses(fs)]`"
        }
        _ => return None,
    })
}

impl Infer<'_> {
    /// `max(a, b)` and `std::cmp::min(a, b)`, which are methods here.
    pub(super) fn better_of(&mut self, path: &str, span: Span, args: ExprList) -> Option<Type> {
        let name = match path.strip_prefix("std::").unwrap_or(path) {
            "max" | "cmp::max" | "i64::max" | "f64::max" => "max",
            "min" | "cmp::min" | "i64::min" | "f64::min" => "min",
            _ => return None,
        };
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let &[first, second] = &args[..] else { return None };
        let ty = self.infer(first, None);
        self.infer(second, Some(ty));
        let between = Span::new(self.tree.span(first).end, self.tree.span(second).start);
        let message = format!("found `{path}(a, b)`; expected the method, `a.{name}(b)`");
        let mut diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
        diagnostic.fix = Some(Fix {
            message: format!("write `a.{name}(b)`"),
            edits: vec![
                Edit { span, text: String::new() },
                Edit { span: between, text: format!(").{name}(") },
            ],
            safety: Safety::Safe,
        });
        self.report(diagnostic);
        Some(self.resolve(ty))
    }

    /// `std::mem::swap(&mut a, &mut b)`, `replace(&mut a, b)` and `take(&mut a)`: assignments.
    pub(super) fn moved(&mut self, expr: ExprId, path: &str, args: ExprList) -> Option<Type> {
        let name = path.strip_prefix("std::").unwrap_or(path).strip_prefix("mem::")?;
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let is_marked = |arg: &ExprId| self.tree.is_in_place(*arg);
        let changed = args.iter().take_while(|arg| is_marked(arg)).count();
        let wanted = match name {
            "swap" => (2, 2),
            "replace" => (2, 1),
            "take" => (1, 1),
            _ => return None,
        };
        if (args.len(), changed) != wanted {
            return None;
        }
        let ty = args.iter().fold(None, |ty, &arg| Some(self.infer(arg, ty)));
        let ty = self.resolve(ty.unwrap_or(Type::ERROR));
        let text = |arg: ExprId| self.tree.span(arg).text(self.source);
        let a = text(args[0]);
        let written = match (name, args.get(1).map(|&b| text(b))) {
            ("swap", Some(b)) => format!("({a}, {b}) = ({b}, {a})"),
            (_, Some(b)) if b.contains("before") => return None,
            (_, Some(b)) => format!("{{ let before = {a}; {a} = {b}; before }}"),
            (_, None) => {
                let empty = self.empty_written(ty)?;
                format!("{{ let taken = {a}; {a} = {empty}; taken }}")
            }
        };
        self.facts.in_place.extend(&args[..changed]);
        let message =
            format!("found `mem::{name}`; expected assignments, because nothing points into a variable");
        let span = self.tree.span(expr);
        self.report(Diagnostic::new(Code::RustSpelling, span, message).fix("assign", span, written));
        Some(if name == "swap" { Type::UNIT } else { ty })
    }

    /// `Vec::new()`, `Vec::with_capacity(n)`: an empty list.
    pub(super) fn list_made(&mut self, expr: ExprId, path: &str, span: Span, args: ExprList) -> Option<Type> {
        let arity = match path {
            "Vec::new" | "VecDeque::new" => 0,
            "Vec::with_capacity" | "VecDeque::with_capacity" => 1,
            _ => return None,
        };
        if self.tree.list(args).len() != arity {
            return None;
        }
        let message = format!("found `{path}`; expected `[]`, an empty list");
        let diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
        let whole = self.tree.span(expr);
        self.report(diagnostic.fix("write `[]`", whole, "[]"));
        // What its elements are is no problem of its own.
        Some(Type::ERROR)
    }
}
