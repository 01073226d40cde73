//! [`Args`]: what a composite type is made of. Nearly all are made of one or two types, which need no memory of their own.

use crate::types::Type;
use std::ops::Deref;
use std::sync::Arc;

/// The arguments of a composite type; copies share what memory they have.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Args(Held);

/// One list has one form, so that equal lists are equal here.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Held {
    None,
    One([Type; 1]),
    Two([Type; 2]),
    More(Arc<[Type]>),
}

impl From<&[Type]> for Args {
    fn from(args: &[Type]) -> Self {
        Self(match *args {
            [] => Held::None,
            [one] => Held::One([one]),
            [first, second] => Held::Two([first, second]),
            _ => Held::More(args.into()),
        })
    }
}

impl Deref for Args {
    type Target = [Type];

    fn deref(&self) -> &[Type] {
        match &self.0 {
            Held::None => &[],
            Held::One(args) => args,
            Held::Two(args) => args,
            Held::More(args) => args,
        }
    }
}
