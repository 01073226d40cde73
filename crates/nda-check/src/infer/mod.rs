//! Inference: what every name means and which type every expression has.
//!
//! One walk over each body, types flowing both ways: an expected type goes down, the found one comes up. Everything
//! wrong is reported and taken as an error type, which fits everywhere, so that one mistake is one diagnostic. This
//! module covers bodies; [`blocks`], [`flow`], [`names`], [`operators`], [`calls`], [`chain`], [`format`] and [`places`] the rest,
//! and [`traps`] the warnings about what cannot work.

mod blocks;
mod calls;
mod calls_written;
mod chain;
mod exhaustive;
mod flow;
mod format;
mod generics;
mod instead;
mod maps;
mod matches;
mod names;
mod operators;
mod option_lambdas;
mod options;
mod orders;
mod patterns;
mod place_fixes;
mod place_loops;
mod place_patterns;
mod places;
pub(crate) mod records;
mod sort;
mod spelled;
mod tensors;
mod traps;
mod types;
mod write_back;
mod written;

pub(crate) use exhaustive::placed;

use crate::env::Scope;
use crate::facts::{Facts, Local};
use crate::modules::Modules;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{BlockId, ExprId, ExprKind, Name, Param, Symbol, Tree};
use rustc_hash::FxHashMap;

/// The walk over one source. Its parts are taken from the checker's memory and given back.
pub(crate) struct Infer<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) source: &'a str,
    pub(crate) scope: &'a dyn Scope,
    pub(crate) facts: &'a mut Facts,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// By symbol: the variable it names now, plus one.
    pub(crate) bindings: &'a mut Vec<u32>,
    /// By symbol: the target it names in the frame that is being looked at, plus one, once it was looked up; `ABSENT` if it
    /// names nothing.
    pub(crate) globals: &'a mut Vec<u32>,
    pub(crate) modules: &'a mut Modules,
    /// What each binding was before the scopes that are open now.
    undo: &'a mut Vec<(Symbol, u32)>,
    loops: &'a mut Vec<Loop>,
    result: Type,
    /// The capabilities the function declares; `None` where nothing with an effect may stand.
    declared: Option<Vec<Name>>,
    /// Where the item starts, and an attribute can be put.
    item_at: u32,
    used: &'a mut Vec<String>,
    /// The items that items refer to, in the order met; the current item's come last.
    item_refs: &'a mut Vec<usize>,
    /// Counts changes of variables, and jumps (which end scopes), to know which expressions hold one.
    changes: u32,
    /// `[]` literals whose element type must be known at the end of the body.
    open_lists: &'a mut Vec<ExprId>,
    /// Elements that are sorted or compared: their type must have an order once it is known.
    sorted: &'a mut Vec<(ExprId, Type)>,
    /// Calls of `parse`, and what each is to give.
    parsed: &'a mut Vec<(ExprId, Type)>,
    /// Vectors that are made, whose length must be known at the end of the body.
    shaped: &'a mut Vec<ExprId>,
    /// Maps that are made, and their types.
    keyed: &'a mut Vec<(ExprId, Type)>,
    /// Where a default value is asked for, and of which type.
    defaulted: &'a mut Vec<(ExprId, Type)>,
    /// The call whose value patterns are held against: it may give a place.
    matched: Option<ExprId>,
    /// Where the names of patterns come from that are held against variables.
    origins: Vec<write_back::Origin>,
    /// The block that a condition leads to.
    then: Option<BlockId>,
    /// Whether control cannot get here. Lowering leaves such code out, so what it refers to is not referred to.
    dead: bool,
    /// Whether a lambda is being inferred: jumps cannot leave it.
    in_lambda: bool,
    /// The parameters of the next lambda stand for places.
    place_params: usize,
    /// Whether a constant is being inferred: what traps in one is an error of its own.
    in_constant: bool,
    /// Whether a body is being inferred, and not a signature.
    in_body: bool,
    /// By name: the structs and enums looked for so far.
    pub(crate) named_types: &'a mut FxHashMap<String, Option<u32>>,
    /// By struct or enum, and name: an entry of [`Infer::globals`] for the method of its `impl`.
    own_methods: &'a mut FxHashMap<(u32, Symbol), u32>,
    /// The type parameters of the item at hand.
    parameters: &'a [(String, Type)],
    /// Whether the fields of a struct or enum are being read: what its type parameters must be follows from them.
    in_declaration: bool,
    /// Calls of generic functions of the body at hand, once for each time it was inferred.
    generic_calls: &'a mut Vec<GenericCall>,
    /// The type that `Self` stands for.
    pub(crate) self_type: Option<Type>,
    /// The number of diagnostics when the body began.
    reported: usize,
}

