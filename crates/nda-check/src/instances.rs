//! Generic functions as definitions: one for each set of types that something uses them with.
//!
//! A *unit* is what becomes one definition: an item of the source, or an instance of a generic function. The unit of a
//! generic function itself has stand-ins for its type parameters ([`TypeTable::stand_in`](crate::types::TypeTable)), so that it has a
//! hash, and so that what it calls is looked at even if nobody calls it.

use crate::CheckedItem;
use crate::facts::TargetPlace;
use crate::items::Source;
use crate::modules::MAX_PATH;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic};
use nda_graph::Hash;
use rustc_hash::FxHashMap;

/// How many generic functions may call one another with ever new types.
const MAX_CHAIN: u32 = 128;
/// The most instances of one source.
const MAX_INSTANCES: usize = 10_000;

/// The units of a source. Those of items come first and have their numbers.
#[derive(Default)]
pub(crate) struct Units {
    /// By instance: the item it comes from.
    items: Vec<usize>,
    /// By unit: its type arguments.
    args: Vec<Box<[Type]>>,
    /// By unit: how many instances lead from one to the next up to it, at least.
    chain: Vec<u32>,
    known: FxHashMap<(usize, Box<[Type]>), usize>,
    /// How many items there are.
    count: usize,
}

impl Units {
    /// The item that a unit comes from.
    pub(crate) fn item(&self, unit: usize) -> usize {
        if unit < self.count { unit } else { self.items[unit - self.count] }
    }

    /// What stands for the type parameters of its item.
    pub(crate) fn args(&self, unit: usize) -> &[Type] {
        self.args.get(unit).map_or(&[], |args| args)
    }

    /// The unit of an item with these type arguments.
    pub(crate) fn find(&self, item: usize, args: &[Type]) -> Option<usize> {
        if args.is_empty() {
            return Some(item);
        }
        self.known.get(&(item, Box::from(args))).copied()
    }

    fn intern(&mut self, item: usize, args: &[Type], chain: u32) -> usize {
        if let Some(known) = self.find(item, args) {
            return known;
        }
        let unit = self.count + self.items.len();
        self.items.push(item);
        self.args.push(args.into());
        self.chain.push(chain);
        self.known.insert((item, args.into()), unit);
        unit
    }
}

