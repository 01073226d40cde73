//! `env`: variables of the environment, those on a list.

use nda_engine::Engine;
use std::collections::BTreeSet;

pub(crate) fn install(engine: &mut Engine, names: &BTreeSet<String>) {
    let names = names.clone();
    engine.register("env::get", "env", move |name: String| {
        if !names.contains(&name) {
            return Err(format!("`{name}` is not granted; {}", crate::grant::there_are(names.iter())));
        }
        match std::env::var_os(&name).map(std::ffi::OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(format!("the value of `{name}` is no text in UTF-8")),
        }
    });
}
