//! `random`: numbers that nobody foresees who does not know the seed, and that are the same again for who does.
//!
//! They are the output of ChaCha with 8 rounds, nonce 0, block counter 0 on, under the key that is the seed as 8 bytes, little end
//! first, and 24 zeros: 8 bytes a draw. So they do not depend on the version of a crate.

use nda_engine::{Caller, Engine};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

fn draw(caller: &mut Caller<'_>) -> u64 {
    let generator = caller.state(|caller| {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&caller.seed().to_le_bytes());
        ChaCha8Rng::from_seed(key)
    });
    generator.next_u64()
}

pub(crate) fn install(engine: &mut Engine) {
    engine.register_with("random::bits", "random", |caller: &mut Caller<'_>, ()| draw(caller) as i64);
    engine.register_with("random::below", "random", |caller: &mut Caller<'_>, (bound,): (i64,)| {
        let bound = u64::try_from(bound).ok().filter(|&bound| bound > 0);
        let bound = bound.ok_or("there is no number from 0 to below a bound that is not positive")?;
        // Draws beyond the last whole multiple of the bound would favour small numbers.
        let beyond = u64::MAX - (u64::MAX % bound + 1) % bound;
        loop {
            let drawn = draw(caller);
            if drawn <= beyond {
                return Ok::<i64, String>((drawn % bound) as i64);
            }
        }
    });
    engine.register_with("random::float", "random", |caller: &mut Caller<'_>, ()| {
        // The 53 bits that a float from 0 to 1 has room for.
        (draw(caller) >> 11) as f64 / (1_u64 << 53) as f64
    });
}
