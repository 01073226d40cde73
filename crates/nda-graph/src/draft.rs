//! [`Draft`]: the incremental writer of a definition.
//!
//! Each record is accepted or refused as it arrives, given everything before it; a refused record changes nothing, so
//! the writer (a checker, a model, a tool) can try another. [`Draft::expected`] says what may come next,
//! [`Draft::open_parts`] what is still missing.

mod expected;
mod open;

pub use expected::{Choice, Free};
pub use open::{Open, Part};

use crate::definition::{Definition, HEADER, HOST, Kind, MAGIC, REFERENCE, USE, VERSION, push_word};
use crate::node::{NdaNode, NodeId, RECORD, Slot, WIDE, set_type_of_record, type_of_record};
use crate::rejection::Rejection;
use crate::types::{Import, Types, TypesRef};
use crate::verify::{Tables, Verifier};
use crate::{Hash, Signature, SignatureRef, Ty, Value};
use nda_diagnostics::{Code, Diagnostic, Span};

/// What a reference points to while a definition is being written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A definition whose hash is known.
    Hash(Hash),
    /// A member of the recursive group being written; its hash comes with the group's.
    Member,
}

/// A definition being written. It keeps its memory from one definition to the next: call [`Draft::begin`] again.
#[derive(Clone, Default, Debug)]
pub struct Draft {
    kind: Option<Kind>,
    verifier: Verifier,
    records: Vec<[u8; RECORD]>,
    wide: Vec<[u8; WIDE]>,
    sections: Sections,
    params: u32,
    /// Where the sections are put together.
    bytes: Vec<u8>,
}

/// What records refer to.
#[derive(Clone, Default, Debug)]
struct Sections {
    refs: Vec<u8>,
    hosts: Vec<u8>,
    words: Vec<u8>,
    data: String,
    uses: Vec<(u32, u32)>,
    types: Types,
}

impl Draft {
    /// Starts a definition with this signature, dropping whatever was being written.
    ///
    /// # Errors
    /// If the signature has too many parameters or a parameter without values.
    pub fn begin(&mut self, kind: Kind, signature: &Signature) -> Result<(), Box<Diagnostic>> {
        self.kind = Some(kind);
        self.params = signature.params.len() as u32;
        self.records.clear();
        self.wide.clear();
        let sections = &mut self.sections;
        sections.refs.clear();
        sections.hosts.clear();
        sections.words.clear();
        sections.data.clear();
        sections.uses.clear();
        sections.types.clear();
        sections.signature_words(signature);
        let own = SignatureRef::read(&sections.words, sections.types.view()).expect("just written");
        self.verifier
            .begin(kind, own.params(), own.ret())
            .map_err(|reason| rejected(Rejection { node: 0, reason }))
    }

    /// The type of this definition that is the same as `ty` of another table: what its records call it. `known` remembers
    /// what came from that table before, and is empty when the definition begins.
    pub fn import(&mut self, from: TypesRef<'_>, ty: Ty, known: &mut Import) -> Ty {
        self.sections.types.import(from, ty, known)
    }

