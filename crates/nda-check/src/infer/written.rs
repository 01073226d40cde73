//! Calls of Rust's methods that can be written out: what NDA writes in their place, as a safe fix.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Match, PatternId, PatternKind};

/// Bytes of a piece of a source that is written anew.
const MAX_WRITTEN: u32 = 4 << 10;
/// Bytes of a source that is looked through for a name.
pub(super) const MAX_SEARCHED: usize = 64 << 10;

/// What a call becomes: `$x` is what it is called on, `$0` and `$1` are its arguments, `$body` is the value of a lambda without
/// parameters.
fn written(ty: Type, name: &str, args: &[&str]) -> Option<&'static str> {
    Some(match (name, args) {
        ("fill", [_]) if ty.is_list() => "$x = [$0; $x.len()]",
        ("rotate_left", [_]) if ty.is_list() => "$x = $x[$0..].concat($x[..$0])",
        ("rotate_right", [_]) if ty.is_list() => "$x = $x[$x.len() - $0..].concat($x[..$x.len() - $0])",
        ("swap_remove", [_]) if ty.is_list() => "({ $x.swap($0, $x.len() - 1); $x.pop().unwrap() })",
        ("concat", []) if ty == Type::STR.list_of() => "$x.join(\"\")",
        ("concat", []) if ty.element().is_some_and(Type::is_list) => "$x.flatten().collect()",
        ("split_at", [_]) if ty.is_list() => "($x[..$0], $x[$0..])",
        ("is_sorted", []) if ty.is_list() => "$x.windows(2).all(|w| w[0] <= w[1])",
        ("chunks_exact", [_]) if ty.is_list() => "$x.chunks($0).filter(|part| part.len() == $0)",
        ("insert" | "insert_str", [_, _]) if ty == Type::STR => "$x = $x[..$0] + $1 + $x[$0..]",
        ("to_digit", ["10"]) if ty == Type::STR => "$x.parse_i64()",
        ("is_ascii_alphanumeric", []) if ty == Type::STR => "($x.len() == 1 && $x.is_alphanumeric())",
        ("is_positive", []) if ty == Type::I64 => "($x > 0)",
        ("is_negative", []) if ty == Type::I64 => "($x < 0)",
        ("is_power_of_two", []) if ty == Type::I64 => "($x > 0 && $x.count_ones() == 1)",
        ("abs_diff", [_]) if ty == Type::I64 => "($x - ($0)).abs()",
        // The value of `then_some` is computed in any case.
        ("then_some", [_]) if ty == Type::BOOL => "(if $x { Some($0) } else { None })",
        ("then", [_]) if ty == Type::BOOL => "(if $x { Some($body) } else { None })",
        _ => return None,
    })
}

