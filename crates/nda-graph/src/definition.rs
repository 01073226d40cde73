//! A definition as canonical bytes, read in place. The bytes are drawn in `docs/format.md`.
//!
//! [`Definition`] owns verified bytes, [`DefinitionRef`] borrows them (from a store's memory map, say). Reading
//! allocates nothing: sections are slices, records are decoded where they stand. Verification needs working memory,
//! which the caller's [`Verifier`] keeps from one definition to the next.

use crate::node::{NdaNode, NodeId, RECORD, Slot, WIDE, changed_slot, type_of_record, wide_index};
use crate::rejection::{Reason, Rejection};
use crate::types::{ENTRY, FIELD, Import, Types, TypesRef, VARIANT};
use crate::verify::{Tables, Verifier};
use std::sync::Arc;

use crate::{Draft, Hash, Signature, SignatureRef, Ty, Value};

pub(crate) const MAGIC: [u8; 4] = *b"NDAd";
pub(crate) const VERSION: u16 = 1;
pub(crate) const HEADER: usize = 56;
pub(crate) const REFERENCE: usize = 40;
pub(crate) const HOST: usize = 24;
pub(crate) const USE: usize = 8;

/// What a definition is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A function.
    Function,
    /// A constant: a body that is one literal value.
    Constant,
    /// The expression of an `#[example]`: never named, so its hash serves only to remember its outcome.
    Example,
    /// A struct or enum: no body, and the type as result.
    Type,
}

impl Kind {
    pub(crate) fn from_code(code: u8) -> Option<Kind> {
        [Kind::Function, Kind::Constant, Kind::Example, Kind::Type].get(code as usize).copied()
    }
}

/// A reference to another definition, with the signature it is expected to have.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reference<'a> {
    /// The definition's hash. Inside a recursive group this is the member's final hash, which does not enter the
    /// group's own hashing.
    pub hash: Hash,
    /// Whether it is a constant.
    pub is_constant: bool,
    /// Whether it belongs to the same recursive group.
    pub in_group: bool,
    /// What it takes and gives.
    pub signature: SignatureRef<'a>,
}

/// A host function that a definition calls.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HostReference<'a> {
    /// `clock::now`.
    pub name: &'a str,
    /// The capability it is granted under.
    pub capability: &'a str,
    /// What it takes and gives.
    pub signature: SignatureRef<'a>,
}

/// Why bytes are not a definition.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// They do not begin like one.
    #[error("these bytes are not a definition")]
    NotADefinition,
    /// They are of a version this program does not know.
    #[error("definition format {0} is not known to this version of NDA")]
    Version(u16),
    /// A section does not fit the others.
    #[error("a malformed definition: {0}")]
    Section(&'static str),
    /// A record breaks a rule.
    #[error("a malformed definition: {0}")]
    Record(#[from] Rejection),
}

/// A definition in somebody's bytes.
#[derive(Clone, Copy)]
pub struct DefinitionRef<'a> {
    bytes: &'a [u8],
    kind: Kind,
    params: u32,
    slots: u32,
    nodes: &'a [[u8; RECORD]],
    wide: &'a [[u8; WIDE]],
    refs: &'a [u8],
    hosts: &'a [u8],
    uses: &'a [u8],
    words: &'a [u8],
    types: TypesRef<'a>,
    data: &'a str,
}

impl<'a> DefinitionRef<'a> {
    /// Reads and verifies hostile bytes.
    ///
    /// # Errors
    /// If they are not a definition, down to the last record. Never panics.
    pub fn verify(bytes: &'a [u8], verifier: &mut Verifier) -> Result<Self, FormatError> {
        let this = Self::read(bytes)?;
        this.check_types()?;
        let fail = |node, reason| FormatError::Record(Rejection { node, reason });
        let signature = this.try_signature().ok_or(FormatError::Section("signature"))?;
        verifier.begin(this.kind, signature.params(), signature.ret()).map_err(|reason| fail(0, reason))?;
        let mut wide = 0;
        for (index, record) in this.nodes.iter().enumerate() {
            let node =
                NdaNode::decode(record, this.wide).ok_or_else(|| fail(index as u32, Reason::Malformed))?;
            if let Some(number) = wide_index(record) {
                if number != wide {
                    return Err(fail(index as u32, Reason::Malformed));
                }
                wide += 1;
            }
            verifier.push(node, &this).map_err(|reason| fail(index as u32, reason))?;
        }
        if this.kind != Kind::Type {
            verifier.finish().map_err(|reason| fail(this.nodes.len() as u32, reason))?;
        }
        if wide as usize != this.wide.len() {
            return Err(FormatError::Section("wide numbers"));
        }
        if verifier.slot_count() != this.slots {
            return Err(FormatError::Section("slot count"));
        }
        this.check_kind()?;
        Ok(this)
    }

