//! Records as text, one a line, and back: what `nda show --nodes` prints.

use crate::Ty;
use crate::definition::DefinitionRef;
use crate::node::{Mode, NdaNode, NodeId, Range};
use crate::op::{Builtin, CompareOp, MathOp, PlaceOp, UnaryOp};
use crate::tensor::TensorOp;
use std::fmt::Write as _;

/// The listing of a body: `%3  math add`, one record a line.
#[must_use]
pub fn list(view: DefinitionRef<'_>) -> String {
    list_some((0..).zip(view.nodes()), view)
}

/// The listing of some records of a body, or of what stands for them, by the numbers they have there.
#[must_use]
pub fn list_some(records: impl Iterator<Item = (NodeId, NdaNode)>, view: DefinitionRef<'_>) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    for (index, node) in records {
        let step = shift(node);
        if step < 0 {
            depth = depth.saturating_sub(1);
        }
        let indent =
            if matches!(node, NdaNode::Else | NdaNode::Do) { depth.saturating_sub(1) } else { depth };
        let note = match node {
            NdaNode::Text { start, len } => format!("  ; {:?}", view.text(start, len)),
            NdaNode::Call { callee, .. } | NdaNode::Const(callee) => {
                format!("  ; {:?}", view.reference(callee).hash)
            }
            NdaNode::Host { host, .. } => format!("  ; {}", view.host(host).name),
            NdaNode::Construct { ty, .. } | NdaNode::Weights { ty } | NdaNode::Vector { ty } => {
                format!("  ; {}", view.types().show(ty))
            }
            NdaNode::Tensor { ty, .. } => format!("  ; {}", view.types().show(ty)),
            _ => String::new(),
        };
        let _ = writeln!(out, "%{index:<4} {}{}{note}", "  ".repeat(indent), record(node));
        if step > 0 {
            depth += 1;
        }
    }
    out
}

/// Whether a record opens a part (+1), closes one (-1), or neither.
fn shift(node: NdaNode) -> i8 {
    match node {
        NdaNode::Then
        | NdaNode::Rhs
        | NdaNode::LoopBegin { .. }
        | NdaNode::WhileBegin
        | NdaNode::ForBegin { .. }
        | NdaNode::EachBegin { .. } => 1,
        NdaNode::If
        | NdaNode::And
        | NdaNode::Or
        | NdaNode::Loop
        | NdaNode::While
        | NdaNode::For
        | NdaNode::Each => -1,
        _ => 0,
    }
}

/// One record as text.
#[must_use]
pub fn record(node: NdaNode) -> String {
    match node {
        NdaNode::Unit => "unit".into(),
        NdaNode::Bool(value) => format!("bool {value}"),
        NdaNode::Int(value) => format!("int {value}"),
        NdaNode::Float(bits) => format!("float {:?}", f64::from_bits(bits)),
        NdaNode::Text { start, len } => format!("text {start} {len}"),
        NdaNode::Const(index) => format!("const {index}"),
        NdaNode::Load { slot, mode } => format!("load {} ${slot}", mode.name()),
        NdaNode::Let { slot, ty } => format!("let ${slot} {ty}"),
        NdaNode::Store { slot } => format!("store ${slot}"),
        NdaNode::Drop { slot } => format!("drop ${slot}"),
        NdaNode::Math(op) => format!("math {}", op.name()),
        NdaNode::Unary(op) => format!("unary {}", op.name()),
        NdaNode::Compare { op, ty } => format!("compare {} {ty}", op.name()),
        NdaNode::Call { callee, args } => format!("call {callee} {args}"),
        NdaNode::Host { host, args } => format!("host {host} {args}"),
        NdaNode::Builtin { op, mode } => format!("builtin {} {}", op.name(), mode.name()),
        NdaNode::List { count, ty } => format!("list {count} {ty}"),
        NdaNode::Place { op, slot, depth } => format!("place {} ${slot} {depth}", op.name()),
        NdaNode::Update { op, slot, depth } => format!("update {} ${slot} {depth}", op.name()),
        NdaNode::Scope { count, drops } => format!("scope {count} {drops}"),
        NdaNode::Discard => "discard".into(),
        NdaNode::Then => "then".into(),
        NdaNode::Else => "else".into(),
        NdaNode::If => "if".into(),
        NdaNode::Rhs => "rhs".into(),
        NdaNode::And => "and".into(),
        NdaNode::Or => "or".into(),
        NdaNode::LoopBegin { ty } => format!("loop_begin {ty}"),
        NdaNode::Loop => "loop".into(),
        NdaNode::WhileBegin => "while_begin".into(),
        NdaNode::Do => "do".into(),
        NdaNode::While => "while".into(),
        NdaNode::ForBegin { slot, range } => {
            let flag = |set: bool, text: &'static str| if set { text } else { "" };
            format!(
                "for_begin ${slot}{}{}{}",
                flag(range.inclusive, " inclusive"),
                flag(range.reversed, " reversed"),
                flag(range.stepped, " stepped")
            )
        }
        NdaNode::For => "for".into(),
        NdaNode::EachBegin { slot, ty } => format!("each_begin ${slot} {ty}"),
        NdaNode::Each => "each".into(),
        NdaNode::Break { up } => format!("break {up}"),
        NdaNode::Continue { up } => format!("continue {up}"),
        NdaNode::Return => "return".into(),
        NdaNode::Joined { count } => format!("joined {count}"),
        NdaNode::Construct { variant, ty } => format!("construct {variant} {ty}"),
        NdaNode::Tag => "tag".into(),
        NdaNode::Field { variant, index, mode } => format!("field {variant} {index} {}", mode.name()),
        NdaNode::Unpack { variant, slot } => format!("unpack {variant} ${slot}"),
        NdaNode::Weights { ty } => format!("weights {ty}"),
        NdaNode::Vector { ty } => format!("vector {ty}"),
        NdaNode::Tensor { op, ty } => format!("tensor {} {ty}", op.name()),
    }
}

