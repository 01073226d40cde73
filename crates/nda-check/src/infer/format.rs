//! `format`, `println!` and the other macros: the format string is read here, so that it cannot lie when the program runs.

use super::{HIDDEN, Infer};
use crate::facts::{Does, Format, Meaning, Piece, Source};
use crate::methods::Intrinsic;
use crate::template::{self, Argument, Count, Part, Place, Problem, Spec, Style};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Symbol};

impl Infer<'_> {
    /// `name!(args)`.
    pub(super) fn macro_call(&mut self, expr: ExprId, name: Symbol, args: ExprList) -> Type {
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let span = self.tree.span(expr);
        let name = self.text(name);
        let (does, start) = match name.strip_prefix("debug_").unwrap_or(name) {
            "println" => (Does::Print, ""),
            "assert" => (Does::Assert, "assertion failed"),
            "assert_eq" => (Does::Equal, ""),
            "assert_ne" => (Does::Differ, ""),
            "panic" => (Does::Panic, "explicit panic"),
            "unreachable" => (Does::Panic, "internal error: entered unreachable code"),
            "todo" => (Does::Panic, "not yet implemented"),
            "unimplemented" => (Does::Panic, "not implemented"),
            _ => (Does::Text, ""),
        };
        let lead = does.lead();
        if args.len() < lead || does == Does::Text && args.is_empty() {
            let takes = match does {
                Does::Assert => "a condition",
                Does::Text => "a format",
                _ => "two values",
            };
            self.error(
                Code::WrongArgumentCount,
                span,
                format!("`{name}!` takes {takes}, found {}", args.len()),
            );
            return self.report_nothing_more(&args, does);
        }
        match does {
            Does::Assert => self.check(args[0], Type::BOOL),
            Does::Equal | Does::Differ => {
                let left = self.infer(args[0], None);
                let left = if left == Type::NEVER { self.facts.table.fresh() } else { left };
                self.check(args[1], left);
            }
            _ => {}
        }
        let mut pieces = Vec::new();
        let message = args.get(lead).copied();
        // What stands before a message, and instead of one.
        let replaces = name == "panic" || does == Does::Assert;
        if message.is_none() || !replaces {
            let joint = if message.is_some() && !start.is_empty() { ": " } else { "" };
            pieces.push(Piece::Text(format!("{start}{joint}")));
        }
        if let Some(message) = message {
            self.template(message, &args[lead + 1..], &mut pieces);
        }
        self.keep_format(expr, Format { does, pieces, has_message: message.is_some() })
    }

    /// `format(…)`.
    pub(super) fn format_call(&mut self, expr: ExprId, args: &[ExprId]) -> Type {
        let Some((&format, values)) = args.split_first() else {
            let span = self.tree.span(expr);
            return self.error(
                Code::WrongArgumentCount,
                span,
                "`format` takes a format and its values, found nothing",
            );
        };
        let mut pieces = Vec::new();
        self.template(format, values, &mut pieces);
        self.keep_format(expr, Format { does: Does::Text, pieces, has_message: true })
    }

    fn keep_format(&mut self, expr: ExprId, mut format: Format) -> Type {
        format.pieces.dedup_by(|next, text| match (text, next) {
            (Piece::Text(text), Piece::Text(next)) => {
                text.push_str(next);
                true
            }
            _ => false,
        });
        format.pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        let ty = format.does.result();
        self.facts.meanings[expr.index()] = Meaning::Format(self.facts.formats.len() as u32);
        self.facts.formats.push(format);
        ty
    }

    #[cold]
    fn report_nothing_more(&mut self, args: &[ExprId], does: Does) -> Type {
        args.iter().for_each(|&arg| {
            self.infer(arg, None);
        });
        does.result()
    }

    /// Reads a format string and finds its values.
    fn template(&mut self, format: ExprId, values: &[ExprId], pieces: &mut Vec<Piece>) {
        let span = self.tree.span(format);
        let ExprKind::Str(text) = self.tree.kind(self.tree.unparen(format)) else {
            let ty = self.infer(format, None);
            values.iter().for_each(|&value| {
                self.infer(value, None);
            });
            if !self.resolve(ty).is_error() {
                let diagnostic = Diagnostic::new(
                    Code::BadFormat,
                    span,
                    "a format is a text literal, so that it can be checked",
                )
                .label("this is known only when the program runs")
                .fix("put it into a format", Span::new(span.start, span.start), "\"{}\", ");
                self.report(diagnostic);
            }
            return;
        };
        self.facts.types[format.index()] = Type::STR;
        let types: Vec<Type> = values.iter().map(|&value| self.infer(value, None)).collect();
        let text = self.tree.text(text, self.source);
        let parts = match template::parse(text) {
            Ok(parts) => parts,
            Err(problem) => return self.bad_format(span, text, problem),
        };
        let mut reader =
            Reader { span, text, values, types, used: vec![false; values.len()], next: 0, lacks: false };
        for part in parts {
            match part {
                Part::Text(text) => pieces.push(Piece::Text(text.to_owned())),
                Part::Place(place) => {
                    if let Some((value, spec)) = self.place(&mut reader, &place) {
                        pieces.push(Piece::Value { value, spec });
                    }
                }
            }
        }
        if reader.lacks {
            let places = reader.next;
            let place = if places == 1 { "place" } else { "places" };
            let given = match values.len() {
                0 => "no value is given".to_owned(),
                1 => "one value is given".to_owned(),
                count => format!("{count} values are given"),
            };
            self.error(
                Code::BadFormat,
                span,
                format!("this format has {places} {place} for values, and {given}"),
            );
        }
        for (index, _) in reader.used.iter().enumerate().filter(|(_, used)| !**used) {
            let value = self.tree.span(values[index]);
            let diagnostic = Diagnostic::new(Code::BadFormat, value, "this value has no place in the format")
                .also(span, "a place is written `{}`");
            self.report(diagnostic);
        }
    }

    fn place(&mut self, reader: &mut Reader<'_, '_>, place: &Place<'_>) -> Option<(Source, Spec<Source>)> {
        let at = reader.span_of(&place.range, self.source);
        let (value, ty) = self.source(reader, place.value, at)?;
        let mut count = |this: &mut Self, count: Option<Count<Argument<'_>>>| match count {
            None => Some(None),
            Some(Count::Written(count)) => Some(Some(Count::Written(count))),
            Some(Count::Given(argument)) => {
                let (source, ty) = this.source(reader, argument, at)?;
                this.fits(at, Type::I64, ty).then_some(Some(Count::Given(source)))
            }
        };
        let width = count(self, place.spec.width)?;
        let precision = count(self, place.spec.precision)?;
        let Spec { fill, align, plus, alternate, zero, style, .. } = place.spec;
        let spec = Spec { fill, align, plus, alternate, zero, width, precision, style };
        let ty = self.resolve(ty);
        if ty.is_error() || ty == Type::NEVER {
            return Some((value, spec));
        }
        if let Some(what) = misfit(&spec, ty) {
            let written = &reader.text[place.range.clone()];
            let message = format!("`{written}` does not suit `{ty}`: {what}", ty = self.show(ty));
            let mut diagnostic = Diagnostic::new(Code::BadFormat, at, message);
            if let Source::Argument(index) = value {
                diagnostic = diagnostic.also(
                    self.tree.span(reader.values[index]),
                    format!("this is `{ty}`", ty = self.show(ty)),
                );
            }
            if ty.is_list() {
                diagnostic = diagnostic.note("format its text instead: `xs.to_string()`");
            } else if ty == Type::I64 && spec.precision.is_some() {
                diagnostic = diagnostic.note("`x as f64` has decimals");
            }
            self.report(diagnostic);
        }
        Some((value, spec))
    }

    /// The value that a place names, and its type.
    fn source(
        &mut self,
        reader: &mut Reader<'_, '_>,
        argument: Argument<'_>,
        at: Span,
    ) -> Option<(Source, Type)> {
        let index = match argument {
            Argument::Name(name) => return self.named(name, at),
            Argument::Next => {
                reader.next += 1;
                reader.next - 1
            }
            Argument::Position(index) => index,
        };
        match reader.types.get(index) {
            Some(&ty) => {
                reader.used[index] = true;
                Some((Source::Argument(index), ty))
            }
            None if argument == Argument::Next => {
                reader.lacks = true;
                None
            }
            None => {
                let message = format!("this place asks for value {index}, counted from 0, and there is none");
                self.error(Code::BadFormat, at, message);
                None
            }
        }
    }

    /// A variable or constant that is named inside of a format string.
    fn named(&mut self, name: &str, at: Span) -> Option<(Source, Type)> {
        let symbol = self.tree.find_symbol(name, self.source);
        if let Some(symbol) = symbol {
            if let Some(local) = self.bindings[symbol.index()].checked_sub(1) {
                let variable = &mut self.facts.locals[local as usize];
                variable.read = true;
                return Some((Source::Local(local), variable.ty));
            }
            if let Some(target) = self.global(symbol) {
                if !self.facts.targets[target as usize].is_constant {
                    self.error(Code::NotAValue, at, format!("`{name}` is a function, not a value"));
                    return None;
                }
                self.refer(target);
                return Some((Source::Constant(target), self.facts.targets[target as usize].ret()));
            }
        }
        if let Some(symbol) = symbol.filter(|symbol| self.globals[symbol.index()] == HIDDEN) {
            self.unknown(symbol, at);
            return None;
        }
        let diagnostic =
            Diagnostic::new(Code::UnknownName, at, format!("there is nothing called `{name}` here"));
        let near = nearest(name, self.undo.iter().map(|&(symbol, _)| self.text(symbol)));
        let note = near.map(|near| format!("there is `{near}`"));
        self.report(match note {
            Some(note) => diagnostic.note(note),
            None => diagnostic,
        });
        None
    }

    #[cold]
    fn bad_format(&mut self, span: Span, text: &str, problem: Problem) {
        let exact = exact(span, text, self.source);
        let at = if exact { inside(span, &problem.range) } else { span };
        let mut diagnostic = Diagnostic::new(Code::BadFormat, at, problem.message);
        if let (Some(instead), true) = (problem.instead, exact) {
            diagnostic = diagnostic.guess(format!("write `{instead}`"), at, instead);
        }
        if let Some(note) = problem.note {
            diagnostic = diagnostic.note(note);
        }
        self.report(diagnostic);
    }

    /// `print("{}", x)`: what is meant is the macro. `None` for anything else.
    pub(super) fn meant_macro(&self, intrinsic: Intrinsic, args: &[ExprId]) -> Option<&'static str> {
        let (at, name) = match intrinsic {
            Intrinsic::Print => (0, "println!"),
            Intrinsic::Panic => (0, "panic!"),
            Intrinsic::Assert => (1, "assert!"),
            _ => return None,
        };
        let ExprKind::Str(text) = self.tree.kind(*args.get(at)?) else { return None };
        self.tree.text(text, self.source).contains('{').then_some(name)
    }
}

