//! A whole source: its names, the order of its items, and their definitions.

use crate::env::Scope;
use crate::facts::{Facts, Meaning, Target, TargetPlace};
use crate::in_place::InPlace;
use crate::infer::{self, Frame, Infer};
use crate::instances::Units;
use crate::lower::receivers::GivesBack;
use crate::lower::{Lower, Memory, ownership};
use crate::order::{self, Edges};
use crate::tensors::OnTensor;
use crate::types::Type;
use crate::{CheckedExample, CheckedItem};
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::group::{hash_definition, hash_group};
use nda_graph::{Definition, Draft, Hash, Kind, Limits, NdaNode, Signature, Ty, Value, WeightsValue};
use nda_syntax::parts::Parts;
use nda_syntax::tree::{ExprId, ExprKind, Item, ItemKind, Param, Symbol, Tree};

/// The most functions that may call each other in circles: telling them apart takes as many rounds, in the worst case,
/// as there are functions.
const MAX_GROUP: usize = 1_024;

/// What checking keeps from one source to the next: memory only.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) facts: Facts,
    pub(crate) infer: infer::Memory,
    /// By item: where its part of `infer.item_refs` ends.
    pub(crate) ends: Vec<usize>,
    memory: Memory,
    draft: Draft,
}

/// One run over one source.
pub(crate) struct Source<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) source: &'a str,
    pub(crate) scope: &'a dyn Scope,
    pub(crate) work: &'a mut Workspace,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// By item: its target.
    pub(crate) targets: Vec<Option<u32>>,
    /// By item: its declaration, if it is a struct or enum.
    pub(crate) decls: Vec<Option<u32>>,
    /// By item: the type that `Self` is in it, if it is an `impl`.
    pub(crate) impls: Vec<Option<Type>>,
    /// By item: the first of its type parameters, and how many there are.
    pub(crate) generics: Vec<(u32, u32)>,
    /// Calls of generic functions: in which item (in none, if it is an example or expression), where, and of what.
    pub(crate) generic_calls: Vec<(Option<usize>, ExprId, u32)>,
    pub(crate) units: Units,
    /// Which units refer to which, as [`Edges`] has it.
    pub(crate) edges: (Vec<usize>, Vec<usize>),
    /// By item: the first of its parameters in `facts.locals`.
    params: Vec<u32>,
    /// By unit.
    hashes: Vec<Option<Hash>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        tree: &'a Tree,
        source: &'a str,
        parts: &'a Parts,
        scope: &'a dyn Scope,
        work: &'a mut Workspace,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        let symbols = tree.symbol_count() + 1;
        work.facts.reset(tree);
        work.facts.broken = diagnostics.iter().any(Diagnostic::is_error);
        for table in [&mut work.infer.bindings, &mut work.infer.globals] {
            table.clear();
            table.resize(symbols, 0);
        }
        work.infer.item_refs.clear();
        work.infer.modules.reset(tree, source, parts);
        work.infer.named_types.clear();
        work.infer.self_type = None;
        work.infer.forget_globals();
        work.ends.clear();
        let count = tree.items.len();
        Self {
            tree,
            source,
            scope,
            work,
            diagnostics,
            targets: vec![None; count],
            decls: vec![None; count],
            impls: vec![None; count],
            generics: vec![(0, 0); count],
            generic_calls: Vec::new(),
            units: Units::default(),
            edges: (Vec::new(), Vec::new()),
            params: vec![0; count],
            hashes: Vec::new(),
        }
    }

    pub(crate) fn check(mut self, parts: &Parts, extra: Option<ExprId>) -> Vec<CheckedItem> {
        self.collect(parts);
        for index in 0..self.tree.items.len() {
            self.infer_item(index);
            self.work.ends.push(self.work.infer.item_refs.len());
        }
        let mut extra_type = None;
        if let Some(expr) = extra {
            self.enter_root();
            extra_type = Some(self.infer().alone(expr, None));
            self.take_generic_calls(None);
        }
        self.check_marks();
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Vec::new();
        }
        self.find_units();
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            return Vec::new();
        }
        let mut items: Vec<Option<CheckedItem>> = Vec::new();
        items.resize_with(self.edges.1.len(), || None);
        self.hashes.resize(self.edges.1.len(), None);
        for component in order::components(self.edges()).iter() {
            self.lower_component(component, &mut items);
        }
        for (unit, item) in items.iter_mut().enumerate() {
            if let Some(item) = item {
                let index = self.units.item(unit);
                item.is_instance = unit != index;
                if !item.is_instance {
                    item.examples = self.lower_examples(index);
                }
                item.path = self.path_of_item(index);
                if item.is_instance {
                    item.path = self.instance_path(&item.path, unit);
                }
            }
        }
        let mut checked: Vec<CheckedItem> = items.into_iter().flatten().collect();
        checked.extend(self.type_instances());
        self.name_instances(&mut checked);
        for item in &mut checked {
            let public = self.tree.items[item.item].public;
            item.within = self.work.infer.modules.within(item.item, public).to_owned();
        }
        self.handed_on(&mut checked);
        if let (Some(expr), Some(ty)) = (extra, extra_type) {
            checked.extend(self.lower_expression(expr, ty));
        }
        checked
    }

    pub(crate) fn infer(&mut self) -> Infer<'_> {
        let Workspace { facts, infer, .. } = &mut *self.work;
        Infer::new(self.tree, self.source, self.scope, facts, self.diagnostics, infer)
    }

    /// The full path of an item.
    pub(crate) fn path_of_item(&self, index: usize) -> String {
        let name = self.name_of(&self.tree.items[index]).unwrap_or_default();
        self.work.infer.modules.path_of(index, &name).into_owned()
    }

    /// Which units refer to which, once they were found.
    fn edges(&self) -> Edges<'_> {
        Edges { to: &self.edges.0, ends: &self.edges.1 }
    }

    /// Keeps the calls of generic functions that were just inferred, where control can get to them.
    fn take_generic_calls(&mut self, item: Option<usize>) {
        let calls = self.work.infer.generic_calls.drain(..).filter(|call| call.live);
        self.generic_calls.extend(calls.map(|call| (item, call.expr, call.target)));
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &'a str {
        self.tree.name(symbol, self.source)
    }

    pub(crate) fn collect_definition(&mut self, index: usize, item: &Item) {
        let tree = self.tree;
        let (params, result, is_constant) = match item.kind {
            ItemKind::Fn { params, result, .. } => (tree.params_of(params), result, false),
            ItemKind::Const { ty, .. } => (&[][..], Some(ty), true),
            _ => return,
        };
        let mut types = Vec::with_capacity(params.len() + 1);
        for param in params {
            // The bindings of inference mark the names that were seen; they are cleared again below.
            let seen = std::mem::replace(&mut self.work.infer.bindings[param.name.symbol.index()], 1);
            if seen != 0 && self.text(param.name.symbol) != "_" {
                let text = self.text(param.name.symbol);
                let message = format!("two parameters are called `{text}`");
                self.diagnostics.push(Diagnostic::new(Code::DuplicateParameter, param.name.span, message));
            }
            let ty = self.infer().written_type(param.ty);
            types.push(ty);
        }
        params.iter().for_each(|param| self.work.infer.bindings[param.name.symbol.index()] = 0);
        let ret = match result {
            Some(result) => self.infer().written_type(result),
            None => Type::UNIT,
        };
        types.push(ret);
        self.check_parameters_are_used(item, self.generics[index], &types);
        let mut uses = Vec::new();
        for capability in tree.uses(item) {
            let text = self.text(capability.symbol);
            let known = self.scope.capabilities();
            if !known.iter().any(|known| known == text) {
                let near = nda_diagnostics::nearest(text, known.iter().map(String::as_str));
                let message = format!("there is no capability `{text}`");
                let diagnostic = Diagnostic::new(Code::UnknownCapability, capability.span, message);
                self.diagnostics.push(match near {
                    Some(near) => diagnostic.guess(format!("there is `{near}`"), capability.span, near),
                    None if known.is_empty() => diagnostic.note("the host offers none"),
                    None => diagnostic.note(format!("the host offers {}", known.join(", "))),
                });
            }
            uses.push(text.to_owned());
        }
        let in_place = self.in_place(params);
        let target = self.work.facts.targets.len() as u32;
        self.work.facts.targets.push(Target {
            place: TargetPlace::Item(index),
            plain: Target::plain_signature(&types).filter(|_| in_place.is_empty()),
            types,
            in_place,
            generics: self.generics[index],
            constant: None,
            is_constant,
            uses,
        });
        self.targets[index] = Some(target);
        self.work.infer.modules.entries[index] = target + 1;
    }

    /// `&mut` stands before what a call changes, and nowhere else.
    fn check_marks(&mut self) {
        if self.work.facts.broken {
            return;
        }
        for arg in &self.tree.in_place_args {
            if !self.work.facts.in_place.contains(&arg.expr) {
                let mark = Span::new(arg.mark.start, arg.mark.start + "&".len() as u32);
                let message =
                    "found `&mut`; expected the value alone, because nothing here changes it in place";
                let diagnostic = Diagnostic::new(Code::RustSpelling, mark, message);
                self.diagnostics.push(
                    diagnostic
                        .guess("remove `&mut`", arg.mark, "")
                        .note("a function whose parameter says `xs: &mut [T]` changes its argument"),
                );
            }
        }
    }

    fn in_place(&mut self, params: &[Param]) -> InPlace {
        let beyond = params.iter().skip(InPlace::MAX_PARAMS).find(|param| param.in_place);
        if let Some(param) = beyond {
            let message = format!("`&mut` stands at one of the first {} parameters", InPlace::MAX_PARAMS);
            self.diagnostics.push(Diagnostic::new(Code::NotAPlace, param.span, message));
        }
        InPlace::of(params)
    }

    // ----- inference -----

    fn infer_item(&mut self, index: usize) {
        let tree = self.tree;
        let item = &tree.items[index];
        let Some(target) = self.targets[index] else { return };
        self.enter_item(index);
        self.params[index] = self.work.facts.locals.len() as u32;
        let ret = self.work.facts.targets[target as usize].ret();
        match item.kind {
            ItemKind::Fn { params, body, .. } => {
                let params = tree.params_of(params);
                let declared = Some(tree.uses(item).collect());
                let frame = Frame { result: ret, declared, at: item.span.start, params, target };
                self.infer().function(frame, body);
            }
            ItemKind::Const { value, .. } => {
                self.infer().constant(value, ret);
                self.check_constant(value);
            }
            _ => {}
        }
        self.take_generic_calls(Some(index));
        // An example may refer to what refers to its item.
        let own = self.work.infer.item_refs.len();
        self.enter_examples(index);
        for example in tree.examples(item) {
            let before = self.diagnostics.len();
            let ty = self.infer().alone(example, Some(Type::BOOL));
            self.take_generic_calls(None);
            let wrong = ty != Type::BOOL && !ty.is_error() && self.diagnostics.len() == before;
            if wrong {
                let message = format!(
                    "an example says something true or false, and this is `{ty}`",
                    ty = self.work.facts.table.show(ty)
                );
                let diagnostic = Diagnostic::new(Code::ExampleNotBool, tree.span(example), message)
                    .note("write what you expect: `#[example(f(1) == 2)]`");
                self.diagnostics.push(diagnostic);
            }
        }
        self.work.infer.item_refs.truncate(own);
    }

    /// A constant is made of literals, operators, methods and other constants: nothing that could run on.
    fn check_constant(&mut self, expr: ExprId) {
        let tree = self.tree;
        let mut todo = vec![expr];
        while let Some(expr) = todo.pop() {
            match tree.kind(expr) {
                ExprKind::Paren(inner) => todo.push(inner),
                ExprKind::List(items) => todo.extend(tree.list(items)),
                ExprKind::Repeat { value, count } => todo.extend([value, count]),
                ExprKind::Vector { items, .. } => todo.push(items),
                ExprKind::Call { args, .. }
                    if matches!(self.work.facts.meaning(expr), Meaning::Tensor(_)) =>
                {
                    todo.extend(tree.list(args));
                }
                ExprKind::Unary { operand, .. } | ExprKind::Cast { operand, .. } => todo.push(operand),
                ExprKind::Binary { left, right, .. } => todo.extend([left, right]),
                ExprKind::Index { base, index } => todo.extend([base, index]),
                ExprKind::Slice { base, from, to, .. } => {
                    todo.push(base);
                    todo.extend(from.into_iter().chain(to));
                }
                ExprKind::Tuple(items) => todo.extend(tree.list(items)),
                ExprKind::Struct(id) => {
                    let literal = tree.literal(id);
                    todo.extend(tree.inits_of(literal.inits).iter().map(|init| init.value));
                    todo.extend(literal.base);
                }
                ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => todo.push(base),
                ExprKind::Let { .. } => {}
                ExprKind::Matches { .. } | ExprKind::Match(_) => {
                    self.not_constant(tree.span(expr), "`match`");
                }
                ExprKind::If { .. } => self.not_constant(tree.span(expr), "`if`"),
                ExprKind::Lambda(_) => self.not_constant(tree.span(expr), "a lambda"),
                // The name of a function is as good as a lambda.
                ExprKind::Name(_) | ExprKind::Path(_) if self.is_function(expr) => {
                    self.not_constant(tree.span(expr), "a call");
                }
                ExprKind::MethodCall { receiver, args, .. } => {
                    todo.push(receiver);
                    todo.extend(tree.list(args));
                }
                ExprKind::Call { args, .. }
                    if matches!(self.work.facts.meaning(expr), Meaning::Construct(_)) =>
                {
                    todo.extend(tree.list(args));
                }
                ExprKind::Call { .. } => self.not_constant(tree.span(expr), "a call"),
                ExprKind::Macro { .. } => self.not_constant(tree.span(expr), "a macro"),
                ExprKind::Block(_)
                | ExprKind::While { .. }
                | ExprKind::Loop { .. }
                | ExprKind::For(_)
                | ExprKind::Break { .. }
                | ExprKind::Continue { .. }
                | ExprKind::Return(_)
                | ExprKind::Try(_)
                | ExprKind::Labelled { .. }
                | ExprKind::Assign { .. } => self.not_constant(tree.span(expr), "control flow"),
                ExprKind::Error
                | ExprKind::Unit
                | ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Str(_)
                | ExprKind::Name(_)
                | ExprKind::Path(_)
                | ExprKind::Range { .. } => {}
            }
        }
    }

    fn is_function(&self, expr: ExprId) -> bool {
        let facts = &self.work.facts;
        matches!(facts.meaning(expr), Meaning::Target(target) if !facts.targets[target as usize].is_constant)
    }

    #[cold]
    fn not_constant(&mut self, span: Span, what: &str) {
        let message = format!("{what} cannot stand in a constant");
        let diagnostic = Diagnostic::new(Code::NotConstant, span, message).note(
            "a constant is made of literals, operators, methods and other constants; make it a function",
        );
        self.diagnostics.push(diagnostic);
    }

    // ----- lowering -----

    fn lower_component(&mut self, component: &[usize], items: &mut [Option<CheckedItem>]) {
        if let &[item] = component
            && !self.edges().of(item).contains(&item)
        {
            return self.lower_alone(item, items);
        }
        let tree = self.tree;
        let item_of = |unit: usize| self.units.item(unit);
        let members: Vec<usize> =
            component.iter().copied().filter(|&unit| self.targets[item_of(unit)].is_some()).collect();
        let is_const = |unit: &usize| matches!(tree.items[item_of(*unit)].kind, ItemKind::Const { .. });
        let recursive =
            members.len() > 1 || members.iter().any(|&item| self.edges().of(item).contains(&item));
        if members.len() > MAX_GROUP {
            return self.group_too_large(&members);
        }
        if let Some(constant) = members.iter().copied().find(|item| is_const(item) && recursive) {
            if let Some(name) = tree.items[constant].name {
                let message = format!("the value of `{}` needs itself", self.text(name.symbol));
                self.diagnostics.push(Diagnostic::new(Code::ConstantCycle, name.span, message));
            }
            return;
        }
        // After an error among the callees there is nothing to refer to.
        let missing = |item: &usize| {
            let outside = |callee: &usize| members.binary_search(callee).is_err();
            self.edges().of(*item).iter().any(|callee| self.hashes[*callee].is_none() && outside(callee))
        };
        if members.iter().any(missing) {
            return;
        }
        let mut lowered = Vec::with_capacity(members.len());
        for &item in &members {
            let Some(one) = self.lower_item(item) else { return };
            lowered.push(one);
        }
        let hashes: Vec<Hash> = if recursive {
            let member_of = |item: usize| members.binary_search(&item).unwrap_or(0);
            let partners: Vec<Vec<(u32, usize)>> = lowered
                .iter()
                .map(|one| one.partners.iter().map(|&(index, item)| (index, member_of(item))).collect())
                .collect();
            let mut definitions: Vec<Definition> = lowered
                .iter_mut()
                .map(|one| std::mem::replace(&mut one.item.definition, Definition::empty()))
                .collect();
            let hashes = hash_group(&mut definitions, &partners);
            for (one, definition) in lowered.iter_mut().zip(definitions) {
                one.item.definition = definition;
            }
            hashes
        } else {
            lowered.iter().map(|one| hash_definition(one.item.definition.bytes())).collect()
        };
        for ((&item, hash), mut one) in members.iter().zip(hashes).zip(lowered) {
            one.item.hash = hash;
            self.hashes[item] = Some(hash);
            items[item] = Some(one.item);
        }
    }

    /// An item that does not lead back to itself: nearly all do not.
    fn lower_alone(&mut self, item: usize, items: &mut [Option<CheckedItem>]) {
        // After an error among the callees there is nothing to refer to.
        let index = self.units.item(item);
        if (self.targets[index].is_none() && self.decls[index].is_none())
            || self.edges().of(item).iter().any(|&callee| self.hashes[callee].is_none())
        {
            return;
        }
        let lowered = match self.decls[index] {
            Some(decl) => {
                let ty = self.own_type(decl);
                self.lower_type(index, ty)
            }
            None => self.lower_item(item).map(|Lowered { item: mut one, .. }| {
                one.hash = hash_definition(one.definition.bytes());
                one
            }),
        };
        if let Some(one) = lowered {
            self.hashes[item] = Some(one.hash);
            items[item] = Some(one);
        }
    }

    #[cold]
    fn group_too_large(&mut self, members: &[usize]) {
        let name = members.first().and_then(|&unit| self.tree.items[self.units.item(unit)].name);
        let message = format!(
            "{} functions call each other in circles; at most {MAX_GROUP} may form such a group",
            members.len()
        );
        let span = name.map_or(Span::default(), |name| name.span);
        self.diagnostics.push(Diagnostic::new(Code::FunctionTooLarge, span, message));
    }

    /// A struct or enum becomes a definition without a body.
    pub(crate) fn lower_type(&mut self, index: usize, ty: Type) -> Option<CheckedItem> {
        let signature = self.work.facts.table.signature(&[ty]);
        let Lowered { mut item, .. } = self.body(index, Kind::Type, Head::Alone(&signature), |_| {})?;
        item.hash = hash_definition(item.definition.bytes());
        Some(item)
    }

    fn lower_item(&mut self, unit: usize) -> Option<Lowered> {
        let tree = self.tree;
        let index = self.units.item(unit);
        let item = &tree.items[index];
        let target = self.targets[index]?;
        match item.kind {
            ItemKind::Fn { params, body, .. } => {
                let uses: Vec<&str> = tree.uses(item).map(|name| self.text(name.symbol)).collect();
                let head = Head::Function { target, unit, params: tree.params_of(params), uses: &uses };
                self.body(index, Kind::Function, head, |lower| lower.body(body))
            }
            ItemKind::Const { value, .. } => {
                let value = self.constant_value(index, target, value)?;
                self.work.facts.targets[target as usize].constant = Some(value.clone());
                let signature = self.work.facts.signature(target, &[]);
                let span = item.span;
                self.body(index, Kind::Constant, Head::Alone(&signature), |lower| {
                    let ty = lower.draft.signature().ret();
                    push_literal(lower, &value, ty, span);
                })
            }
            _ => None,
        }
    }

    /// Lowers one body and closes its definition; a body that breaks a bound of the format is a diagnostic.
    fn body(
        &mut self,
        index: usize,
        kind: Kind,
        head: Head<'_>,
        fill: impl FnOnce(&mut Lower<'_>),
    ) -> Option<Lowered> {
        let Workspace { facts, memory, draft, .. } = &mut *self.work;
        let mut result = None;
        let (built, params, uses, args) = match head {
            Head::Function { target, unit, params, uses } => {
                let args = self.units.args(unit);
                let found = &facts.targets[target as usize];
                result = (!found.in_place.is_empty()).then(|| (found.ret(), found.in_place));
                let built = match &facts.targets[target as usize].plain {
                    Some(plain) => draft.begin(kind, plain),
                    None => draft.begin(kind, &facts.signature(target, args)),
                };
                (built, params, uses, args)
            }
            Head::Alone(signature) => (draft.begin(kind, signature), &[][..], &[][..], &[][..]),
        };
        draft.uses(uses.iter().copied());
        let mut table = std::mem::take(&mut facts.table);
        let mut lower = Lower {
            tree: self.tree,
            source: self.source,
            facts,
            table: &mut table,
            draft,
            memory,
            hashes: &self.hashes,
            units: &self.units,
            first_parameter: self.generics.get(index).map_or(0, |generics| generics.0),
            args,
            gives_back: None,
        };
        let first = self.params.get(index).copied().unwrap_or(0);
        lower.begin();
        if let Some((result, in_place)) = result {
            let result = lower.graph_type(result);
            lower.gives_back = Some(GivesBack { result, all: lower.draft.signature().ret(), in_place });
        }
        let types: Vec<Ty> = lower.draft.signature().params().collect();
        for (at, (param, ty)) in params.iter().zip(types).enumerate() {
            lower.parameter(param.name.span, first + at as u32, ty);
            lower.memory.taken_apart.extend(param.pattern.map(|pattern| (first + at as u32, pattern)));
        }
        fill(&mut lower);
        let partners = lower.partners();
        facts.table = table;
        ownership::settle(memory, params.len());
        let finished = built.and_then(|()| draft.extend(&memory.nodes)).and_then(|()| draft.finish());
        match finished {
            Ok(definition) => Some(Lowered {
                item: CheckedItem {
                    item: index,
                    path: String::new(),
                    is_instance: false,
                    within: String::new(),
                    hash: Hash::ZERO,
                    definition,
                    spans: memory.spans.clone(),
                    slots: memory.names.clone(),
                    examples: Vec::new(),
                    value: None,
                    hands_on: None,
                },
                partners,
            }),
            Err(diagnostic) => {
                self.too_large(index, &diagnostic);
                None
            }
        }
    }

    #[cold]
    fn too_large(&mut self, index: usize, refused: &Diagnostic) {
        let memory = &self.work.memory;
        let at = memory.spans.get(refused.span.start as usize).copied();
        let name = self.tree.items.get(index).and_then(|item| item.name);
        let span = at.or(name.map(|name| name.span)).unwrap_or_default();
        let text = name.map_or("this", |name| self.text(name.symbol));
        let message = format!("`{text}` is too large for one function: {}", refused.message);
        self.diagnostics.push(Diagnostic::new(Code::FunctionTooLarge, span, message));
    }

    fn constant_value(&mut self, index: usize, target: u32, expr: ExprId) -> Option<Value> {
        if let Some(value) = literal(self.tree, self.source, expr) {
            return Some(value);
        }
        if let Some(value) = self.named_weights(expr) {
            return Some(value);
        }
        let signature = self.work.facts.signature(target, &[]);
        let head = Head::Alone(&signature);
        let lowered = self.body(index, Kind::Function, head, |lower| lower.owned(expr))?;
        let hash = hash_definition(lowered.item.definition.bytes());
        let program = Constants::new(self, hash, lowered.item.definition.clone());
        let limits = Limits { fuel: 1_000_000, memory_bytes: 1 << 20, depth: 1, output_bytes: 0 };
        let outcome = nda_eval::run(&program, hash, &[], &limits, &mut nda_eval::NoHosts, &|| None);
        match outcome.result {
            Ok(value) => Some(value),
            Err(trap) => {
                let span = trap
                    .frames
                    .first()
                    .and_then(|frame| lowered.item.spans.get(frame.node as usize))
                    .copied()
                    .unwrap_or(self.tree.span(expr));
                let message = format!("this constant has no value: {}", trap.message);
                self.diagnostics.push(Diagnostic::new(Code::ConstantTraps, span, message));
                None
            }
        }
    }

    /// The value of a constant that is weights of the store: their name stands in it, not what they hold.
    fn named_weights(&self, expr: ExprId) -> Option<Value> {
        let facts = &self.work.facts;
        let ExprKind::Call { args, .. } = self.tree.kind(expr) else { return None };
        if facts.meaning(expr) != Meaning::Tensor(OnTensor::Weights) {
            return None;
        }
        let arg = self.tree.unparen(self.tree.list(args).next()?);
        let ExprKind::Str(text) = self.tree.kind(arg) else { return None };
        let hash = Hash::parse_weights(self.tree.text(text, self.source))?;
        Some(Value::Weights(WeightsValue {
            hash,
            ty: facts.table.shape_of(facts.ty(expr))?.to_string().into(),
        }))
    }

    fn lower_examples(&mut self, index: usize) -> Vec<CheckedExample> {
        let tree = self.tree;
        let signature = Signature::plain(Vec::new(), Ty::BOOL);
        let mut examples = Vec::new();
        for expr in tree.examples(&tree.items[index]) {
            let mut sides = None;
            let lowered =
                self.body(index, Kind::Example, Head::Alone(&signature), |lower| sides = lower.example(expr));
            let Some(lowered) = lowered else { continue };
            let hash = hash_definition(lowered.item.definition.bytes());
            let item = lowered.item;
            // The definition has numbered its types anew.
            let sides = sides.and_then(|(a, b)| {
                item.definition.view().nodes().find_map(|node| match node {
                    NdaNode::Let { slot, ty } if slot == a => Some((a, b, ty)),
                    _ => None,
                })
            });
            examples.push(CheckedExample {
                hash,
                definition: item.definition,
                spans: item.spans,
                span: tree.span(expr),
                sides,
            });
        }
        examples
    }

    /// An expression that is no item: what `nda eval` runs.
    fn lower_expression(&mut self, expr: ExprId, ty: Type) -> Option<CheckedItem> {
        let ty = if ty == Type::NEVER { Type::UNIT } else { ty };
        let signature = self.work.facts.table.signature(&[ty]);
        let index = self.tree.items.len();
        let mut lowered =
            self.body(index, Kind::Function, Head::Alone(&signature), |lower| lower.owned(expr))?;
        lowered.item.hash = hash_definition(lowered.item.definition.bytes());
        Some(lowered.item)
    }
}

