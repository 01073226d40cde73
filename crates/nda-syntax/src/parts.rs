//! A source made of several texts: where each begins, and which module its items lie in.
//!
//! The texts stand one behind the other, a line break between two of them; every place of the whole lies in one of them.

use nda_diagnostics::Span;

/// One of the texts of a source.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Part {
    /// Its first byte in the whole.
    pub start: u32,
    /// The path of the module its items lie in, `geo::shapes`; empty for the root.
    pub module: String,
    /// The module outside of which nothing of it can be used; empty if it says so itself with `pub`.
    pub within: String,
}

/// The texts of a source; always at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parts(Vec<Part>);

impl Default for Parts {
    fn default() -> Self {
        Self(vec![Part::default()])
    }
}

impl From<Vec<Part>> for Parts {
    /// The parts, in the order of their places; none at all is one at the root.
    fn from(all: Vec<Part>) -> Self {
        if all.is_empty() { Self::default() } else { Self(all) }
    }
}

impl Parts {
    /// The parts that texts make when joined by line breaks, each given with the module its items lie in.
    pub fn of<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut start = 0_u32;
        let mut all = Vec::new();
        for (module, text) in texts {
            all.push(Part { start, module: module.to_owned(), within: String::new() });
            // What is too long for these numbers is too long for the parser, which says so.
            start = start.saturating_add(text.len() as u32).saturating_add(1);
        }
        Self::from(all)
    }

    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> &[Part] {
        &self.0
    }

    /// Adds one behind the others.
    pub fn push(&mut self, part: Part) {
        self.0.push(part);
    }

    /// The index of the part that a place lies in.
    #[must_use]
    pub fn index_of(&self, at: u32) -> usize {
        self.0.partition_point(|part| part.start <= at).saturating_sub(1)
    }

    /// A span as one of the part that it lies in.
    #[must_use]
    pub fn relative(&self, span: Span) -> (usize, Span) {
        let index = self.index_of(span.start);
        (index, span.relative_to(self.0[index].start))
    }
}