    /// Reads bytes that were verified before: by [`DefinitionRef::verify`], or because they hash to a name that was
    /// given to verified bytes.
    ///
    /// # Errors
    /// If the sections do not fit together. Records are not looked at.
    pub fn read(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let header = bytes.get(..HEADER).ok_or(FormatError::NotADefinition)?;
        if header[..4] != MAGIC {
            return Err(FormatError::NotADefinition);
        }
        let version = u16::from_le_bytes([header[4], header[5]]);
        if version != VERSION {
            return Err(FormatError::Version(version));
        }
        let kind = Kind::from_code(header[6]).ok_or(FormatError::Section("kind"))?;
        if header[7] != 0 {
            return Err(FormatError::Section("reserved bytes"));
        }
        let field = |at: usize| word(header, at);
        let mut rest = &bytes[HEADER..];
        let mut section = |count: u32, size: usize, what| {
            let len = (count as usize).checked_mul(size).ok_or(FormatError::Section(what))?;
            if len > rest.len() {
                return Err(FormatError::Section(what));
            }
            let (taken, left) = rest.split_at(len);
            rest = left;
            Ok(taken)
        };
        let nodes = section(field(16), RECORD, "records")?;
        let wide = section(field(40), WIDE, "wide numbers")?;
        let refs = section(field(20), REFERENCE, "references")?;
        let hosts = section(field(24), HOST, "host functions")?;
        let uses = section(field(28), USE, "capabilities")?;
        let words = section(field(32), 4, "type words")?;
        let entries = section(field(44), ENTRY, "types")?;
        let variants = section(field(48), VARIANT, "variants")?;
        let fields = section(field(52), FIELD, "fields")?;
        let data = section(field(36), 1, "text")?;
        // Definitions are padded to whole words, so that the next one in a file is aligned too.
        if rest.len() != (bytes.len() - rest.len()).wrapping_neg() % 8 || rest.iter().any(|&byte| byte != 0) {
            return Err(FormatError::Section("padding"));
        }
        let data = std::str::from_utf8(data).map_err(|_| FormatError::Section("text"))?;
        let (nodes, wide) = (nodes.as_chunks::<RECORD>().0, wide.as_chunks::<WIDE>().0);
        let params = field(8);
        let types = TypesRef::read(entries, variants, fields, data);
        Ok(Self { bytes, kind, params, slots: field(12), nodes, wide, refs, hosts, uses, words, types, data })
    }

    /// The table of types must be sound, and the one that the definition's own words and records lead to, in that order.
    fn check_types(&self) -> Result<(), FormatError> {
        if self.types.is_empty() {
            return Ok(());
        }
        if !self.types.is_sound() {
            return Err(FormatError::Section("types"));
        }
        let words = self.words.chunks_exact(4).map(|raw| Ty::from_code(word(raw, 0)));
        let records = self.nodes.iter().filter_map(type_of_record).map(Some);
        let mut canonical = Types::default();
        let mut known = Import::default();
        for ty in words.chain(records) {
            let ty = ty.filter(|&ty| self.types.knows(ty)).ok_or(FormatError::Section("type words"))?;
            if canonical.import(self.types, ty, &mut known) != ty {
                return Err(FormatError::Section("order of types"));
            }
        }
        let same = canonical.view().len() == self.types.len()
            && canonical.names().len() <= self.data.len()
            && self
                .types
                .all()
                .zip(canonical.view().all())
                .all(|(ours, theirs)| self.types.same(ours, canonical.view(), theirs));
        if same { Ok(()) } else { Err(FormatError::Section("order of types")) }
    }

