//! How `match`, struct literals, `let … else` and chains of methods look.

use super::expr::is_block_like;
use super::width::{IF_WIDTH, NEVER, plus};
use super::{Printer, TAB, WIDTH};
use crate::tree::{Arm, BlockId, ExprId, ExprKind, ExprList, Init, Literal, LiteralId, MatchId};

/// A link of a chain of methods, and where it ends.
enum Link {
    Method(ExprId),
    Field(ExprId),
    Try(u32),
}

impl Printer<'_> {
    pub(super) fn match_expr(&mut self, id: MatchId, end: u32, indent: usize) {
        let tree = self.tree;
        let details = tree.match_of(id);
        self.push("match ");
        self.head(details.value, indent);
        let open = self.find(b'{', tree.span(details.value).end);
        let base = std::mem::replace(&mut self.base, indent);
        self.braced(open, end, |printer| {
            for arm in tree.arms_of(details.arms) {
                printer.lines_before(arm.span.start, indent + TAB);
                printer.or_verbatim(arm.span, |printer| printer.arm(arm, indent + TAB));
                if !matches!(tree.kind(arm.body), ExprKind::Block(_)) {
                    printer.push(",");
                }
            }
        });
        self.base = base;
    }

    fn arm(&mut self, arm: &Arm, indent: usize) {
        self.arm_pattern(arm.pattern, indent);
        self.guard(arm.guard, indent, " => {".len());
        self.push(" =>");
        self.value(arm.body, indent, 1);
    }

    /// ` if guard`, on the next line if it does not fit on this one.
    pub(super) fn guard(&mut self, guard: Option<ExprId>, indent: usize, extra: usize) {
        let Some(guard) = guard else { return };
        if self.fits(guard, " if ".len() + extra) {
            self.push(" if ");
        } else {
            self.newline(indent + TAB);
            self.push("if ");
        }
        self.expr(guard, indent + TAB, extra);
    }

    // Struct literals.

    pub(super) fn flat_struct(&mut self, id: LiteralId) {
        let Literal { path, inits, base } = self.tree.literal(id);
        let inits = self.tree.inits_of(inits);
        self.name(path.symbol);
        self.push(" {");
        for (index, init) in inits.iter().enumerate() {
            self.push(if index > 0 { ", " } else { " " });
            self.init_name(init);
            if !init.shorthand {
                self.flat(init.value);
            }
        }
        if let Some(base) = base {
            self.push(if inits.is_empty() { " .." } else { ", .." });
            self.flat(base);
        }
        self.push(if inits.is_empty() && base.is_none() { "}" } else { " }" });
    }

    /// Each field on a line of its own.
    pub(super) fn broken_struct(&mut self, id: LiteralId, end: u32, indent: usize) {
        let tree = self.tree;
        let Literal { path, inits, base } = tree.literal(id);
        let inits = tree.inits_of(inits);
        self.name(path.symbol);
        self.push(" ");
        let open = self.find(b'{', path.span.end);
        let outer = std::mem::replace(&mut self.base, indent);
        let inner = indent + TAB;
        self.braced(open, end, |printer| {
            for init in inits {
                printer.lines_before_member(init.name.span.start, inner);
                printer.init_name(init);
                if !init.shorthand {
                    printer.expr(init.value, inner, 1);
                }
                printer.last = tree.span(init.value).end;
                printer.push(",");
            }
            if let Some(base) = base {
                let start = tree.span(base).start;
                // A comment behind the dots has no place of its own.
                printer.misplaced |= !printer.source[..start as usize].trim_end().ends_with("..");
                printer.lines_before_member(start, inner);
                printer.push("..");
                printer.expr(base, inner, 0);
                printer.last = tree.span(base).end;
            }
        });
        self.base = outer;
    }

    /// `name: `, or `name` alone, which is the value as well.
    fn init_name(&mut self, init: &Init) {
        self.name(init.name.symbol);
        self.push(if init.shorthand { "" } else { ": " });
    }

    // `let … else`.

    /// What follows `let pattern =`, which starts at `start` of the output.
    pub(super) fn let_else(&mut self, init: ExprId, block: BlockId, start: usize, indent: usize) {
        let tree = self.tree;
        self.value(init, indent, " else {".len());
        let body = tree.block(block);
        let value = body.tail.filter(|&tail| body.stmts.len == 0 && !is_block_like(tree.kind(tail)));
        let width =
            value.map_or(NEVER, |tail| plus([self.widths[tail.index()], "  else {  };".len() as u32]));
        let before = (self.out.len() - start) as u32;
        let one_line = !self.out[start..].contains('\n');
        let comments = tree.comments.get(self.comment).is_some_and(|next| next.span.start < body.span.end);
        self.push(" else ");
        if one_line
            && !comments
            && plus([before, width]) <= IF_WIDTH
            && self.column() + width as usize <= WIDTH
        {
            self.flat_block(block);
        } else {
            self.block(block, indent);
        }
    }

    // Chains.

    pub(super) fn method_types(&mut self, args: ExprList) {
        if let Some(types) = self.tree.method_types(args) {
            self.push("::<");
            self.types(types);
            self.push(">");
        }
    }

    /// A chain of methods, each on a line of its own; a single one stays behind its receiver. Fields and `?` between
    /// methods are links, too; before the first they belong to its receiver.
    pub(super) fn methods(&mut self, id: ExprId, indent: usize) {
        let tree = self.tree;
        let mut chain = Vec::new();
        let mut first = id;
        let mut root = id;
        let mut length = 0;
        let mut methods = 0;
        loop {
            let (link, next) = match tree.kind(first) {
                ExprKind::MethodCall { receiver, .. } => (Link::Method(first), receiver),
                ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => {
                    (Link::Field(first), base)
                }
                ExprKind::Try(operand) => (Link::Try(tree.span(first).end), operand),
                _ => break,
            };
            let is_method = matches!(link, Link::Method(_));
            chain.push(link);
            first = next;
            if is_method {
                (root, length) = (first, chain.len());
                methods += 1;
            }
        }
        chain.truncate(length);
        let vertical = methods > 1;
        let inner = if vertical { indent + TAB } else { indent };
        self.expr(root, indent, 0);
        self.last = tree.span(root).end;
        while let Some(link) = chain.pop() {
            match link {
                Link::Method(call) => self.method(call, vertical, inner),
                Link::Field(field) => {
                    let name = tree.field_span(field);
                    self.lines_before_member(name.start, inner);
                    self.push(".");
                    self.push(name.text(self.source));
                    self.last = name.end;
                }
                Link::Try(end) => {
                    self.misplaced |=
                        tree.comments.get(self.comment).is_some_and(|next| next.span.start < end);
                    self.push("?");
                    self.last = end;
                }
            }
        }
    }

    /// `.method(args)`, on a line of its own if `vertical`.
    fn method(&mut self, call: ExprId, vertical: bool, indent: usize) {
        let tree = self.tree;
        let ExprKind::MethodCall { method, args, .. } = tree.kind(call) else { return };
        let name = tree.method_span(method, args);
        let end = tree.span(call).end;
        if vertical {
            self.lines_before_member(name.start, indent);
        }
        self.push(".");
        self.name(method);
        self.method_types(args);
        self.misplaced |=
            !vertical && tree.comments.get(self.comment).is_some_and(|c| c.span.start < name.end);
        self.last = name.end;
        self.members(args, "(", ")", end, indent);
        self.last = end;
    }
}
