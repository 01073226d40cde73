//! Other names for definitions. Meaning is not spelling: every hash stays what it is, and the texts that use the names are
//! rewritten so that they can be checked again.
//!
//! How a text is rewritten is a proposal; all of them are checked together before anything is bound, and a text that
//! would not give the very definition it gave before refuses the whole.

use crate::commit::metadata;
use crate::gate::{Gate, GateError, module_of, parent};
use crate::imports::Imports;
use crate::judge::{Checked, Dependent, Reads, instances_of};
use crate::scope::{Outside, StoreLibrary, handing_on, hands_on};
use crate::verdict::Status;
use nda_check::Meaning;
use nda_diagnostics::{Diagnostic, Span};
use nda_graph::{DefinitionRef, Hash, NdaNode, Verifier};
use nda_sitemap::object::{Example, Metadata};
use nda_sitemap::{ReadError, Snapshot};
use nda_syntax::parts::{Part, Parts};
use nda_syntax::tree::{ExprKind, ItemKind};

/// What other names ask of the store.
#[derive(Debug)]
pub struct Renamed {
    /// The policy it was worked out under.
    pub policy: Option<Hash>,
    /// The head it was worked out against.
    pub head: Option<Hash>,
    /// Of the definitions under their new names, and of the texts that were rewritten.
    pub bind: Vec<Metadata>,
    /// The old names.
    pub remove: Vec<String>,
}

/// Why names stay as they are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenameError {
    /// There is nothing of this name, and nothing below it.
    #[error("nothing called `{0}` is committed")]
    Unknown(String),
    /// The new name stands for something.
    #[error("`{0}` is taken; remove or rename it first")]
    Taken(String),
    /// A text would mean something else.
    #[error("the text of `{name}` cannot be rewritten safely: {reason}")]
    Unsafe {
        /// Whose.
        name: String,
        /// Why.
        reason: String,
    },
    /// The policy does not let the author write these names, or lets them not use what they use.
    #[error("{0}")]
    NotAllowed(String),
    /// The new name holds a secret; it is not repeated.
    #[error("the new name looks like it holds a secret (rule `{0}`)")]
    Secret(String),
    /// The store cannot be read.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl From<ReadError> for RenameError {
    fn from(error: ReadError) -> Self {
        Self::Gate(error.into())
    }
}

/// Which full path becomes which: that of the old name, and those below it.
#[derive(Clone, Copy)]
struct Moves<'m> {
    old: &'m str,
    new: &'m str,
}

impl Moves<'_> {
    fn is_moved(self, path: &str) -> bool {
        path.strip_prefix(self.old).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn of(self, path: &str) -> String {
        if self.is_moved(path) { format!("{}{}", self.new, &path[self.old.len()..]) } else { path.to_owned() }
    }
}

