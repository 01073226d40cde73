//! The programs in Markdown: fenced blocks, and what their fences promise.
//!
//! | fence | promise |
//! |---|---|
//! | `nda` | every `#[example]` holds |
//! | `nda,fuel=N` | `main` uses exactly N units |
//! | `nda,peak=N` | `main` has a peak of exactly N bytes |
//! | `nda,trap=K` | `main` ends with trap K |
//! | `nda,output` | `main` prints exactly the `text` block that follows |
//! | `nda,fails=E0201` | the checker refuses it, and all its errors have this code |
//!
//! Promises can be joined with commas. The examples of every program must hold.

use nda_diagnostics::Code;
use nda_graph::{Limits, Outcome, TrapKind};

/// A program in a Markdown page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// The line of its first character, from 1.
    pub line: usize,
    /// Its source text.
    pub source: String,
    /// What its fence says.
    pub promises: Vec<Promise>,
}

/// What a program must do.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Promise {
    /// `main` uses so many units.
    Fuel(u64),
    /// `main` has this peak.
    Peak(u64),
    /// `main` traps so.
    Trap(TrapKind),
    /// `main` prints this.
    Output(String),
    /// It is refused, and all its errors have this code.
    Fails(Code),
}

/// The `nda` blocks of a page.
///
/// # Errors
/// A sentence, if a fence is not understood or not closed.
pub fn blocks(markdown: &str) -> Result<Vec<Block>, SpecError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = markdown.lines().enumerate();
    let mut output_due = false;
    while let Some((at, line)) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else { continue };
        let line = at + 2;
        let mut source = String::new();
        loop {
            match lines.next() {
                Some((_, text)) if text.trim_end() == "```" => break,
                Some((_, text)) => {
                    source.push_str(text);
                    source.push('\n');
                }
                None => return Err(SpecError { line, problem: "the block is not closed".into() }),
            }
        }
        let mut words = fence.trim().split(',').map(str::trim);
        match words.next() {
            Some("nda") => {}
            Some("text") if output_due => {
                output_due = false;
                if let Some(block) = blocks.last_mut() {
                    block.promises.push(Promise::Output(source));
                }
                continue;
            }
            _ => continue,
        }
        let mut promises = Vec::new();
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let promise = match key {
                "fuel" => value.parse().ok().map(Promise::Fuel),
                "peak" => value.parse().ok().map(Promise::Peak),
                "trap" => TrapKind::ALL.into_iter().find(|kind| kind.to_string() == value).map(Promise::Trap),
                "fails" => Code::parse(value).map(Promise::Fails),
                "output" => {
                    output_due = true;
                    continue;
                }
                _ => None,
            };
            let problem = || SpecError { line, problem: format!("the fence says `{word}`") };
            promises.push(promise.ok_or_else(problem)?);
        }
        blocks.push(Block { line, source, promises });
    }
    Ok(blocks)
}

impl Block {
    /// What `main` did otherwise than promised, in words; nothing if it kept its promises. Every tier asks this with
    /// its own outcome, of a run under [`Limits::default`].
    #[must_use]
    pub fn broken(&self, outcome: &Outcome) -> Vec<String> {
        let trapped = self.promises.iter().any(|promise| matches!(promise, Promise::Trap(_)));
        let mut broken = Vec::new();
        if let (Err(trap), false) = (&outcome.result, trapped) {
            broken.push(format!("it trapped: {trap}"));
        }
        for promise in &self.promises {
            let (wanted, found) = match promise {
                Promise::Fuel(fuel) => (format!("{fuel} units of fuel"), format!("{}", outcome.fuel)),
                Promise::Peak(peak) => (format!("a peak of {peak} bytes"), format!("{}", outcome.peak_bytes)),
                Promise::Trap(kind) => match &outcome.result {
                    Ok(value) => (format!("the trap {kind}"), format!("the value {value}")),
                    Err(trap) => (format!("the trap {kind}"), format!("the trap {}", trap.kind)),
                },
                Promise::Output(text) => (format!("the output {text:?}"), format!("{:?}", outcome.output)),
                Promise::Fails(code) => (format!("the error {code}"), "a program that runs".to_owned()),
            };
            let kept = match promise {
                Promise::Fuel(fuel) => *fuel == outcome.fuel,
                Promise::Peak(peak) => *peak == outcome.peak_bytes,
                Promise::Trap(kind) => outcome.result.as_ref().is_err_and(|trap| trap.kind == *kind),
                Promise::Output(text) => *text == outcome.output,
                Promise::Fails(_) => false,
            };
            if !kept {
                broken.push(format!("promised {wanted}, found {found}"));
            }
        }
        broken
    }

    /// The code that it must be refused with, if it must.
    #[must_use]
    pub fn fails(&self) -> Option<Code> {
        self.promises.iter().find_map(|promise| match promise {
            Promise::Fails(code) => Some(*code),
            _ => None,
        })
    }

    /// Runs the block on every tier: everything about it that is not as promised, and where the tiers differ.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let program = match crate::program::Compiled::new(&self.source) {
            Ok(program) => program,
            Err(diagnostics) => {
                let mut errors = diagnostics.iter().filter(|found| found.is_error());
                if let Some(code) = self.fails()
                    && errors.all(|found| found.code == code)
                {
                    return Vec::new();
                }
                return diagnostics
                    .iter()
                    .map(|found| format!("{}: {}", found.code, found.message))
                    .collect();
            }
        };
        let limits = Limits::default();
        let mut problems: Vec<String> = program
            .failing_examples(&self.source, &limits)
            .into_iter()
            .map(|(text, outcome)| match outcome.result {
                Ok(value) => format!("{text} is {value}"),
                Err(trap) => format!("{text} trapped: {trap}"),
            })
            .collect();
        if !self.promises.is_empty() {
            problems.extend(self.broken(&program.run("main", &[], &limits)));
        }
        // What the evaluator keeps, every other tier keeps too if it says the same.
        match crate::oracle::compare_under(&self.source, 0, &limits) {
            Ok(_) => {}
            Err(difference) => problems.push(difference.to_string()),
        }
        problems
    }
}

/// A page that cannot be read as a specification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpecError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for SpecError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_read() {
        let page =
            "a\n```nda,fuel=3,trap=Panic\nx\n```\n```nda,output\ny\n```\n\n```text\n1\n```\n```sh\n```\n";
        let found = blocks(page).unwrap();
        assert_eq!(found[0].promises, [Promise::Fuel(3), Promise::Trap(TrapKind::Panic)]);
        assert_eq!((found[0].line, found[0].source.as_str()), (3, "x\n"));
        assert_eq!(found[1].promises, [Promise::Output("1\n".into())]);
        assert_eq!(found.len(), 2);
        assert_eq!(blocks("```nda,fails=E0201\n```\n").unwrap()[0].fails(), Some(Code::TypeMismatch));
        assert!(blocks("```nda,speed=3\n```\n").is_err());
        assert!(blocks("```nda\n").is_err());
    }
}
