//! The keys of maps: what searching for one costs, where it stands among others.
//!
//! A search is compiled for the kind of key that its map has, so that looking for a number or a text finds out nothing about
//! types on its way; only keys of other types ask the layouts.

use crate::fault::Cause;
use crate::layout::Typed;
use crate::state::JitState;
use crate::tree::plain_head;
use crate::values::{head, object, text_head, total_order};
use nda_graph::Ty;
use nda_graph::run::cost;
use std::cmp::Ordering;

/// A key that is looked for.
pub(crate) trait Key: Copy {
    /// What reading it costs.
    fn weight(self, state: &JitState<'_>) -> Result<u64, Cause>;
    /// A word that orders as it does, as far as it goes ([`head`]).
    fn head(self) -> u64;
    /// How another key of the map compares to it, if their heads are equal.
    fn order(self, other: u64) -> Ordering;
}

/// A kind of key, as a step knows it.
pub(crate) trait Kind: Copy + 'static {
    /// A key of this kind.
    type Key<'k>: Key;

    /// The key in a word, of a map of this type.
    fn key(map: Typed<'_>, word: u64) -> Self::Key<'_>;
}

/// Numbers, booleans, variants without fields: the word says all.
#[derive(Clone, Copy)]
pub(crate) struct Plain;

/// Texts.
#[derive(Clone, Copy)]
pub(crate) struct Text;

/// Whatever else has an order.
#[derive(Clone, Copy)]
pub(crate) struct Composite;

/// A plain word.
#[derive(Clone, Copy)]
pub(crate) struct PlainKey(u64);

/// A text.
#[derive(Clone, Copy)]
pub(crate) struct TextKey<'k>(&'k str);

/// A value whose type has to be looked at.
#[derive(Clone, Copy)]
pub(crate) struct CompositeKey<'k> {
    typed: Typed<'k>,
    word: u64,
}

impl PlainKey {
    #[inline(always)]
    pub(crate) const fn of(word: u64) -> Self {
        Self(word)
    }
}

impl TextKey<'_> {
    #[inline(always)]
    pub(crate) fn of(word: u64) -> Self {
        Self(object(word).text())
    }
}

impl Kind for Plain {
    type Key<'k> = PlainKey;

    #[inline(always)]
    fn key(_: Typed<'_>, word: u64) -> PlainKey {
        PlainKey::of(word)
    }
}

impl Kind for Text {
    type Key<'k> = TextKey<'k>;

    #[inline(always)]
    fn key(_: Typed<'_>, word: u64) -> TextKey<'_> {
        TextKey::of(word)
    }
}

impl Kind for Composite {
    type Key<'k> = CompositeKey<'k>;

    fn key(map: Typed<'_>, word: u64) -> CompositeKey<'_> {
        let (typed, _) = map.map_parts().expect("a map has a map's type");
        CompositeKey { typed, word }
    }
}

impl Key for PlainKey {
    #[inline(always)]
    fn weight(self, _: &JitState<'_>) -> Result<u64, Cause> {
        Ok(0)
    }

    #[inline(always)]
    fn head(self) -> u64 {
        plain_head(self.0)
    }

    #[inline(always)]
    fn order(self, _: u64) -> Ordering {
        Ordering::Equal
    }
}

impl Key for TextKey<'_> {
    #[inline(always)]
    fn weight(self, _: &JitState<'_>) -> Result<u64, Cause> {
        Ok(cost::bytes(self.0.len() as u64))
    }

    #[inline(always)]
    fn head(self) -> u64 {
        text_head(self.0)
    }

    #[inline(always)]
    fn order(self, other: u64) -> Ordering {
        let other = object(other).text();
        // Where heads say all there is, one can only be longer than the other by bytes that are 0.
        if other.len() <= 8 && self.0.len() <= 8 { other.len().cmp(&self.0.len()) } else { other.cmp(self.0) }
    }
}

impl Key for CompositeKey<'_> {
    fn weight(self, state: &JitState<'_>) -> Result<u64, Cause> {
        state.weight(self.typed, self.word)
    }

    fn head(self) -> u64 {
        head(self.typed, self.word)
    }

    fn order(self, other: u64) -> Ordering {
        total_order(self.typed, other, self.word)
    }
}

/// The type of the keys of a map.
pub(crate) fn key_type(map: Typed<'_>) -> Ty {
    map.map_parts().expect("a map has a map's type").0.ty
}

/// Runs `$body` with `$kind` as the kind of the keys of a map of this type.
macro_rules! with_kind {
    ($map:expr, $kind:ident, $body:expr) => {
        match $crate::keys::key_type($map) {
            nda_graph::Ty::STR => {
                type $kind = $crate::keys::Text;
                $body
            }
            keys if !keys.is_object() => {
                type $kind = $crate::keys::Plain;
                $body
            }
            _ => {
                type $kind = $crate::keys::Composite;
                $body
            }
        }
    };
}
pub(crate) use with_kind;
