//! `nda stats`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use nda_report::style::bytes;
use serde_json::{Value, json};
use std::io::Write as _;

/// Counts what the store holds.
pub fn run(context: &mut Context) -> Result<Exit, Failure> {
    let stats = context.store(Access::Read)?.stats()?;
    if context.json {
        let objects: Vec<Value> = stats
            .objects
            .iter()
            .map(|kind| json!({ "kind": kind.kind.name(), "count": kind.count, "bytes": kind.bytes }))
            .collect();
        let tables: Vec<Value> = stats
            .tables
            .iter()
            .map(|table| json!({ "table": table.table.name(), "rows": table.rows, "bytes": table.bytes }))
            .collect();
        let value = json!({ "file_bytes": stats.file_bytes, "objects": objects, "tables": tables });
        context.print_json(&value)?;
        return Ok(Exit::Ok);
    }
    for kind in &stats.objects {
        writeln!(context.out, "{:16} {:>10}  {}", kind.kind.name(), kind.count, bytes(kind.bytes))?;
    }
    writeln!(context.out, "{:16} {:>10}  {}", "file", "", bytes(stats.file_bytes))?;
    Ok(Exit::Ok)
}
