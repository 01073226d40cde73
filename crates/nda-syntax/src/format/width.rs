//! How wide things are on one line, computed once and bottom up.

use super::IN_PLACE;
use crate::tree::{
    BlockId, ExprId, ExprKind, ExprList, ForVariable, Init, LambdaParam, PatternId, PatternKind, Symbol,
    Tree, TypeId, TypeKind, TypeList,
};
use nda_diagnostics::Span;

/// The width of an expression that cannot be printed on one line.
pub(super) const NEVER: u32 = u32::MAX;
/// The longest `if … else …`, and `let … else …`, on one line.
pub(super) const IF_WIDTH: u32 = 50;
pub(super) fn plus(widths: impl IntoIterator<Item = u32>) -> u32 {
    widths.into_iter().fold(0, u32::saturating_add)
}

/// The width of every expression of the tree when printed flat; operands stand before users, so one pass suffices.
pub(super) fn widths(tree: &Tree, source: &str) -> Vec<u32> {
    let mut widths: Vec<u32> = Vec::with_capacity(tree.exprs.len());
    let symbol = |symbol: Symbol| tree.name(symbol, source).len() as u32;
    let mut in_place = tree.in_place_args.iter().peekable();
    for expr in &tree.exprs {
        let width = |id: ExprId| widths[id.index()];
        let optional = |id: Option<ExprId>| id.map_or(0, width);
        let pattern = |id: PatternId| pattern_width(tree, source, id);
        let types = |list: TypeList| types_width(tree, source, list);
        let spelling = || first_line_width(expr.span.text(source));
        let list = |list: ExprList| {
            let members = tree.list(list);
            let gaps = 2 * members.len().saturating_sub(1) as u32;
            plus(members.map(width).chain([gaps]))
        };
        let label = |label: Option<Symbol>| label.map_or(0, |label| symbol(label) + 2);
        let empty = |block: BlockId| {
            let block = tree.block(block);
            block.stmts.len == 0 && block.tail.is_none()
        };
        let result = match expr.kind {
            ExprKind::Error => NEVER,
            ExprKind::Tuple(members) => plus([list(members), 2, u32::from(tree.list(members).len() == 1)]),
            ExprKind::Struct(id) => {
                let literal = tree.literal(id);
                let inits = tree.inits_of(literal.inits);
                let init = |init: &Init| match init.shorthand {
                    true => symbol(init.name.symbol),
                    false => plus([symbol(init.name.symbol), 2, width(init.value)]),
                };
                let members = inits.len() + usize::from(literal.base.is_some());
                let base = literal.base.map_or(0, |base| plus([width(base), 2]));
                let brackets = if members == 0 { 3 } else { 5 };
                let gaps = 2 * members.saturating_sub(1) as u32;
                plus(inits.iter().map(init).chain([symbol(literal.path.symbol), base, brackets, gaps]))
            }
            ExprKind::Matches { value, pattern: held, guard } => {
                let guard = guard.map_or(0, |guard| plus([width(guard), 4]));
                plus([width(value), pattern(held), guard, "matches!(, )".len() as u32])
            }
            ExprKind::Field { base, name } => plus([width(base), symbol(name), 1]),
            ExprKind::TupleField { base, index } => plus([width(base), digits(index), 1]),
            ExprKind::Try(operand) => plus([width(operand), 1]),
            ExprKind::Let { pattern: held, value } => plus([pattern(held), width(value), 7]),
            ExprKind::Labelled { .. } | ExprKind::Match(_) => NEVER,
            ExprKind::Unit => 2,
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => spelling(),
            ExprKind::Name(name) | ExprKind::Path(name) => {
                let types = tree
                    .turbofish(ExprId::new(widths.len()))
                    .map_or(0, |found| plus([types(found.types), 4]));
                plus([symbol(name), types])
            }
            ExprKind::Paren(inner) => plus([width(inner), 2]),
            ExprKind::List(members) => plus([list(members), 2]),
            ExprKind::Repeat { value, count } => plus([width(value), width(count), 4]),
            ExprKind::Vector { items, .. } => plus([width(items), 3]),
            ExprKind::Unary { operand, .. } => plus([width(operand), 1]),
            ExprKind::Binary { op, left, right, .. } => {
                plus([width(left), width(right), op.as_str().len() as u32 + 2])
            }
            ExprKind::Assign { op, place, value, .. } => {
                plus([width(place), width(value), op.map_or(0, |op| op.as_str().len() as u32) + 3])
            }
            ExprKind::Cast { operand, ty } => plus([width(operand), 4, type_width(tree, source, ty)]),
            ExprKind::Call { callee, args } => plus([width(callee), list(args), 2]),
            ExprKind::Macro { name, args } => plus([symbol(name), list(args), 3]),
            ExprKind::MethodCall { receiver, method, args } => {
                let types = tree.method_types(args).map_or(0, |args| types(args) + 4);
                plus([width(receiver), list(args), symbol(method), 3, types])
            }
            ExprKind::Index { base, index } => plus([width(base), width(index), 2]),
            ExprKind::Slice { base, from, to, inclusive } => {
                plus([width(base), optional(from), optional(to), 4 + u32::from(inclusive)])
            }
            ExprKind::Range { from, to, inclusive } => {
                plus([optional(from), optional(to), 2 + u32::from(inclusive)])
            }
            ExprKind::Break { label: name, value, .. } => {
                plus([5, label(name), optional(value), u32::from(value.is_some())])
            }
            ExprKind::Continue { label: name, .. } => 8 + label(name),
            ExprKind::Return(value) => plus([6, optional(value), u32::from(value.is_some())]),
            ExprKind::Lambda(id) => {
                let lambda = tree.lambda(id);
                let params = tree.lambda_params_of(lambda);
                let param = |param: &LambdaParam| {
                    let variable = match param.variable {
                        ForVariable::Name { name, mutable } => symbol(name.symbol) + 4 * u32::from(mutable),
                        ForVariable::Pattern(id) => pattern(id),
                    };
                    plus([variable, param.ty.map_or(0, |ty| type_width(tree, source, ty) + 2)])
                };
                let gaps = 2 * params.len().saturating_sub(1) as u32;
                let result = lambda.result.map_or(0, |ty| type_width(tree, source, ty) + 4);
                plus(params.iter().map(param).chain([gaps, 3, result, width(lambda.body)]))
            }
            ExprKind::Block(block) if empty(block) => 2,
            ExprKind::Loop { label: name, body } if empty(body) => {
                label(name) + 7 + u32::from(name.is_some())
            }
            ExprKind::Block(_) | ExprKind::Loop { .. } | ExprKind::While { .. } | ExprKind::For(_) => NEVER,
            ExprKind::If { cond, then, otherwise } => {
                let value = |block: BlockId| {
                    let block = tree.block(block);
                    let tail = block.tail.filter(|_| block.stmts.len == 0)?;
                    (!super::expr::is_block_like(tree.kind(tail))).then(|| width(tail))
                };
                let otherwise = otherwise.and_then(|id| match tree.kind(id) {
                    ExprKind::Block(block) => value(block),
                    _ => None,
                });
                match (value(then), otherwise) {
                    (Some(then), Some(otherwise)) => {
                        let all = plus([width(cond), then, otherwise, "if  {  } else {  }".len() as u32]);
                        if all <= IF_WIDTH { all } else { NEVER }
                    }
                    _ => NEVER,
                }
            }
        };
        let in_place = match in_place.peek() {
            Some(arg) if arg.expr.index() == widths.len() => {
                in_place.next();
                IN_PLACE.len() as u32
            }
            _ => 0,
        };
        let result = plus([result, in_place]);
        let commented = !tree.comments.is_empty() && has_comment(tree, expr.span);
        widths.push(if commented { NEVER } else { result });
    }
    widths
}