    /// What the verifier, which sees one record at a time, does not see.
    fn check_kind(&self) -> Result<(), FormatError> {
        for index in 0..self.reference_count() {
            self.try_reference(index).ok_or(FormatError::Section("references"))?;
        }
        for index in 0..self.host_count() {
            self.try_host(index).ok_or(FormatError::Section("host functions"))?;
        }
        let mut last = None;
        for index in 0..self.uses.len() / USE {
            let name = self.text_at(self.uses, index * USE).ok_or(FormatError::Section("capabilities"))?;
            if last >= Some(name) {
                return Err(FormatError::Section("order of capabilities"));
            }
            last = Some(name);
        }
        let literal = |node| {
            matches!(
                node,
                NdaNode::Unit
                    | NdaNode::Bool(_)
                    | NdaNode::Int(_)
                    | NdaNode::Float(_)
                    | NdaNode::Text { .. }
                    | NdaNode::List { .. }
                    | NdaNode::Construct { .. }
                    | NdaNode::Weights { .. }
                    | NdaNode::Vector { .. }
            )
        };
        match self.kind {
            Kind::Constant if self.params != 0 || !self.nodes().all(literal) => {
                Err(FormatError::Section("a constant that is not a literal"))
            }
            Kind::Type if self.params != 0 || !self.nodes.is_empty() || self.reference_count() != 0 => {
                Err(FormatError::Section("a type with a body"))
            }
            Kind::Type if self.types.composite(self.signature().ret()).is_none() => {
                Err(FormatError::Section("a type that is no struct or enum"))
            }
            Kind::Example if self.params != 0 => Err(FormatError::Section("an example with parameters")),
            _ => Ok(()),
        }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it takes and gives.
    ///
    /// # Panics
    /// If the bytes were not verified.
    #[must_use]
    pub fn signature(&self) -> SignatureRef<'a> {
        let end = (self.params as usize + 1) * 4;
        SignatureRef::verified(
            self.words.get(..end).expect("a verified definition has a signature"),
            self.types,
        )
    }

    fn try_signature(&self) -> Option<SignatureRef<'a>> {
        self.signature_at(0, self.params)
    }

    /// Its composite types.
    #[must_use]
    pub fn types(&self) -> TypesRef<'a> {
        self.types
    }

    /// The number of variables, parameters included.
    #[must_use]
    pub fn slot_count(&self) -> u32 {
        self.slots
    }

    /// The number of records.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// The records in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NdaNode> + use<'a> {
        let wide = self.wide;
        self.nodes.iter().map(move |record| NdaNode::decode_verified(record, wide))
    }

    /// The slots that records change after they were declared, as often as they do.
    pub fn changed_slots(&self) -> impl Iterator<Item = Slot> + use<'a> {
        self.nodes.iter().filter_map(changed_slot)
    }

    /// One record.
    #[must_use]
    pub fn node(&self, id: NodeId) -> NdaNode {
        NdaNode::decode_verified(&self.nodes[id as usize], self.wide)
    }

    /// The number of references.
    #[must_use]
    pub fn reference_count(&self) -> u32 {
        (self.refs.len() / REFERENCE) as u32
    }

    /// Reference `index`, as `Call` and `Const` records name it.
    ///
    /// # Panics
    /// If there is none such in a verified definition.
    #[must_use]
    pub fn reference(&self, index: u32) -> Reference<'a> {
        self.try_reference(index).expect("records name references that exist")
    }

    /// Where the reference section begins.
    pub(crate) fn references_at(&self) -> usize {
        HEADER + self.nodes.len() * RECORD + self.wide.len() * WIDE
    }

    /// All references.
    pub fn references(&self) -> impl ExactSizeIterator<Item = Reference<'a>> + use<'a> {
        let this = *self;
        (0..self.reference_count()).map(move |index| this.reference(index))
    }

    fn try_reference(&self, index: u32) -> Option<Reference<'a>> {
        let at = (index as usize).checked_mul(REFERENCE)?;
        let entry = self.refs.get(at..at + REFERENCE)?;
        let flags = word(entry, 36);
        if flags & 0xffff > 3 {
            return None;
        }
        Some(Reference {
            hash: Hash(entry[..32].try_into().ok()?),
            is_constant: flags & 1 != 0,
            in_group: flags & 2 != 0,
            signature: self.signature_at(word(entry, 32), flags >> 16)?,
        })
    }

    /// The number of host functions.
    #[must_use]
    pub fn host_count(&self) -> u32 {
        (self.hosts.len() / HOST) as u32
    }

    /// Host function `index`, as `Host` records name it.
    ///
    /// # Panics
    /// If there is none such in a verified definition.
    #[must_use]
    pub fn host(&self, index: u32) -> HostReference<'a> {
        self.try_host(index).expect("records name host functions that exist")
    }

    fn try_host(&self, index: u32) -> Option<HostReference<'a>> {
        let at = (index as usize).checked_mul(HOST)?;
        let entry = self.hosts.get(at..at + HOST)?;
        Some(HostReference {
            name: self.text_at(entry, 0)?,
            capability: self.text_at(entry, 8)?,
            signature: self.signature_at(word(entry, 16), word(entry, 20))?,
        })
    }

    /// The capabilities it declares, in order.
    pub fn uses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let this = *self;
        (0..self.uses.len() / USE).filter_map(move |index| this.text_at(this.uses, index * USE))
    }

    /// A text literal.
    ///
    /// # Panics
    /// If a verified body has no such literal.
    #[must_use]
    pub fn text(&self, start: u32, len: u32) -> &'a str {
        self.try_text(start, len).expect("records name texts that exist")
    }

    fn try_text(&self, start: u32, len: u32) -> Option<&'a str> {
        self.data.get(start as usize..(start as usize).checked_add(len as usize)?)
    }

    fn text_at(&self, entry: &[u8], at: usize) -> Option<&'a str> {
        self.try_text(word(entry, at), word(entry, at + 4))
    }

    fn signature_at(&self, start: u32, params: u32) -> Option<SignatureRef<'a>> {
        let start = (start as usize).checked_mul(4)?;
        let end = start.checked_add((params as usize).checked_add(1)?.checked_mul(4)?)?;
        SignatureRef::read(self.words.get(start..end)?, self.types)
    }
}

