//! What this machine can do, and what that allows: its clock, what one thread reads from each cache and from memory, and the time that
//! weights of two bits take at least.
#![allow(unsafe_code)] // calling what needs AVX2, and a row of instructions for the clock

use nda_tensor::Path;
use std::hint::black_box;
use std::time::Instant;

/// Instructions on vectors for 32 bytes of weights (128 of them) in the AVX2 kernels. 8-bit activations: four table look-ups, four
/// products, seven others, and a widening every eight lines. 2-bit activations: two look-ups, five others, and a widening every seven lines.
const INSTRUCTIONS: [(&str, f64); 2] = [("gemv", 15.25), ("gemv_q2", 7.6)];
/// Instructions on vectors that start in a cycle: Zen 3 has four pipes for them.
const PIPES: f64 = 4.0;

/// Rates of one thread.
pub struct Machine {
    clock_ghz: f64,
    /// GB/s.
    first: f64,
    second: f64,
    memory: f64,
}

impl Machine {
    /// Measures for about a second.
    pub fn measure() -> Self {
        Self {
            clock_ghz: clock(),
            first: reading(16 << 10, 20_000),
            second: reading(192 << 10, 4_000),
            memory: reading(256 << 20, 8),
        }
    }

    /// Prints the rates.
    pub fn print(&self) {
        println!(
            "machine: {:.2} GHz; one thread reads {:.0} GB/s of 16 KiB (L1), {:.0} of 192 KiB (L2), {:.1} of 256 MiB (memory)",
            self.clock_ghz, self.first, self.second, self.memory
        );
    }

    /// Prints what so many bytes of weights take at least, by what would bind.
    pub fn print_limits(&self, weight_bytes: usize) {
        let bytes = weight_bytes as f64;
        let us = |rate: f64| bytes / rate / 1000.0;
        println!(
            "limits for {weight_bytes} bytes of weights: {:.2} µs if they come from L1, {:.2} from L2, {:.1} from memory",
            us(self.first),
            us(self.second),
            us(self.memory)
        );
        if Path::best().name() == "avx2" {
            for (name, instructions) in INSTRUCTIONS {
                let cycles = bytes / 32.0 * instructions / PIPES;
                println!(
                    "  {name}: {instructions} instructions for 32 bytes on {PIPES} pipes: {:.2} µs",
                    cycles / self.clock_ghz / 1000.0
                );
            }
        }
    }
}

/// Four products that wait for each other take three cycles each, on every x86-64 of the last ten years; 0 elsewhere.
fn clock() -> f64 {
    const ROUNDS: u64 = 250;
    let best = shortest(2_000, || {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: it changes two registers, which it says.
        unsafe {
            std::arch::asm!(
                "2:",
                "imul {x}, {x}",
                "imul {x}, {x}",
                "imul {x}, {x}",
                "imul {x}, {x}",
                "dec {rounds}",
                "jnz 2b",
                x = inout(reg) 3_u64 => _,
                rounds = inout(reg) ROUNDS => _,
                options(nomem, nostack),
            );
        }
    });
    if cfg!(target_arch = "x86_64") { (12 * ROUNDS) as f64 / best } else { 0.0 }
}

/// GB/s of reading so many bytes again and again.
fn reading(bytes: usize, rounds: usize) -> f64 {
    let words: Vec<u64> = (0..bytes as u64 / 8).collect();
    let best = shortest(rounds, || {
        black_box(sum(black_box(&words)));
    });
    bytes as f64 / best
}

/// Nanoseconds of the shortest round.
fn shortest(rounds: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

fn sum(words: &[u64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: its instructions were found.
        return unsafe { sum_avx2(words) };
    }
    sum_lanes(words)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_avx2(words: &[u64]) -> u64 {
    sum_lanes(words)
}

/// As wide as eight registers, so that nothing waits for an addition.
#[inline(always)]
fn sum_lanes(words: &[u64]) -> u64 {
    let mut lanes = [0_u64; 32];
    for chunk in words.as_chunks::<32>().0 {
        lanes = std::array::from_fn(|lane| lanes[lane] ^ chunk[lane]);
    }
    lanes.iter().fold(0, |all, lane| all ^ lane)
}
