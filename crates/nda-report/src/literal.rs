//! Arguments of a run: NDA literals, read for the type of the parameter they are for.

use crate::literal_parts::maps_as_pairs;
use nda_graph::{TensorShape, Ty, TypesRef, Value};
use nda_syntax::Tree;
use nda_syntax::tree::{ExprId, ExprKind, UnaryOp};

/// The most elements that `[x; n]` may ask for.
const MAX_REPEAT: u64 = 1 << 24;

/// Why a text is no value of the type.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{text}` is no {ty}{hint}")]
pub struct LiteralError {
    text: String,
    ty: String,
    hint: String,
}

/// Reads one argument. A `str` may be a bare word: what is not a string literal is taken as it stands.
///
/// # Errors
/// If it is no literal of that type.
pub fn read(text: &str, types: TypesRef<'_>, ty: Ty) -> Result<Value, LiteralError> {
    let is_literal = text.trim_start().starts_with(['"', '\'']);
    if ty == Ty::STR && !is_literal {
        return Ok(Value::Str(text.to_owned()));
    }
    let (given, text) = (text, &maps_as_pairs(text));
    let mut tree = Tree::default();
    let mut problems = Vec::new();
    let expr = nda_syntax::parse_expr_into(&mut tree, text, &mut problems);
    if let Some(problem) = problems.first() {
        return Err(wrong(given, types, ty, &format!(": {}", problem.message)));
    }
    Reader { tree: &tree, text, types }.value(expr, ty)
}

/// Reads the literals of one argument.
pub(crate) struct Reader<'r> {
    pub(crate) tree: &'r Tree,
    pub(crate) text: &'r str,
    pub(crate) types: TypesRef<'r>,
}

pub(crate) fn wrong(text: &str, types: TypesRef<'_>, ty: Ty, hint: &str) -> LiteralError {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    LiteralError { text: shown, ty: types.show(ty).to_string(), hint: hint.to_owned() }
}

impl Reader<'_> {
    pub(crate) fn value(&self, expr: ExprId, ty: Ty) -> Result<Value, LiteralError> {
        let Reader { tree, text, types } = *self;
        let wrong = |text: &str, ty, hint: &str| wrong(text, types, ty, hint);
        let expr = tree.unparen(expr);
        let written = tree.span(expr).text(text);
        let (negative, inner) = match tree.kind(expr) {
            ExprKind::Unary { op: UnaryOp::Neg, operand } => (true, tree.unparen(operand)),
            _ => (false, expr),
        };
        let kind = tree.kind(inner);
        if let Some(element) = ty.element() {
            return self.list(kind, ty, element).unwrap_or_else(|| Err(wrong(written, ty, hint(kind, ty))));
        }
        if let Some(TensorShape::Vector(len)) = types.tensor(ty) {
            return self
                .vector(inner, len)
                .unwrap_or_else(|| Err(wrong(written, ty, ": write it as vec[1.0, 2.0]")));
        }
        if let Some(composite) = types.composite(ty) {
            return self.parts(expr, ty, composite);
        }
        let path = match kind {
            ExprKind::Path(symbol) => tree.name(symbol, text),
            _ => "",
        };
        let found = match (kind, ty) {
            (ExprKind::Int(magnitude), Ty::I64) => {
                let number = i128::from(magnitude) * if negative { -1 } else { 1 };
                i64::try_from(number).ok().map(Value::Int)
            }
            (ExprKind::Path(_), Ty::I64) if !negative => match path {
                "i64::MAX" => Some(Value::Int(i64::MAX)),
                "i64::MIN" => Some(Value::Int(i64::MIN)),
                _ => None,
            },
            (ExprKind::Float(number), Ty::F64) => Some(Value::Float(if negative { -number } else { number })),
            (ExprKind::Path(_), Ty::F64) => {
                named_float(path).map(|it| Value::Float(if negative { -it } else { it }))
            }
            (ExprKind::Bool(value), Ty::BOOL) if !negative => Some(Value::Bool(value)),
            (ExprKind::Unit, Ty::UNIT) if !negative => Some(Value::Unit),
            (ExprKind::Str(string), Ty::STR) if !negative => {
                Some(Value::Str(tree.text(string, text).to_owned()))
            }
            _ => None,
        };
        match (found, kind) {
            (Some(value), _) => Ok(value),
            (None, ExprKind::Int(_)) if ty == Ty::F64 => {
                Err(wrong(written, ty, &format!(": write {written}.0")))
            }
            (None, ExprKind::Int(_)) if ty == Ty::I64 => Err(wrong(written, ty, ": it does not fit")),
            (None, _) => Err(wrong(written, ty, hint(kind, ty))),
        }
    }

    /// `vec[a, b]`, `vec[x; N]`, and `vec[x]`, which reads like an element.
    fn vector(&self, expr: ExprId, len: u32) -> Option<Result<Value, LiteralError>> {
        let items = match self.tree.kind(expr) {
            ExprKind::Vector { items, .. } => match self.tree.kind(items) {
                ExprKind::List(list) => self.tree.list(list).collect(),
                ExprKind::Repeat { value, count } => match self.tree.kind(self.tree.unparen(count)) {
                    ExprKind::Int(count) if count == u64::from(len) => vec![value; len as usize],
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Index { base, index } => match self.tree.kind(base) {
                ExprKind::Name(name) if self.tree.name(name, self.text) == "vec" => vec![index],
                _ => return None,
            },
            _ => return None,
        };
        if items.len() != len as usize {
            return None;
        }
        let element = |item| {
            self.value(item, Ty::F64).map(|value| match value {
                Value::Float(value) => value as f32,
                _ => f32::NAN,
            })
        };
        let items: Result<Vec<f32>, _> = items.into_iter().map(element).collect();
        Some(items.map(|items| Value::Vector(items.into())))
    }

    fn list(&self, kind: ExprKind, ty: Ty, element: Ty) -> Option<Result<Value, LiteralError>> {
        let Reader { tree, text, types } = *self;
        Some(match kind {
            ExprKind::List(members) => {
                let items: Result<Vec<_>, _> =
                    tree.list(members).map(|item| self.value(item, element)).collect();
                items.map(|items| Value::List { ty, items })
            }
            ExprKind::Repeat { value: repeated, count } => {
                let ExprKind::Int(count) = tree.kind(tree.unparen(count)) else { return None };
                if count > MAX_REPEAT {
                    return Some(Err(wrong(text, types, ty, &format!(": at most {MAX_REPEAT} elements"))));
                }
                self.value(repeated, element)
                    .map(|item| Value::List { ty, items: vec![item; count as usize] })
            }
            _ => return None,
        })
    }
}

fn hint(kind: ExprKind, ty: Ty) -> &'static str {
    match (kind, ty) {
        (ExprKind::Float(_), Ty::I64) => ": it has a fraction",
        (ExprKind::Name(_), Ty::STR) => ": inside a list, texts stand in quotes",
        (ExprKind::Name(_), Ty::BOOL) => ": write true or false",
        (ExprKind::Binary { .. } | ExprKind::Call { .. } | ExprKind::MethodCall { .. }, _) => {
            ": arguments are literals; `nda eval` takes expressions"
        }
        (_, ty) if ty.is_list() => ": write a list as [a, b]",
        _ => "",
    }
}