    /// What the definition takes and gives.
    ///
    /// # Panics
    /// If [`Draft::begin`] was not called before.
    #[must_use]
    pub fn signature(&self) -> SignatureRef<'_> {
        self.sections.signature(0, self.params).expect("`begin` wrote it")
    }

    /// The composite types of this definition so far.
    #[must_use]
    pub fn types(&self) -> TypesRef<'_> {
        self.sections.types.view()
    }

    /// Adds a reference and gives the index that `Call` and `Const` records name it by.
    pub fn reference(&mut self, target: Target, is_constant: bool, signature: &Signature) -> u32 {
        let sections = &mut self.sections;
        let index = sections.refs.len() / REFERENCE;
        let (hash, in_group) = match target {
            Target::Hash(hash) => (hash, false),
            Target::Member => (Hash::ZERO, true),
        };
        sections.refs.extend_from_slice(&hash.0);
        push_word(&mut sections.refs, (sections.words.len() / 4) as u32);
        let flags = u32::from(is_constant) | u32::from(in_group) << 1 | (signature.params.len() as u32) << 16;
        push_word(&mut sections.refs, flags);
        sections.signature_words(signature);
        index as u32
    }

    /// Adds a host function and gives the index that `Host` records name it by.
    pub fn host(&mut self, name: &str, capability: &str, signature: &Signature) -> u32 {
        let (name, capability) = (self.sections.add_text(name), self.sections.add_text(capability));
        let sections = &mut self.sections;
        let index = sections.hosts.len() / HOST;
        for word in [name.0, name.1, capability.0, capability.1] {
            push_word(&mut sections.hosts, word);
        }
        push_word(&mut sections.hosts, (sections.words.len() / 4) as u32);
        push_word(&mut sections.hosts, signature.params.len() as u32);
        sections.signature_words(signature);
        index as u32
    }

    /// Declares the capabilities the definition uses; they are kept sorted and once each.
    pub fn uses<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        let mut names: Vec<&str> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let text = self.sections.add_text(name);
            self.sections.uses.push(text);
        }
    }

    /// A record for a text literal.
    pub fn text(&mut self, text: &str) -> NdaNode {
        let (start, len) = self.sections.add_text(text);
        NdaNode::Text { start, len }
    }

    /// The records of a literal value of type `ty`, which is one of this definition's, are given to `emit` in order.
    pub fn literal(&mut self, value: &Value, ty: Ty, emit: &mut impl FnMut(NdaNode)) {
        let node = match value {
            Value::Unit => NdaNode::Unit,
            Value::Bool(value) => NdaNode::Bool(*value),
            Value::Int(value) => NdaNode::Int(*value),
            Value::Float(value) => NdaNode::float(*value),
            Value::Str(text) => self.text(text),
            Value::List { items, .. } => {
                let element = ty.element().unwrap_or(Ty::NEVER);
                items.iter().for_each(|item| self.literal(item, element, emit));
                NdaNode::List { count: items.len() as u32, ty }
            }
            Value::Tuple(items) => self.construct(ty, 0, items.iter(), emit),
            Value::Map(lists) => {
                assert!(lists[0].items().is_empty(), "a map with entries is no literal");
                NdaNode::Construct { variant: 0, ty }
            }
            Value::Struct(record) => self.construct(ty, 0, record.fields.values(), emit),
            Value::Enum(record) => self.construct(ty, record.variant as u16, record.fields.values(), emit),
            Value::Vector(elements) => {
                elements.iter().for_each(|&element| emit(NdaNode::float(element.into())));
                NdaNode::Vector { ty }
            }
            Value::Weights(weights) => {
                let name = self.text(&weights.hash.weights_text());
                emit(name);
                NdaNode::Weights { ty }
            }
        };
        emit(node);
    }

    fn construct<'v>(
        &mut self,
        ty: Ty,
        variant: u16,
        fields: impl Iterator<Item = &'v Value>,
        emit: &mut impl FnMut(NdaNode),
    ) -> NdaNode {
        let shape = self.types().composite(ty).filter(|found| usize::from(variant) < found.variant_count());
        let types: Vec<Ty> =
            shape.map_or(Vec::new(), |found| found.variant(variant.into()).fields().collect());
        for (field, ty) in fields.zip(types) {
            self.literal(field, ty, emit);
        }
        NdaNode::Construct { variant, ty }
    }

    /// Appends a record, if it is valid against what is already there.
    ///
    /// # Errors
    /// `E0601` with the reason if it is not; nothing has changed then.
    #[inline]
    pub fn push(&mut self, node: NdaNode) -> Result<NodeId, Box<Diagnostic>> {
        let id = self.verifier.node_count();
        match self.verifier.push(node, &self.sections) {
            Ok(()) => {
                self.records.push(node.encode(&mut self.wide));
                Ok(id)
            }
            Err(reason) => Err(rejected(Rejection { node: id, reason })),
        }
    }

    /// Appends records, up to the first that is refused.
    ///
    /// # Errors
    /// As [`Draft::push`].
    pub fn extend(&mut self, nodes: &[NdaNode]) -> Result<(), Box<Diagnostic>> {
        let Self { verifier, records, wide, sections, .. } = self;
        records.reserve(nodes.len());
        for &node in nodes {
            if let Err(reason) = verifier.push(node, sections) {
                return Err(rejected(Rejection { node: verifier.node_count(), reason }));
            }
            records.push(node.encode(wide));
        }
        Ok(())
    }

    /// The types of the values that wait for an operator in the innermost open part, the last on top.
    #[must_use]
    pub fn waiting(&self) -> Vec<Ty> {
        self.verifier.waiting().collect()
    }

    /// Ends the definition. References to group members still carry no hash: see [`crate::group`].
    ///
    /// # Errors
    /// If parts are open or the one value left is not of the result type.
    ///
    /// # Panics
    /// If [`Draft::begin`] was not called before.
    pub fn finish(&mut self) -> Result<Definition, Box<Diagnostic>> {
        let node = self.verifier.node_count();
        let kind = self.kind.expect("`begin` comes before `finish`");
        if kind != Kind::Type {
            self.verifier.finish().map_err(|reason| rejected(Rejection { node, reason }))?;
        }
        self.kind = None;
        if !self.sections.types.is_empty() {
            canonical_types(&mut self.sections, &mut self.records);
        }
        let Sections { refs, hosts, words, data, uses, types } = &self.sections;
        let (nodes, wide) = (self.records.as_flattened(), self.wide.as_flattened());
        let size = HEADER
            + nodes.len()
            + wide.len()
            + refs.len()
            + hosts.len()
            + uses.len() * USE
            + words.len()
            + types.size()
            + data.len()
            + types.names().len();
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.reserve(size.next_multiple_of(8));
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[kind as u8, 0]);
        let counts = [
            self.params,
            self.verifier.slot_count(),
            (nodes.len() / RECORD) as u32,
            (refs.len() / REFERENCE) as u32,
            (hosts.len() / HOST) as u32,
            uses.len() as u32,
            (words.len() / 4) as u32,
            (data.len() + types.names().len()) as u32,
            (wide.len() / WIDE) as u32,
        ];
        counts.iter().chain(&types.counts()).for_each(|&count| push_word(bytes, count));
        bytes.extend_from_slice(nodes);
        bytes.extend_from_slice(wide);
        bytes.extend_from_slice(refs);
        bytes.extend_from_slice(hosts);
        for &(start, len) in uses {
            push_word(bytes, start);
            push_word(bytes, len);
        }
        bytes.extend_from_slice(words);
        types.encode(data.len() as u32, bytes);
        bytes.extend_from_slice(data.as_bytes());
        bytes.extend_from_slice(types.names().as_bytes());
        bytes.resize(size.next_multiple_of(8), 0);
        Ok(Definition::from_verified(bytes))
    }

    /// The types of the slots declared so far, parameters first.
    #[must_use]
    pub fn slot_types(&self) -> &[Ty] {
        self.verifier.slot_types()
    }

    /// The type of a slot.
    #[must_use]
    pub fn slot_type(&self, slot: Slot) -> Option<Ty> {
        self.slot_types().get(slot as usize).copied()
    }
}

