//! Looking things up in a tree.

use super::{
    Adapter, Arm, Attribute, AttributeKind, Block, BlockId, Bound, CommentKind, Expr, ExprId, ExprKind,
    ExprList, Field, For, ForId, Init, Item, ItemKind, Lambda, LambdaId, LambdaParam, Literal, LiteralId,
    Match, MatchId, Name, Param, Pattern, PatternField, PatternId, PatternKind, PatternList, Run, Stmt,
    Symbol, TYPED, Text, Tree, Turbofish, TypeExpr, TypeId, TypeList, Variant,
};
use nda_diagnostics::Span;

impl Tree {
    /// The characters of an identifier or path; `source` is the text that was parsed.
    #[must_use]
    pub fn name<'a>(&'a self, symbol: Symbol, source: &'a str) -> &'a str {
        self.text(self.names.text(symbol), source)
    }

    /// How many symbols there are: a side table by [`Symbol::index`] has one entry more.
    #[must_use]
    pub fn symbol_count(&self) -> usize {
        self.names.len()
    }

    /// The symbol of `text`, if the source holds it.
    #[must_use]
    pub fn find_symbol(&self, text: &str, source: &str) -> Option<Symbol> {
        self.names.find(text, source, &self.buffer)
    }

    /// The characters of a string literal; `source` is the text that was parsed.
    #[must_use]
    pub fn text<'a>(&'a self, text: Text, source: &'a str) -> &'a str {
        text.of(source, &self.buffer)
    }

    /// The items of a `mod`, given by its index, or those in none, each with its index; members of an `impl` are its own.
    pub fn items_in(&self, module: Option<usize>) -> impl Iterator<Item = (usize, &Item)> {
        let range = match module.map(|module| self.items[module].kind) {
            None => 0..self.items.len(),
            Some(ItemKind::Mod { items: Some(items) }) => items.range(),
            Some(_) => 0..0,
        };
        let start = range.start;
        let inside = module.map(|module| module as u32);
        let all = self.items[range].iter().enumerate();
        all.filter(move |(_, item)| item.inside == inside && item.owner.is_none())
            .map(move |(at, item)| (start + at, item))
    }

    /// The kind of an expression.
    #[must_use]
    pub fn kind(&self, expr: ExprId) -> ExprKind {
        self.exprs[expr.index()].kind
    }

    /// The place of an expression.
    #[must_use]
    pub fn span(&self, expr: ExprId) -> Span {
        self.exprs[expr.index()].span
    }

    /// The expression inside any parentheses.
    #[must_use]
    pub fn unparen(&self, mut expr: ExprId) -> ExprId {
        while let ExprKind::Paren(inner) = self.kind(expr) {
            expr = inner;
        }
        expr
    }

    /// The members of a list.
    pub fn list(
        &self,
        list: ExprList,
    ) -> impl ExactSizeIterator<Item = ExprId> + DoubleEndedIterator + Clone {
        self.ids(list.0).map(ExprId::new)
    }

    /// The types of a list.
    pub fn type_list(&self, list: TypeList) -> impl ExactSizeIterator<Item = TypeId> + Clone {
        self.ids(list.0).map(TypeId::new)
    }

    /// The patterns of a list.
    pub fn pattern_list(
        &self,
        list: PatternList,
    ) -> impl ExactSizeIterator<Item = PatternId> + DoubleEndedIterator + Clone {
        self.ids(list.0).map(PatternId::new)
    }

    #[inline]
    fn ids(&self, at: u32) -> impl ExactSizeIterator<Item = usize> + DoubleEndedIterator + Clone {
        let at = at as usize;
        let len = self.lists[at] as usize;
        self.lists[at + 1..at + 1 + len].iter().map(|&id| id as usize)
    }

    /// Where the method's name stands in a `MethodCall` with these `method` and `args`.
    #[must_use]
    pub fn method_span(&self, method: Symbol, args: ExprList) -> Span {
        let at = self.lists[args.0 as usize - 1] & !TYPED;
        Span::new(at, at + (self.names.text(method).len & !Text::OWN))
    }

    /// The type arguments of a `MethodCall` with these `args`.
    #[must_use]
    pub fn method_types(&self, args: ExprList) -> Option<TypeList> {
        let at = args.0 as usize - 1;
        (self.lists[at] & TYPED != 0).then(|| TypeList(self.lists[at - 1]))
    }

