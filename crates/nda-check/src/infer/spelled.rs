//! What NDA writes for methods of Rust that it does not have: texts with holes.
//!
//! `$x` is what the method is called on, `$0` and `$1` are its arguments, `$from` and `$to` the ends of a range that is one. Of a lambda
//! `$p` and `$q` are the parameters and `$body` is what it gives. `$_name` is a name that the source does not use.

use crate::types::{Type, TypeTable};

/// What an argument is, as far as it decides what is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Lambda,
    /// `a..b`, `a..`, `..b`, `..`: whether its ends are there.
    Range(bool, bool),
    /// A text that is not empty.
    Text,
    /// What stands behind `&mut`.
    Place,
    Other,
}

/// What a call of `name` on a value of type `ty` becomes.
pub(super) fn spelled(
    table: &TypeTable,
    ty: Type,
    name: &str,
    args: &[(&str, Shape)],
) -> Option<&'static str> {
    let shapes: Vec<Shape> = args.iter().map(|&(_, shape)| shape).collect();
    if ty.is_list() {
        return of_list(ty, name, &shapes);
    }
    if table.map_of(ty).is_some() {
        return of_map(name, &shapes);
    }
    if table.some_of(ty).is_some() {
        return match (name, args) {
            ("xor", [_]) => Some(
                "(match ($x, $0) { (Some($_one), None) | (None, Some($_one)) => Some($_one), _ => None })",
            ),
            _ => None,
        };
    }
    if let ("cmp", [_], Type::I64 | Type::STR | Type::BOOL) = (name, &shapes[..], ty) {
        return Some(
            "(match ($x, $0) { ($_left, $_right) if $_left < $_right => Ordering::Less, ($_left, $_right) if $_left > $_right => Ordering::Greater, _ => Ordering::Equal })",
        );
    }
    if let ("partial_cmp", [_], Type::F64) = (name, &shapes[..], ty) {
        return Some(
            "(match ($x, $0) { ($_left, $_right) if $_left < $_right => Some(Ordering::Less), ($_left, $_right) if $_left > $_right => Some(Ordering::Greater), ($_left, $_right) if $_left == $_right => Some(Ordering::Equal), _ => None })",
        );
    }
    let is_order = table.nominal(ty).is_some_and(|(decl, _)| {
        let decl = table.decls.get(decl);
        decl.name.rsplit("::").next() == Some("Ordering") && decl.variant("Less").is_some()
    });
    if is_order {
        return of_order(name, &shapes);
    }
    match ty {
        Type::STR => of_text(name, args, &shapes),
        Type::I64 => of_number(name, &shapes),
        Type::BOOL => match (name, &shapes[..]) {
            // The value of `then_some` is computed in any case.
            ("then_some", [_]) => Some("(if $x { Some($0) } else { None })"),
            ("then", [Shape::Lambda]) => Some("(if $x { Some($body) } else { None })"),
            ("not", []) => Some("(!$x)"),
            _ => None,
        },
        _ => None,
    }
}

