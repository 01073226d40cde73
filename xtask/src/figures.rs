//! The tables of `docs/performance.md` that a run of the benchmark writes: what stands between the markers
//! `<!-- bench SECTION -->` and `<!-- end -->`.

use serde_json::Value;
use std::fmt::Write as _;

/// Peers that the others are divided by: the first that a section has.
const REFERENCES: [&str; 3] = ["native", "better", "wasmtime"];

/// A page with the tables of the sections that a report has, as the benchmark writes it with `--json`. Sections without
/// markers come at the end of the page; what the report does not have stays.
///
/// # Errors
/// What is wrong with the report or the page's markers.
pub fn rewritten(page: &str, report: &str) -> Result<String, String> {
    let report: Value = serde_json::from_str(report).map_err(|error| format!("the report: {error}"))?;
    let mut page = page.to_owned();
    for section in list(&report, "sections")? {
        let name = text(section, "section")?;
        let begin = format!("<!-- bench {name} -->\n");
        let table = table(section, &report)?;
        match page.find(&begin) {
            Some(at) => {
                let from = at + begin.len();
                let rest = &page[from..];
                let end = rest.find(END).ok_or_else(|| format!("`bench {name}` has no end in the page"))?;
                if rest[..end].contains("<!-- bench ") {
                    return Err(format!("`bench {name}` has no end in the page"));
                }
                page.replace_range(from..from + end, &table);
            }
            None => {
                let _ = write!(page, "\n# Figures: {name}\n\n{begin}{table}{END}\n");
            }
        }
    }
    Ok(page)
}

const END: &str = "<!-- end -->";

/// What was measured and where, medians, and the geometric mean of their ratios.
fn table(section: &Value, report: &Value) -> Result<String, String> {
    let machine = report.get("machine").ok_or("the report has no `machine`")?;
    let (cpu, date, rustc) = (text(machine, "cpu")?, text(machine, "date")?, text(machine, "rustc")?);
    let cores = machine.get("cores").and_then(Value::as_u64).unwrap_or_default();
    let columns: Vec<&str> = list(section, "columns")?.iter().filter_map(Value::as_str).collect();
    let reference = REFERENCES.iter().find_map(|name| columns.iter().position(|column| column == name));
    let (about, unit) = (text(section, "about")?, text(section, "unit")?);
    let mut out = format!("{about} {cpu}, {cores} cores, {rustc}, {date}.\n\n| {unit} |");
    columns.iter().for_each(|column| put(&mut out, format_args!(" {column} |")));
    put(&mut out, format_args!("\n|{}\n", "---|".repeat(columns.len() + 1)));
    let mut ratios = vec![Vec::new(); columns.len()];
    for row in list(section, "rows")? {
        put(&mut out, format_args!("| {} |", text(row, "name")?));
        let medians: Vec<Option<f64>> = list(row, "cells")?
            .iter()
            .map(|cell| cell.pointer("/summary/median").and_then(Value::as_f64))
            .collect();
        let base = reference.and_then(|at| medians.get(at).copied().flatten());
        for (column, median) in medians.iter().enumerate().take(columns.len()) {
            match median {
                Some(median) => {
                    put(&mut out, format_args!(" {} |", number(*median)));
                    ratios[column].extend(base.map(|base| median / base));
                }
                None => out.push_str(" – |"),
            }
        }
        out.push('\n');
    }
    if let Some(reference) = reference {
        put(&mut out, format_args!("| geometric mean of ratios to {} |", columns[reference]));
        for ratios in &ratios {
            if ratios.is_empty() {
                out.push_str(" – |");
                continue;
            }
            let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
            put(&mut out, format_args!(" {}× |", number(mean)));
        }
        out.push('\n');
    }
    Ok(out)
}

/// Three significant digits, or whole: 0.123, 1.23, 12.3, 123, 1234.
fn number(x: f64) -> String {
    match x.abs() {
        size if size < 1.0 => format!("{x:.3}"),
        size if size < 10.0 => format!("{x:.2}"),
        size if size < 100.0 => format!("{x:.1}"),
        _ => format!("{x:.0}"),
    }
}

fn put(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("writing into a String does not fail");
}

fn text<'v>(value: &'v Value, field: &str) -> Result<&'v str, String> {
    value.get(field).and_then(Value::as_str).ok_or_else(|| format!("the report has no text `{field}`"))
}

fn list<'v>(value: &'v Value, field: &str) -> Result<&'v [Value], String> {
    let found = value.get(field).and_then(Value::as_array);
    found.map(Vec::as_slice).ok_or_else(|| format!("the report has no list `{field}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "machine": { "cpu": "Some CPU", "cores": 2, "system": "Linux", "rustc": "rustc 1.95", "date": "2026-11-27T01:00:00Z", "peers": [] },
        "rounds": 3,
        "sections": [{
            "section": "throughput", "unit": "ms", "about": "About.", "columns": ["native", "nda", "none"],
            "rows": [
                { "name": "one", "about": "", "cells": [{ "summary": { "median": 2.0, "min": 1.0, "samples": 3 }, "differs": false },
                    { "summary": { "median": 8.0, "min": 1.0, "samples": 3 }, "differs": false }, null] },
                { "name": "two", "about": "", "cells": [{ "summary": { "median": 200.4, "min": 1.0, "samples": 3 }, "differs": false },
                    { "summary": { "median": 200.4, "min": 1.0, "samples": 3 }, "differs": false }, null] }
            ]
        }]
    }"#;

    const TABLE: &str = "\
About. Some CPU, 2 cores, rustc 1.95, 2026-11-27T01:00:00Z.

| ms | native | nda | none |
|---|---|---|---|
| one | 2.00 | 8.00 | – |
| two | 200 | 200 | – |
| geometric mean of ratios to native | 1.00× | 2.00× | – |
";

    #[test]
    fn what_stands_between_the_markers_is_the_run() {
        let page = |inner: &str| {
            format!(
                "# A\n<!-- bench throughput -->\n{inner}<!-- end -->\n\nmore\n<!-- bench cold -->\nold\n<!-- end -->\n"
            )
        };
        assert_eq!(rewritten(&page("old\n"), REPORT), Ok(page(TABLE)));
        assert_eq!(rewritten(&page(TABLE), REPORT), Ok(page(TABLE)), "twice is once");
    }

    #[test]
    fn a_new_section_comes_at_the_end() {
        let expected =
            format!("# A\n\n# Figures: throughput\n\n<!-- bench throughput -->\n{TABLE}<!-- end -->\n");
        assert_eq!(rewritten("# A\n", REPORT), Ok(expected));
    }

    #[test]
    fn what_is_broken_is_told() {
        assert!(rewritten("", "{").unwrap_err().starts_with("the report: "));
        assert_eq!(rewritten("", "{}"), Err("the report has no list `sections`".to_owned()));
        let unended = "<!-- bench throughput -->\n<!-- bench cold -->\n<!-- end -->\n";
        assert!(rewritten(unended, REPORT).unwrap_err().contains("no end"));
    }
}