    /// Where the name or number stands in a `Field` or `TupleField`.
    #[must_use]
    pub fn field_span(&self, expr: ExprId) -> Span {
        let Expr { kind, span } = self.exprs[expr.index()];
        let len = match kind {
            ExprKind::Field { name, .. } => self.names.text(name).len & !Text::OWN,
            ExprKind::TupleField { index, .. } => index.checked_ilog10().unwrap_or(0) + 1,
            _ => span.end - span.start,
        };
        Span::new(span.end - len, span.end)
    }

    /// Where the label of a `break`, `continue` or loop stands, quote included.
    #[must_use]
    pub fn label_span(&self, label: Symbol, label_at: u32) -> Span {
        Span::new(label_at, label_at + 1 + (self.names.text(label).len & !Text::OWN))
    }

    /// A type as written.
    #[must_use]
    pub fn ty(&self, ty: TypeId) -> TypeExpr {
        self.types[ty.index()]
    }

    /// A block.
    #[must_use]
    pub fn block(&self, block: BlockId) -> Block {
        self.blocks[block.index()]
    }

    /// The statements of a block, its value not included.
    #[must_use]
    pub fn stmts_of(&self, block: BlockId) -> &[Stmt] {
        &self.stmts[self.blocks[block.index()].stmts.range()]
    }

    /// A `for` loop.
    #[must_use]
    pub fn for_loop(&self, id: ForId) -> For {
        self.fors[id.index()]
    }

    /// The adapters of a `for` range, in the order written.
    #[must_use]
    pub fn adapters_of(&self, run: Run) -> &[Adapter] {
        &self.adapters[run.range()]
    }

    /// A lambda.
    #[must_use]
    pub fn lambda(&self, id: LambdaId) -> Lambda {
        self.lambdas[id.index()]
    }

    /// The parameters of a lambda.
    #[must_use]
    pub fn lambda_params_of(&self, lambda: Lambda) -> &[LambdaParam] {
        &self.lambda_params[lambda.params.range()]
    }

    /// A pattern.
    #[must_use]
    pub fn pattern(&self, pattern: PatternId) -> Pattern {
        self.patterns[pattern.index()]
    }

    /// What a member of a list, tuple or constructor is that stands for any number of them: `..`, or `name @ ..`.
    #[must_use]
    pub fn rest(&self, pattern: PatternId) -> Option<PatternId> {
        match self.pattern(pattern).kind {
            PatternKind::Rest => Some(pattern),
            PatternKind::Binding { inner: Some(inner), .. } => {
                (self.pattern(inner).kind == PatternKind::Rest).then_some(inner)
            }
            _ => None,
        }
    }

    /// The members of a list pattern before and behind its `..`, and that, if it has one.
    #[must_use]
    pub fn list_members(&self, members: PatternList) -> (Vec<PatternId>, Option<PatternId>, Vec<PatternId>) {
        let mut before: Vec<PatternId> = self.pattern_list(members).collect();
        let rest = before.iter().position(|&part| self.rest(part).is_some());
        let Some(rest) = rest else { return (before, None, Vec::new()) };
        let behind = before.split_off(rest + 1);
        let rest = before.pop();
        (before, rest, behind)
    }

    /// Calls `found` with each name that a pattern may bind, and whether it is `mut`, in the order written. A bare
    /// name may yet turn out to be a constant or variant.
    pub fn bindings(&self, pattern: PatternId, found: &mut impl FnMut(Name, bool)) {
        match self.pattern(pattern).kind {
            PatternKind::Binding { name, mutable, inner } => {
                found(name, mutable);
                if let Some(inner) = inner {
                    self.bindings(inner, found);
                }
            }
            PatternKind::Tuple(list)
            | PatternKind::List(list)
            | PatternKind::Constructor { args: list, .. }
            | PatternKind::Or(list) => {
                self.pattern_list(list).for_each(|part| self.bindings(part, found));
            }
            PatternKind::Struct { fields, .. } => {
                self.pattern_fields_of(fields).iter().for_each(|field| self.bindings(field.pattern, found));
            }
            PatternKind::Paren(inner) => self.bindings(inner, found),
            PatternKind::Error
            | PatternKind::Wildcard
            | PatternKind::Rest
            | PatternKind::Literal(_)
            | PatternKind::Range { .. }
            | PatternKind::Path(_) => {}
        }
    }

