//! Vectors that a caller lends to a run, and the one that it gets: nobody copies either.
#![allow(unsafe_code)]

use super::{Heap, Holds, IMMORTAL, Object, ObjectRef, reference, word};
use nda_graph::{Signature, TensorShape};
use std::ptr::NonNull;

/// What a heap has of them.
#[derive(Default, Debug)]
pub(super) struct Lending {
    /// Headers of what is lent, while the run lasts.
    lent: Vec<Object>,
    /// What the last run gave, if that is an object of the heap.
    result: Option<ObjectRef>,
    /// What it gave, if that was of code, which may go before the heap does.
    copy: Vec<f32>,
}

/// The vector that a run on lent vectors gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// One of those that were lent.
    Lent(usize),
    /// The one that the heap keeps: [`Heap::given`].
    Kept,
}

/// Whether vectors of these lengths are what a function takes, and what it gives is a vector.
#[must_use]
pub fn takes_vectors(signature: &Signature, args: &[&[f32]]) -> bool {
    let types = signature.types.view();
    let len = |ty| match types.tensor(ty) {
        Some(TensorShape::Vector(len)) => Some(len as usize),
        _ => None,
    };
    signature.params.len() == args.len()
        && signature.params.iter().zip(args).all(|(&ty, arg)| len(ty) == Some(arg.len()))
        && len(signature.ret).is_some()
}

impl Heap {
    /// Vectors of a caller, which stay where they are until [`Heap::take_back`]: the run holds nothing of them, and has them in
    /// words.
    pub(crate) fn lend(&mut self, vectors: &[&[f32]]) -> impl Iterator<Item = u64> + '_ {
        self.lending.lent.clear();
        self.lending.lent.extend(vectors.iter().map(|vector| Object {
            owners: IMMORTAL,
            holds: Holds::Floats,
            objects: 0,
            len: vector.len(),
            capacity_or_variant: vector.len(),
            // What is immortal is never written to.
            data: vector.as_ptr().cast_mut().cast(),
        }));
        self.lending.lent.iter().map(|vector| word(NonNull::from(vector)))
    }

    /// The run on lent vectors is over, and gave the vector in this word; nothing if it has trapped.
    pub(crate) fn take_back(&mut self, result: Option<u64>) -> Given {
        let result = result.and_then(reference);
        let is_result = |vector: &Object| result.is_some_and(|result| std::ptr::eq(vector, result.as_ptr()));
        let lent = self.lending.lent.iter().position(is_result);
        self.lending.lent.clear();
        if let Some(lent) = lent {
            return Given::Lent(lent);
        }
        self.lending.result = None;
        // SAFETY: the run gave it, so it is alive.
        match result.map(|result| (result, unsafe { result.as_ref() })) {
            Some((_, of_code)) if of_code.owners == IMMORTAL => {
                self.lending.copy.clear();
                self.lending.copy.extend_from_slice(of_code.floats());
            }
            _ => self.lending.result = result,
        }
        Given::Kept
    }

    /// The vector that the last run gave, if it ran on lent vectors; it is there until the next one.
    #[must_use]
    pub fn given(&self) -> &[f32] {
        match self.lending.result {
            // SAFETY: an object of this heap, which nothing has emptied since.
            Some(result) => unsafe { &*result.as_ptr() }.floats(),
            None => &self.lending.copy,
        }
    }

    /// What was given is there no more.
    pub(super) fn forget_given(&mut self) {
        self.lending.result = None;
    }
}