fn has_comment(tree: &Tree, span: Span) -> bool {
    let next = tree.comments.partition_point(|comment| comment.span.start < span.start);
    tree.comments.get(next).is_some_and(|comment| comment.span.start < span.end)
}

fn digits(number: u32) -> u32 {
    number.checked_ilog10().unwrap_or(0) + 1
}

/// The width of a literal or constant in a pattern.
fn constant_width(tree: &Tree, source: &str, expr: ExprId) -> u32 {
    match tree.kind(expr) {
        ExprKind::Unary { operand, .. } => plus([constant_width(tree, source, operand), 1]),
        ExprKind::Name(symbol) | ExprKind::Path(symbol) => tree.name(symbol, source).len() as u32,
        _ => first_line_width(tree.span(expr).text(source)),
    }
}

/// The width of a literal's spelling; what follows on further lines starts at their margin.
fn first_line_width(text: &str) -> u32 {
    text.lines().next().unwrap_or_default().chars().count() as u32
}

pub(super) fn type_width(tree: &Tree, source: &str, ty: TypeId) -> u32 {
    match tree.ty(ty).kind {
        TypeKind::Name(symbol) => tree.name(symbol, source).len() as u32,
        TypeKind::List(element) => plus([type_width(tree, source, element), 2]),
        TypeKind::Unit => 2,
        TypeKind::Tuple(members) => {
            plus([types_width(tree, source, members), 2, u32::from(tree.type_list(members).len() == 1)])
        }
        TypeKind::Apply { name, args } => {
            plus([tree.name(name, source).len() as u32, 2, types_width(tree, source, args)])
        }
        TypeKind::Shape { name, sides } => {
            plus([tree.name(name, source).len() as u32, 2, types_width(tree, source, sides)])
        }
        TypeKind::Number(_) => tree.ty(ty).span.end - tree.ty(ty).span.start,
        TypeKind::SelfType => 4,
        TypeKind::Infer => 1,
        TypeKind::Error => NEVER,
    }
}

