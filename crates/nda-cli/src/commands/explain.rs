//! `nda explain`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_diagnostics::Code;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A code, E0201; without one all are listed
    code: Option<String>,
}

/// Shows a code's page, or lists the codes.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let Some(text) = &options.code else {
        if context.json {
            let all: Vec<Value> = Code::ALL
                .iter()
                .map(|code| json!({ "code": code.as_str(), "title": code.title() }))
                .collect();
            context.print_json(&json!({ "codes": all }))?;
        } else {
            for code in Code::ALL {
                writeln!(context.out, "{code}  {}", code.title())?;
            }
        }
        return Ok(Exit::Ok);
    };
    let Some(code) = Code::parse(text) else {
        let near = nda_diagnostics::nearest(&text.to_uppercase(), Code::ALL.iter().map(|code| code.as_str()));
        let hint = near.map_or_else(String::new, |near| format!("; there is {near}"));
        return Err(Failure::usage(format!("there is no code `{text}`{hint}")));
    };
    if context.json {
        context.print_json(&json!({ "code": code.as_str(), "title": code.title(), "page": code.page() }))?;
    } else {
        // The page is Markdown; without its fences it reads well as it is.
        for line in code.page().lines().filter(|line| !line.starts_with("```")) {
            writeln!(context.out, "{}", line.trim_start_matches("# "))?;
        }
    }
    Ok(Exit::Ok)
}
