//! Calls of generic functions: each has type arguments, written or found out.
//!
//! A generic function is inferred once, its type parameters being types that fit nothing but themselves. What is called
//! with which arguments is known when the body at hand ends; `instances.rs` makes definitions of it.

use super::{GenericCall, Infer};
use crate::decls::Order;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{ExprId, TypeList};

/// Type arguments that a call says itself.
#[derive(Default)]
pub(super) struct Given {
    /// Of the type whose function it is: `Stack::<i64>::new()`, and `Self::new()` where `Self` is such a type.
    owner: Vec<Type>,
    /// Of the function: `first::<i64>(xs)`.
    own: Vec<Type>,
}

impl Infer<'_> {
    /// What the name of a function says.
    pub(super) fn given_by_name(&mut self, name: ExprId, text: &str) -> Given {
        let mut given = Given::default();
        if text.starts_with("Self::")
            && let Some((_, args)) = self.self_type.and_then(|own| self.facts.table.nominal(own))
        {
            given.owner = args.to_vec();
        }
        if let Some(written) = self.tree.turbofish(name) {
            let types = self.given_types(written.types);
            match (written.split as usize) < text.len() {
                true => given.owner = types,
                false => given.own = types,
            }
        }
        given
    }

    /// What a method call says.
    pub(super) fn given_by_method(&mut self, written: Option<TypeList>) -> Given {
        let own = written.map(|written| self.given_types(written)).unwrap_or_default();
        Given { own, ..Given::default() }
    }

    fn given_types(&mut self, written: TypeList) -> Vec<Type> {
        let tree = self.tree;
        tree.type_list(written).map(|ty| self.written_type(ty)).collect()
    }

    /// The parameters and then the result of a target for this call of it: where it is generic, its type parameters have given
    /// way to what is said for them, or to what is found out.
    pub(super) fn types_for(&mut self, expr: ExprId, target: u32, given: &Given, span: Span) -> Vec<Type> {
        let found = &self.facts.targets[target as usize];
        let (types, (first, count)) = (found.types.clone(), found.generics);
        let said = given.own.len() + given.owner.len();
        if said > count as usize {
            let plural = if count == 1 { "parameter" } else { "parameters" };
            let message = format!("this has {count} type {plural}, and {said} are given");
            self.error(Code::WrongArgumentCount, span, message);
        }
        if count == 0 {
            return types;
        }
        let args: Vec<Type> = (0..count).map(|_| self.facts.table.fresh()).collect();
        for (&arg, &ty) in args.iter().zip(&given.owner).chain(args.iter().rev().zip(given.own.iter().rev()))
        {
            self.facts.table.unify(arg, ty);
        }
        let types = types.iter().map(|&ty| self.facts.table.substitute(ty, first, &args)).collect();
        self.facts.instances.insert(expr, args.into());
        self.generic_calls.push(GenericCall { expr, target, live: !self.dead });
        types
    }

    /// Now that everything is known, whether the type arguments are, and have the order that is asked of them.
    pub(super) fn check_generic_calls(&mut self) {
        for index in 0..self.generic_calls.len() {
            let GenericCall { expr, target, .. } = self.generic_calls[index];
            let args = self.facts.instances[&expr].clone();
            let first = self.facts.targets[target as usize].generics.0;
            for (number, &arg) in (first..).zip(&args) {
                let known = self.facts.table.is_known(arg);
                if known {
                    self.check_order(expr, number, arg);
                } else if !self.facts.table.has_error(arg) && !self.has_reported_errors() {
                    self.argument_not_known(expr, number);
                }
            }
        }
    }

    fn check_order(&mut self, expr: ExprId, number: u32, arg: Type) {
        let order = self.facts.table.decls.order_of(number);
        if self.facts.table.has_order(arg, order) {
            return;
        }
        let name = self.facts.table.decls.parameter_name(number).to_owned();
        let partly = order == Order::Total && self.facts.table.has_order(arg, Order::Partial);
        let arg = self.show(arg);
        let message = match order {
            Order::Total if partly => format!("`{name}` is `{arg}` here, whose floats have no total order"),
            _ => format!("`{name}` is `{arg}` here, which has no order"),
        };
        let diagnostic = Diagnostic::new(Code::MissingOrder, self.tree.span(expr), message);
        self.report(match partly {
            true => diagnostic.note(format!("`{name}: PartialOrd` takes `f64`, too")),
            false => diagnostic.note("numbers, `bool`, `str`, and tuples, structs and enums of such have an order; in a type parameter `T: Ord` asks for it"),
        });
    }

    #[cold]
    fn argument_not_known(&mut self, expr: ExprId, number: u32) {
        let name = self.facts.table.decls.parameter_name(number).to_owned();
        let message = format!("what `{name}` is in this call is not known");
        let diagnostic = Diagnostic::new(Code::CannotInfer, self.tree.span(expr), message)
            .note("write it behind the name: `f::<i64>(…)`");
        self.report(diagnostic);
    }

    /// Whether something in the body at hand was an error: what is open may be so because of it.
    pub(super) fn has_reported_errors(&self) -> bool {
        self.facts.broken || self.diagnostics[self.reported..].iter().any(Diagnostic::is_error)
    }
}