    /// The fields of a struct pattern, in the order written.
    #[must_use]
    pub fn pattern_fields_of(&self, run: Run) -> &[PatternField] {
        &self.pattern_fields[run.range()]
    }

    /// A `match`.
    #[must_use]
    pub fn match_of(&self, id: MatchId) -> Match {
        self.matches[id.index()]
    }

    /// The arms of a `match`.
    #[must_use]
    pub fn arms_of(&self, arms: Run) -> &[Arm] {
        &self.arms[arms.range()]
    }

    /// The type arguments of a `Name` or `Path`.
    #[must_use]
    pub fn turbofish(&self, expr: ExprId) -> Option<Turbofish> {
        let at = self.turbofishes.binary_search_by_key(&expr, |turbofish| turbofish.expr).ok()?;
        Some(self.turbofishes[at])
    }

    /// Whether `&mut` stands before an expression, as before an argument that the call changes.
    #[must_use]
    pub fn is_in_place(&self, expr: ExprId) -> bool {
        self.in_place_args.binary_search_by_key(&expr, |arg| arg.expr).is_ok()
    }

    /// A struct literal.
    #[must_use]
    pub fn literal(&self, id: LiteralId) -> Literal {
        self.literals[id.index()]
    }

    /// The fields of a struct literal, in the order written.
    #[must_use]
    pub fn inits_of(&self, inits: Run) -> &[Init] {
        &self.inits[inits.range()]
    }

    /// The fields of a struct or variant.
    #[must_use]
    pub fn fields_of(&self, fields: Run) -> &[Field] {
        &self.fields[fields.range()]
    }

    /// The variants of an enum.
    #[must_use]
    pub fn variants_of(&self, variants: Run) -> &[Variant] {
        &self.variants[variants.range()]
    }

    /// Whether an item is a function that is called on a value.
    #[must_use]
    pub fn takes_self(&self, item: usize) -> bool {
        let ItemKind::Fn { params, .. } = self.items[item].kind else { return false };
        self.params_of(params).first().is_some_and(|param| param.receiver.is_some())
    }

    /// The functions of an `impl`.
    #[must_use]
    pub fn members_of(&self, members: Run) -> &[Item] {
        &self.items[members.range()]
    }

    /// The type parameters of an item.
    #[must_use]
    pub fn generics_of(&self, item: &Item) -> &[Name] {
        &self.generics[item.generics.params.range()]
    }

    /// What an item asks of its type parameters.
    #[must_use]
    pub fn bounds_of(&self, item: &Item) -> &[Bound] {
        &self.bounds[item.generics.bounds.range()]
    }

    /// The parameters of a function.
    #[must_use]
    pub fn params_of(&self, params: Run) -> &[Param] {
        &self.params[params.range()]
    }

    /// The attributes of an item.
    #[must_use]
    pub fn attributes_of(&self, item: &Item) -> &[Attribute] {
        &self.attributes[item.attributes.range()]
    }

    /// The examples of an item, in order.
    pub fn examples(&self, item: &Item) -> impl Iterator<Item = ExprId> {
        self.attributes_of(item).iter().filter_map(|attribute| match attribute.kind {
            AttributeKind::Example(expr) => Some(expr),
            _ => None,
        })
    }

    /// The capabilities that an item declares, in order.
    pub fn uses(&self, item: &Item) -> impl Iterator<Item = Name> {
        self.attributes_of(item)
            .iter()
            .filter_map(|attribute| match attribute.kind {
                AttributeKind::Uses(run) => Some(run),
                _ => None,
            })
            .flat_map(|run| self.words[run.range()].iter().copied())
    }

    /// The `///` lines of an item, each from its first slash to the end of its line.
    pub fn docs(&self, item: &Item) -> impl Iterator<Item = Span> {
        self.comments[item.comments.range()]
            .iter()
            .filter(|comment| comment.kind == CommentKind::Doc)
            .map(|comment| comment.span)
    }
}

impl std::ops::Index<ExprId> for Tree {
    type Output = Expr;

    fn index(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }
}
