//! Drafts that are being written piece by piece: few, small, and gone when nobody writes on.
//!
//! `text.rs` writes source, `records.rs` records. A draft lives in memory only; aborting it, or forgetting it, leaves nothing.

mod records;
mod text;

pub(crate) use records::{Misfit, RecordDraft, begin};
pub(crate) use text::{Piece, TextDraft};

use crate::tools::ToolError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most drafts of a server.
pub(crate) const MOST: usize = 64;
/// The most that one of them holds.
pub(crate) const MOST_BYTES: usize = 256 << 10;
/// The most pieces of one of them.
pub(crate) const MOST_PIECES: usize = 4_096;
/// One that nobody writes on is dropped after this long.
pub(crate) const IDLE: Duration = Duration::from_secs(600);

/// What is being written.
pub(crate) enum Draft {
    /// Source.
    Text(TextDraft),
    /// Records.
    Records(Box<RecordDraft>),
}

struct Kept {
    used: Instant,
    draft: Arc<Mutex<Draft>>,
}

/// The drafts of a server, under names that nobody guesses.
pub(crate) struct Drafts {
    kept: Mutex<HashMap<String, Kept>>,
    idle: Duration,
}

impl Default for Drafts {
    fn default() -> Self {
        Self { kept: Mutex::default(), idle: IDLE }
    }
}

impl Drafts {
    /// Keeps a new draft; its name.
    pub(crate) fn open(&self, draft: Draft) -> Result<String, ToolError> {
        let name = name()?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| one.used.elapsed() < self.idle);
        if kept.len() >= MOST {
            let message = format!("{MOST} drafts are open, which is the most");
            return Err(ToolError::new("too_many_drafts", message, "Finish or abort one of yours."));
        }
        kept.insert(name.clone(), Kept { used: Instant::now(), draft: Arc::new(Mutex::new(draft)) });
        Ok(name)
    }

    /// A draft by its name.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Mutex<Draft>>, ToolError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| one.used.elapsed() < self.idle);
        let one = kept.get_mut(name).ok_or_else(|| unknown(name))?;
        one.used = Instant::now();
        Ok(Arc::clone(&one.draft))
    }

    /// Drops a draft.
    pub(crate) fn close(&self, name: &str) -> Result<(), ToolError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(name).map(drop).ok_or_else(|| unknown(name))
    }
}

fn unknown(name: &str) -> ToolError {
    let message =
        format!("there is no draft `{name}`; one ends after {} minutes without a piece", IDLE.as_secs() / 60);
    ToolError::new("unknown_draft", message, "`open` a new one.")
}

fn name() -> Result<String, ToolError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        ToolError::new("bug", error, "The machine gives no random numbers: tell the user.")
    })?;
    Ok(format!("{:016x}", u64::from_le_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::{Draft, Drafts, MOST, TextDraft};
    use std::time::Duration;

    #[test]
    fn drafts_are_few_and_end_when_nobody_writes_on() {
        let text = || Draft::Text(TextDraft::new(None));
        let drafts = Drafts::default();
        let names: Vec<String> = (0..MOST).map(|_| drafts.open(text()).unwrap()).collect();
        assert_eq!(drafts.open(text()).unwrap_err().code, "too_many_drafts");
        drafts.close(&names[0]).unwrap();
        assert_eq!(drafts.get(&names[0]).err().unwrap().code, "unknown_draft");
        drafts.open(text()).unwrap();

        let short = Drafts { idle: Duration::ZERO, ..Drafts::default() };
        let name = short.open(text()).unwrap();
        assert_eq!(short.get(&name).err().unwrap().code, "unknown_draft");
    }
}