/// A format string and the values behind it.
struct Reader<'v, 't> {
    span: Span,
    text: &'t str,
    values: &'v [ExprId],
    types: Vec<Type>,
    used: Vec<bool>,
    /// The values that `{}` has taken so far.
    next: usize,
    /// Whether there were too few of them.
    lacks: bool,
}

impl Reader<'_, '_> {
    fn span_of(&self, range: &std::ops::Range<usize>, source: &str) -> Span {
        if exact(self.span, self.text, source) { inside(self.span, range) } else { self.span }
    }
}

/// Whether the characters of a literal stand in the source as they are.
fn exact(span: Span, text: &str, source: &str) -> bool {
    let spelling = span.text(source);
    spelling.get(1..spelling.len().saturating_sub(1)) == Some(text)
}

/// A part of a literal's characters, behind its quote.
fn inside(span: Span, range: &std::ops::Range<usize>) -> Span {
    let at = |offset: usize| span.start + 1 + offset as u32;
    Span::new(at(range.start), at(range.end))
}

/// What of a specification a value of this type cannot have; in Rust most of it would be ignored.
fn misfit(spec: &Spec<Source>, ty: Type) -> Option<&'static str> {
    let number = matches!(ty, Type::I64 | Type::F64);
    let bare = *spec == Spec::bare(spec.style);
    match spec.style {
        Style::Plain | Style::Debug if bare => None,
        _ if ty.is_open() => Some("its type is not known here"),
        Style::Hex | Style::UpperHex | Style::Octal | Style::Binary if ty != Type::I64 => {
            Some("only an `i64` has digits in another base")
        }
        _ if spec.precision.is_some()
            && !(ty == Type::F64 || ty == Type::STR && spec.style == Style::Plain) =>
        {
            Some("a precision is for `f64`, and for the first characters of a `str`")
        }
        _ if spec.plus && !(number && matches!(spec.style, Style::Plain | Style::Debug)) => {
            Some("`+` shows the sign of a number")
        }
        _ if spec.zero && !number => Some("zeros fill up numbers"),
        _ if ty.is_list() => Some("a width is for one value, not for a list"),
        Style::Debug if ty == Type::STR => Some("a quoted text has no width"),
        _ => None,
    }
}
