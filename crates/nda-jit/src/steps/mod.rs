//! The steps: moves and arithmetic here, control flow in [`flow`], objects in [`lists`], [`text`],
//! [`records`], [`tensors`] and [`places`].
#![allow(unsafe_code)]

pub(crate) mod flow;
pub(crate) mod fused;
pub(crate) mod lists;
pub(crate) mod maps;
pub(crate) mod parts;
pub(crate) mod places;
pub(crate) mod records;
pub(crate) mod tensors;
pub(crate) mod text;

use crate::number::Word;
use crate::operand::Expr;
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};

/// `slot = expression`.
#[derive(Clone, Copy)]
pub(crate) struct Set<E> {
    pub(crate) dst: u16,
    pub(crate) value: E,
}

// SAFETY: writes `dst`, reads what the expression reads.
unsafe impl<E: Expr> Captures for Set<E> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            match captures.value.get(fp, state) {
                Ok(value) => {
                    *fp.add(captures.dst as usize) = value.to_bits();
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(fault) => trap(ip, fp, state, fault),
            }
        }
    }
}

/// Gives an expression's value to the caller.
#[derive(Clone, Copy)]
pub(crate) struct Return<E> {
    pub(crate) value: E,
}

// SAFETY: reads what the expression reads; the frame's first word is the `Call` step that made it.
unsafe impl<E: Expr> Captures for Return<E> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            match captures.value.get(fp, state) {
                Ok(value) => flow::leave(fp, value.to_bits(), state),
                Err(fault) => trap(ip, fp, state, fault),
            }
        }
    }
}