/// What evaluating a constant may refer to: itself and the constants that it names.
struct Constants<'s> {
    definitions: Vec<(Hash, Definition)>,
    scope: &'s dyn Scope,
}

impl<'s> Constants<'s> {
    /// The body was lowered last, so its references are still there.
    fn new(source: &mut Source<'s>, hash: Hash, definition: Definition) -> Self {
        let mut definitions = vec![(hash, definition)];
        let Workspace { memory, facts, .. } = &mut *source.work;
        for (target, hash) in memory.references() {
            let signature = facts.signature(target, &[]);
            if let (Some(hash), Some(value)) = (hash, &facts.targets[target as usize].constant) {
                definitions.push((hash, Definition::constant(value, signature.ret, &signature.types)));
            }
        }
        Self { definitions, scope: source.scope }
    }
}

impl nda_eval::Program for Constants<'_> {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.definitions.iter().find(|(known, _)| *known == hash).map(|(_, definition)| definition)
    }

    fn weights(&self, hash: Hash) -> Option<std::sync::Arc<nda_tensor::Loaded>> {
        self.scope.weights(hash)
    }
}

/// What stands above a body.
enum Head<'h> {
    /// A function's; its signature is the target's, for the type arguments of the unit.
    Function { target: u32, unit: usize, params: &'h [Param], uses: &'h [&'h str] },
    /// A signature without parameters.
    Alone(&'h Signature),
}

struct Lowered {
    item: CheckedItem,
    /// In-group references: index and the unit they point to.
    partners: Vec<(u32, usize)>,
}

/// The value of an expression that is a plain literal: the usual constant needs no evaluator.
fn literal(tree: &Tree, source: &str, expr: ExprId) -> Option<Value> {
    Some(match tree.kind(expr) {
        ExprKind::Unit => Value::Unit,
        ExprKind::Bool(value) => Value::Bool(value),
        ExprKind::Int(magnitude) => Value::Int(i64::try_from(magnitude).ok()?),
        ExprKind::Float(value) => Value::Float(value),
        ExprKind::Str(text) => Value::Str(tree.text(text, source).to_owned()),
        _ => return None,
    })
}

fn push_literal(lower: &mut Lower<'_>, value: &Value, ty: Ty, span: Span) {
    let mut nodes = Vec::new();
    lower.draft.literal(value, ty, &mut |node| nodes.push(node));
    nodes.into_iter().for_each(|node| lower.emit(node, span));
}