fn of_list(ty: Type, name: &str, shapes: &[Shape]) -> Option<&'static str> {
    Some(match (name, shapes) {
        ("fill", [_]) => "$x = [$0; $x.len()]",
        ("rotate_left", [_]) => "$x = $x[$0..].concat($x[..$0])",
        ("rotate_right", [_]) => "$x = $x[$x.len() - $0..].concat($x[..$x.len() - $0])",
        ("swap_remove", [_]) => "({ $x.swap($0, $x.len() - 1); $x.pop().unwrap() })",
        ("concat", []) if ty == Type::STR.list_of() => "$x.join(\"\")",
        ("concat", []) if ty.element().is_some_and(Type::is_list) => "$x.flatten().collect()",
        ("split_at", [_]) => "($x[..$0], $x[$0..])",
        ("split_first", []) => "($x.first().map(|$_first| ($_first, $x[1..])))",
        ("split_last", []) => "($x.last().map(|$_last| ($_last, $x[..$x.len() - 1])))",
        ("is_sorted", []) => "$x.windows(2).all(|w| w[0] <= w[1])",
        ("chunks_exact", [_]) => "$x.chunks($0).filter(|part| part.len() == $0)",
        ("append", [Shape::Place]) => "({ $x.extend($0); $0 = []; })",
        ("resize", [_, _]) => "({ $x.truncate($0); $x.extend([$1; $0 - $x.len()]); })",
        ("split_off", [_]) => "({ let $_end = $x[$0..]; $x.truncate($0); $_end })",
        ("drain", [Shape::Range(false, false)]) => "({ let $_taken = $x; $x = []; $_taken })",
        ("drain", [Shape::Range(false, true)]) => "({ let $_taken = $x[..$to]; $x = $x[$to..]; $_taken })",
        ("drain", [Shape::Range(true, false)]) => {
            "({ let $_taken = $x[$from..]; $x.truncate($from); $_taken })"
        }
        ("drain", [Shape::Range(true, true)]) => {
            "({ let $_taken = $x[$from..$to]; $x = $x[..$from].concat($x[$to..]); $_taken })"
        }
        ("get", [Shape::Range(true, true)]) => {
            "(if $from <= $to && $to <= $x.len() { Some($x[$from..$to]) } else { None })"
        }
        ("get", [Shape::Range(true, false)]) => "(if $from <= $x.len() { Some($x[$from..]) } else { None })",
        ("get", [Shape::Range(false, true)]) => "(if $to <= $x.len() { Some($x[..$to]) } else { None })",
        ("dedup_by_key", [Shape::Lambda]) => {
            "({ let mut $_kept = []; let mut $_keys = []; for $p in $x { let $_key = $body; if $_keys.last() != Some($_key) { $_kept.push($p); $_keys.push($_key); } } $x = $_kept; })"
        }
        ("binary_search", [_]) => {
            "({ let (mut $_low, mut $_high) = (0, $x.len()); while $_low < $_high { let $_middle = ($_low + $_high) / 2; if $x[$_middle] < $0 { $_low = $_middle + 1; } else { $_high = $_middle; } } if $_low < $x.len() && $x[$_low] == $0 { Ok($_low) } else { Err($_low) } })"
        }
        ("partition_point", [Shape::Lambda]) => {
            "({ let (mut $_low, mut $_high) = (0, $x.len()); while $_low < $_high { let $_middle = ($_low + $_high) / 2; let $p = $x[$_middle]; if $body { $_low = $_middle + 1; } else { $_high = $_middle; } } $_low })"
        }
        ("rposition", [Shape::Lambda]) => {
            "({ let $_list = $x; $_list.rev().position($0).map(|$_at| $_list.len() - 1 - $_at) })"
        }
        ("counts", []) => {
            "({ let mut $_counts = Map::new(); for $_item in $x { $_counts.entry($_item).or_insert(0) += 1; } $_counts })"
        }
        ("into_group_map_by" | "group_by_key" | "into_grouping_map_by", [Shape::Lambda]) => {
            "({ let mut $_groups = Map::new(); for $p in $x { $_groups.entry($body).or_default().push($p); } $_groups })"
        }
        _ => return None,
    })
}

/// Methods of Rust's `Ordering`, of an enum like it.
fn of_order(name: &str, shapes: &[Shape]) -> Option<&'static str> {
    Some(match (name, shapes) {
        ("is_lt", []) => "($x == Ordering::Less)",
        ("is_gt", []) => "($x == Ordering::Greater)",
        ("is_eq", []) => "($x == Ordering::Equal)",
        ("is_ne", []) => "($x != Ordering::Equal)",
        ("is_le", []) => "($x != Ordering::Greater)",
        ("is_ge", []) => "($x != Ordering::Less)",
        ("reverse", []) => {
            "(match $x { Ordering::Less => Ordering::Greater, Ordering::Equal => Ordering::Equal, Ordering::Greater => Ordering::Less })"
        }
        ("then", [_]) => "(match ($x, $0) { (Ordering::Equal, $_next) => $_next, ($_first, _) => $_first })",
        ("then_with", [Shape::Lambda]) => "(match $x { Ordering::Equal => $body, $_first => $_first })",
        _ => return None,
    })
}

