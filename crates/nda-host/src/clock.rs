//! `clock`: what time it is.

use nda_engine::Engine;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn install(engine: &mut Engine) {
    engine.register("clock::now", "clock", || -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_millis() as i64
    });
}
