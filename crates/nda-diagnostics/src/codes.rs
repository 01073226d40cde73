//! The registry of diagnostic codes. A number is for ever: it is never reused and never changes its meaning.
//!
//! Ranges: `E00xx` the source text and its grammar, `E01xx` names and items, `E02xx` types, `E03xx` control flow and
//! mutability, `E04xx` effects and constants, `E05xx` examples and the gate, `E06xx` graph records. Warnings are `W….`.

use crate::Severity;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal, $severity:ident, $title:literal;)*) => {
        /// A permanent diagnostic code.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The code as people write it, `E0203`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text),* }
            }

            /// What it is about, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title),* }
            }

            /// Whether it refuses the submission.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),* }
            }

            /// Its page from `docs/errors/`, in Markdown.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(concat!("../../../docs/errors/", $text, ".md"))),*
                }
            }
        }
    };
}

codes! {
    SourceTooLarge = "E0001", Error, "the source is too large";
    NestedTooDeep = "E0002", Error, "nested too deeply";
    NotUtf8 = "E0003", Error, "the source is not UTF-8";
    UnexpectedCharacter = "E0004", Error, "a character that no token starts with";
    UnterminatedString = "E0005", Error, "a string or character that does not end";
    UnterminatedComment = "E0006", Error, "a block comment that does not end";
    BadEscape = "E0007", Error, "an escape that does not exist";
    BadNumber = "E0008", Error, "a number that cannot be read";
    UnexpectedToken = "E0009", Error, "something else was expected here";
    UnclosedBracket = "E0010", Error, "a bracket without its partner";
    NotSupportedYet = "E0011", Error, "recognised, but not supported yet";
    ChainedComparison = "E0012", Error, "comparisons do not chain";
    MisplacedAttribute = "E0013", Error, "an attribute that does not exist or does not belong here";
    CharacterLength = "E0014", Error, "a character literal holds exactly one character";
    RustSpelling = "E0015", Error, "Rust's spelling of something NDA writes otherwise";

    UnknownName = "E0101", Error, "no such name";
    DuplicateItem = "E0102", Error, "the same name is defined twice";
    UnknownType = "E0103", Error, "no such type";
    UnknownMethod = "E0104", Error, "no such method";
    NotAFunction = "E0105", Error, "this is not a function";
    NotAValue = "E0106", Error, "this is not a value";
    DuplicateParameter = "E0107", Error, "two parameters with one name";
    NoMain = "E0108", Error, "there is nothing to run";
    ReservedName = "E0109", Error, "a name that belongs to the language";
    PrivateItem = "E0110", Error, "a private item used outside of its module";
    MissingModule = "E0111", Error, "a module without its file";
    PathTooLong = "E0112", Error, "a path that is too long";
    UnknownField = "E0113", Error, "no such field";
    UnknownVariant = "E0114", Error, "no such variant";
    DuplicateField = "E0115", Error, "the same field twice";
    MissingWeights = "E0120", Error, "no such weights";

    TypeMismatch = "E0201", Error, "the types differ";
    WrongArgumentCount = "E0202", Error, "the wrong number of arguments";
    BadOperand = "E0203", Error, "an operator does not take this type";
    BadCast = "E0204", Error, "no such conversion";
    CannotInfer = "E0205", Error, "the type cannot be inferred";
    IntegerOutOfRange = "E0206", Error, "an integer literal outside i64";
    IntegerForFloat = "E0207", Error, "an integer literal where a float is needed";
    BranchesDiffer = "E0208", Error, "the branches have different types";
    NotIndexable = "E0209", Error, "this cannot be indexed";
    NotIterable = "E0210", Error, "this cannot be iterated";
    MissingElse = "E0211", Error, "an `if` without `else` has no value";
    MissingValue = "E0212", Error, "a body that ends without its value";
    MissingFields = "E0213", Error, "fields are missing";
    NonExhaustive = "E0214", Error, "a `match` that leaves cases out";
    RefutablePattern = "E0215", Error, "a pattern that does not cover every case";
    BindingsDiffer = "E0216", Error, "alternatives that bind different names";
    BadQuestion = "E0217", Error, "`?` where it cannot be";
    EndlessType = "E0218", Error, "a type whose values would have no end";
    MissingOrder = "E0219", Error, "a type without the order that is asked for";
    BadFormat = "E0220", Error, "a format that does not suit its values";
    BadKey = "E0221", Error, "a type that cannot be a key of a map";
    EndlessInstances = "E0222", Error, "a generic function that needs itself for ever new types";
    BadShape = "E0230", Error, "a shape that cannot be";
    ShapesDiffer = "E0231", Error, "the shapes differ";

    AssignToImmutable = "E0301", Error, "assignment to an immutable variable";
    NotAPlace = "E0302", Error, "this cannot be assigned to";
    OutsideLoop = "E0303", Error, "`break` or `continue` outside of a loop";
    UnknownLabel = "E0304", Error, "no such label";
    BreakWithValue = "E0305", Error, "only `loop` gives a value";
    ChangedTwice = "E0306", Error, "a variable that two operands of one call change";
    UnmarkedChange = "E0307", Error, "an argument that the call changes, without `&mut`";
    LeavesLambda = "E0310", Error, "a jump out of a lambda";

    UndeclaredEffect = "E0401", Error, "an effect that the function does not declare";
    NotConstant = "E0402", Error, "not a constant expression";
    ConstantTraps = "E0403", Error, "a constant that traps";
    ConstantCycle = "E0404", Error, "a constant that needs itself";
    UnknownCapability = "E0405", Error, "no such capability";

    ExampleFalse = "E0501", Error, "an example does not hold";
    ExampleTraps = "E0502", Error, "an example traps";
    ExampleNotBool = "E0503", Error, "an example is not a `bool`";
    DependentBroken = "E0504", Error, "a definition that depends on this one would break";
    ExampleEffect = "E0505", Error, "an example needs a capability";
    Secret = "E0506", Error, "something that looks like a secret";
    PolicyCapability = "E0507", Error, "a capability that the policy does not allow here";
    TooFewExamples = "E0508", Error, "fewer examples than the policy asks for";
    NotTheirs = "E0509", Error, "a name that this author may not write";

    BadRecord = "E0601", Error, "a graph record that does not fit";
    FunctionTooLarge = "E0602", Error, "a function that is too large";

    UnusedVariable = "W0001", Warning, "a variable that is never read";
    Unreachable = "W0002", Warning, "code that cannot be reached";
    UnusedMut = "W0003", Warning, "`mut` without a change";
    WillTrap = "W0004", Warning, "an operation that always traps";
    UnusedValue = "W0005", Warning, "a value that is computed and thrown away";
    CapabilityUnused = "W0006", Warning, "a declared capability that nothing needs";
    UnreachableArm = "W0007", Warning, "an arm that is never chosen";
    InputTraps = "W0008", Warning, "an input that traps";
    BehaviourDiffers = "W0009", Warning, "a function that does something else than before";
    DependentLeft = "W0010", Warning, "a dependent that stays with the old definition";
}

impl Code {
    /// The code that people write as `text`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Code> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
