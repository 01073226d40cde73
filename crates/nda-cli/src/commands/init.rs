//! `nda init`.

use crate::context::{Context, Exit, STORE_FOLDER};
use crate::failure::Failure;
use nda_gate::Definitions;
use nda_sitemap::SiteMap;
use nda_sitemap::storage::lmdb::LmdbOptions;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The folder to make the store in [default: `.nda` here]
    folder: Option<PathBuf>,
}

/// Makes a store, or finds that there is one.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let folder = options
        .folder
        .clone()
        .or_else(|| context.named_store())
        .unwrap_or_else(|| PathBuf::from(STORE_FOLDER));
    // An empty file is what is left of a store that was never made.
    let existed = std::fs::metadata(folder.join("data.mdb")).is_ok_and(|file| file.len() > 0);
    std::fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    SiteMap::open(&folder, &LmdbOptions { create: true, ..LmdbOptions::default() }, Arc::new(Definitions))?;
    if context.json {
        context.print_json(&json!({ "store": folder.display().to_string(), "created": !existed }))?;
    } else {
        let what = if existed { "there is a store already in" } else { "made a store in" };
        writeln!(context.out, "{what} {}", folder.display())?;
    }
    Ok(Exit::Ok)
}