/// In [`Infer::globals`]: looked up, and there is no such thing.
pub(crate) const ABSENT: u32 = u32::MAX;
/// In [`Infer::globals`]: an item that was refused where it stands.
pub(crate) const REFUSED: u32 = u32::MAX - 1;
/// In [`Infer::globals`]: found, and out of reach from here, or found twice.
pub(crate) const HIDDEN: u32 = u32::MAX - 3;
/// In [`Infer::globals`]: a struct or enum, which is no value.
pub(crate) const TYPE: u32 = u32::MAX - 2;
/// How many unknown names of one source get a suggestion: each looks at every item.
const MAX_SUGGESTIONS: u32 = 100;

/// What inference keeps from one body to the next.
#[derive(Default)]
pub(crate) struct Memory {
    /// See [`Infer::bindings`] and [`Infer::globals`]; whoever starts a source fills them with zeros.
    pub(crate) bindings: Vec<u32>,
    pub(crate) globals: Vec<u32>,
    pub(crate) modules: Modules,
    undo: Vec<(Symbol, u32)>,
    loops: Vec<Loop>,
    used: Vec<String>,
    /// See [`Infer::item_refs`]; whoever starts a source clears it.
    pub(crate) item_refs: Vec<usize>,
    open_lists: Vec<ExprId>,
    sorted: Vec<(ExprId, Type)>,
    parsed: Vec<(ExprId, Type)>,
    shaped: Vec<ExprId>,
    keyed: Vec<(ExprId, Type)>,
    defaulted: Vec<(ExprId, Type)>,
    /// See [`Infer::named_types`]; whoever starts a source clears it.
    pub(crate) named_types: FxHashMap<String, Option<u32>>,
    /// See [`Infer::own_methods`].
    own_methods: FxHashMap<(u32, Symbol), u32>,
    /// See [`Infer::self_type`].
    pub(crate) self_type: Option<Type>,
    /// See [`Infer::parameters`].
    pub(crate) parameters: Vec<(String, Type)>,
    /// See [`Infer::generic_calls`].
    pub(crate) generic_calls: Vec<GenericCall>,
    /// See [`Infer::in_declaration`].
    pub(crate) in_declaration: bool,
}

/// A call of a generic function, or its name where a lambda could stand; its type arguments are in [`Facts::instances`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct GenericCall {
    pub(crate) expr: ExprId,
    pub(crate) target: u32,
    /// Whether control can get there.
    pub(crate) live: bool,
}

impl Memory {
    /// Lets every name be looked up again.
    pub(crate) fn forget_globals(&mut self) {
        self.modules.touched.drain(..).for_each(|symbol| self.globals[symbol.index()] = 0);
        self.own_methods.clear();
    }
}

struct Loop {
    label: Option<Symbol>,
    /// What its breaks carry; `None` for loops that give nothing.
    value: Option<Type>,
    broken: bool,
}

/// What surrounds a body.
pub(crate) struct Frame<'n> {
    /// The result type.
    pub(crate) result: Type,
    /// The declared capabilities, or `None` in constants and examples.
    pub(crate) declared: Option<Vec<Name>>,
    /// Where the item starts.
    pub(crate) at: u32,
    /// Parameters.
    pub(crate) params: &'n [Param],
    /// What has their types.
    pub(crate) target: u32,
}

