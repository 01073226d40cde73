//! `nda policy`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::input::{self, Loaded};
use crate::keys::Signing;
use nda_diagnostics::nearest;
use nda_gate::{Gate, Policy, PolicyError, SetPolicyError};
use nda_report::sources::Input;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(clap::Subcommand, Debug)]
enum What {
    /// Say whether a file is a policy that can be enforced
    Check {
        /// The file, by convention gate.toml; `-` for standard input
        file: String,
    },
    /// Say what the policy that holds means for a name
    Explain {
        /// A full path, geo::area
        name: String,
        /// Whose submission [default: $NDA_AUTHOR, or the user's name]
        #[arg(long, value_name = "NAME")]
        author: Option<String>,
    },
    /// Make a file the policy that holds
    Set {
        /// The file; `-` for standard input
        file: String,
        /// Why
        #[arg(short, long, value_name = "TEXT", default_value = "Set the policy")]
        message: String,
        /// Who [default: $NDA_AUTHOR, or the user's name]
        #[arg(long, value_name = "NAME")]
        author: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Print the policy that holds
    Show,
}

/// Looks at policies, or sets one.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    match &options.what {
        What::Check { file } => check(file, context),
        What::Explain { name, author } => explain(name, author.as_deref(), context),
        What::Set { file, message, author, signing } => {
            set(file, message, author.as_deref(), signing, context)
        }
        What::Show => show(context),
    }
}

fn read(file: &str) -> Result<Input, Failure> {
    match input::load(file)? {
        Loaded::Text(input) => Ok(input),
        Loaded::Faulty(input, problem) => {
            Err(Failure::usage(format!("{}: {}", input.origin, problem.message)))
        }
    }
}

fn check(file: &str, context: &mut Context) -> Result<Exit, Failure> {
    let input = read(file)?;
    let policy = match Policy::parse(&input.text) {
        Ok(policy) => policy,
        Err(error) => return refuse(&error, &input, context),
    };
    let notes = notes(&policy, context);
    if context.json {
        context.print_json(&json!({ "outcome": "admitted", "notes": notes }))?;
    } else {
        writeln!(context.out, "{}: a policy that can be enforced", input.origin)?;
        show_notes(&notes, context)?;
    }
    Ok(Exit::Ok)
}

/// What can be enforced and may be meant otherwise. A program that embeds NDA can have capabilities of its own, so a name that is unknown
/// here is no error.
fn notes(policy: &Policy, context: &Context) -> Vec<String> {
    let known = context.engine().capabilities();
    let unknown = policy.named_capabilities().into_iter().filter(|name| !known.iter().any(|one| one == name));
    let note = |name: &str| match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("no run of this `nda` can be granted `{name}`; `{near}` is one that can"),
        None => format!("no run of this `nda` can be granted `{name}`; it has {}", known.join(", ")),
    };
    unknown.map(note).collect()
}

fn show_notes(notes: &[String], context: &mut Context) -> Result<(), Failure> {
    for note in notes {
        writeln!(context.out, "note: {note}")?;
    }
    Ok(())
}

fn refuse(error: &PolicyError, input: &Input, context: &mut Context) -> Result<Exit, Failure> {
    let PolicyError { message, line, column, .. } = error;
    if context.json {
        let value = json!({ "outcome": "refused", "message": message, "line": line, "column": column });
        context.print_json(&value)?;
    } else {
        context.print_err(&format!("{}:{line}:{column}: {message}", input.origin))?;
    }
    Ok(Exit::Refused)
}