fn of_map(name: &str, shapes: &[Shape]) -> Option<&'static str> {
    Some(match (name, shapes) {
        ("retain", [Shape::Lambda]) => "({ for ($p, $q) in $x { if !($body) { $x.remove($p); } } })",
        ("first_key_value", []) => "$x.iter().first()",
        ("last_key_value", []) => "$x.iter().last()",
        ("pop_first", []) => {
            "({ let $_first = $x.iter().first(); if let Some(($_key, _)) = $_first { $x.remove($_key); } $_first })"
        }
        ("pop_last", []) => {
            "({ let $_last = $x.iter().last(); if let Some(($_key, _)) = $_last { $x.remove($_key); } $_last })"
        }
        ("range", [Shape::Range(true, true)]) => {
            "$x.iter().filter(|($_key, _)| $_key >= $from && $_key < $to)"
        }
        ("range", [Shape::Range(true, false)]) => "$x.iter().filter(|($_key, _)| $_key >= $from)",
        ("range", [Shape::Range(false, true)]) => "$x.iter().filter(|($_key, _)| $_key < $to)",
        ("extend", [_]) => "({ for ($_key, $_value) in $0 { $x.insert($_key, $_value); } })",
        _ => return None,
    })
}

fn of_text(name: &str, args: &[(&str, Shape)], shapes: &[Shape]) -> Option<&'static str> {
    Some(match (name, shapes) {
        ("insert" | "insert_str", [_, _]) => "$x = $x[..$0] + $1 + $x[$0..]",
        ("remove", [_]) => {
            "({ let $_c = $x[$0..].chars().first().unwrap(); $x = $x[..$0] + $x[$0 + $_c.len()..]; $_c })"
        }
        ("pop", []) => {
            "({ let $_last = $x.chars().last(); if let Some($_c) = $_last { $x = $x[..$x.len() - $_c.len()]; } $_last })"
        }
        ("truncate", [_]) => "$x = $x[..($0).min($x.len())]",
        ("retain", [Shape::Lambda]) => "$x = $x.chars().filter($0).collect::<str>()",
        ("to_digit", [_]) if args[0].0 == "10" => "$x.parse_i64()",
        ("is_ascii_alphanumeric", []) => "($x.len() == 1 && $x.is_alphanumeric())",
        ("to_ascii_uppercase", []) => {
            "$x.chars().map(|$_c| if $_c.len() == 1 { $_c.to_uppercase() } else { $_c }).collect::<str>()"
        }
        ("to_ascii_lowercase", []) => {
            "$x.chars().map(|$_c| if $_c.len() == 1 { $_c.to_lowercase() } else { $_c }).collect::<str>()"
        }
        ("make_ascii_uppercase", []) => "$x = $x.to_ascii_uppercase()",
        ("make_ascii_lowercase", []) => "$x = $x.to_ascii_lowercase()",
        ("eq_ignore_ascii_case", [_]) => "($x.to_ascii_lowercase() == ($0).to_ascii_lowercase())",
        ("char_indices", []) => {
            "({ let mut $_at = 0; let mut $_all = []; for $_c in $x.chars() { $_all.push(($_at, $_c)); $_at += $_c.len(); } $_all })"
        }
        ("split", [Shape::Lambda]) => {
            "({ let mut $_parts = [\"\"]; for $p in $x.chars() { if $body { $_parts.push(\"\"); } else { let $_last = $_parts.len() - 1; $_parts[$_last] += $p; } } $_parts })"
        }
        ("find", [Shape::Lambda]) => "$x.char_indices().find(|(_, $p)| $body).map(|($_at, _)| $_at)",
        ("contains", [Shape::Lambda]) => "$x.chars().any($0)",
        ("starts_with", [Shape::Lambda]) => "$x.chars().first().is_some_and($0)",
        ("ends_with", [Shape::Lambda]) => "$x.chars().last().is_some_and($0)",
        ("matches", [Shape::Lambda]) => "$x.chars().filter($0)",
        ("matches", [Shape::Text]) => "[$0; $x.split($0).len() - 1]",
        ("trim_start_matches", [Shape::Lambda]) => {
            "({ let mut $_text = $x; while let Some($p) = $_text.chars().first() && ($body) { $_text = $_text[$p.len()..]; } $_text })"
        }
        ("trim_end_matches", [Shape::Lambda]) => {
            "({ let mut $_text = $x; while let Some($p) = $_text.chars().last() && ($body) { $_text = $_text[..$_text.len() - $p.len()]; } $_text })"
        }
        ("trim_matches", [Shape::Lambda]) => "$x.trim_start_matches($0).trim_end_matches($0)",
        ("trim_start_matches", [Shape::Text]) => {
            "({ let mut $_text = $x; while let Some($_rest) = $_text.strip_prefix($0) { $_text = $_rest; } $_text })"
        }
        ("trim_end_matches", [Shape::Text]) => {
            "({ let mut $_text = $x; while let Some($_rest) = $_text.strip_suffix($0) { $_text = $_rest; } $_text })"
        }
        ("trim_matches", [Shape::Text]) => "$x.trim_start_matches($0).trim_end_matches($0)",
        ("splitn", [_, _]) => {
            "({ let mut $_parts = []; let mut $_rest = $x; while $_parts.len() + 1 < $0 && let Some(($_part, $_more)) = $_rest.split_once($1) { $_parts.push($_part); $_rest = $_more; } $_parts.push($_rest); $_parts })"
        }
        ("rsplit", [_]) => "$x.split($0).rev()",
        ("rsplit_once", [_]) => "($x.rfind($0).map(|$_at| ($x[..$_at], $x[$_at + ($0).len()..])))",
        _ => return None,
    })
}