impl Source<'_> {
    /// Finds all units, and which unit refers to which; inference has gone over everything.
    pub(crate) fn find_units(&mut self) {
        let count = self.tree.items.len();
        self.units = Units { count, ..Units::default() };
        let work = &mut *self.work;
        self.edges.0.clone_from(&work.infer.item_refs);
        self.edges.1.clone_from(&work.ends);
        if self.generics.iter().all(|&(_, parameters)| parameters == 0) {
            return;
        }
        self.units.args.resize(count, Box::default());
        self.units.chain.resize(count, 0);
        for item in 0..count {
            if self.generics[item].1 > 0 && self.targets[item].is_some() {
                let args: Box<[Type]> = self.stand_ins(self.generics[item]).into();
                self.units.known.insert((item, args.clone()), item);
                self.units.args[item] = args;
            }
        }
        // What examples and an expression call is called by nobody.
        let calls = std::mem::take(&mut self.generic_calls);
        for &(_, expr, target) in calls.iter().filter(|call| call.0.is_none()) {
            self.callee(None, expr, target);
        }
        let mut by_item: Vec<Vec<_>> = vec![Vec::new(); count];
        for &(item, expr, target) in &calls {
            if let Some(item) = item {
                by_item[item].push((expr, target));
            }
        }
        let (mut to, mut ends) = (Vec::new(), Vec::new());
        let mut unit = 0;
        while unit < count + self.units.items.len() {
            let item = self.units.item(unit);
            to.extend_from_slice(self.edges_of_item(item));
            for &(expr, target) in &by_item[item] {
                let Some(callee) = self.callee(Some(unit), expr, target) else { return };
                to.push(callee);
            }
            ends.push(to.len());
            unit += 1;
        }
        self.edges = (to, ends);
    }

    fn edges_of_item(&self, item: usize) -> &[usize] {
        crate::order::Edges { to: &self.work.infer.item_refs, ends: &self.work.ends }.of(item)
    }

    /// The unit that a call in a unit refers to; none if that would never end, which is reported.
    fn callee(
        &mut self,
        caller: Option<usize>,
        expr: nda_syntax::tree::ExprId,
        target: u32,
    ) -> Option<usize> {
        let TargetPlace::Item(item) = self.work.facts.targets[target as usize].place else { return None };
        let written = self.work.facts.instances[&expr].clone();
        let args = match caller {
            Some(caller) => {
                let first = self.generics[self.units.item(caller)].0;
                self.work.facts.table.instantiate(&written, first, self.units.args(caller))
            }
            None => self.work.facts.table.instantiate(&written, 0, &[]),
        };
        let chain = caller.map_or(0, |caller| self.units.chain[caller]) + 1;
        if args.iter().any(|arg| arg.is_error())
            || chain > MAX_CHAIN
            || self.units.items.len() >= MAX_INSTANCES
        {
            self.endless_instances(item);
            return None;
        }
        Some(self.units.intern(item, &args, chain))
    }

    #[cold]
    fn endless_instances(&mut self, item: usize) {
        let Some(name) = self.tree.items[item].name else { return };
        let text = self.text(name.symbol);
        let message = format!("`{text}` needs itself for ever new types");
        let diagnostic = Diagnostic::new(Code::EndlessInstances, name.span, message).note(
            "each set of types is compiled by itself, so a generic function calls itself with its own type parameters",
        );
        self.diagnostics.push(diagnostic);
    }

    /// The definitions that generic structs and enums are for the types they are used with.
    pub(crate) fn type_instances(&mut self) -> Vec<CheckedItem> {
        let own: FxHashMap<u32, usize> =
            self.decls.iter().enumerate().filter_map(|(item, decl)| Some(((*decl)?, item))).collect();
        let mut found = Vec::new();
        for ty in self.work.facts.table.applied_in_graph() {
            let table = &self.work.facts.table;
            let Some((decl, args)) = table.nominal(ty) else { continue };
            let Some(&item) = own.get(&decl).filter(|_| !args.is_empty()) else { continue };
            let args: Vec<String> = args.iter().map(|&arg| table.show_path(arg)).collect();
            if ty != self.own_type(decl) {
                found.push((item, args.join(", "), ty));
            }
        }
        found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        let lowered = found.into_iter().filter_map(|(item, args, ty)| {
            let mut one = self.lower_type(item, ty)?;
            one.path = format!("{}<{args}>", self.path_of_item(item));
            one.is_instance = true;
            Some(one)
        });
        lowered.collect()
    }

    /// What an instance is called: the path of its generic function, and the types in it.
    pub(crate) fn instance_path(&self, path: &str, unit: usize) -> String {
        let args: Vec<String> =
            self.units.args(unit).iter().map(|&arg| self.work.facts.table.show_path(arg)).collect();
        format!("{path}<{}>", args.join(", "))
    }

    /// Makes the paths of instances ones that a store takes, each for one thing: types may be long, and two may be written alike.
    pub(crate) fn name_instances(&self, checked: &mut Vec<CheckedItem>) {
        let mut taken: FxHashMap<String, Hash> = FxHashMap::default();
        checked.retain_mut(|item| {
            if !item.is_instance {
                return true;
            }
            let whole = item.path.len() <= MAX_PATH && !item.path.contains('…');
            if !whole || taken.get(&item.path).is_some_and(|known| *known != item.hash) {
                item.path = format!("{}<#{}>", self.path_of_item(item.item), item.hash.short());
            }
            taken.insert(item.path.clone(), item.hash).is_none()
        });
    }
}