impl Sections {
    fn add_text(&mut self, text: &str) -> (u32, u32) {
        let start = self.data.len() as u32;
        self.data.push_str(text);
        (start, text.len() as u32)
    }

    /// Appends the type words of a signature.
    fn signature_words(&mut self, signature: &Signature) {
        let mut known = Import::default();
        for &ty in signature.params.iter().chain([&signature.ret]) {
            let ty = self.types.import(signature.types.view(), ty, &mut known);
            push_word(&mut self.words, ty.code());
        }
    }

    fn signature(&self, start: u32, params: u32) -> Option<SignatureRef<'_>> {
        let start = start as usize * 4;
        SignatureRef::read(self.words.get(start..start + (params as usize + 1) * 4)?, self.types.view())
    }
}

/// Numbers the composite types anew, in the order that the signatures and then the records name them; those that
/// nothing names are left out.
fn canonical_types(sections: &mut Sections, records: &mut [[u8; RECORD]]) {
    if are_in_order(sections, records) {
        return;
    }
    let met = std::mem::take(&mut sections.types);
    let mut known = Import::default();
    for word in sections.words.as_chunks_mut::<4>().0 {
        let ty = Ty::from_code(u32::from_le_bytes(*word)).expect("a draft's words are types");
        let ty = sections.types.import(met.view(), ty, &mut known);
        *word = ty.code().to_le_bytes();
    }
    for record in records {
        if let Some(ty) = type_of_record(record) {
            set_type_of_record(record, sections.types.import(met.view(), ty, &mut known));
        }
    }
}

/// Whether the composite types are none but those that the signatures and then the records name, in that order. Of types that have
/// fields it is not found out: they bring others with them.
fn are_in_order(sections: &Sections, records: &[[u8; RECORD]]) -> bool {
    let types = sections.types.view();
    let words = sections.words.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
    let named = words.filter_map(Ty::from_code).chain(records.iter().filter_map(type_of_record));
    let met = named.filter_map(|ty| ty.innermost().composite_index()).try_fold(0, |met, index| match index {
        new if new == met => Some(met + 1),
        known => (known < met).then_some(met),
    });
    types.all().all(|ty| types.composite(ty).is_some_and(|found| found.fields().next().is_none()))
        && met == Some(types.len() as u32)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes)
}

