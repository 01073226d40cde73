//! Which instructions the kernels use.

use std::sync::OnceLock;

/// A set of instructions that this machine has: holding a `Path` is the proof, since only looking makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Path(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Bw,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// NEON with dot products of bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

impl Path {
    /// Plain Rust: there on every machine, and what the others are held against.
    pub const SCALAR: Self = Self(Kind::Scalar);

    /// The fastest of this machine's; looked up once.
    #[must_use]
    pub fn best() -> Self {
        static BEST: OnceLock<Path> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().last().unwrap_or(Self::SCALAR))
    }

    /// All that this machine has, the slowest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let wide = Self::detected();
        std::iter::once(Self::SCALAR).chain(wide.into_iter().flatten())
    }

    #[cfg(target_arch = "x86_64")]
    fn detected() -> [Option<Self>; 3] {
        let avx2 = is_x86_feature_detected!("avx2");
        let avx512bw = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl");
        let avx512 =
            avx512bw && is_x86_feature_detected!("avx512vbmi") && is_x86_feature_detected!("avx512vnni");
        let kinds = [(avx2, Kind::Avx2), (avx512bw, Kind::Avx512Bw), (avx512, Kind::Avx512)];
        kinds.map(|(is_there, kind)| is_there.then_some(Self(kind)))
    }

    #[cfg(target_arch = "aarch64")]
    fn detected() -> [Option<Self>; 2] {
        let neon = std::arch::is_aarch64_feature_detected!("neon");
        let dot = std::arch::is_aarch64_feature_detected!("dotprod");
        [neon.then_some(Self(Kind::Neon)), (neon && dot).then_some(Self(Kind::NeonDot))]
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn detected() -> [Option<Self>; 0] {
        []
    }

    pub(crate) const fn kind(self) -> Kind {
        self.0
    }

    /// Its name, for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Bw => "avx512bw",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "neon",
            #[cfg(target_arch = "aarch64")]
            Kind::NeonDot => "neon+dotprod",
        }
    }
}