fn of_number(name: &str, shapes: &[Shape]) -> Option<&'static str> {
    Some(match (name, shapes) {
        ("is_positive", []) => "($x > 0)",
        ("is_negative", []) => "($x < 0)",
        ("is_power_of_two", []) => "($x > 0 && $x.count_ones() == 1)",
        ("abs_diff", [_]) => "($x - ($0)).abs()",
        ("ilog2", []) => {
            "({ assert($x > 0, \"a logarithm is of a number above 0\"); 63 - $x.leading_zeros() })"
        }
        ("ilog10", []) => {
            "({ assert($x > 0, \"a logarithm is of a number above 0\"); $x.to_string().len() - 1 })"
        }
        ("isqrt", []) => {
            "({ assert($x >= 0, \"a square root is of no number below 0\"); let mut $_root = ($x as f64).sqrt() as i64; while $_root > 0 && $_root > $x / $_root { $_root -= 1; } while $_root + 1 <= $x / ($_root + 1) { $_root += 1; } $_root })"
        }
        ("is_ascii_digit", []) => "($x >= 48 && $x <= 57)",
        ("is_ascii_alphabetic", []) => "($x >= 65 && $x <= 90 || $x >= 97 && $x <= 122)",
        ("is_ascii_whitespace", []) => "($x == 32 || $x >= 9 && $x <= 13 && $x != 11)",
        ("is_ascii_uppercase", []) => "($x >= 65 && $x <= 90)",
        ("is_ascii_lowercase", []) => "($x >= 97 && $x <= 122)",
        ("to_ascii_uppercase", []) => "(if $x >= 97 && $x <= 122 { $x - 32 } else { $x })",
        ("to_ascii_lowercase", []) => "(if $x >= 65 && $x <= 90 { $x + 32 } else { $x })",
        _ => return None,
    })
}