impl Infer<'_> {
    /// Adds the fix that writes a call out, if there is one that does just the same.
    pub(super) fn write_out(
        &self,
        diagnostic: Diagnostic,
        expr: ExprId,
        ty: Type,
        name: &str,
        args: ExprList,
    ) -> Diagnostic {
        let ExprKind::MethodCall { receiver, .. } = self.tree.kind(expr) else { return diagnostic };
        let span = self.tree.span(expr);
        if span.end - span.start > MAX_WRITTEN {
            return diagnostic;
        }
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let texts: Vec<&str> = args.iter().map(|&arg| self.tree.span(arg).text(self.source)).collect();
        let Some(pattern) = written(ty, name, &texts) else { return diagnostic };
        let operands =
            std::iter::once(("$x", receiver)).chain(["$0", "$1"].into_iter().zip(args.iter().copied()));
        let mut text = pattern.to_owned();
        for (mark, operand) in operands {
            let times = text.matches(mark).count();
            // What stands in several places must give the same in each, and what is computed at another time the same then.
            let moves = times > 1 || text.contains(" = ") || name == "then_some" && mark == "$0";
            if moves && !self.is_plain(operand) {
                return diagnostic;
            }
            let written = self.tree.span(operand).text(self.source);
            let is_whole = !matches!(
                self.tree.kind(operand),
                ExprKind::Binary { .. } | ExprKind::Unary { .. } | ExprKind::Cast { .. }
            );
            let in_brackets = text.contains(&format!("{mark})")) && mark != "$x" && times == 1;
            let written = if is_whole || in_brackets { written.to_owned() } else { format!("({written})") };
            text = text.replace(mark, &written);
        }
        if let (true, Some(&lambda)) = (text.contains("$body"), args.first()) {
            let ExprKind::Lambda(id) = self.tree.kind(lambda) else { return diagnostic };
            let lambda = self.tree.lambda(id);
            if lambda.params.len > 0 {
                return diagnostic;
            }
            text = text.replace("$body", self.tree.span(lambda.body).text(self.source));
        }
        diagnostic.fix("write it out", self.tree.span(expr), text)
    }

    /// Whether an expression is a variable, a literal, or a field or element by such: computing it again gives the same.
    pub(super) fn is_plain(&self, expr: ExprId) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.is_plain(inner),
            ExprKind::Name(_)
            | ExprKind::Path(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Bool(_)
            | ExprKind::Str(_) => true,
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => self.is_plain(base),
            ExprKind::Index { base, index } => self.is_plain(base) && self.is_plain(index),
            _ => false,
        }
    }

    /// `match a.cmp(b) { Ordering::Less => … }`, which comparisons write out; whether this is one.
    pub(super) fn match_on_order(&mut self, expr: ExprId, found: Match) -> bool {
        let tree = self.tree;
        let value = tree.unparen(found.value);
        let ExprKind::MethodCall { receiver, method, args, .. } = tree.kind(value) else { return false };
        if self.text(method) != "cmp" || tree.list(args).len() != 1 || self.declared("Ordering").is_some() {
            return false;
        }
        let arms = tree.arms_of(found.arms);
        let cases: Option<Vec<Orders>> = arms.iter().map(|arm| self.orders(arm.pattern)).collect();
        let Some(cases) = cases.filter(|cases| cases.iter().any(|&case| case != [true; 3])) else {
            return false;
        };
        let message =
            "found a `match` on `a.cmp(b)`; expected comparisons, because an order is no value here";
        let span = tree.span(expr);
        let diagnostic = Diagnostic::new(Code::RustSpelling, span, message)
            .note("write `if a < b { … } else if a == b { … } else { … }`");
        let all = cases.iter().copied().reduce(either);
        let is_whole = all == Some([true; 3]) && arms.iter().all(|arm| arm.guard.is_none());
        let operands = [receiver, tree.list(args).next().unwrap_or(receiver)];
        if !is_whole || span.end - span.start > MAX_WRITTEN || self.source.len() > MAX_SEARCHED {
            self.report(diagnostic);
            return true;
        }
        let text = |expr: ExprId| tree.span(expr).text(self.source);
        let are_plain = operands.iter().all(|&operand| self.is_plain(operand));
        let mut names = operands.map(|operand| text(operand).to_owned());
        if !are_plain {
            names = ["left", "right"].map(|name| self.unused_name(name).unwrap_or_default());
        }
        let [a, b] = &names;
        let mut written = String::new();
        for (index, (arm, case)) in arms.iter().zip(&cases).enumerate() {
            let sign = match case {
                [true, false, false] => "<",
                [false, true, false] => "==",
                [false, false, true] => ">",
                [true, true, false] => "<=",
                [false, true, true] => ">=",
                [true, false, true] => "!=",
                _ => "",
            };
            written.push_str(if index > 0 { " else " } else { "" });
            let is_last = index + 1 == arms.len() || sign.is_empty();
            if !is_last {
                written.push_str(&format!("if {a} {sign} {b} "));
            }
            let body = text(arm.body);
            match tree.kind(arm.body) {
                ExprKind::Block(_) => written.push_str(body),
                _ => written.push_str(&format!("{{ {body} }}")),
            }
            if is_last {
                break;
            }
        }
        if !are_plain {
            let [first, second] = operands.map(text);
            written = format!("{{ let ({a}, {b}) = ({first}, {second}); {written} }}");
        }
        self.report(diagnostic.fix("compare", span, written));
        true
    }

    /// A name that the source does not use, if it is not too long to be looked through.
    pub(super) fn unused_name(&self, wanted: &str) -> Option<String> {
        let mut name = wanted.to_owned();
        while self.source.len() <= MAX_SEARCHED && self.source.contains(name.as_str()) {
            name.push('_');
        }
        (self.source.len() <= MAX_SEARCHED).then_some(name)
    }

    /// Which orders a pattern stands for.
    fn orders(&self, pattern: PatternId) -> Option<Orders> {
        match self.tree.pattern(pattern).kind {
            PatternKind::Path(symbol) => {
                let (owner, name) = self.text(symbol).rsplit_once("::")?;
                let of = |wanted: &str| name == wanted;
                let known = [of("Less"), of("Equal"), of("Greater")];
                (matches!(owner, "Ordering" | "cmp::Ordering" | "std::cmp::Ordering")
                    && known.contains(&true))
                .then_some(known)
            }
            PatternKind::Paren(inner) => self.orders(inner),
            PatternKind::Wildcard => Some([true; 3]),
            PatternKind::Or(list) => {
                let all: Option<Vec<Orders>> =
                    self.tree.pattern_list(list).map(|part| self.orders(part)).collect();
                all?.into_iter().reduce(either)
            }
            _ => None,
        }
    }
}

/// Less, equal, greater: which of them.
type Orders = [bool; 3];

fn either(one: Orders, other: Orders) -> Orders {
    [one[0] || other[0], one[1] || other[1], one[2] || other[2]]
}