pub(super) fn types_width(tree: &Tree, source: &str, types: TypeList) -> u32 {
    let types = tree.type_list(types);
    let gaps = 2 * types.len().saturating_sub(1) as u32;
    plus(types.map(|ty| type_width(tree, source, ty)).chain([gaps]))
}

pub(super) fn pattern_width(tree: &Tree, source: &str, id: PatternId) -> u32 {
    let pattern = |id: PatternId| pattern_width(tree, source, id);
    let symbol = |symbol: Symbol| tree.name(symbol, source).len() as u32;
    let list = |list, gap: u32| {
        let members = tree.pattern_list(list);
        let gaps = gap * members.len().saturating_sub(1) as u32;
        plus(members.map(pattern).chain([gaps]))
    };
    match tree.pattern(id).kind {
        PatternKind::Error => NEVER,
        PatternKind::Wildcard => 1,
        PatternKind::Rest => 2,
        PatternKind::Binding { name, mutable, inner } => {
            let inner = inner.map_or(0, |inner| plus([pattern(inner), 3]));
            plus([symbol(name.symbol), 4 * u32::from(mutable), inner])
        }
        PatternKind::Literal(expr) => constant_width(tree, source, expr),
        PatternKind::Range { from, to, inclusive } => {
            let end = |end: Option<ExprId>| end.map_or(0, |end| constant_width(tree, source, end));
            plus([end(from), end(to), 2 + u32::from(inclusive)])
        }
        PatternKind::Path(path) => symbol(path),
        PatternKind::Tuple(members) => plus([list(members, 2), 2, u32::from(one_with_comma(tree, id))]),
        PatternKind::List(members) => plus([list(members, 2), 2]),
        PatternKind::Constructor { path, args } => plus([symbol(path.symbol), list(args, 2), 2]),
        PatternKind::Struct { path, fields, rest } => {
            let fields = tree.pattern_fields_of(fields);
            let members = fields.len() + usize::from(rest);
            let widths = fields.iter().map(|field| {
                plus([
                    if field.shorthand { 0 } else { symbol(field.name.symbol) + 2 },
                    pattern(field.pattern),
                ])
            });
            let brackets = if members == 0 { 3 } else { 5 };
            let gaps = 2 * members.saturating_sub(1) as u32;
            plus(widths.chain([symbol(path.symbol), 2 * u32::from(rest), brackets, gaps]))
        }
        PatternKind::Or(members) => list(members, 3),
        PatternKind::Paren(inner) => plus([pattern(inner), 2]),
    }
}

/// Whether a tuple pattern has one member and needs its comma: `(a,)`, but `(..)`.
pub(super) fn one_with_comma(tree: &Tree, tuple: PatternId) -> bool {
    let PatternKind::Tuple(members) = tree.pattern(tuple).kind else { return false };
    let mut members = tree.pattern_list(members);
    matches!((members.len(), members.next()), (1, Some(only)) if tree.pattern(only).kind != PatternKind::Rest)
}