impl Gate {
    /// Works out what it takes to call `old`, and everything below it, `new`; both are full paths. Nothing is written.
    ///
    /// # Errors
    /// If there is no such name, the new one is taken, or a text cannot be rewritten.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<Renamed, RenameError> {
        let mut submission = self.open("")?;
        if let Some(found) = self.policy.scanner.scan(new).first() {
            return Err(RenameError::Secret(found.rule.to_string()));
        }
        let mut texts = Vec::new();
        let moves = Moves { old, new };
        let mut remove = Vec::new();
        let mut instances = Vec::new();
        if let Some(snapshot) = &submission.snapshot {
            for name in names_below(snapshot, &self.branch, old)? {
                let Some(binding) = snapshot.name(&self.branch, &name)? else { continue };
                let found = snapshot.metadata(&binding.metadata)?;
                let to = moves.of(&name);
                for (instance, binding) in instances_of(snapshot, &self.branch, &name)? {
                    remove.push(instance);
                    instances.push(binding.definition);
                }
                if snapshot.name(&self.branch, &to)?.is_some() {
                    return Err(RenameError::Taken(to));
                }
                // What is private by its own text is private to its module, wherever that is now.
                let module = module_of(&name, &found.source);
                let within = if found.within == module { String::new() } else { found.within };
                remove.push(name.clone());
                let before = binding.definition;
                let place = Span::default();
                texts.push(Dependent {
                    name,
                    text: found.source,
                    within,
                    before,
                    place,
                    read_along: false,
                    distance: 0,
                });
            }
        }
        if texts.is_empty() {
            return Err(RenameError::Unknown(old.to_owned()));
        }
        let (mut hashes, names): (Vec<Hash>, Vec<&str>) =
            texts.iter().map(|text| (text.before, text.name.as_str())).unzip();
        hashes.extend(instances);
        let users = self.dependents(&hashes, &names, &submission)?;
        texts.extend(users);
        let mut rewritten = Vec::with_capacity(texts.len());
        let method = texts.iter().find(|text| text.name == old).map(|text| text.before);
        for text in &mut texts {
            let new = self.rewritten(text, moves, method, submission.snapshot.as_ref());
            rewritten.push(new != text.text || moves.is_moved(&text.name));
            text.text = new;
        }
        let (source, parts) = joined(&mut texts, moves);
        submission.gone.clone_from(&remove);
        let mut along = Vec::new();
        let Checked { items, source, parts } =
            self.check(Reads::Items, (&source, &parts), &mut along, &mut submission);
        let errors: Vec<Diagnostic> =
            submission.verdict.diagnostics.drain(..).filter(Diagnostic::is_error).collect();
        if let Some(error) = errors.first() {
            let at = parts.index_of(error.span.start);
            let text = texts.get(at).unwrap_or_else(|| &along[at - texts.len()]);
            return Err(RenameError::Unsafe { name: text.name.clone(), reason: error.message.clone() });
        }
        let imports = Imports::of(&self.tree, &parts);
        let mut bind = Vec::new();
        for item in items {
            let index = parts.index_of(self.tree.items[item.item].span.start);
            let Some(text) = texts.get(index) else { continue };
            if item.is_instance {
                let written = self.tree.items[item.item].source;
                let (mut judged, _) =
                    self.describe(&source, &imports, item, Status::Unchanged, &mut submission);
                judged.shift(written.start);
                remove.retain(|name| *name != judged.name);
                bind.push(metadata(&judged, written.text(&source)));
                continue;
            }
            if item.hash != text.before || item.path != moves.of(&text.name) {
                let is_type = matches!(
                    self.tree.items[item.item].kind,
                    ItemKind::Struct { .. } | ItemKind::Enum { .. }
                );
                let reason = if is_type {
                    "the name of a type is part of its hash, so it would be another type: commit it under the new name with what uses it".to_owned()
                } else {
                    format!("it would give #{} instead of #{}", item.hash.short(), text.before.short())
                };
                return Err(RenameError::Unsafe { name: text.name.clone(), reason });
            }
            if rewritten[index] {
                let place = item.item;
                let (judged, examples) =
                    self.describe(&source, &imports, item, Status::Unchanged, &mut submission);
                self.ask_policy(place, &judged, examples.len(), &mut submission);
                let examples = examples
                    .iter()
                    .map(|one| Example { text: one.span.text(&source).to_owned(), definition: one.hash });
                bind.push(Metadata { examples: examples.collect(), ..metadata(&judged, &source) });
            }
        }
        if let Some(refused) = submission.verdict.diagnostics.iter().find(|found| found.is_error()) {
            return Err(RenameError::NotAllowed(refused.message.clone()));
        }
        let names = bind.iter().map(|bound| bound.name.as_str()).chain(remove.iter().map(String::as_str));
        self.may_write_all(names).map_err(RenameError::NotAllowed)?;
        let author = self.author.as_deref().unwrap_or_default();
        self.must_sign(author, &self.branch).map_err(RenameError::NotAllowed)?;
        Ok(Renamed { policy: submission.verdict.policy, head: submission.verdict.head, bind, remove })
    }

    /// A text as it would be. `method` is what goes by the old name itself.
    fn rewritten(
        &self,
        text: &Dependent,
        moves: Moves<'_>,
        method: Option<Hash>,
        store: Option<&Snapshot>,
    ) -> String {
        let source = text.text.as_str();
        if let Some(to) = hands_on(source) {
            return handing_on(&moves.of(to), &moves.of(&text.name));
        }
        let (tree, _) = nda_syntax::parse(source);
        let outside = Outside {
            library: StoreLibrary { snapshot: store, branch: &self.branch },
            engine: &self.engine,
            generic: None,
            gone: &[],
        };
        let from = module_of(&text.name, source);
        let new_name = moves.of(&text.name);
        let to = module_of(&new_name, source);
        let variables = store.and_then(|store| Variables::of(store, &self.branch, text)).unwrap_or_default();
        let examples: Vec<Span> =
            tree.items.iter().flat_map(|item| tree.examples(item)).map(|expr| tree.span(expr)).collect();
        let mut edits: Vec<(Span, String)> = Vec::new();
        let name = tree.items.iter().find_map(|item| {
            item.name.filter(|name| Some(tree.name(name.symbol, source)) == text.name.rsplit("::").next())
        });
        edits.extend(name.map(|name| (name.span, last(&new_name).to_owned())));
        for meaning in nda_check::meanings(&tree, source, from, &outside) {
            let full = moves.of(&meaning.full);
            let full = full.as_str();
            let written = meaning.span.text(source);
            if (from == to && full == meaning.full) || keeps(&meaning, written, moves) {
                continue;
            }
            let at = meaning.span.start;
            if variables.have(written, at) && !examples.iter().any(|span| span.start <= at && at < span.end) {
                continue;
            }
            let is_hidden = |name: &str| {
                let mut given = tree.items.iter().filter_map(|item| item.name);
                meaning.gives.is_none()
                    && text.name != meaning.full
                    && given.any(|given| tree.name(given.symbol, source) == name)
            };
            let path = match written.rsplit_once("::") {
                // Only the last name changes.
                Some((way, name))
                    if from == to && parent(full) == parent(&meaning.full) && name == last(&meaning.full) =>
                {
                    format!("{way}::{}", last(full))
                }
                _ if parent(full) == to && !is_hidden(last(full)) => last(full).to_owned(),
                _ if to.is_empty() && !is_hidden(first(full)) => full.to_owned(),
                _ => format!("crate::{full}"),
            };
            let alias = meaning.gives.filter(|name| {
                let after = source[meaning.span.end as usize..].trim_start();
                last(&path) != name && !after.starts_with("as ")
            });
            edits.push((meaning.span, alias.map_or(path.clone(), |name| format!("{path} as {name}"))));
        }
        if last(moves.old) != last(moves.new) {
            let calls = tree.exprs.iter().skip(1).filter_map(|expr| match expr.kind {
                ExprKind::MethodCall { method, args, .. } => {
                    Some((expr.span, tree.method_span(method, args)))
                }
                _ => None,
            });
            let calls = calls.filter(|&(call, name)| {
                name.text(source) == last(moves.old)
                    && (examples.iter().any(|span| span.start <= call.start && call.end <= span.end)
                        || method.is_some_and(|method| variables.call(call, method)))
            });
            edits.extend(calls.map(|(_, name)| (name, last(moves.new).to_owned())));
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        edits.dedup_by_key(|(span, _)| span.start);
        let mut text = source.to_owned();
        for (span, new) in edits {
            text.replace_range(span.start as usize..span.end as usize, &new);
        }
        text
    }
}