fn set(
    file: &str,
    message: &str,
    author: Option<&str>,
    signing: &Signing,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let input = read(file)?;
    let store = context.store(Access::Write { sync: true })?;
    let mut gate = Gate::over(context.engine(), store);
    gate.signer = signing.key()?;
    let author = super::commit::author(author);
    let committed = match gate.set_policy(&input.text, &author, message) {
        Ok(committed) => committed,
        Err(SetPolicyError::Policy(error)) => return refuse(&error, &input, context),
        Err(SetPolicyError::Gate(error)) => return Err(error.into()),
        Err(SetPolicyError::Commit(error)) => return Err(error.into()),
        Err(error) => {
            let message = error.to_string();
            if context.json {
                context.print_json(&json!({ "outcome": "refused", "message": message }))?;
            } else {
                context.print_err(&format!("refused: {message}"))?;
            }
            return Ok(Exit::Refused);
        }
    };
    let notes = Policy::parse(&input.text).map(|policy| notes(&policy, context)).unwrap_or_default();
    if context.json {
        let value = json!({
            "outcome": "admitted",
            "commit": committed.head.to_string(),
            "changed": committed.changed,
            "notes": notes,
        });
        context.print_json(&value)?;
    } else {
        match committed.changed {
            true => writeln!(context.out, "committed #{}", committed.head.short())?,
            false => writeln!(context.out, "this policy holds already")?,
        }
        show_notes(&notes, context)?;
    }
    Ok(Exit::Ok)
}

fn show(context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.store(Access::Read)?.snapshot()?;
    let hash = snapshot.policy()?;
    let text = hash.map(|hash| snapshot.policy_text(&hash)).transpose()?;
    if context.json {
        let hash = hash.map(|hash| hash.to_string());
        context.print_json(&json!({ "policy": hash, "text": text }))?;
    } else {
        match text {
            Some(text) => write!(context.out, "{text}")?,
            None => {
                writeln!(context.out, "# no policy was set: the defaults hold (docs/policy.md)\nversion = 1")?
            }
        }
    }
    Ok(Exit::Ok)
}

fn explain(name: &str, author: Option<&str>, context: &mut Context) -> Result<Exit, Failure> {
    let mut gate = context.gate(Access::Read)?;
    let branch = context.branch.clone();
    let author = super::commit::author(author);
    let standard = gate.options.limits;
    let policy = gate.policy_now()?;
    let limits = policy.limits(&standard);
    let capabilities = policy.capabilities_of(name);
    let writers = policy.writers_of(&branch, name);
    let may_write = policy.may_write(&author, &branch, name);
    let word = |reaction| match reaction {
        nda_gate::Reaction::Allow => "allow",
        nda_gate::Reaction::Refuse => "refuse",
        _ => "warn",
    };
    if context.json {
        let value: Value = json!({
            "name": name,
            "policy": policy.hash.map(|hash| hash.to_string()),
            "capabilities": capabilities,
            "writers": writers,
            "may_write": may_write,
            "may_edit": policy.may_edit(&author),
            "may_break": policy.may_break(name),
            "minimum_examples": policy.minimum_examples,
            "warnings": word(policy.warnings),
            "probe": { "traps": word(policy.probe.traps), "changes": word(policy.probe.changes) },
            "limits": {
                "fuel": limits.fuel, "memory_bytes": limits.memory_bytes,
                "depth": limits.depth, "output_bytes": limits.output_bytes,
            },
        });
        context.print_json(&value)?;
        return Ok(Exit::Ok);
    }
    let list = |all: &Option<Vec<&str>>, everything: &str| match all {
        None => everything.to_owned(),
        Some(all) if all.is_empty() => "none".to_owned(),
        Some(all) => all.join(", "),
    };
    let lines = [
        (
            "policy",
            policy
                .hash
                .map_or("none was set; the defaults hold".to_owned(), |hash| format!("#{}", hash.short())),
        ),
        ("capabilities", list(&capabilities, "all there are")),
        ("may write it here", list(&writers, "everybody")),
        (
            "you",
            format!("`{author}` {} write `{name}` on `{branch}`", if may_write { "may" } else { "may not" }),
        ),
        ("may break", if policy.may_break(name) { "yes" } else { "no" }.to_owned()),
        ("examples", format!("at least {} if public", policy.minimum_examples)),
        (
            "an example may use",
            format!("{} fuel, {} bytes, {} nested calls", limits.fuel, limits.memory_bytes, limits.depth),
        ),
        ("warnings", word(policy.warnings).to_owned()),
        ("inputs that trap", word(policy.probe.traps).to_owned()),
        ("changed behaviour", word(policy.probe.changes).to_owned()),
    ];
    for (what, how) in lines {
        writeln!(context.out, "{what:18}  {how}")?;
    }
    Ok(Exit::Ok)
}
