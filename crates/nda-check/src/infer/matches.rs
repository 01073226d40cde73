//! `match` and its kin: which arm is chosen, and whether there always is one.

use super::Infer;
use super::exhaustive::{Matrix, Pat, TooComplex};
use super::write_back::Body;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};
use nda_syntax::tree::{BlockId, ExprId, MatchId, Param, PatternId, PatternKind, TypeId};

/// Where a pattern stands that has to match whatever comes.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    /// A `let` of this value.
    Let(ExprId),
    /// A `for` with this body.
    For(BlockId),
    /// A lambda with this body.
    Lambda(ExprId),
    /// A parameter of a function with this body.
    Parameter(BlockId),
}

impl Bound {
    fn name(self) -> &'static str {
        match self {
            Bound::Let(_) => "let",
            Bound::For(_) => "for",
            Bound::Lambda(_) => "lambda",
            Bound::Parameter(_) => "parameter",
        }
    }
}

/// The most missing cases that a message names.
const MAX_MISSING: usize = 4;
/// The longest array that a `match` is known to be about.
const MAX_LENGTH: usize = 32;

impl Infer<'_> {
    pub(super) fn match_expr(&mut self, expr: ExprId, id: MatchId, wanted: Option<Type>) -> Type {
        let tree = self.tree;
        let found = tree.match_of(id);
        if self.match_on_order(expr, found) {
            return Type::ERROR;
        }
        let (subject, is_place) = self.matched_value(found.value);
        let dead = self.dead;
        self.dead |= subject == Type::NEVER;
        let mut result: Option<(Type, Span)> = None;
        let arms = tree.arms_of(found.arms);
        for arm in arms {
            let mark = self.undo.len();
            let first = self.facts.locals.len();
            self.pattern(arm.pattern, subject);
            self.come_from(first, found.value, arm.pattern, Some(Body::Arm(arm.body)));
            if is_place {
                self.names_of_place(arm.pattern);
            }
            if let Some(guard) = arm.guard {
                self.check(guard, Type::BOOL);
            }
            let hint = wanted.or(result.map(|(ty, _)| ty));
            let ty = self.infer(arm.body, hint);
            self.close_scope(mark);
            let span = self.value_span(arm.body);
            match result {
                _ if ty == Type::NEVER => {}
                None => result = Some((ty, span)),
                Some((first, first_span)) => {
                    if !self.facts.table.unify(first, ty) {
                        let (a, b) = (self.show(first), self.show(ty));
                        let message =
                            format!("the arms of this `match` have different types, `{a}` and `{b}`");
                        let diagnostic = Diagnostic::new(Code::BranchesDiffer, span, message)
                            .label(format!("this is `{b}`"))
                            .also(first_span, format!("this is `{a}`"));
                        self.report(diagnostic);
                        result = Some((Type::ERROR, span));
                    }
                }
            }
        }
        self.dead = dead;
        if subject == Type::NEVER {
            return Type::NEVER;
        }
        let rows: Vec<(PatternId, bool)> =
            arms.iter().map(|arm| (arm.pattern, arm.guard.is_some())).collect();
        let head = Span::new(tree.span(expr).start, tree.span(found.value).end);
        self.covers(subject, &rows, head, Some(tree.span(expr)));
        match result {
            Some((ty, _)) => ty,
            None if arms.is_empty() => Type::ERROR,
            None => Type::NEVER,
        }
    }

    /// Where the value of an expression stands: the tail of a block.
    fn value_span(&self, expr: ExprId) -> Span {
        match self.tree.kind(expr) {
            nda_syntax::tree::ExprKind::Block(block) => {
                let block = self.tree.block(block);
                block.tail.map_or(block.span, |tail| self.tree.span(tail))
            }
            _ => self.tree.span(expr),
        }
    }

    /// Reports the cases that no row covers, where they are those of a `match`, and the rows that cover nothing. Whether all is
    /// covered.
    fn covers(&mut self, subject: Type, rows: &[(PatternId, bool)], head: Span, whole: Option<Span>) -> bool {
        // What was reported already would only be reported again in other words.
        let broken = self.diagnostics[self.reported..].iter().any(Diagnostic::is_error);
        if broken || self.facts.table.has_error(subject) {
            return true;
        }
        let mut matrix = Matrix::new(subject);
        for &(pattern, guarded) in rows {
            let row = self.row(pattern);
            match matrix.is_useful(&mut self.facts.table, &row) {
                Ok(true) => {}
                Ok(false) => {
                    let span = self.tree.pattern(pattern).span;
                    let message = if whole.is_some() {
                        "this arm can never be chosen: those before it cover all that it does"
                    } else {
                        "this pattern can never match"
                    };
                    self.report(Diagnostic::new(Code::UnreachableArm, span, message));
                }
                Err(TooComplex) => return self.too_complex(head),
            }
            if !guarded {
                matrix.push(row);
            }
        }
        let missing = match matrix.missing(&mut self.facts.table, MAX_MISSING) {
            Ok(missing) => missing,
            Err(TooComplex) => return self.too_complex(head),
        };
        if missing.is_empty() {
            return true;
        }
        let shown: Vec<String> = missing.iter().map(|case| format!("`{case}`")).collect();
        if let Some(whole) = whole {
            let message = format!("this `match` does not say what happens for {}", shown.join(", "));
            let mut diagnostic = Diagnostic::new(Code::NonExhaustive, head, message)
                .note("every case needs an arm; `_ => …` stands for all that are left");
            if let Some(length) = self.one_length(matrix, rows) {
                let source = &self.source[..whole.end as usize - 1];
                let comma = if source.trim_end().ends_with([',', '}']) { "" } else { "," };
                let arm = format!("{comma} _ => panic(\"a list of {length} was expected\") ");
                let end = Span::new(whole.end - 1, whole.end - 1);
                diagnostic = diagnostic.fix("say what happens if it has another length", end, arm);
            }
            self.report(diagnostic);
        }
        false
    }

    #[cold]
    fn too_complex(&mut self, head: Span) -> bool {
        let message =
            "there are too many ways to match this to check them all; end with `_ => …`, or match in steps";
        self.error(Code::NonExhaustive, head, message);
        true
    }

    /// `let pattern = value` as a condition; its names stay declared for what follows.
    pub(super) fn let_condition(&mut self, pattern: PatternId, value: ExprId) -> Type {
        if self.place_searched_for(pattern, value) {
            return Type::BOOL;
        }
        let then = self.then.take();
        let (subject, is_place) = self.matched_value(value);
        let first = self.facts.locals.len();
        self.pattern(pattern, subject);
        self.come_from(first, value, pattern, then.map(Body::Block));
        self.then = then;
        if is_place {
            self.names_of_place(pattern);
        }
        Type::BOOL
    }

    /// The type of what `let` declares, and whether its value never comes: then it has whatever type the dead code
    /// behind it wants.
    pub(super) fn initial(&mut self, ty: Option<TypeId>, init: ExprId) -> (Type, bool) {
        let ty = match ty {
            Some(ty) => {
                let ty = self.written_type(ty);
                self.check(init, ty);
                ty
            }
            None => self.infer(init, None),
        };
        let diverges = self.facts.types[init.index()] == Type::NEVER;
        (if ty == Type::NEVER { self.facts.table.fresh() } else { ty }, diverges)
    }

    /// `let pattern: ty = init else { otherwise };`; whether control cannot go on behind it.
    pub(super) fn let_pattern(
        &mut self,
        pattern: PatternId,
        ty: Option<TypeId>,
        init: ExprId,
        otherwise: Option<BlockId>,
    ) -> bool {
        let tree = self.tree;
        let outer = self.matched.replace(tree.unparen(init));
        let (subject, diverges) = self.initial(ty, init);
        self.matched = outer;
        if let Some(otherwise) = otherwise {
            let ty = self.block(otherwise, None);
            if ty != Type::NEVER && !ty.is_error() {
                let message =
                    "the `else` of a `let` must leave: end it with `return`, `break`, `continue` or `panic`";
                self.error(Code::TypeMismatch, tree.block(otherwise).span, message);
            }
        }
        let first = self.facts.locals.len();
        self.pattern(pattern, subject);
        self.come_from(first, init, pattern, None);
        if self.is_matched_place(init) {
            self.names_of_place(pattern);
        }
        if otherwise.is_none() && !diverges {
            self.irrefutable(pattern, subject, Bound::Let(init));
        }
        diverges
    }

    /// A pattern where there is no other way to go.
    pub(super) fn irrefutable(&mut self, pattern: PatternId, subject: Type, place: Bound) {
        let span = self.tree.pattern(pattern).span;
        if self.covers(subject, &[(pattern, false)], span, None) {
            return;
        }
        let mut matrix = Matrix::new(subject);
        matrix.push(self.row(pattern));
        let missing = matrix.missing(&mut self.facts.table, 1).unwrap_or_default();
        let case = missing.first().map_or(String::new(), |case| format!(" `{case}`"));
        let name = place.name();
        let message = format!("this pattern does not cover{case}, and a `{name}` has no other way to go");
        let note = if matches!(place, Bound::Let(_)) {
            "write `let … = … else { … };`, `if let` or `match`"
        } else {
            "take the value whole and `match` it inside"
        };
        let mut diagnostic = Diagnostic::new(Code::RefutablePattern, span, message).note(note);
        diagnostic.fix = self.length_expected(pattern, place);
        self.report(diagnostic);
    }

    /// The length of the lists that rows match, if it is one and they match all of that: so an array of Rust's is matched.
    fn one_length(&mut self, mut matrix: Matrix, rows: &[(PatternId, bool)]) -> Option<usize> {
        let tree = self.tree;
        let length = |&(pattern, _): &(PatternId, bool)| match tree.pattern(pattern).kind {
            PatternKind::List(members) => {
                let (elements, rest, _) = tree.list_members(members);
                rest.is_none().then_some(elements.len())
            }
            _ => None,
        };
        let one = rows.first().and_then(length).filter(|&one| one <= MAX_LENGTH)?;
        if !rows.iter().all(|row| length(row) == Some(one)) {
            return None;
        }
        for other in 0..one {
            matrix.push(Pat::List(vec![Pat::Wild; other], Vec::new(), false));
        }
        matrix.push(Pat::List(vec![Pat::Wild; one + 1], Vec::new(), true));
        let missing = matrix.missing(&mut self.facts.table, 1);
        missing.is_ok_and(|missing| missing.is_empty()).then_some(one)
    }

    /// The fix of a list pattern that only lists of another length miss: in Rust the length is part of the type of an array.
    fn length_expected(&mut self, pattern: PatternId, place: Bound) -> Option<Fix> {
        let tree = self.tree;
        let PatternKind::List(members) = tree.pattern(pattern).kind else { return None };
        let (before, rest, behind) = tree.list_members(members);
        for &part in before.iter().chain(&behind) {
            let mut matrix = Matrix::new(self.facts.pattern_types[part.index()]);
            matrix.push(self.row(part));
            if !matrix.missing(&mut self.facts.table, 1).is_ok_and(|missing| missing.is_empty()) {
                return None;
            }
        }
        let more = if rest.is_some() { "or more " } else { "" };
        let otherwise =
            format!(" else {{ panic(\"a list of {} {more}was expected\") }}", before.len() + behind.len());
        let at = tree.pattern(pattern).span;
        let written = at.text(self.source);
        let inside = |name: &str| format!("let {written} = {name}{otherwise};");
        let insert = |at: u32, text: String| Edit { span: Span::new(at, at), text };
        let edits = match place {
            // Behind a block, `else` would read as that of an `if`.
            Bound::Let(init) if !tree.span(init).text(self.source).ends_with('}') => {
                vec![insert(tree.span(init).end, otherwise)]
            }
            Bound::For(body) | Bound::Parameter(body) => {
                let name = self.unused_name("part")?;
                let start = tree.block(body).span.start + 1;
                let binding = format!(" {}", inside(&name));
                vec![Edit { span: at, text: name }, insert(start, binding)]
            }
            Bound::Lambda(body) => {
                let name = self.unused_name("part")?;
                let body = tree.span(body);
                let binding = format!("{{ {} ", inside(&name));
                vec![
                    Edit { span: at, text: name },
                    insert(body.start, binding),
                    insert(body.end, " }".to_owned()),
                ]
            }
            Bound::Let(_) => return None,
        };
        let message = "say what happens if it has another length".to_owned();
        Some(Fix { message, edits, safety: Safety::Safe })
    }

    /// The patterns among the parameters of a function, whose types those of `target` are, and whose locals begin at `first`.
    pub(super) fn parameter_patterns(
        &mut self,
        (params, target): (&[Param], u32),
        body: BlockId,
        first: usize,
    ) {
        for (index, param) in params.iter().enumerate() {
            let Some(pattern) = param.pattern else { continue };
            let ty = self.facts.targets[target as usize].param(index).unwrap_or(Type::ERROR);
            if let Some(local) = self.facts.locals.get_mut(first + index) {
                local.read = true;
            }
            let before = self.facts.locals.len();
            self.pattern(pattern, ty);
            self.irrefutable(pattern, ty, Bound::Parameter(body));
            for at in before..self.facts.locals.len() {
                let (symbol, span) = (self.facts.locals[at].symbol, self.facts.locals[at].span);
                let text = self.text(symbol);
                if text != "_" && self.facts.locals[first..before].iter().any(|known| known.symbol == symbol)
                {
                    let message = format!("two parameters are called `{text}`");
                    self.report(Diagnostic::new(Code::DuplicateParameter, span, message));
                }
            }
        }
    }

    /// `matches!(value, pattern if guard)`.
    pub(super) fn matches(&mut self, value: ExprId, pattern: PatternId, guard: Option<ExprId>) -> Type {
        let subject = self.infer(value, None);
        let mark = self.undo.len();
        self.pattern(pattern, subject);
        if let Some(guard) = guard {
            self.check(guard, Type::BOOL);
        }
        self.close_scope(mark);
        if subject == Type::NEVER { Type::NEVER } else { Type::BOOL }
    }
}