/// The variables of a text, and where its records refer to definitions: what has a variable's name elsewhere is the
/// variable.
#[derive(Default)]
struct Variables {
    names: Vec<String>,
    references: Vec<u32>,
    /// Where something is called, and what.
    calls: Vec<((u32, u32), Hash)>,
}

impl Variables {
    fn of(store: &Snapshot, branch: &str, text: &Dependent) -> Option<Self> {
        let binding = store.name(branch, &text.name).ok()??;
        let Metadata { locals, parameters, spans, .. } = store.metadata(&binding.metadata).ok()?;
        let bytes = store.definition(&binding.definition).ok()?;
        let view = DefinitionRef::verify(bytes, &mut Verifier::default()).ok()?;
        let calls = view.nodes().zip(&spans).filter_map(|(node, &span)| match node {
            NdaNode::Call { callee, .. } => Some((span, view.reference(callee).hash)),
            _ => None,
        });
        let calls = calls.collect();
        let records = view.nodes().zip(spans);
        let references = records.filter(|(node, _)| matches!(node, NdaNode::Call { .. } | NdaNode::Const(_)));
        let references = references.map(|(_, (start, _))| start).collect();
        Some(Self { names: [locals, parameters].concat(), references, calls })
    }

    /// Whether this is a call of that definition.
    fn call(&self, span: Span, definition: Hash) -> bool {
        self.calls.contains(&((span.start, span.end), definition))
    }

    /// Whether `name`, written at `at`, is one of them.
    fn have(&self, name: &str, at: u32) -> bool {
        self.names.iter().any(|known| known == name) && !self.references.contains(&at)
    }
}

/// Whether a path that begins with a name from `use` goes on leading to what it leads to: the `use` line moves with it.
fn keeps(meaning: &Meaning, written: &str, moves: Moves<'_>) -> bool {
    let Some(import) = &meaning.import else { return false };
    let rest = &written[import.len().min(written.len())..];
    let to = moves.of(&meaning.full);
    rest.is_empty() || to.ends_with(rest) && meaning.full.ends_with(rest)
}

/// The name itself, if it stands for something, and those below it.
fn names_below(snapshot: &Snapshot, branch: &str, name: &str) -> Result<Vec<String>, ReadError> {
    let own = snapshot.name(branch, name)?.map(|_| name.to_owned());
    let below = snapshot.names(branch, &format!("{name}::"), None, usize::MAX)?;
    let below = below.into_iter().map(|(name, _)| name).filter(|name| !name.contains('<'));
    Ok(own.into_iter().chain(below).collect())
}

/// All texts as one source, each in its new module.
fn joined(texts: &mut [Dependent], moves: Moves<'_>) -> (String, Parts) {
    let mut source = String::new();
    let mut parts = Vec::with_capacity(texts.len());
    for text in texts {
        let start = source.len() as u32;
        parts.push(Part {
            start,
            module: module_of(&moves.of(&text.name), &text.text).to_owned(),
            within: text.within.clone(),
        });
        source.push_str(&text.text);
        text.place = Span::new(start, source.len() as u32);
        source.push('\n');
    }
    (source, Parts::from(parts))
}

/// The first name of a path.
fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

/// The last name of a path.
fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
