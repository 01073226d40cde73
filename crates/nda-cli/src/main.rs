//! `nda`: the command line.
//!
//! A thin shell: it reads arguments and files, asks the gate, the engine and the SiteMap, and shows what they say, as
//! text for people or as one JSON object (`docs/cli.md`). It decides nothing about programs.
//!
//! `args.rs` holds the grammar of the command line, `commands/` one file for each command, `context.rs` where the store is and where output goes, `failure.rs` what can go wrong outside of programs.

mod args;
mod commands;
mod context;
mod failure;
mod files;
mod input;
mod keys;
mod sources;
mod stored_weights;
mod target;

use clap::{CommandFactory as _, FromArgMatches as _};
use context::{Context, Exit};
use failure::Failure;
use std::process::ExitCode;
use std::sync::Mutex;

/// The main thread's stack may be small; deep but legal programs need more. Address space until it is touched.
const STACK_BYTES: usize = 256 << 20;

/// What the last panic said, for the apology.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    // A panic inside a run is caught by the sandbox and becomes a trap: nothing may be printed before that.
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = PANIC.lock() {
            *last = panic.to_string();
        }
    }));
    let thread = std::thread::Builder::new().name("nda".into()).stack_size(STACK_BYTES).spawn(start);
    let ended = match thread {
        Ok(thread) => thread.join(),
        Err(_) => std::panic::catch_unwind(start),
    };
    let exit = ended.unwrap_or_else(|_| {
        apologise();
        Exit::Usage
    });
    ExitCode::from(exit as u8)
}

fn start() -> Exit {
    let arguments = args::shield_numbers(std::env::args_os());
    let parsed = args::Cli::command()
        .try_get_matches_from(arguments)
        .and_then(|matches| args::Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut context = Context::new(&cli.global);
    let done = commands::dispatch(cli.command, &mut context).and_then(|exit| context.finish().map(|()| exit));
    match done {
        Ok(exit) => exit,
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Ok,
        Err(failure) => context.fail(&failure),
    }
}

/// What clap has to say: help, the version, or what is wrong with the arguments.
fn usage(error: &clap::Error) -> Exit {
    use std::io::Write as _;
    let is_error = error.use_stderr();
    // A reader that went away is no error of ours.
    if is_error && std::env::args_os().any(|argument| argument == "--json") {
        let message = error.render().to_string();
        let object = serde_json::json!({ "outcome": "error", "message": message.trim() });
        let _ = writeln!(std::io::stdout(), "{object}");
    } else if let Err(error) = error.print().and_then(|()| std::io::stdout().flush())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        let _ = writeln!(std::io::stderr(), "error: {}", Failure::Output(error));
        return Exit::Usage;
    }
    if is_error { Exit::Usage } else { Exit::Ok }
}

fn apologise() {
    use std::io::Write as _;
    let what = PANIC.lock().map(|last| last.clone()).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        std::io::stderr(),
        "nda {version} has a bug, and we are sorry: {what}\nNothing was committed. Please report it with the command and the files that led here."
    );
}
