//! Calls of functions of Rust's library, and what NDA writes in their place, as safe fixes.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Symbol};

/// The last of the numbers below the surrogates, and the ones above them: what a character's code may be.
const CODES: &str = "0..=55295 | 57344..=1114111";

impl Infer<'_> {
    /// The method that is called on an expression, if there is one: where the call stands, its name and its arguments.
    pub(super) fn call_on(&self, expr: ExprId) -> Option<(Span, Symbol, ExprList)> {
        if self.source.len() > super::written::MAX_SEARCHED {
            return None;
        }
        self.tree.exprs.iter().skip(expr.index() + 1).find_map(|parent| match parent.kind {
            ExprKind::MethodCall { receiver, method, args } if receiver == expr => {
                Some((parent.span, method, args))
            }
            _ => None,
        })
    }

    /// A call of a function that NDA does not have, if it can be written out: reported, and its type.
    pub(super) fn call_written(
        &mut self,
        expr: ExprId,
        path: &str,
        span: Span,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Option<Type> {
        let tree = self.tree;
        let list: Vec<ExprId> = tree.list(args).collect();
        let (rest, name) = path.rsplit_once("::")?;
        let owner = rest.rsplit("::").next()?;
        let text = |expr: ExprId| tree.span(expr).text(self.source);
        let whole = tree.span(expr);
        let (at, written) = match (owner, name, &list[..]) {
            ("iter", "repeat", &[value]) => {
                let (call, method, counts) = self.call_on(expr)?;
                let count = tree.list(counts).next().filter(|_| self.text(method) == "take")?;
                (call, format!("[{}; {}]", text(value), text(count)))
            }
            ("iter", "once", &[value]) => (whole, format!("[{}]", text(value))),
            ("Map" | "HashMap" | "BTreeMap", "from_iter", [_]) => (span, "Map::from".to_owned()),
            ("Vec", "from_iter" | "from", &[value]) => (whole, format!("({}).collect()", text(value))),
            ("String", "from_iter", &[value]) => (whole, format!("({}).collect::<str>()", text(value))),
            ("char", "from", &[code]) => (whole, format!("str::from_code({})", text(code))),
            ("char", "from_u32", &[code]) => {
                let name = self.unused_name("code")?;
                let code = text(code);
                (
                    whole,
                    format!(
                        "(match {code} {{ {name} @ ({CODES}) => Some(str::from_code({name})), _ => None }})"
                    ),
                )
            }
            ("char", "from_digit", &[digit, radix]) if text(radix) == "10" => {
                let name = self.unused_name("digit")?;
                let digit = text(digit);
                (
                    whole,
                    format!("(match {digit} {{ {name} @ 0..=9 => Some({name}.to_string()), _ => None }})"),
                )
            }
            (_, "from", &[value]) if is_number(owner) => {
                let ty = self.infer(value, None);
                let value = text(value);
                let written = match (self.resolve(ty), is_float(owner)) {
                    (Type::I64, false) | (Type::F64, true) => format!("({value})"),
                    (Type::I64, true) => format!("(({value}) as f64)"),
                    (Type::BOOL, false) => format!("(({value}) as i64)"),
                    (Type::STR, false) => format!("({value}).char_code()"),
                    (found, _) => {
                        let message = format!("`{path}` does not take `{}`", self.show(found));
                        let note = "every integer is an `i64`: write the value alone; `true as i64` is 1";
                        self.report(Diagnostic::new(Code::BadOperand, span, message).note(note));
                        return Some(Type::ERROR);
                    }
                };
                self.write_call(path, span, whole, written);
                return Some(if is_float(owner) { Type::F64 } else { Type::I64 });
            }
            (_, "default", []) => {
                let ty =
                    if owner == "Default" { wanted.map(|wanted| self.resolve(wanted))? } else { Type::ERROR };
                (whole, self.default_written(owner, ty)?)
            }
            (_, _, [value, others @ ..])
                if is_number(owner)
                    || matches!(owner, "bool" | "char" | "str" | "String" | "Vec" | "Option") =>
            {
                if name == "new" || name.starts_with("from") || name.starts_with("try_from") {
                    return None;
                }
                let others: Vec<&str> = others.iter().map(|&other| text(other)).collect();
                (whole, format!("({}).{name}({})", text(*value), others.join(", ")))
            }
            _ => return None,
        };
        self.infer_unwanted(args);
        self.write_call(path, span, at, written);
        Some(Type::ERROR)
    }

    fn write_call(&mut self, path: &str, span: Span, at: Span, written: String) {
        let message = format!("found a call of `{path}`; expected what NDA writes in its place");
        self.report(Diagnostic::new(Code::RustSpelling, span, message).fix("write it out", at, written));
    }

    /// What is nothing yet, of the types that a language brings along.
    pub(super) fn empty_written(&self, ty: Type) -> Option<&'static str> {
        Some(match ty {
            Type::I64 => "0",
            Type::F64 => "0.0",
            Type::BOOL => "false",
            Type::STR => "\"\"",
            _ if ty.is_list() => "[]",
            _ if self.facts.table.map_of(ty).is_some() => "Map::new()",
            _ => return None,
        })
    }

    /// The value that `Default` gives a type.
    fn default_written(&self, owner: &str, ty: Type) -> Option<String> {
        let plain = match owner {
            "bool" => "false",
            "String" | "str" => "\"\"",
            "Vec" => "[]",
            "HashMap" | "BTreeMap" | "Map" => "Map::new()",
            "Option" => "None",
            _ if is_float(owner) => "0.0",
            _ if is_number(owner) => "0",
            "Default" => match self.empty_written(ty) {
                Some(empty) => empty,
                None if self.facts.table.some_of(ty).is_some() => "None",
                None => {
                    let (decl, _) = self.facts.table.nominal(ty)?;
                    let name = &self.facts.table.decls.get(decl).name;
                    // Without such a function there would be nothing to call.
                    return self.source.contains("fn default(").then(|| format!("{name}::default()"));
                }
            },
            _ => return None,
        };
        Some(plain.to_owned())
    }

    /// `('a'..='z').contains(c)`: whether it is that, which is reported.
    pub(super) fn range_of_text(&mut self, expr: ExprId, receiver: ExprId, args: ExprList) -> bool {
        let tree = self.tree;
        let ExprKind::Range { from, to, .. } = tree.kind(tree.unparen(receiver)) else { return false };
        let is_literal = |end: ExprId| matches!(tree.kind(end), ExprKind::Str(_) | ExprKind::Float(_));
        let mut ends = from.into_iter().chain(to);
        let (Some(arg), true) = (tree.list(args).next(), ends.clone().count() > 0 && ends.all(is_literal))
        else {
            return false;
        };
        self.infer(arg, None);
        let text = |expr: ExprId| tree.span(expr).text(self.source);
        let written = format!("matches!({}, {})", text(arg), text(tree.unparen(receiver)));
        let message = "found a range of something else than integers; expected it in a pattern";
        let diagnostic = Diagnostic::new(Code::RustSpelling, tree.span(receiver), message);
        self.report(diagnostic.fix("hold it against a pattern", tree.span(expr), written));
        true
    }
}

fn is_float(owner: &str) -> bool {
    matches!(owner, "f32" | "f64")
}

fn is_number(owner: &str) -> bool {
    is_float(owner)
        || matches!(
            owner,
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize"
        )
}
