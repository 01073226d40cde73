//! A tree as text without places: for tests, and for people who want to see what the parser understood.
//!
//! Two sources with the same dump mean the same, so the formatter is held against it.

use crate::tree::{
    Adapter, BlockId, ExprId, ExprKind, ForHead, Item, ItemKind, StmtKind, Tree, TypeId, TypeKind,
};
use std::fmt::Write;

/// The items of a tree, one statement a line, expressions as `(operator operands)`.
#[must_use]
pub fn dump(tree: &Tree, source: &str) -> String {
    let mut dump = Dump { tree, source, out: String::new(), indent: 0 };
    for item in &tree.items {
        dump.item(item);
    }
    dump.out
}

/// One expression of a tree.
#[must_use]
pub fn dump_expr(tree: &Tree, source: &str, expr: ExprId) -> String {
    let mut dump = Dump { tree, source, out: String::new(), indent: 0 };
    dump.expr(expr);
    dump.out
}

struct Dump<'a> {
    tree: &'a Tree,
    source: &'a str,
    out: String,
    indent: usize,
}

impl Dump<'_> {
    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.indent));
    }

    fn say(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn item(&mut self, item: &Item) {
        for doc in self.tree.docs(item) {
            let line = doc.text(self.source).trim_end();
            self.out.push_str(line);
            self.out.push('\n');
        }
        for example in self.tree.examples(item) {
            self.say("#example ");
            self.expr(example);
            self.say("\n");
        }
        for name in self.tree.uses(item) {
            let name = self.tree.name(name.symbol, self.source);
            let _ = writeln!(self.out, "#uses {name}");
        }
        if item.public {
            self.say("pub ");
        }
        let name = item.name.map_or("?", |name| self.tree.name(name.symbol, self.source));
        match item.kind {
            ItemKind::Fn { params, result, body } => {
                let _ = write!(self.out, "fn {name}(");
                for (index, param) in self.tree.params_of(params).iter().enumerate() {
                    let name = self.tree.name(param.name.symbol, self.source);
                    let comma = if index > 0 { ", " } else { "" };
                    let mutable = if param.mutable { "mut " } else { "" };
                    let _ = write!(self.out, "{comma}{mutable}{name}: ");
                    self.ty(param.ty);
                }
                self.say(") -> ");
                match result {
                    Some(ty) => self.ty(ty),
                    None => self.say("nothing"),
                }
                self.say(" ");
                self.block(body);
            }
            ItemKind::Const { ty, value } => {
                let _ = write!(self.out, "const {name}: ");
                self.ty(ty);
                self.say(" = ");
                self.expr(value);
            }
            ItemKind::Use { path } => {
                let path = self.tree.name(path.symbol, self.source);
                let _ = write!(self.out, "use {path} as {name}");
            }
            ItemKind::Error => {
                let _ = write!(self.out, "error {name}");
            }
        }
        self.say("\n");
    }

    fn ty(&mut self, ty: TypeId) {
        match self.tree.ty(ty).kind {
            TypeKind::Name(symbol) => self.out.push_str(self.tree.name(symbol, self.source)),
            TypeKind::List(element) => {
                self.say("[");
                self.ty(element);
                self.say("]");
            }
            TypeKind::Unit => self.say("()"),
            TypeKind::Error => self.say("error"),
        }
    }

    fn block(&mut self, id: BlockId) {
        self.say("{");
        self.indent += 1;
        for stmt in self.tree.stmts_of(id) {
            self.line();
            match stmt.kind {
                StmtKind::Let { name, mutable, ty, init } => {
                    let name = self.tree.name(name.symbol, self.source);
                    let _ = write!(self.out, "let {}{name}", if mutable { "mut " } else { "" });
                    if let Some(ty) = ty {
                        self.say(": ");
                        self.ty(ty);
                    }
                    self.say(" = ");
                    self.expr(init);
                }
                StmtKind::Expr { expr, semicolon } => {
                    self.expr(expr);
                    self.say(if semicolon { ";" } else { "" });
                }
            }
        }
        if let Some(tail) = self.tree.block(id).tail {
            self.line();
            self.expr(tail);
        }
        self.indent -= 1;
        self.say("}");
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = ExprId>) {
        for expr in exprs {
            self.say(" ");
            self.expr(expr);
        }
        self.say(")");
    }

    fn optional(&mut self, expr: Option<ExprId>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.say("_"),
        }
    }

    fn label(&mut self, label: Option<crate::tree::Symbol>) {
        if let Some(label) = label {
            let name = self.tree.name(label, self.source);
            let _ = write!(self.out, " '{name}");
        }
    }

    fn expr(&mut self, id: ExprId) {
        match self.tree.kind(id) {
            ExprKind::Error => self.say("error"),
            ExprKind::Unit => self.say("()"),
            ExprKind::Bool(value) => self.say(if value { "true" } else { "false" }),
            ExprKind::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            ExprKind::Float(value) => {
                let _ = write!(self.out, "{value:?}");
            }
            ExprKind::Str(text) => {
                let _ = write!(self.out, "{:?}", self.tree.text(text, self.source));
            }
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => {
                self.out.push_str(self.tree.name(symbol, self.source));
            }
            ExprKind::Paren(inner) => {
                self.say("(paren");
                self.exprs([inner]);
            }
            ExprKind::List(list) => {
                self.say("(list");
                self.exprs(self.tree.list(list));
            }
            ExprKind::Repeat { value, count } => {
                self.say("(repeat");
                self.exprs([value, count]);
            }
            ExprKind::Unary { op, operand } => {
                let _ = write!(self.out, "({}", op.as_str());
                self.exprs([operand]);
            }
            ExprKind::Binary { op, left, right, .. } => {
                let _ = write!(self.out, "({}", op.as_str());
                self.exprs([left, right]);
            }
            ExprKind::Assign { op, place, value, .. } => {
                let _ = write!(self.out, "({}=", op.map_or("", |op| op.as_str()));
                self.exprs([place, value]);
            }
            ExprKind::Cast { operand, ty } => {
                self.say("(as ");
                self.expr(operand);
                self.say(" ");
                self.ty(ty);
                self.say(")");
            }
            ExprKind::Call { callee, args } => {
                self.say("(call ");
                self.expr(callee);
                self.exprs(self.tree.list(args));
            }
            ExprKind::Macro { name, args } => {
                let name = self.tree.name(name, self.source);
                let _ = write!(self.out, "({name}!");
                self.exprs(self.tree.list(args));
            }
            ExprKind::MethodCall { receiver, method, args } => {
                let name = self.tree.name(method, self.source);
                let _ = write!(self.out, "(.{name} ");
                self.expr(receiver);
                self.exprs(self.tree.list(args));
            }
            ExprKind::Index { base, index } => {
                self.say("(index");
                self.exprs([base, index]);
            }
            ExprKind::Slice { base, from, to, inclusive } => {
                self.say("(slice ");
                self.expr(base);
                self.say(" ");
                self.range(from, to, inclusive);
                self.say(")");
            }
            ExprKind::Range { from, to, inclusive } => self.range(from, to, inclusive),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { cond, then, otherwise } => {
                self.say("(if ");
                self.expr(cond);
                self.say(" ");
                self.block(then);
                self.exprs(otherwise);
            }
            ExprKind::While { label, cond, body } => {
                self.say("(while");
                self.label(label);
                self.say(" ");
                self.expr(cond);
                self.say(" ");
                self.block(body);
                self.say(")");
            }
            ExprKind::Loop { label, body } => {
                self.say("(loop");
                self.label(label);
                self.say(" ");
                self.block(body);
                self.say(")");
            }
            ExprKind::For(id) => {
                let details = self.tree.for_loop(id);
                self.say("(for");
                self.label(details.label);
                let name = self.tree.name(details.name.symbol, self.source);
                let _ = write!(self.out, " {}{name} ", if details.mutable { "mut " } else { "" });
                match details.head {
                    ForHead::Each(expr) => self.expr(expr),
                    ForHead::Range { from, to, inclusive, adapters } => {
                        self.range(Some(from), Some(to), inclusive);
                        for adapter in self.tree.adapters_of(adapters) {
                            match *adapter {
                                Adapter::Rev => self.say(".rev"),
                                Adapter::StepBy(step) => {
                                    self.say(".step_by ");
                                    self.expr(step);
                                }
                            }
                        }
                    }
                }
                self.say(" ");
                self.block(details.body);
                self.say(")");
            }
            ExprKind::Break { label, value, .. } => {
                self.say("(break");
                self.label(label);
                self.exprs(value);
            }
            ExprKind::Continue { label, .. } => {
                self.say("(continue");
                self.label(label);
                self.say(")");
            }
            ExprKind::Return(value) => {
                self.say("(return");
                self.exprs(value);
            }
        }
    }

    fn range(&mut self, from: Option<ExprId>, to: Option<ExprId>, inclusive: bool) {
        self.optional(from);
        self.say(if inclusive { "..=" } else { ".." });
        self.optional(to);
    }
}