impl Tables for DefinitionRef<'_> {
    fn reference(&self, index: u32) -> Option<(bool, SignatureRef<'_>)> {
        self.try_reference(index).map(|reference| (reference.is_constant, reference.signature))
    }

    fn host(&self, index: u32) -> Option<SignatureRef<'_>> {
        self.try_host(index).map(|host| host.signature)
    }

    fn text(&self, start: u32, len: u32) -> Option<&str> {
        self.try_text(start, len)
    }

    fn types(&self) -> TypesRef<'_> {
        self.types
    }
}

impl std::fmt::Debug for DefinitionRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} with {} records", self.kind, self.nodes.len())
    }
}

/// A verified definition that owns its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Definition {
    /// Shared, because everybody who looks at a definition wants to keep it.
    bytes: Arc<[u8]>,
}

impl Definition {
    /// Takes ownership of bytes after verifying them.
    ///
    /// # Errors
    /// As [`DefinitionRef::verify`].
    pub fn from_bytes(bytes: Vec<u8>, verifier: &mut Verifier) -> Result<Self, FormatError> {
        DefinitionRef::verify(&bytes, verifier)?;
        Ok(Self { bytes: bytes.into() })
    }

    /// Bytes that [`crate::Draft`] wrote record by record.
    pub(crate) fn from_verified(bytes: &[u8]) -> Self {
        debug_assert!(DefinitionRef::verify(bytes, &mut Verifier::default()).is_ok());
        Self { bytes: bytes.into() }
    }

    /// The definition of a constant with this value, whose type is `ty` of the table `types`.
    ///
    /// # Panics
    /// If the value breaks a bound of the format: more elements than [`crate::verify::MAX_OPERANDS`], say.
    #[must_use]
    pub fn constant(value: &Value, ty: Ty, types: &Types) -> Self {
        let mut draft = Draft::default();
        let signature = Signature { params: Vec::new(), ret: ty, types: types.clone() };
        let written = draft.begin(Kind::Constant, &signature).and_then(|()| {
            let ty = draft.import(types.view(), ty, &mut Import::default());
            let mut nodes = Vec::new();
            draft.literal(value, ty, &mut |node| nodes.push(node));
            draft.extend(&nodes)
        });
        written.and_then(|()| draft.finish()).expect("a literal value is a valid body")
    }

    /// Stands in where a definition was taken out.
    #[must_use]
    pub fn empty() -> Self {
        Self { bytes: Arc::new([]) }
    }

    /// The view that everything is read through.
    #[must_use]
    pub fn view(&self) -> DefinitionRef<'_> {
        DefinitionRef::read(&self.bytes).expect("verified when it was made")
    }

    /// The canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the final hashes of group members over the references to them.
    pub(crate) fn patch_references(&mut self, final_hash: impl Fn(u32) -> Option<Hash>) {
        let (base, refs) = (self.view().references_at(), self.view().reference_count());
        for index in 0..refs {
            if let Some(hash) = final_hash(index) {
                let at = base + index as usize * REFERENCE;
                Arc::make_mut(&mut self.bytes)[at..at + 32].copy_from_slice(&hash.0);
            }
        }
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}

pub(crate) fn push_word(bytes: &mut Vec<u8>, word: u32) {
    bytes.extend_from_slice(&word.to_le_bytes());
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