fn named_float(path: &str) -> Option<f64> {
    let path = path.strip_prefix("std::").unwrap_or(path);
    Some(match path {
        "f64::MAX" => f64::MAX,
        "f64::MIN" => f64::MIN,
        "f64::EPSILON" => f64::EPSILON,
        "f64::INFINITY" => f64::INFINITY,
        "f64::NEG_INFINITY" => f64::NEG_INFINITY,
        "f64::NAN" => f64::NAN,
        "f64::PI" | "f64::consts::PI" => std::f64::consts::PI,
        "f64::E" | "f64::consts::E" => std::f64::consts::E,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{TypesRef, read};
    use nda_graph::listing::parse_ty;

    #[track_caller]
    fn check(text: &str, ty: &str, expected: &str) {
        let shown = match read(text, TypesRef::EMPTY, parse_ty(ty).unwrap()) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn literals_are_read_for_their_type() {
        check(" -3", "i64", "-3");
        check("-0x1F", "i64", "-31");
        check("-9223372036854775808", "i64", "-9223372036854775808");
        check("9223372036854775808", "i64", "`9223372036854775808` is no i64: it does not fit");
        check("1.5", "i64", "`1.5` is no i64: it has a fraction");
        check("-1e3", "f64", "-1000.0");
        check("-f64::INFINITY", "f64", "-inf");
        check("3", "f64", "`3` is no f64: write 3.0");
        check("true", "bool", "true");
        check("()", "()", "()");
        check("word", "str", "\"word\"");
        check("two words", "str", "\"two words\"");
        check(r#""a\n""#, "str", r#""a\n""#);
        check("", "str", "\"\"");
        check("[]", "[[i64]]", "[]");
        check("[[1, -2], []]", "[[i64]]", "[[1, -2], []]");
        check("[0.5; 3]", "[f64]", "[0.5, 0.5, 0.5]");
        check("[a]", "[str]", "`a` is no str: inside a list, texts stand in quotes");
        check("1 + 2", "i64", "`1 + 2` is no i64: arguments are literals; `nda eval` takes expressions");
        check("7", "[i64]", "`7` is no [i64]: write a list as [a, b]");
    }
}