impl<'a> Infer<'a> {
    pub(crate) fn new(
        tree: &'a Tree,
        source: &'a str,
        scope: &'a dyn Scope,
        facts: &'a mut Facts,
        diagnostics: &'a mut Vec<Diagnostic>,
        memory: &'a mut Memory,
    ) -> Self {
        let Memory {
            bindings,
            globals,
            modules,
            undo,
            loops,
            used,
            item_refs,
            open_lists,
            sorted,
            parsed,
            shaped,
            keyed,
            defaulted,
            named_types,
            own_methods,
            self_type,
            parameters,
            generic_calls,
            in_declaration,
        } = memory;
        Self {
            tree,
            source,
            scope,
            facts,
            diagnostics,
            bindings,
            globals,
            modules,
            undo,
            loops,
            result: Type::ERROR,
            matched: None,
            origins: Vec::new(),
            then: None,
            declared: None,
            item_at: 0,
            used,
            item_refs,
            changes: 0,
            open_lists,
            sorted,
            parsed,
            shaped,
            keyed,
            defaulted,
            dead: false,
            in_lambda: false,
            place_params: 0,
            in_constant: false,
            in_body: false,
            named_types,
            own_methods,
            parameters,
            generic_calls,
            in_declaration: *in_declaration,
            self_type: *self_type,
            reported: 0,
        }
    }

    /// Infers a function's body.
    pub(crate) fn function(&mut self, frame: Frame<'_>, body: BlockId) {
        self.begin(frame.result, frame.declared);
        self.item_at = frame.at;
        let first = self.facts.locals.len();
        for (index, param) in frame.params.iter().enumerate() {
            let ty = self.facts.targets[frame.target as usize].param(index).unwrap_or(Type::ERROR);
            let local = self.facts.locals.len();
            self.declare(param.name, ty, param.mutable || param.in_place);
            if param.in_place
                && let Some(local) = self.facts.locals.get_mut(local)
            {
                // The caller reads it.
                local.read = true;
            }
        }
        self.parameter_patterns((frame.params, frame.target), body, first);
        self.block_against(body, frame.result);
        self.end(first);
        let declared = self.declared.take().unwrap_or_default();
        for name in declared {
            let text = self.text(name.symbol);
            if !self.used.iter().any(|used| used == text) {
                let message = format!("nothing here needs the capability `{text}`");
                self.report(Diagnostic::new(Code::CapabilityUnused, name.span, message));
            }
        }
    }

    /// Infers the value of a constant.
    pub(crate) fn constant(&mut self, expr: ExprId, wanted: Type) {
        // A `return` is refused with everything else that is no constant expression.
        self.begin(Type::ERROR, None);
        self.in_constant = true;
        let first = self.facts.locals.len();
        self.check(expr, wanted);
        self.end(first);
    }

    /// Infers an expression that stands alone, as the body of a function without parameters: its type, and that of
    /// what a `return` in it must give.
    pub(crate) fn alone(&mut self, expr: ExprId, result: Option<Type>) -> Type {
        let open = result.unwrap_or_else(|| self.facts.table.fresh());
        self.begin(open, None);
        let first = self.facts.locals.len();
        let ty = self.infer(expr, result);
        if result.is_none() {
            self.fits(self.tree.span(expr), open, ty);
        }
        self.end(first);
        let ty = if result.is_none() && ty == Type::NEVER { open } else { ty };
        self.facts.table.resolve(ty)
    }

    fn begin(&mut self, result: Type, declared: Option<Vec<Name>>) {
        self.undo.clear();
        self.origins.clear();
        self.result = result;
        self.declared = declared;
        self.used.clear();
        self.loops.clear();
        self.open_lists.clear();
        self.sorted.clear();
        self.parsed.clear();
        self.shaped.clear();
        self.keyed.clear();
        self.defaulted.clear();
        self.generic_calls.clear();
        self.dead = false;
        self.in_lambda = false;
        self.in_constant = false;
        self.in_body = true;
        self.reported = self.diagnostics.len();
    }

