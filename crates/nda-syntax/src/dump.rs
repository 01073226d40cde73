//! A tree as text without places: for tests, and for people who want to see what the parser understood.
//!
//! Two sources with the same dump mean the same, so the formatter is held against it.

use crate::tree::{
    Adapter, AttributeKind, BlockId, ExprId, ExprKind, ForHead, ForVariable, Item, ItemKind, PatternId,
    PatternKind, Receiver, Run, Shape, StmtKind, Symbol, Tree, TypeId, TypeKind, TypeList,
};
use std::fmt::Write;

/// The items of a tree, one statement a line, expressions as `(operator operands)`.
#[must_use]
pub fn dump(tree: &Tree, source: &str) -> String {
    let mut dump = Dump { tree, source, out: String::new(), indent: 0 };
    dump.items(None);
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

    fn items(&mut self, module: Option<usize>) {
        let tree = self.tree;
        for (index, item) in tree.items_in(module) {
            self.item(item, index);
        }
    }

    fn item(&mut self, item: &Item, index: usize) {
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
        for attribute in self.tree.attributes_of(item) {
            if let AttributeKind::Derive(run) = attribute.kind {
                for name in &self.tree.words[run.range()] {
                    let name = self.tree.name(name.symbol, self.source);
                    let _ = writeln!(self.out, "#derive {name}");
                }
            }
        }
        if item.public {
            self.say("pub ");
        }
        let name = item.name.map_or("?", |name| self.tree.name(name.symbol, self.source));
        match item.kind {
            ItemKind::Fn { params, result, body } => {
                let _ = write!(self.out, "fn {name}");
                self.generics(item);
                self.say("(");
                for (index, param) in self.tree.params_of(params).iter().enumerate() {
                    let name = self.tree.name(param.name.symbol, self.source);
                    let comma = if index > 0 { ", " } else { "" };
                    let mutable = if param.mutable { "mut " } else { "" };
                    let receiver = match param.receiver {
                        Some(Receiver::Shared) => "&",
                        Some(Receiver::Mutable) => "&mut ",
                        Some(Receiver::Value) | None => "",
                    };
                    let in_place = if param.in_place && param.receiver.is_none() { "&mut " } else { "" };
                    let _ = write!(self.out, "{comma}{mutable}{receiver}");
                    match param.pattern {
                        Some(pattern) => self.pattern(pattern),
                        None => self.say(name),
                    }
                    let _ = write!(self.out, ": {in_place}");
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
            ItemKind::UseAll { path } => {
                let path = self.tree.name(path.symbol, self.source);
                let _ = write!(self.out, "use {path}::*");
            }
            ItemKind::Mod { items } => {
                let _ = write!(self.out, "mod {name}");
                if items.is_some() {
                    self.say(" {\n");
                    self.items(Some(index));
                    self.say("}");
                }
            }
            ItemKind::Struct { shape, fields } => {
                let _ = write!(self.out, "struct {name}");
                self.generics(item);
                self.fields(shape, fields);
            }
            ItemKind::Enum { variants } => {
                let _ = write!(self.out, "enum {name}");
                self.generics(item);
                self.say(" {");
                self.indent += 1;
                for variant in self.tree.variants_of(variants) {
                    self.line();
                    self.out.push_str(self.tree.name(variant.name.symbol, self.source));
                    self.fields(variant.shape, variant.fields);
                }
                self.indent -= 1;
                self.say("}");
            }
            ItemKind::Impl { ty, members } => {
                self.say("impl");
                self.generics(item);
                self.say(" ");
                self.ty(ty);
                self.say(" {\n");
                for member in self.tree.members_of(members) {
                    self.item(member, usize::MAX);
                }
                self.say("}");
            }
            ItemKind::Error => {
                let _ = write!(self.out, "error {name}");
            }
        }
        self.say("\n");
    }

    fn symbol(&mut self, symbol: Symbol) {
        self.out.push_str(self.tree.name(symbol, self.source));
    }

    fn generics(&mut self, item: &Item) {
        for (index, name) in self.tree.generics_of(item).iter().enumerate() {
            self.say(if index > 0 { " " } else { "<" });
            self.symbol(name.symbol);
        }
        for bound in self.tree.bounds_of(item) {
            self.say(", ");
            self.symbol(bound.param.symbol);
            self.say(if bound.in_where { " where " } else { ": " });
            self.symbol(bound.name.symbol);
        }
        if item.generics.params.len > 0 {
            self.say(">");
        }
    }

    fn fields(&mut self, shape: Shape, fields: Run) {
        let (open, close) = match shape {
            Shape::Unit => return,
            Shape::Tuple => ("(", ")"),
            Shape::Named => (" {", "}"),
        };
        self.say(open);
        for (index, field) in self.tree.fields_of(fields).iter().enumerate() {
            self.say(if index > 0 { ", " } else { "" });
            self.say(if field.public { "pub " } else { "" });
            if let Some(name) = field.name {
                self.symbol(name.symbol);
                self.say(": ");
            }
            self.ty(field.ty);
        }
        self.say(close);
    }

    fn types(&mut self, types: TypeList) {
        for (index, ty) in self.tree.type_list(types).enumerate() {
            self.say(if index > 0 { ", " } else { "" });
            self.ty(ty);
        }
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
            TypeKind::Tuple(types) => {
                self.say("(");
                self.types(types);
                self.say(",)");
            }
            TypeKind::Apply { name, args } => {
                self.symbol(name);
                self.say("<");
                self.types(args);
                self.say(">");
            }
            TypeKind::Shape { name, sides } => {
                self.symbol(name);
                self.say("[");
                self.types(sides);
                self.say("]");
            }
            TypeKind::Number(value) => {
                let _ = write!(self.out, "{value}");
            }
            TypeKind::SelfType => self.say("Self"),
            TypeKind::Infer => self.say("_"),
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
                StmtKind::LetPattern { pattern, ty, init, otherwise } => {
                    self.say("let ");
                    self.pattern(pattern);
                    if let Some(ty) = ty {
                        self.say(": ");
                        self.ty(ty);
                    }
                    self.say(" = ");
                    self.expr(init);
                    if let Some(otherwise) = otherwise {
                        self.say(" else ");
                        self.block(otherwise);
                    }
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
        if self.tree.is_in_place(id) {
            self.say("&mut ");
        }
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
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => match self.tree.turbofish(id) {
                Some(turbofish) => {
                    let path = self.tree.name(symbol, self.source);
                    let (before, after) = path.split_at(turbofish.split as usize);
                    let _ = write!(self.out, "{before}::<");
                    self.types(turbofish.types);
                    let _ = write!(self.out, ">{after}");
                }
                None => self.symbol(symbol),
            },
            ExprKind::Paren(inner) => {
                self.say("(paren");
                self.exprs([inner]);
            }
            ExprKind::Tuple(list) => {
                self.say("(tuple");
                self.exprs(self.tree.list(list));
            }
            ExprKind::Struct(id) => {
                let literal = self.tree.literal(id);
                self.say("(struct ");
                self.symbol(literal.path.symbol);
                for init in self.tree.inits_of(literal.inits) {
                    self.say(" ");
                    self.symbol(init.name.symbol);
                    self.say(if init.shorthand { "=" } else { ": " });
                    self.expr(init.value);
                }
                if let Some(base) = literal.base {
                    self.say(" ..");
                    self.expr(base);
                }
                self.say(")");
            }
            ExprKind::List(list) => {
                self.say("(list");
                self.exprs(self.tree.list(list));
            }
            ExprKind::Repeat { value, count } => {
                self.say("(repeat");
                self.exprs([value, count]);
            }
            ExprKind::Vector { items, .. } => {
                self.say("(vector");
                self.exprs([items]);
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
                let _ = write!(self.out, "(.{name}");
                if let Some(types) = self.tree.method_types(args) {
                    self.say("::<");
                    self.types(types);
                    self.say(">");
                }
                self.say(" ");
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
            ExprKind::Matches { value, pattern, guard } => {
                self.say("(matches ");
                self.expr(value);
                self.say(" ");
                self.pattern(pattern);
                self.exprs(guard);
            }
            ExprKind::Field { base, name } => {
                let name = self.tree.name(name, self.source);
                let _ = write!(self.out, "(field {name}");
                self.exprs([base]);
            }
            ExprKind::TupleField { base, index } => {
                let _ = write!(self.out, "(field {index}");
                self.exprs([base]);
            }
            ExprKind::Try(operand) => {
                self.say("(?");
                self.exprs([operand]);
            }
            ExprKind::Lambda(id) => {
                let lambda = self.tree.lambda(id);
                self.say("(lambda");
                for param in self.tree.lambda_params_of(lambda) {
                    self.say(" ");
                    self.variable(param.variable);
                    if let Some(ty) = param.ty {
                        self.say(": ");
                        self.ty(ty);
                    }
                }
                if let Some(result) = lambda.result {
                    self.say(" -> ");
                    self.ty(result);
                }
                self.exprs([lambda.body]);
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Labelled { label, body } => {
                self.say("(block");
                self.label(Some(label));
                self.say(" ");
                self.block(body);
                self.say(")");
            }
            ExprKind::Let { pattern, value } => {
                self.say("(let ");
                self.pattern(pattern);
                self.exprs([value]);
            }
            ExprKind::Match(id) => {
                let details = self.tree.match_of(id);
                self.say("(match ");
                self.expr(details.value);
                self.indent += 1;
                for arm in self.tree.arms_of(details.arms) {
                    self.line();
                    self.pattern(arm.pattern);
                    if let Some(guard) = arm.guard {
                        self.say(" if ");
                        self.expr(guard);
                    }
                    self.say(" => ");
                    self.expr(arm.body);
                }
                self.indent -= 1;
                self.say(")");
            }
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
                self.say(" ");
                self.variable(details.variable);
                self.say(" ");
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

    fn variable(&mut self, variable: ForVariable) {
        match variable {
            ForVariable::Name { name, mutable } => {
                self.say(if mutable { "mut " } else { "" });
                self.symbol(name.symbol);
            }
            ForVariable::Pattern(pattern) => self.pattern(pattern),
        }
    }

    fn patterns(&mut self, patterns: impl IntoIterator<Item = PatternId>) {
        for pattern in patterns {
            self.say(" ");
            self.pattern(pattern);
        }
        self.say(")");
    }

    fn pattern(&mut self, id: PatternId) {
        match self.tree.pattern(id).kind {
            PatternKind::Error => self.say("error"),
            PatternKind::Wildcard => self.say("_"),
            PatternKind::Rest => self.say(".."),
            PatternKind::Binding { name, mutable, inner } => {
                self.say(if mutable { "mut " } else { "" });
                self.symbol(name.symbol);
                if let Some(inner) = inner {
                    self.say("@");
                    self.pattern(inner);
                }
            }
            PatternKind::Literal(expr) => self.expr(expr),
            PatternKind::Range { from, to, inclusive } => self.range(from, to, inclusive),
            PatternKind::Path(symbol) => self.symbol(symbol),
            PatternKind::Tuple(list) => {
                self.say("(tuple");
                self.patterns(self.tree.pattern_list(list));
            }
            PatternKind::List(list) => {
                self.say("(list");
                self.patterns(self.tree.pattern_list(list));
            }
            PatternKind::Constructor { path, args } => {
                self.say("(");
                self.symbol(path.symbol);
                self.patterns(self.tree.pattern_list(args));
            }
            PatternKind::Struct { path, fields, rest } => {
                self.say("{");
                self.symbol(path.symbol);
                for field in self.tree.pattern_fields_of(fields) {
                    self.say(" ");
                    self.symbol(field.name.symbol);
                    self.say(if field.shorthand { "=" } else { ": " });
                    self.pattern(field.pattern);
                }
                self.say(if rest { " ..}" } else { "}" });
            }
            PatternKind::Or(list) => {
                self.say("(|");
                self.patterns(self.tree.pattern_list(list));
            }
            PatternKind::Paren(inner) => {
                self.say("(paren");
                self.patterns([inner]);
            }
        }
    }

    fn range(&mut self, from: Option<ExprId>, to: Option<ExprId>, inclusive: bool) {
        self.optional(from);
        self.say(if inclusive { "..=" } else { ".." });
        self.optional(to);
    }
}
