//! Lambdas and the methods that take them: see [`Step`].

use super::Infer;
use super::matches::Bound;
use crate::facts::Meaning;
use crate::methods::{self, Intrinsic, Method};
use crate::steps::{Step, Takes};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, ForVariable, LambdaId, Symbol};

/// What a lambda has to give.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    /// A value of this type.
    Exactly(Type),
    /// A list of this type that is walked over, or a range.
    Walked(Type),
    /// Whatever it gives; this would be welcome.
    Anything(Option<Type>),
}

impl Infer<'_> {
    /// What a method is called on, or a step walks over: here a range is as good as a list.
    pub(super) fn walked(&mut self, expr: ExprId, wanted: Option<Type>) -> Type {
        let inner = self.tree.unparen(expr);
        let ExprKind::Range { from, to, .. } = self.tree.kind(inner) else {
            return self.infer(expr, wanted);
        };
        let before = self.changes;
        match from {
            Some(from) => self.check(from, Type::I64),
            None => {
                let message = "a range that is walked over needs a start";
                self.error(Code::NotIterable, self.tree.span(inner), message);
            }
        }
        if let Some(to) = to {
            self.check(to, Type::I64);
        }
        let mut at = expr;
        while let ExprKind::Paren(within) = self.tree.kind(at) {
            self.note(at, Type::I64.list_of(), before);
            at = within;
        }
        self.note(at, Type::I64.list_of(), before)
    }

    fn is_range(&self, expr: ExprId) -> bool {
        matches!(self.tree.kind(self.tree.unparen(expr)), ExprKind::Range { .. })
    }

    /// A call of a step on a list of type `ty`.
    pub(super) fn step_call(
        &mut self,
        expr: ExprId,
        (step, ty): (Step, Type),
        method: Symbol,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        self.facts.meanings[expr.index()] = Meaning::Method(Method::Step(step));
        let tree = self.tree;
        let span = tree.span(expr);
        let element = ty.element().unwrap_or(Type::ERROR);
        let count = match step.takes() {
            Takes::Nothing => 0,
            Takes::Fold | Takes::Scan => 2,
            _ => 1,
        };
        let given = tree.list(args).len();
        if given != count {
            self.wrong_count(self.text(method), span, count, given, None);
            self.infer_unwanted(args);
            return match step {
                Step::Map
                | Step::FlatMap
                | Step::FilterMap
                | Step::MapWhile
                | Step::Scan
                | Step::FindMap
                | Step::Fold
                | Step::Zip => Type::ERROR,
                _ => step.result(ty, &mut self.facts.table),
            };
        }
        let args: Vec<ExprId> = tree.list(args).collect();
        let hint = wanted.and_then(|wanted| self.resolve(wanted).element());
        match step.takes() {
            Takes::Nothing if step == Step::Flatten => {
                return match element.element() {
                    Some(_) => element,
                    None if self.facts.table.some_of(element).is_some() => {
                        self.facts.table.some_of(element).unwrap_or(Type::ERROR).list_of()
                    }
                    None if element.is_error() => Type::ERROR,
                    None if element.is_open() => self.not_known(expr),
                    None => {
                        let message = format!(
                            "`flatten` takes a list of lists or options, and this is `{}`",
                            self.show(ty)
                        );
                        let span = tree.method_span(method, self.args_of(expr));
                        self.error(Code::TypeMismatch, span, message)
                    }
                };
            }
            Takes::Nothing if step == Step::Unzip => return self.unzip(expr, element),
            Takes::Nothing => {
                if matches!(step, Step::Min | Step::Max) {
                    self.sorted.push((expr, element));
                }
            }
            Takes::Other => {
                let other = self.walked(args[0], wanted.filter(|_| step == Step::Chain));
                let other = self.resolve(other);
                if step == Step::Chain {
                    self.fits(tree.span(args[0]), ty, other);
                    return ty;
                }
                let Some(second) = other.element() else {
                    if other.is_error() {
                        return Type::ERROR;
                    }
                    let message = format!("`zip` takes a list or a range, found `{}`", self.show(other));
                    return self.error(Code::NotIterable, tree.span(args[0]), message);
                };
                return self.facts.table.tuple(&[element, second]).list_of();
            }
            Takes::Key => {
                let key = self.lambda(args[0], &[element], Gives::Anything(None), method);
                self.sorted.push((args[0], key));
            }
            Takes::Optional => {
                let inner = hint.filter(|_| step.goes_on()).unwrap_or_else(|| self.facts.table.fresh());
                let option = self.facts.table.option(inner);
                let given = self.lambda(args[0], &[element], Gives::Exactly(option), method);
                if given == Type::NEVER && hint.is_none() {
                    self.facts.table.unify(inner, Type::UNIT);
                }
                let inner = self.resolve(inner);
                return match step {
                    Step::FindMap => self.facts.table.option(inner),
                    _ => self.list_of(inner, span),
                };
            }
            Takes::Scan => {
                let first = self.infer(args[0], None);
                let state = if first == Type::NEVER { Type::UNIT } else { first };
                let inner = hint.unwrap_or_else(|| self.facts.table.fresh());
                let option = self.facts.table.option(inner);
                let shown = "`|sum, x| { *sum += x; Some(*sum) }`";
                let given = self.changing(args[1], &[state, element], option, method, shown);
                if given == Type::NEVER && hint.is_none() {
                    self.facts.table.unify(inner, Type::UNIT);
                }
                let inner = self.resolve(inner);
                return self.list_of(inner, span);
            }
            Takes::Comparison => {
                let keys = self.comparison(args[0], element, method);
                if keys.len() > 1 {
                    let name = self.text(method);
                    let message = format!("`{name}` compares one thing of both elements");
                    let diagnostic = Diagnostic::new(Code::NotSupportedYet, tree.span(args[0]), message);
                    self.report(diagnostic.note(format!("write `{name}_key(|a| (first, second))`")));
                }
                self.facts.sorts.push((expr, keys));
            }
            Takes::Reduction => {
                self.lambda(args[0], &[element, element], Gives::Exactly(element), method);
            }
            Takes::Number => {
                self.check(args[0], Type::I64);
                if step == Step::EveryNth {
                    self.step(args[0]);
                }
            }
            Takes::Predicate => {
                self.lambda(args[0], &[element], Gives::Exactly(Type::BOOL), method);
            }
            Takes::Effect => {
                self.lambda(args[0], &[element], Gives::Exactly(Type::UNIT), method);
            }
            Takes::Element => {
                let given = self.lambda(args[0], &[element], Gives::Anything(hint), method);
                // Where no value ever comes, the elements have whatever type is wanted.
                let given = match given {
                    Type::NEVER => hint.unwrap_or(Type::UNIT),
                    given => given,
                };
                return self.list_of(given, span);
            }
            Takes::List => {
                let list = match hint {
                    Some(hint) => hint,
                    None => self.facts.table.fresh(),
                }
                .list_of();
                let given = self.lambda(args[0], &[element], Gives::Walked(list), method);
                if given == Type::NEVER && hint.is_none() {
                    self.facts.table.unify(list, Type::UNIT.list_of());
                }
                return self.resolve(list);
            }
            Takes::Fold => {
                let first = self.infer(args[0], wanted);
                let value = if first == Type::NEVER { self.facts.table.fresh() } else { first };
                self.lambda(args[1], &[value, element], Gives::Exactly(value), method);
                return value;
            }
        }
        step.result(ty, &mut self.facts.table)
    }

    /// The type that `collect` of a list of options or results gives where one of a list is wanted; none otherwise.
    pub(super) fn collected_whole(&mut self, ty: Type, wanted: Option<Type>) -> Option<Type> {
        let (element, wanted) = (ty.element()?, self.resolve(wanted?));
        if let (Some(inner), Some(list)) =
            (self.facts.table.some_of(element), self.facts.table.some_of(wanted))
        {
            return self.facts.table.unify(list, inner.list_of()).then(|| self.resolve(wanted));
        }
        let (ok, error) = self.facts.table.ok_and_err_of(element)?;
        let (list, other) = self.facts.table.ok_and_err_of(wanted)?;
        let fits = self.facts.table.unify(list, ok.list_of()) && self.facts.table.unify(other, error);
        fits.then(|| self.resolve(wanted))
    }

    fn unzip(&mut self, expr: ExprId, element: Type) -> Type {
        if element.is_error() {
            return element;
        }
        let parts = [self.facts.table.fresh(), self.facts.table.fresh()];
        let pair = self.facts.table.tuple(&parts);
        if !self.facts.table.unify(pair, element) {
            let message = format!("`unzip` takes a list of pairs, and this holds `{}`", self.show(element));
            return self.error(Code::TypeMismatch, self.tree.span(expr), message);
        }
        let lists = parts.map(|part| self.resolve(part).list_of());
        self.facts.table.tuple(&lists)
    }

    fn args_of(&self, call: ExprId) -> ExprList {
        let ExprKind::MethodCall { args, .. } = self.tree.kind(call) else {
            unreachable!("steps are method calls")
        };
        args
    }

    /// What is given to `method` in the place of a lambda that gets arguments of types `params`: the type of its value.
    pub(super) fn lambda(&mut self, arg: ExprId, params: &[Type], gives: Gives, method: Symbol) -> Type {
        let before = self.changes;
        let inner = self.tree.unparen(arg);
        let ty = match self.tree.kind(inner) {
            ExprKind::Lambda(id) => self.lambda_body(inner, id, params, gives, method),
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => {
                let found = self.function_as_lambda(inner, symbol, params);
                match gives {
                    Gives::Exactly(wanted) | Gives::Walked(wanted) => {
                        self.fits(self.tree.span(inner), wanted, found);
                        wanted
                    }
                    Gives::Anything(_) => found,
                }
            }
            ExprKind::Error => Type::ERROR,
            _ => {
                let found = self.infer(inner, None);
                let found = self.resolve(found);
                if found.is_error() {
                    return Type::ERROR;
                }
                let method = self.text(method);
                let message = format!("`{method}` takes a lambda, `|x| …`, found `{}`", self.show(found));
                self.error(Code::TypeMismatch, self.tree.span(inner), message)
            }
        };
        self.note(inner, ty, before);
        self.note(arg, ty, before)
    }

    /// The same of a lambda whose first parameter is a place that it may change; `shown` is such a lambda.
    pub(super) fn changing(
        &mut self,
        arg: ExprId,
        params: &[Type],
        gives: Type,
        method: Symbol,
        shown: &str,
    ) -> Type {
        let inner = self.tree.unparen(arg);
        let name = self.text(method);
        let first = match self.tree.kind(inner) {
            ExprKind::Lambda(id) => self.tree.lambda_params_of(self.tree.lambda(id)).first(),
            _ => {
                let message = format!("`{name}` takes a lambda that changes its parameter, {shown}");
                return self.error(Code::TypeMismatch, self.tree.span(inner), message);
            }
        };
        if first.is_some_and(|param| !matches!(param.variable, ForVariable::Name { .. })) {
            let message = format!("what the lambda of `{name}` changes has to be a name");
            return self.error(Code::NotSupportedYet, self.tree.span(inner), message);
        }
        self.place_params = 1;
        self.lambda(arg, params, Gives::Exactly(gives), method)
    }

    fn lambda_body(
        &mut self,
        expr: ExprId,
        id: LambdaId,
        params: &[Type],
        gives: Gives,
        method: Symbol,
    ) -> Type {
        let tree = self.tree;
        let lambda = tree.lambda(id);
        let mark = self.declare_params(expr, id, params, method);
        // It cannot leave loops that are outside of it.
        let loops = std::mem::take(self.loops);
        let outer = std::mem::replace(&mut self.in_lambda, true);
        let result = lambda.result.map(|result| self.written_type(result));
        let ty = match (gives, result) {
            (Gives::Exactly(wanted) | Gives::Walked(wanted), result) => {
                if let Some(result) = result {
                    self.fits(tree.span(lambda.body), wanted, result);
                }
                if matches!(gives, Gives::Walked(_)) && self.is_range(lambda.body) {
                    let range = self.walked(lambda.body, None);
                    self.fits(tree.span(lambda.body), wanted, range);
                } else {
                    self.check(lambda.body, wanted);
                }
                let found = self.facts.types[lambda.body.index()];
                if found == Type::NEVER { found } else { wanted }
            }
            (Gives::Anything(_), Some(result)) => {
                self.check(lambda.body, result);
                result
            }
            (Gives::Anything(hint), None) => self.infer(lambda.body, hint),
        };
        self.in_lambda = outer;
        *self.loops = loops;
        self.close_scope(mark);
        ty
    }

    /// Declares the parameters of a lambda; where its scope begins.
    pub(super) fn declare_params(
        &mut self,
        expr: ExprId,
        id: LambdaId,
        params: &[Type],
        method: Symbol,
    ) -> usize {
        let tree = self.tree;
        let lambda = tree.lambda(id);
        let written = tree.lambda_params_of(lambda);
        if written.len() != params.len() {
            let plural = ["no argument", "one argument", "two arguments"][params.len().min(2)];
            let message = format!(
                "`{}` gives its lambda {plural}, and this one has {} parameters",
                self.text(method),
                written.len()
            );
            self.error(Code::WrongArgumentCount, tree.span(expr), message);
        }
        let mark = self.undo.len();
        let places = std::mem::take(&mut self.place_params);
        for (index, param) in written.iter().enumerate() {
            let ty = params.get(index).copied().unwrap_or(Type::ERROR);
            let ty = match param.ty {
                Some(written) => {
                    let span = tree.ty(written).span;
                    let written = self.written_type(written);
                    self.gets(span, "this parameter", written, ty);
                    written
                }
                None => ty,
            };
            match param.variable {
                ForVariable::Name { name, mutable } => {
                    let local = self.declare(name, ty, mutable);
                    if index < places {
                        self.is_place(local);
                    }
                    self.facts.lambda_params[lambda.params.range()][index] = local;
                }
                ForVariable::Pattern(pattern) => {
                    self.pattern(pattern, ty);
                    self.irrefutable(pattern, ty, Bound::Lambda(lambda.body));
                }
            }
        }
        mark
    }

    /// The name of a function where a lambda could stand: what it gives for these arguments.
    fn function_as_lambda(&mut self, expr: ExprId, symbol: Symbol, params: &[Type]) -> Type {
        let span = self.tree.span(expr);
        if let Some(local) = self.bindings[symbol.index()].checked_sub(1) {
            let ty = self.resolve(self.facts.locals[local as usize].ty);
            self.facts.locals[local as usize].read = true;
            if ty.is_error() {
                return Type::ERROR;
            }
            let text = self.text(symbol);
            let message = format!("`{text}` is a variable of type `{}` here, not a function", self.show(ty));
            return self.error(Code::NotAFunction, span, message);
        }
        let text = self.text(symbol);
        let Some(target) = self.global(symbol) else {
            if let Some(written) = made_empty(text).filter(|_| params.is_empty()) {
                let message = format!("found `{text}`; expected a lambda, `{written}`");
                let diagnostic = Diagnostic::new(Code::RustSpelling, span, message);
                self.report(diagnostic.fix(format!("write `{written}`"), span, written));
                return Type::ERROR;
            }
            return match builtin_as_lambda(text, params.first().map_or(Type::ERROR, |&ty| self.resolve(ty))) {
                Some((meaning, takes, gives)) if takes.len() == params.len() => {
                    self.facts.meanings[expr.index()] = meaning;
                    for (&given, takes) in params.iter().zip(takes) {
                        self.gets(span, &format!("`{text}`"), takes, given);
                    }
                    gives
                }
                _ => self.unknown(symbol, span),
            };
        };
        let found = &self.facts.targets[target as usize];
        if found.is_constant {
            return self.error(Code::NotAFunction, span, format!("`{text}` is a constant, not a function"));
        }
        if !found.in_place.is_empty() {
            let message = format!("`{text}` changes what it is given, which the list would not see");
            let diagnostic = Diagnostic::new(Code::NotAPlace, span, message);
            self.report(diagnostic.note("call it in a `for` loop, on a place: `xs[i].f()`"));
            return Type::ERROR;
        }
        let wanted = found.arity();
        let given = self.given_by_name(expr, text);
        let types = self.types_for(expr, target, &given, span);
        let ret = types[wanted];
        self.refer(target);
        self.facts.meanings[expr.index()] = Meaning::Target(target);
        if wanted != params.len() {
            self.wrong_count(text, span, wanted, params.len(), Some(target));
            return ret;
        }
        for (index, &given) in params.iter().enumerate() {
            self.gets(span, &format!("`{text}`"), types[index], given);
        }
        self.needs_of(target, span);
        ret
    }

    /// Reports unless what a lambda or function takes is what it is given.
    fn gets(&mut self, span: Span, what: &str, takes: Type, given: Type) {
        if !self.facts.table.unify(takes, given) {
            let message = format!("{what} takes `{}`, and is given `{}`", self.show(takes), self.show(given));
            self.error(Code::TypeMismatch, span, message);
        }
    }

    #[cold]
    pub(super) fn lambda_as_value(&mut self, span: Span) -> Type {
        let diagnostic = Diagnostic::new(Code::NotAValue, span, "a lambda is not a value").note(
            "it stands where a method takes one, as in `xs.map(|x| x + 1)`; to call it by a name, write an `fn`",
        );
        self.report(diagnostic);
        Type::ERROR
    }

    #[cold]
    pub(super) fn leaves_lambda(&mut self, span: Span, what: &str) -> Type {
        let diagnostic = Diagnostic::new(Code::LeavesLambda, span, format!("{what} cannot leave a lambda"))
            .note("its value is that of its body; to stop early use `any`, `all` or `take_while`, or write a `for` loop");
        self.report(diagnostic);
        Type::NEVER
    }

    #[cold]
    pub(super) fn stray_range(&mut self, expr: ExprId, from: Option<ExprId>, to: Option<ExprId>) -> Type {
        from.iter().chain(&to).for_each(|&end| self.check(end, Type::I64));
        let span = self.tree.span(expr);
        let mut diagnostic = Diagnostic::new(Code::NotAValue, span, "a range is not a value").note(
            "it stands in `for i in a..b`, in `xs[a..b]`, and before a method: `(a..b).map(|i| …)`, `(a..b).collect()`",
        );
        if from.is_some() && to.is_some() {
            let text = format!("({}).collect()", span.text(self.source));
            diagnostic = diagnostic.guess("make it a list", span, text);
        }
        self.report(diagnostic);
        Type::ERROR
    }
}