    fn end(&mut self, first_local: usize) {
        self.close_scope(0);
        for index in 0..self.sorted.len() {
            let (expr, ty) = self.sorted[index];
            self.check_sortable(expr, ty);
        }
        for index in 0..self.parsed.len() {
            let (expr, ty) = self.parsed[index];
            self.check_parsed(expr, ty);
        }
        for index in 0..self.keyed.len() {
            let (expr, map) = self.keyed[index];
            self.check_keyed(expr, map);
        }
        for index in 0..self.defaulted.len() {
            let (expr, ty) = self.defaulted[index];
            self.with_default(expr, ty);
        }
        self.check_generic_calls();
        // What is still open, or looks unused, may be so only because of a mistake that was reported.
        if self.has_reported_errors() {
            return;
        }
        self.check_shapes();
        for index in 0..self.open_lists.len() {
            let expr = self.open_lists[index];
            if self.facts.ty(expr).is_error() {
                self.too_deep(self.tree.span(expr));
            } else if !self.facts.table.is_known(self.facts.ty(expr)) {
                let diagnostic = Diagnostic::new(
                    Code::CannotInfer,
                    self.tree.span(expr),
                    "the type of this list's elements is not known",
                )
                .label("nothing is ever put into it")
                .note("write the type where it is declared: `let xs: [i64] = [];`");
                self.report(diagnostic);
                // Whatever else hangs on it was named once.
                let ty = self.facts.ty(expr);
                self.facts.table.unify(ty, Type::I64.list_of());
            }
        }
        for index in first_local..self.facts.locals.len() {
            self.review(index);
        }
    }

    /// The warnings about a variable, once everything that uses it was seen.
    fn review(&mut self, index: usize) {
        let local = self.facts.locals[index];
        let text = self.text(local.symbol);
        if text.starts_with('_') || text == "self" || local.ty.is_error() {
            return;
        }
        if !local.read {
            let diagnostic =
                if local.changed {
                    Diagnostic::new(
                        Code::UnusedVariable,
                        local.span,
                        format!("`{text}` is assigned, but never read"),
                    )
                } else {
                    Diagnostic::new(Code::UnusedVariable, local.span, format!("`{text}` is never read"))
                        .guess("say so with an underscore", local.span, format!("_{text}"))
                };
            self.report(diagnostic);
        } else if local.mutable && !local.changed {
            let behind = self.source[local.span.end as usize..].trim_start().strip_prefix(':');
            let in_place = behind.is_some_and(|behind| behind.trim_start().starts_with("&mut"));
            let mutable = if in_place { "&mut" } else { "mut" };
            let message = format!("`{text}` is `{mutable}`, but never changes");
            let diagnostic = Diagnostic::new(Code::UnusedMut, local.span, message);
            let before = &self.source[..local.span.start as usize];
            self.report(match before.trim_end().strip_suffix("mut") {
                Some(rest) => {
                    let span = Span::new(rest.len() as u32, local.span.start);
                    diagnostic.fix("leave the `mut` out", span, "")
                }
                None => diagnostic,
            });
        }
    }

    // ----- helpers -----

