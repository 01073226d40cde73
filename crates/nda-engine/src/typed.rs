//! Typed calls from Rust.

use crate::engine::Engine;
use crate::library::Library;
use crate::native::{Arguments, Native};
use crate::sandbox::{NdaJitSandbox, Refused, Run, RunOptions};
use nda_graph::{Hash, Signature, Trap, Types};
use std::marker::PhantomData;

/// A library whose definitions an engine runs.
pub struct Program<L> {
    engine: Engine,
    library: L,
    /// The options of every call that is given none.
    pub options: RunOptions,
}

/// Why a function cannot be had.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// No definition has this name.
    #[error("nothing is called `{0}`")]
    Unknown(String),
    /// The Rust types are not the function's.
    #[error("`{name}` is `fn{found}`, not `fn{wanted}`")]
    Type {
        /// The function.
        name: String,
        /// What was asked for.
        wanted: Signature,
        /// What it is.
        found: Signature,
    },
    /// It cannot be run.
    #[error("`{name}` cannot be run: {reason}")]
    Refused {
        /// The function.
        name: String,
        /// Why.
        #[source]
        reason: Refused,
    },
}

/// Why a call gave no value.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The run trapped.
    #[error("{0}")]
    Trap(Trap),
    /// The run did not start.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl<L: Library> Program<L> {
    pub(crate) fn new(engine: Engine, library: L) -> Self {
        Self { engine, library, options: RunOptions::default() }
    }

    /// The function of this name, if it has these Rust types: `get::<(i64, i64), i64>("sum_sq")`.
    ///
    /// # Errors
    /// If there is none, or its types differ, or it cannot be compiled.
    pub fn get<A: Arguments, R: Native>(&self, name: &str) -> Result<Function<'_, L, A, R>, GetError> {
        let hash = self.library.resolve(name).ok_or_else(|| GetError::Unknown(name.to_owned()))?;
        let (compiled, _) = self
            .engine
            .compiled(&self.library, hash)
            .map_err(|reason| GetError::Refused { name: name.to_owned(), reason })?;
        let mut types = Types::default();
        let (params, ret) = (A::types_in(&mut types), R::ty_in(&mut types));
        let wanted = Signature { params, ret, types };
        let found = compiled.function.signature();
        if *found != wanted {
            return Err(GetError::Type { name: name.to_owned(), wanted, found: found.clone() });
        }
        Ok(Function { program: self, hash, types: PhantomData })
    }

    /// A sandbox over the library.
    #[must_use]
    pub fn sandbox(&self) -> NdaJitSandbox<'_> {
        NdaJitSandbox::new(&self.engine, &self.library)
    }
}

/// A function with its Rust types.
pub struct Function<'p, L, A, R> {
    program: &'p Program<L>,
    hash: Hash,
    types: PhantomData<fn(A) -> R>,
}

impl<L: Library, A: Arguments, R: Native> Function<'_, L, A, R> {
    /// The definition it stands for.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Calls it under the program's options.
    ///
    /// # Errors
    /// The trap, or why the run did not start.
    pub fn call(&self, args: A) -> Result<R, CallError> {
        let run = self.run(args, &self.program.options)?;
        match run.outcome.result {
            Ok(value) => Ok(R::from_value(value).expect("`get` compared the types")),
            Err(trap) => Err(CallError::Trap(trap)),
        }
    }

    /// Calls it and says everything about the run.
    ///
    /// # Errors
    /// Why the run did not start.
    pub fn run(&self, args: A, options: &RunOptions) -> Result<Run, Refused> {
        self.program.sandbox().run(self.hash, &args.into_values(), options)
    }
}