impl Tables for Sections {
    fn reference(&self, index: u32) -> Option<(bool, SignatureRef<'_>)> {
        let at = index as usize * REFERENCE;
        let flags = word(&self.refs, at + 36)?;
        Some((flags & 1 != 0, self.signature(word(&self.refs, at + 32)?, flags >> 16)?))
    }

    fn host(&self, index: u32) -> Option<SignatureRef<'_>> {
        let at = index as usize * HOST;
        self.signature(word(&self.hosts, at + 16)?, word(&self.hosts, at + 20)?)
    }

    fn text(&self, start: u32, len: u32) -> Option<&str> {
        self.data.get(start as usize..start as usize + len as usize)
    }

    fn types(&self) -> TypesRef<'_> {
        self.types.view()
    }
}

#[cold]
fn rejected(rejection: Rejection) -> Box<Diagnostic> {
    let span = Span::new(rejection.node, rejection.node + 1);
    Box::new(Diagnostic::new(Code::BadRecord, span, rejection.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MathOp, Mode};

    fn draft(params: &[Ty], ret: Ty) -> Draft {
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &Signature::plain(params.to_vec(), ret)).unwrap();
        draft
    }

    fn push_all(draft: &mut Draft, nodes: &[NdaNode]) {
        for &node in nodes {
            draft.push(node).unwrap();
        }
    }

    #[test]
    fn a_refused_record_changes_nothing_and_what_may_come_is_known() {
        let mut draft = draft(&[Ty::I64], Ty::I64);
        push_all(&mut draft, &[NdaNode::Load { slot: 0, mode: Mode::Copy }, NdaNode::Int(1)]);
        let refused = draft.push(NdaNode::Math(MathOp::FAdd)).unwrap_err();
        assert!(
            refused.message.contains("operand 0 must be `f64`, but `i64` stands there"),
            "{}",
            refused.message
        );
        let expected = draft.expected();
        assert!(
            expected.iter().any(|choice| choice.admits(NdaNode::Math(MathOp::Add)))
                && !expected.iter().any(|choice| choice.admits(NdaNode::Math(MathOp::FAdd)))
        );
        assert!(draft.finish().is_err());
        push_all(&mut draft, &[NdaNode::Math(MathOp::Add)]);
        assert_eq!(draft.finish().unwrap().view().node_count(), 3);
    }

    #[test]
    fn a_slot_that_may_not_have_been_declared_is_neither_assigned_nor_released() {
        let list = Ty::I64.list_of().unwrap();
        let mut draft = draft(&[Ty::BOOL], Ty::UNIT);
        let declared_in_one_part = [
            NdaNode::Load { slot: 0, mode: Mode::Copy },
            NdaNode::Then,
            NdaNode::List { count: 0, ty: list },
            NdaNode::Let { slot: 1, ty: list },
            NdaNode::Drop { slot: 1 },
            NdaNode::Scope { count: 2, drops: 0 },
            NdaNode::Else,
            NdaNode::Unit,
            NdaNode::If,
        ];
        push_all(&mut draft, &declared_in_one_part);
        assert!(draft.push(NdaNode::Drop { slot: 1 }).is_err());
        push_all(&mut draft, &[NdaNode::List { count: 0, ty: list }]);
        assert!(draft.push(NdaNode::Store { slot: 1 }).is_err());
    }

    #[test]
    fn a_moved_object_is_not_read_again_before_it_is_replaced() {
        let list = Ty::I64.list_of().unwrap();
        let mut draft = draft(&[list], list);
        push_all(&mut draft, &[NdaNode::Load { slot: 0, mode: Mode::Move }, NdaNode::Discard]);
        assert!(draft.push(NdaNode::Load { slot: 0, mode: Mode::Share }).is_err());
        push_all(&mut draft, &[NdaNode::List { count: 0, ty: list }, NdaNode::Store { slot: 0 }]);
        push_all(&mut draft, &[NdaNode::Load { slot: 0, mode: Mode::Move }]);
        assert!(draft.push(NdaNode::Scope { count: 3, drops: 0 }).is_ok());
        draft.finish().unwrap();
    }
}