/// What is written for a function of Rust's library that makes something empty.
fn made_empty(path: &str) -> Option<&'static str> {
    Some(match path {
        "Vec::new" | "VecDeque::new" => "|| []",
        "String::new" => "|| \"\"",
        "HashMap::new" | "BTreeMap::new" | "Map::new" => "|| Map::new()",
        _ => return None,
    })
}

/// A method or function of the language, by its path: what it means, takes and gives. `first` is the type of its
/// first argument.
fn builtin_as_lambda(path: &str, first: Type) -> Option<(Meaning, Vec<Type>, Type)> {
    if let Some(intrinsic @ Intrinsic::TextFrom) = methods::intrinsic(path) {
        return Some((Meaning::Intrinsic(intrinsic), vec![Type::STR], Type::STR));
    }
    let (owner, name) = path.rsplit_once("::")?;
    let ty = match owner {
        "i64" => Type::I64,
        "f64" => Type::F64,
        "bool" => Type::BOOL,
        "str" | "String" => Type::STR,
        "ToString" if name == "to_string" => first,
        _ => return None,
    };
    let method =
        methods::find(ty, name).filter(|method| !method.changes() && !matches!(method, Method::Offer(_)))?;
    let mut takes = vec![ty];
    takes.extend(methods::arguments(method, ty));
    Some((Meaning::Method(method), takes, methods::result(method, ty)))
}