/// Reads one record from its text.
#[must_use]
pub fn parse(text: &str) -> Option<NdaNode> {
    let mut words = text.split_whitespace();
    let head = words.next()?;
    let rest: Vec<&str> = words.collect();
    let number = |at: usize| rest.get(at).and_then(|word| word.parse::<u32>().ok());
    let slot = |at: usize| rest.get(at)?.strip_prefix('$')?.parse::<u32>().ok();
    let ty = |at: usize| parse_ty(rest.get(at)?);
    let mode = |at: usize| {
        let wanted = rest.get(at)?;
        [Mode::Copy, Mode::Share, Mode::Move, Mode::Borrow].into_iter().find(|mode| mode.name() == *wanted)
    };
    let named = |at: usize| rest.get(at).copied().unwrap_or_default();
    Some(match head {
        "unit" => NdaNode::Unit,
        "bool" => NdaNode::Bool(rest.first()?.parse().ok()?),
        "int" => NdaNode::Int(rest.first()?.parse().ok()?),
        "float" => NdaNode::float(rest.first()?.parse().ok()?),
        "text" => NdaNode::Text { start: number(0)?, len: number(1)? },
        "const" => NdaNode::Const(number(0)?),
        "load" => NdaNode::Load { mode: mode(0)?, slot: slot(1)? },
        "let" => NdaNode::Let { slot: slot(0)?, ty: ty(1)? },
        "store" => NdaNode::Store { slot: slot(0)? },
        "drop" => NdaNode::Drop { slot: slot(0)? },
        "math" => NdaNode::Math(find(MathOp::ALL, MathOp::name, named(0))?),
        "unary" => NdaNode::Unary(find(UnaryOp::ALL, UnaryOp::name, named(0))?),
        "compare" => NdaNode::Compare { op: find(CompareOp::ALL, CompareOp::name, named(0))?, ty: ty(1)? },
        "call" => NdaNode::Call { callee: number(0)?, args: number(1)? },
        "host" => NdaNode::Host { host: number(0)?, args: number(1)? },
        "builtin" => NdaNode::Builtin { op: find(Builtin::ALL, Builtin::name, named(0))?, mode: mode(1)? },
        "list" => NdaNode::List { count: number(0)?, ty: ty(1)? },
        "place" => NdaNode::Place {
            op: find(PlaceOp::ALL, PlaceOp::name, named(0))?,
            slot: slot(1)?,
            depth: number(2)?.try_into().ok()?,
        },
        "update" => NdaNode::Update {
            op: find(MathOp::ALL, MathOp::name, named(0))?,
            slot: slot(1)?,
            depth: number(2)?.try_into().ok()?,
        },
        "scope" => NdaNode::Scope { count: number(0)?, drops: number(1)? },
        "discard" => NdaNode::Discard,
        "then" => NdaNode::Then,
        "else" => NdaNode::Else,
        "if" => NdaNode::If,
        "rhs" => NdaNode::Rhs,
        "and" => NdaNode::And,
        "or" => NdaNode::Or,
        "loop_begin" => NdaNode::LoopBegin { ty: ty(0)? },
        "loop" => NdaNode::Loop,
        "while_begin" => NdaNode::WhileBegin,
        "do" => NdaNode::Do,
        "while" => NdaNode::While,
        "for_begin" => NdaNode::ForBegin {
            slot: slot(0)?,
            range: Range {
                inclusive: rest.contains(&"inclusive"),
                reversed: rest.contains(&"reversed"),
                stepped: rest.contains(&"stepped"),
            },
        },
        "for" => NdaNode::For,
        "each_begin" => NdaNode::EachBegin { slot: slot(0)?, ty: ty(1)? },
        "each" => NdaNode::Each,
        "break" => NdaNode::Break { up: number(0)? },
        "continue" => NdaNode::Continue { up: number(0)? },
        "return" => NdaNode::Return,
        "joined" => NdaNode::Joined { count: number(0)? },
        "construct" => NdaNode::Construct { variant: number(0)?.try_into().ok()?, ty: ty(1)? },
        "tag" => NdaNode::Tag,
        "field" => NdaNode::Field { variant: number(0)?.try_into().ok()?, index: number(1)?, mode: mode(2)? },
        "weights" => NdaNode::Weights { ty: ty(0)? },
        "vector" => NdaNode::Vector { ty: ty(0)? },
        "tensor" => NdaNode::Tensor { op: find(TensorOp::ALL, TensorOp::name, named(0))?, ty: ty(1)? },
        "unpack" => NdaNode::Unpack { variant: number(0)?.try_into().ok()?, slot: slot(1)? },
        _ => return None,
    })
}

fn find<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, wanted: &str) -> Option<T> {
    all.iter().copied().find(|&op| name(op) == wanted)
}

/// Reads a type as it is printed.
#[must_use]
pub fn parse_ty(text: &str) -> Option<Ty> {
    if let Some(inner) = text.strip_prefix('[') {
        return parse_ty(inner.strip_suffix(']')?)?.list_of();
    }
    for (prefix, is_object) in [("type#", true), ("enum#", false)] {
        if let Some(index) = text.strip_prefix(prefix) {
            return Ty::from_code(Ty::composite(index.parse().ok()?, is_object).code());
        }
    }
    [Ty::NEVER, Ty::UNIT, Ty::BOOL, Ty::I64, Ty::F64, Ty::STR].into_iter().find(|ty| ty.to_string() == text)
}