    pub(crate) fn text(&self, symbol: Symbol) -> &'a str {
        self.tree.name(symbol, self.source)
    }

    #[cold]
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    #[cold]
    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) -> Type {
        self.report(Diagnostic::new(code, span, message));
        Type::ERROR
    }

    /// A type for a message.
    pub(crate) fn show(&self, ty: Type) -> String {
        self.facts.table.show(ty)
    }

    fn resolve(&self, ty: Type) -> Type {
        self.facts.table.resolve(ty)
    }

    fn declare(&mut self, name: Name, ty: Type, mutable: bool) -> u32 {
        let index = self.facts.locals.len() as u32;
        self.facts.locals.push(Local {
            symbol: name.symbol,
            ty,
            mutable,
            span: name.span,
            read: false,
            changed: false,
            names_place: false,
        });
        if self.text(name.symbol) == "_" {
            return index;
        }
        let binding = &mut self.bindings[name.symbol.index()];
        self.undo.push((name.symbol, *binding));
        *binding = index + 1;
        index
    }

    fn close_scope(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((symbol, before)) = self.undo.pop() {
                self.bindings[symbol.index()] = before;
            }
        }
    }

    /// Whether pairs were found where a list of their first parts is wanted.
    fn are_pairs_of(&self, wanted: Type, found: Type) -> bool {
        let (Some(wanted), Some(found)) = (wanted.element(), found.element()) else { return false };
        matches!(self.facts.table.parts(found), Some(&[first, _]) if self.facts.table.resolve(first) == wanted)
    }

    fn is_list_of_enums(&self, ty: Type) -> bool {
        ty.element().is_some_and(|element| self.facts.table.is_enum(element))
    }

    /// Reports unless `found` fits where `wanted` is needed.
    fn fits(&mut self, span: Span, wanted: Type, found: Type) -> bool {
        if found == Type::NEVER || self.facts.table.unify(wanted, found) {
            return true;
        }
        let (wanted, found) = (self.resolve(wanted), self.resolve(found));
        let message = format!(
            "expected `{wanted}`, found `{found}`",
            wanted = self.show(wanted),
            found = self.show(found)
        );
        let mut diagnostic = Diagnostic::new(Code::TypeMismatch, span, message)
            .label(format!("this is `{found}`", found = self.show(found)));
        diagnostic = match (wanted, found) {
            (Type::F64, Type::I64) | (Type::I64, Type::F64) => {
                let text = span.text(self.source);
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(&byte));
                let text = if plain { text.to_owned() } else { format!("({text})") };
                diagnostic.guess(
                    format!("convert it with `as {wanted}`", wanted = self.show(wanted)),
                    span,
                    format!("{text} as {wanted}", wanted = self.show(wanted)),
                )
            }
            (Type::STR, Type::I64 | Type::F64 | Type::BOOL) => self.as_text(diagnostic, span),
            (Type::STR, found) if found == Type::STR.list_of() => {
                let end = Span::new(span.end, span.end);
                diagnostic.guess("join them", end, ".join(\"\")")
            }
            (Type::I64, Type::BOOL) => diagnostic.note("a `bool` becomes 0 or 1 with `as i64`"),
            (Type::BOOL, Type::I64) => diagnostic.note("compare it: `x != 0`"),
            (Type::I64, Type::STR) => diagnostic.note(
                "`s.parse_i64()` reads a number, `c.char_code()` is a character's; texts are compared with `<`, and have no ranges outside of patterns",
            ),
            (wanted, found) if self.are_pairs_of(wanted, found) => {
                diagnostic.note("of a map, `m.keys()` gives the keys and `m.values()` the values")
            }
            (wanted, found) if self.facts.table.is_enum(wanted) && self.is_list_of_enums(found) => diagnostic
                .note("an element that is missing ends nothing here: write a `for` loop that pushes to a list, with `?`"),
            _ => diagnostic,
        };
        self.report(diagnostic);
        false
    }

    /// Offers to turn the value at `span` into text.
    fn as_text(&self, diagnostic: Diagnostic, span: Span) -> Diagnostic {
        let text = span.text(self.source);
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]()".contains(&byte));
        let negative = text.starts_with('-');
        let text = if plain && !negative { text.to_owned() } else { format!("({text})") };
        diagnostic.guess("turn it into text", span, format!("{text}.to_string()"))
    }

    /// Infers an expression that must have type `wanted`.
    pub(crate) fn check(&mut self, expr: ExprId, wanted: Type) {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => {
                self.check(inner, wanted);
                self.facts.types[expr.index()] = self.facts.types[inner.index()];
                self.facts.changes[expr.index()] = self.facts.changes[inner.index()];
            }
            // The value of these stands somewhere inside: point there.
            ExprKind::Block(_) | ExprKind::If { .. } => {
                let before = self.changes;
                let ty = match self.tree.kind(expr) {
                    ExprKind::Block(block) => self.block_against(block, wanted),
                    ExprKind::If { cond, then, otherwise } => {
                        self.if_against(expr, cond, then, otherwise, wanted)
                    }
                    _ => Type::ERROR,
                };
                self.note(expr, ty, before);
            }
            ExprKind::Int(_) if self.resolve(wanted) == Type::F64 => self.integer_for_float(expr),
            _ => {
                let found = self.infer(expr, Some(wanted));
                self.fits(self.tree.span(expr), wanted, found);
            }
        }
    }

    #[cold]
    fn integer_for_float(&mut self, expr: ExprId) {
        let span = self.tree.span(expr);
        let text = span.text(self.source);
        let diagnostic = Diagnostic::new(
            Code::IntegerForFloat,
            span,
            format!("expected `f64`, found the integer `{text}`"),
        )
        .label("an integer literal is never `f64`");
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        self.report(if plain {
            diagnostic.fix("write it as a float", span, format!("{text}.0"))
        } else {
            diagnostic
        });
        self.facts.types[expr.index()] = Type::F64;
    }

    /// The type of an expression decides what happens, and is not known where it stands.
    #[cold]
    fn not_known(&mut self, expr: ExprId) -> Type {
        let diagnostic =
            Diagnostic::new(Code::CannotInfer, self.tree.span(expr), "the type of this is not known here")
                .note("write the type where the list it comes from is declared: `let xs: [i64] = [];`");
        self.report(diagnostic);
        Type::ERROR
    }

    #[inline]
    fn note(&mut self, expr: ExprId, ty: Type, changes_before: u32) -> Type {
        self.facts.types[expr.index()] = ty;
        self.facts.changes[expr.index()] = self.changes != changes_before;
        ty
    }

    /// Infers an expression; `wanted` is a hint, not a demand.
    pub(crate) fn infer(&mut self, expr: ExprId, wanted: Option<Type>) -> Type {
        // Two expressions of three are these, which need none of what the others need.
        match self.tree[expr].kind {
            ExprKind::Int(magnitude) if magnitude <= i64::MAX as u64 => {
                return self.note(expr, Type::I64, self.changes);
            }
            ExprKind::Name(symbol) if self.bindings[symbol.index()] != 0 => {
                let ty = self.name(expr, symbol, None);
                return self.note(expr, ty, self.changes);
            }
            _ => {}
        }
        let before = self.changes;
        let ty = self.kind(expr, wanted);
        self.note(expr, ty, before)
    }

    fn kind(&mut self, expr: ExprId, wanted: Option<Type>) -> Type {
        let tree = self.tree;
        match tree.kind(expr) {
            ExprKind::Error => Type::ERROR,
            ExprKind::Unit => Type::UNIT,
            ExprKind::Bool(_) => Type::BOOL,
            ExprKind::Int(magnitude) => self.integer(expr, magnitude, false),
            ExprKind::Float(_) => Type::F64,
            ExprKind::Str(_) => Type::STR,
            ExprKind::Name(symbol) => self.name(expr, symbol, wanted),
            ExprKind::Path(symbol) => self.path(expr, symbol, wanted),
            ExprKind::Paren(inner) => self.infer(inner, wanted),
            ExprKind::List(items) => self.list(expr, items, wanted),
            ExprKind::Repeat { value, count } => {
                let element = match wanted.and_then(|wanted| self.resolve(wanted).element()) {
                    Some(element) => {
                        self.check(value, element);
                        element
                    }
                    None => self.infer(value, None),
                };
                let diverges = self.facts.types[value.index()] == Type::NEVER;
                let before = self.dead;
                self.dead |= diverges;
                self.check(count, Type::I64);
                self.dead = before;
                self.negative(count, "a list cannot have a negative number of elements");
                if diverges { Type::NEVER } else { self.list_of(element, tree.span(expr)) }
            }
            ExprKind::Vector { items, .. } => self.vector_literal(expr, items),
            ExprKind::Unary { op, operand } => self.unary(expr, op, operand, wanted),
            ExprKind::Binary { op, op_at, left, right } => {
                self.binary(expr, op, op.span_at(op_at), left, right)
            }
            ExprKind::Assign { op, op_at, place, value } => self.assign(op, op_at, place, value),
            ExprKind::Cast { operand, ty } => self.cast(expr, operand, ty),
            ExprKind::Call { callee, args } => self.call(expr, callee, args, wanted),
            ExprKind::Macro { name, args } => self.macro_call(expr, name, args),
            ExprKind::MethodCall { receiver, method, args } => {
                self.method_call(expr, receiver, method, args, wanted)
            }
            ExprKind::Lambda(_) => self.lambda_as_value(tree.span(expr)),
            ExprKind::Index { base, index } => self.index(base, index),
            ExprKind::Slice { base, from, to, .. } => self.slice(base, from, to),
            ExprKind::Range { from, to, .. } => self.stray_range(expr, from, to),
            ExprKind::Tuple(items) => self.tuple(items, wanted),
            ExprKind::Struct(id) => self.struct_literal(expr, id, wanted),
            ExprKind::Field { base, name } => self.field(expr, base, name),
            ExprKind::TupleField { base, index } => self.tuple_field(expr, base, index),
            ExprKind::Try(operand) => self.question(expr, operand),
            ExprKind::Match(id) => self.match_expr(expr, id, wanted),
            ExprKind::Let { pattern, value } => self.let_condition(pattern, value),
            ExprKind::Matches { value, pattern, guard } => self.matches(value, pattern, guard),
            ExprKind::Labelled { label, body } => {
                let value = wanted.unwrap_or_else(|| self.facts.table.fresh());
                self.loops.push(Loop { label: Some(label), value: Some(value), broken: false });
                let ty = self.block(body, Some(value));
                let broken = self.loops.pop().is_some_and(|ended| ended.broken);
                if ty != Type::NEVER {
                    self.fits(tree.span(expr), value, ty);
                }
                if broken || ty != Type::NEVER { value } else { Type::NEVER }
            }
            ExprKind::Block(block) => self.block(block, wanted),
            ExprKind::If { cond, then, otherwise } => self.if_else(expr, cond, then, otherwise, wanted),
            ExprKind::While { label, cond, body } => {
                self.loops.push(Loop { label, value: None, broken: false });
                let mark = self.undo.len();
                self.check(cond, Type::BOOL);
                self.block_against(body, Type::UNIT);
                self.close_scope(mark);
                self.loops.pop();
                Type::UNIT
            }
            ExprKind::Loop { label, body } => {
                let value = wanted.unwrap_or_else(|| self.facts.table.fresh());
                self.loops.push(Loop { label, value: Some(value), broken: false });
                self.block_against(body, Type::UNIT);
                let broken = self.loops.pop().is_some_and(|ended| ended.broken);
                if broken { value } else { Type::NEVER }
            }
            ExprKind::For(id) => self.for_loop(id),
            ExprKind::Break { label, label_at, value } => self.break_out(expr, label, label_at, value),
            ExprKind::Continue { label, label_at } => {
                self.changes += 1;
                self.find_loop(expr, label, label_at);
                Type::NEVER
            }
            ExprKind::Return(value) => {
                self.changes += 1;
                if self.in_lambda {
                    return self.leaves_lambda(tree.span(expr), "`return`");
                }
                match value {
                    Some(value) => self.check(value, self.result),
                    None => {
                        self.fits(tree.span(expr), self.result, Type::UNIT);
                    }
                }
                Type::NEVER
            }
        }
    }
}
