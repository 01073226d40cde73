//! `cargo run -p nda-testkit --example generate -- SEED [disguised]`: prints a generated program.

use nda_testkit::choices::{Choices, bytes_of_seed};
use nda_testkit::{disguise, generate};

fn main() {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut source = generate::program_of_seed(seed);
    if std::env::args().nth(2).is_some() {
        source = disguise::disguise(&source, &mut Choices::new(&bytes_of_seed(!seed, 8_000))).source;
    }
    print!("{source}");
}
