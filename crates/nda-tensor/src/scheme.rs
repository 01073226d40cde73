//! What the two bits of a weight mean.

/// The four weights that two bits can name. A weight's *code* is `sign << 1 | magnitude`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// {-2, -1, +1, +2}: the magnitude bit means 2, its absence 1.
    Quad,
    /// {-1, 0, +1}: the magnitude bit means 1, its absence 0. The code of a zero with a sign is refused.
    Ternary,
}

impl Scheme {
    /// The weight that each code names.
    #[must_use]
    pub const fn levels(self) -> [i8; 4] {
        match self {
            Self::Quad => [1, 2, -1, -2],
            Self::Ternary => [0, 1, 0, -1],
        }
    }

    /// The scheme's name, as in `--scheme quad`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quad => "quad",
            Self::Ternary => "ternary",
        }
    }

    /// The code whose level is nearest to `magnitude` (in units of the scale), with this sign. A tie goes to the
    /// larger magnitude, and a zero is positive.
    pub(crate) fn nearest(self, negative: bool, magnitude: f64) -> u8 {
        let larger = match self {
            Self::Quad => magnitude >= 1.5,
            Self::Ternary => magnitude >= 0.5,
        };
        let sign = negative && (larger || self == Self::Quad);
        u8::from(sign) << 1 | u8::from(larger)
    }
}
