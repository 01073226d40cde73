//! Calls of Rust's methods that can be written out: what NDA writes in their place, as a safe fix.

use super::Infer;
use super::spelled::{Shape, spelled};
use crate::methods;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, ForVariable, Match, PatternId, PatternKind};

/// Bytes of a piece of a source that is written anew.
const MAX_WRITTEN: u32 = 4 << 10;
/// Bytes of a source that is looked through for a name.
pub(super) const MAX_SEARCHED: usize = 64 << 10;

/// What leaves a lambda.
const LEAVING: &[&str] = &["return", "?"];
/// What may change a parameter.
const CHANGING: &[&str] = &[
    "+=",
    "-=",
    "*=",
    "/=",
    " = ",
    ".push",
    ".pop",
    ".insert(",
    ".remove(",
    ".take()",
    ".replace(",
    ".clear(",
    ".sort",
    ".truncate(",
    ".retain(",
    ".drain(",
    "_mut(",
    ".dedup",
    ".reverse()",
    ".extend(",
];

/// The marks of what is computed.
const HOLES: [&str; 6] = ["$x", "$0", "$1", "$from", "$to", "$body"];

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
        let shapes: Vec<(&str, Shape)> = args.iter().map(|&arg| self.shape(arg)).collect();
        let Some(pattern) = spelled(&self.facts.table, ty, name, &shapes) else { return diagnostic };
        let Some(text) = self.filled(pattern, receiver, &args) else { return diagnostic };
        diagnostic.fix("write it out", self.tree.span(expr), text)
    }

    /// Whether a method of text is given a lambda, or `get` a range, which Rust's take: reported, with what to write.
    pub(super) fn takes_other_arguments(
        &mut self,
        expr: ExprId,
        ty: Type,
        name: &str,
        args: ExprList,
    ) -> bool {
        let tree = self.tree;
        let Some(arg) = tree.list(args).next() else { return false };
        let what = match self.shape(arg).1 {
            Shape::Lambda if ty == Type::STR && methods::find(ty, name).is_some() => "a lambda",
            Shape::Range(..) if ty.is_list() && name == "get" => "a range",
            _ => return false,
        };
        let message = format!("`{name}` does not take {what}");
        let diagnostic = Diagnostic::new(Code::WrongArgumentCount, tree.span(arg), message);
        let diagnostic = self.write_out(diagnostic, expr, ty, name, args);
        let is_told = diagnostic.fix.is_some();
        if is_told {
            self.report(diagnostic);
        }
        is_told
    }

    fn shape(&self, arg: ExprId) -> (&str, Shape) {
        let text = self.tree.span(arg).text(self.source);
        let shape = match self.tree.kind(self.tree.unparen(arg)) {
            ExprKind::Lambda(_) => Shape::Lambda,
            _ if self.tree.is_in_place(arg) => Shape::Place,
            ExprKind::Range { from, to, inclusive: false } => Shape::Range(from.is_some(), to.is_some()),
            ExprKind::Str(text) if !self.tree.text(text, self.source).is_empty() => Shape::Text,
            ExprKind::Path(_) if text.starts_with("char::") => Shape::Lambda,
            _ => Shape::Other,
        };
        (text, shape)
    }

    /// A text with its holes filled, if what stands in several places gives the same in each, and what is computed at another time the
    /// same then.
    fn filled(&self, pattern: &str, receiver: ExprId, args: &[ExprId]) -> Option<String> {
        let tree = self.tree;
        let mut operands = vec![("$x", receiver)];
        operands.extend(["$0", "$1"].into_iter().zip(args.iter().copied()));
        if let Some(ExprKind::Range { from, to, .. }) = args.first().map(|&arg| tree.kind(tree.unparen(arg)))
        {
            operands.extend(from.map(|from| ("$from", from)));
            operands.extend(to.map(|to| ("$to", to)));
        }
        let mut text = pattern.to_owned();
        for (mark, operand) in operands {
            let times = text.matches(mark).count();
            let is_lambda = self.shape(operand).1 == Shape::Lambda;
            // What is bound or walked over first of all is computed when it was.
            let first = pattern.split_once(mark).is_some_and(|(before, behind)| {
                !HOLES.iter().any(|hole| before.contains(hole))
                    && (before.ends_with(" in ") || before.ends_with(" = ") && behind.starts_with(';'))
            });
            let moves = times > 1 || text.contains(" = ") || text.contains("Some($0) }") && mark == "$0";
            if moves && times > 0 && !self.is_plain(operand) && !is_lambda && !(first && times == 1) {
                return None;
            }
            let function = self.method_as_lambda(tree.span(operand).text(self.source)).filter(|_| is_lambda);
            let written = function.as_deref().unwrap_or(tree.span(operand).text(self.source));
            let is_whole = !matches!(
                tree.kind(operand),
                ExprKind::Binary { .. } | ExprKind::Unary { .. } | ExprKind::Cast { .. }
            );
            let in_brackets = text.contains(&format!("({mark})")) && times == 1;
            let alone = text.contains(&format!("{mark})")) && mark != "$x" && times == 1;
            let written =
                if is_whole || in_brackets || alone { written.to_owned() } else { format!("({written})") };
            text = text.replace(mark, &written);
        }
        if ["$p", "$q", "$body"].iter().any(|mark| text.contains(mark)) {
            let (params, body) = self.parts_of_lambda(*args.first()?, text.contains("$p"))?;
            let mut params = params.into_iter();
            for mark in ["$p", "$q"] {
                if text.contains(mark) {
                    text = text.replace(mark, &params.next()?);
                }
            }
            if params.next().is_some() {
                return None;
            }
            text = text.replace("$body", &body);
        }
        while let Some(at) = text.find("$_") {
            let word = &text[at + 2..];
            let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
            let word = word[..end].to_owned();
            let name = self.unused_name(&word)?;
            text = replaced_word(&text, &format!("$_{word}"), &name);
        }
        Some(text)
    }

    /// A lambda for the name of a method of text, `char::is_numeric`.
    pub(super) fn method_as_lambda(&self, path: &str) -> Option<String> {
        let (owner, method) = path.split_once("::")?;
        let is_word = method.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let name = self.unused_name("c").filter(|_| is_word && matches!(owner, "char" | "str" | "String"))?;
        Some(format!("|{name}| {name}.{method}()"))
    }

    /// The names of a lambda's parameters, and what it gives.
    fn parts_of_lambda(&self, arg: ExprId, named: bool) -> Option<(Vec<String>, String)> {
        let tree = self.tree;
        let text = |expr: ExprId| tree.span(expr).text(self.source);
        let ExprKind::Lambda(id) = tree.kind(tree.unparen(arg)) else {
            let lambda = self.method_as_lambda(text(arg))?;
            let (name, body) = lambda[1..].split_once("| ")?;
            return Some((vec![name.to_owned()], body.to_owned()));
        };
        let lambda = tree.lambda(id);
        let mut names = Vec::new();
        for param in tree.lambda_params_of(lambda) {
            names.push(match param.variable {
                ForVariable::Name { name, mutable: false } if self.text(name.symbol) != "_" => {
                    self.text(name.symbol).to_owned()
                }
                ForVariable::Name { mutable: false, .. } => self.unused_name("item")?,
                _ => return None,
            });
        }
        // Nothing leaves it, and it changes nothing that it is given: in Rust that may be a reference.
        let body = text(lambda.body);
        let says = |word: &&str| body.contains(word);
        let fits = named || names.is_empty();
        let leaves = LEAVING.iter().any(says);
        let changes = !names.is_empty()
            && (CHANGING.iter().any(says)
                || matches!(tree.kind(lambda.body), ExprKind::Block(_) | ExprKind::Assign { .. }));
        (fits && !leaves && !changes).then(|| (names, text(lambda.body).to_owned()))
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

/// A text in which a word stands for another, where it is not the beginning of a longer one.
fn replaced_word(text: &str, word: &str, name: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, behind) = rest.split_at(at);
        let behind = &behind[word.len()..];
        let ends = !behind.starts_with(|c: char| c.is_ascii_alphanumeric());
        written.push_str(before);
        written.push_str(if ends { name } else { word });
        rest = behind;
    }
    written + rest
}
