//! The engine on disk: LMDB through heed. Many processes read, one writes, a crash at any moment leaves the last commit.
//!
//! LMDB keeps what it is good at: the write transaction, the locks, the reader table, the order of its writes. What it
//! trusts blindly, its pages, is read through `pages.rs` with every offset checked, from a mapping of our own: so
//! a snapshot stays readable while LMDB moves to a larger map. All tables share LMDB's unnamed
//! database, told apart by the first byte of the key, so a commit rewrites one path of branch pages instead of nine.
//! It knows no object; read `docs/store-format.md` for why a crash at any step is harmless.
#![allow(unsafe_code)] // Opening, resizing and reading a mapped file; each block names its reason.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek, SeekFrom};
use std::marker::PhantomData;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, MdbError, RoTxn, RwTxn, WithoutTls};
use memmap2::{Mmap, MmapOptions};
use rustc_hash::FxHashSet as HashSet;
use xxhash_rust::xxh3::xxh3_64;

use super::pages::{META_BYTES, Meta, Source, Tree, ValidPages};
use super::{Body, Finish, Read, Snapshot, Storage, StorageError, Table, Visit, Write, check_key};

/// Address space reserved at first; no memory and no disk is taken for it.
const MAP_BYTES: usize = if usize::BITS >= 64 { 64 << 30 } else { 1 << 30 };
const SMALLEST_MAP_BYTES: usize = 64 << 20;
/// The least that we map ourselves; more when the file is larger. Address space only.
const VIEW_BYTES: u64 = 64 << 20;
/// How long the two heads are read again and again while somebody commits in between.
const HEADS_AT_REST: Duration = Duration::from_secs(5);
/// The engine's own row: which transaction wrote this state. Table bytes start at 1.
const STAMP_KEY: &[u8] = &[0, b't', b'x', b'n'];

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// After the medium said so: survives power loss.
    #[default]
    Full,
    /// After the operating system has it: survives the process, not the machine. See [`Storage::sync`].
    NoSync,
}

/// How to open a store's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LmdbOptions {
    /// Make the store if there is none.
    pub create: bool,
    /// Never write; works in a folder that cannot be written.
    pub read_only: bool,
    /// When a commit counts as done.
    pub durability: Durability,
    /// Address space to begin with, in bytes; it grows by itself. A multiple of the page size.
    pub map_bytes: usize,
    /// Snapshots that can be open at once, in all processes together.
    pub max_snapshots: u32,
}

impl Default for LmdbOptions {
    fn default() -> Self {
        Self {
            create: false,
            read_only: false,
            durability: Durability::Full,
            map_bytes: MAP_BYTES,
            max_snapshots: 1024,
        }
    }
}

/// A store in a folder: `data.mdb` and `lock.mdb`.
pub struct LmdbStorage(Arc<Shared>);

struct Shared {
    env: Env<WithoutTls>,
    /// The data file, to ask its length: the map is longer.
    file: File,
    path: PathBuf,
    options: LmdbOptions,
    /// No reader table (a folder without write permission): snapshots are not protected from writers.
    unlocked: bool,
    /// The view that new transactions share. Older ones keep theirs.
    view: Mutex<Arc<Mmap>>,
    valid_pages: Arc<ValidPages>,
    /// Records of the free list found valid, by page and key.
    free_records: Mutex<HashSet<(u64, u64)>>,
    gate: Mutex<Gate>,
    left: Condvar,
}

/// Who may be inside LMDB's code, and so in its map: it moves only when nobody is. An open snapshot is not: it holds a
/// reader slot and reads through its own view.
#[derive(Default)]
struct Gate {
    users: usize,
    /// The size of LMDB's map.
    map_bytes: usize,
    broken: bool,
}

/// heed allows one environment per path and process, so opens of the same path share it.
static OPEN: Mutex<BTreeMap<PathBuf, Weak<Shared>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LmdbStorage {
    /// Opens the store in the folder `path`.
    pub fn open(path: impl AsRef<Path>, options: &LmdbOptions) -> Result<Self, StorageError> {
        let path = path.as_ref();
        let data = path.join("data.mdb");
        let exists = fs::metadata(&data).is_ok_and(|data| data.len() > 0);
        if !exists && (!options.create || options.read_only) {
            return Err(StorageError::Missing { path: path.to_owned() });
        }
        if !exists {
            fs::create_dir_all(path)?;
        }
        let path = path.canonicalize()?;
        let mut open = lock(&OPEN);
        if let Some(shared) = open.get(&path).and_then(Weak::upgrade) {
            // `create` says what to do without a store; there is one.
            let wanted = LmdbOptions { create: shared.options.create, ..options.clone() };
            if shared.options != wanted {
                return Err(StorageError::OpenedDifferently { path });
            }
            return Ok(Self(shared));
        }
        if exists {
            check_head(&data)?;
        }
        let (env, unlocked, map_bytes) = open_env(&path, options)?;
        // A process that was killed leaves its slots behind; they would keep old pages from being reused.
        env.clear_stale_readers().map_err(engine_error)?;
        let file = File::open(path.join("data.mdb"))?;
        let view = Mutex::new(Arc::new(map_view(&file)?));
        let shared = Arc::new(Shared {
            env,
            file,
            path: path.clone(),
            options: options.clone(),
            unlocked,
            view,
            valid_pages: Arc::new(ValidPages::new()),
            free_records: Mutex::default(),
            gate: Mutex::new(Gate { users: 0, map_bytes, broken: false }),
            left: Condvar::new(),
        });
        open.retain(|_, shared| shared.strong_count() > 0);
        open.insert(path, Arc::downgrade(&shared));
        drop(open);
        let storage = Self(shared);
        // The first snapshot validates the current state's head: a damaged one is refused here.
        storage.snapshot()?;
        Ok(storage)
    }

    /// The store's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

/// Reads both meta pages before LMDB does: it would divide by whatever page size stands there.
fn check_head(data: &Path) -> Result<(), StorageError> {
    let not_a_store =
        |reason: &str| StorageError::NotAStore { path: data.to_owned(), reason: reason.to_owned() };
    let mut file = File::open(data)?;
    let mut read = |at: u64| {
        let mut before = None;
        loop {
            let mut head = [0; META_BYTES];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut head).map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => not_a_store("the file is too short"),
                _ => error.into(),
            })?;
            match Meta::parse(&head) {
                Ok(meta) => return Ok(meta),
                Err(reason) if before == Some(head) => return Err(not_a_store(reason)),
                // It may be read while it is written: what is wrong with it must stay so.
                Err(_) => before = Some(head),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    if heads_agree(&mut read)? { Ok(()) } else { Err(not_a_store("its two heads contradict each other")) }
}

/// Whether the heads that `read` gives, by offset, are of the same file and of neighbouring commits.
fn heads_agree<E>(read: &mut impl FnMut(u64) -> Result<Meta, E>) -> Result<bool, E> {
    let mut zero = read(0)?;
    let deadline = Instant::now() + HEADS_AT_REST;
    loop {
        let one = read(zero.page_size as u64)?;
        if one.page_size == zero.page_size && (zero.txn.abs_diff(one.txn) <= 1 || zero.txn.min(one.txn) == 0)
        {
            return Ok(true);
        }
        // A writer may have committed more than once between the two reads: only heads at rest contradict each other.
        let again = read(0)?;
        if again == zero || Instant::now() >= deadline {
            return Ok(false);
        }
        zero = again;
    }
}

fn open_env(path: &Path, options: &LmdbOptions) -> Result<(Env<WithoutTls>, bool, usize), StorageError> {
    let mut flags = EnvFlags::empty();
    if options.read_only {
        flags |= EnvFlags::READ_ONLY;
    }
    if options.durability == Durability::NoSync {
        flags |= EnvFlags::NO_SYNC;
    }
    let mut map_bytes = options.map_bytes;
    let started = Instant::now();
    loop {
        let mut open = EnvOpenOptions::new().read_txn_without_tls();
        open.map_size(map_bytes).max_readers(options.max_snapshots);
        // SAFETY: the flags change durability and locking only, none of them memory safety: NO_LOCK is set for a folder
        // that this process cannot write, and its snapshots check that no writer overtook them.
        unsafe { open.flags(flags) };
        // SAFETY: the file is mapped. Others change it through LMDB only, whose snapshots never change under a reader;
        // whoever truncates or overwrites it in place meanwhile can raise SIGBUS (documented in docs/store-format.md).
        match unsafe { open.open(path) } {
            Ok(env) => {
                let map_bytes = env.info().map_size;
                return Ok((env, flags.contains(EnvFlags::NO_LOCK), map_bytes));
            }
            Err(heed::Error::EnvAlreadyOpened) if started.elapsed() < Duration::from_secs(5) => {
                // The last handle is being dropped by another thread at this moment.
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(heed::Error::Io(error))
                if error.kind() == ErrorKind::OutOfMemory && map_bytes / 2 >= SMALLEST_MAP_BYTES =>
            {
                map_bytes /= 2;
            }
            Err(heed::Error::Io(error))
                if error.kind() == ErrorKind::PermissionDenied
                    && options.read_only
                    && !flags.contains(EnvFlags::NO_LOCK) =>
            {
                flags |= EnvFlags::NO_LOCK;
            }
            Err(heed::Error::Mdb(MdbError::Invalid | MdbError::VersionMismatch)) => {
                return Err(StorageError::NotAStore {
                    path: path.join("data.mdb"),
                    reason: "LMDB does not recognise it".to_owned(),
                });
            }
            Err(error) => return Err(engine_error(error)),
        }
    }
}

fn engine_error(error: heed::Error) -> StorageError {
    match error {
        heed::Error::Io(error) => io_error(error),
        heed::Error::Mdb(MdbError::Other(code)) => io_error(io::Error::from_raw_os_error(code)),
        heed::Error::Mdb(MdbError::ReadersFull) => StorageError::TooManySnapshots,
        heed::Error::Mdb(MdbError::Corrupted | MdbError::PageNotFound | MdbError::CursorFull) => {
            StorageError::damaged(error.to_string())
        }
        heed::Error::Mdb(MdbError::Panic) => {
            StorageError::Engine("an earlier write failed half way; open the store again".to_owned())
        }
        other => StorageError::Engine(other.to_string()),
    }
}

fn io_error(error: io::Error) -> StorageError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded => StorageError::DiskFull,
        ErrorKind::ReadOnlyFilesystem => StorageError::ReadOnly,
        _ => StorageError::Io(error),
    }
}

/// Maps the data file with room for it to grow.
fn map_view(file: &File) -> Result<Mmap, StorageError> {
    let file_bytes = file.metadata()?.len();
    let len = file_bytes.saturating_mul(2).max(VIEW_BYTES);
    let len = usize::try_from(len).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    // SAFETY: read only through `Mapped::slice`, which stays within the file's length and gives out only pages that no
    // writer changes while the transaction lasts. Truncating the file meanwhile is the documented exception.
    Ok(unsafe { MmapOptions::new().len(len).map(file) }?)
}

/// The mapped file, as far as the file reaches.
#[derive(Clone, Copy)]
struct Mapped<'a> {
    base: *const u8,
    len: u64,
    /// Borrows the transaction that keeps the map in place and its pages unchanged.
    transaction: PhantomData<&'a ()>,
}

// SAFETY: it only reads, from pages that do not change while the transaction is open, whichever thread asks.
unsafe impl Send for Mapped<'_> {}
// SAFETY: as above.
unsafe impl Sync for Mapped<'_> {}

impl<'a> Source<'a> for Mapped<'a> {
    fn slice(&self, offset: u64, len: usize) -> Option<&'a [u8]> {
        if offset.checked_add(len as u64)? > self.len {
            return None;
        }
        // SAFETY: the range lies inside the file and inside the view (`mapped` takes the shorter); whoever holds a
        // `Mapped<'a>` holds the view and the transaction at least as long; and LMDB gives no page that this
        // transaction's state reaches to any writer.
        Some(unsafe { std::slice::from_raw_parts(self.base.add(offset as usize), len) })
    }
}

/// Counts as a user of the map until dropped.
struct User(Arc<Shared>);

impl Drop for User {
    fn drop(&mut self) {
        lock(&self.0.gate).users -= 1;
        self.0.left.notify_all();
    }
}

enum Retry {
    /// Another process grew the file beyond our map.
    Adopt,
    /// Our map is full.
    Full,
    Failed(StorageError),
}

impl From<StorageError> for Retry {
    fn from(error: StorageError) -> Self {
        Self::Failed(error)
    }
}

impl From<heed::Error> for Retry {
    fn from(error: heed::Error) -> Self {
        match error {
            heed::Error::Mdb(MdbError::MapResized) => Self::Adopt,
            heed::Error::Mdb(MdbError::MapFull) => Self::Full,
            other => Self::Failed(engine_error(other)),
        }
    }
}

impl Shared {
    fn enter(self: &Arc<Self>) -> Result<User, StorageError> {
        let mut gate = lock(&self.gate);
        if gate.broken {
            return Err(StorageError::Engine("the map is gone; open the store again".to_owned()));
        }
        gate.users += 1;
        Ok(User(Arc::clone(self)))
    }

    /// Moves LMDB to a larger map once no other thread is inside it.
    fn grow(&self) -> Result<(), StorageError> {
        let mut gate = lock(&self.gate);
        let before = gate.map_bytes;
        while gate.users > 0 {
            gate = self.left.wait(gate).unwrap_or_else(PoisonError::into_inner);
        }
        if gate.broken || gate.map_bytes > before {
            return Ok(()); // another thread was here meanwhile; `enter` says if it failed
        }
        let file_bytes = usize::try_from(self.file_bytes()).unwrap_or(before);
        let after = before.max(file_bytes.next_multiple_of(1 << 20)).saturating_mul(2);
        // SAFETY: no write transaction of this process is open and none begins while the gate is locked. Open read
        // transactions hold a slot in the lock file only; nothing is ever read through LMDB's map with them.
        let resized = unsafe { self.env.resize(after) };
        gate.broken = resized.is_err();
        gate.map_bytes = after;
        resized.map_err(engine_error)
    }

    fn file_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |data| data.len())
    }

    /// The view to read from now: as long as the file is at this moment.
    fn view(&self) -> Result<(Arc<Mmap>, u64), StorageError> {
        let file_bytes = self.file.metadata()?.len();
        let mut view = lock(&self.view);
        if (view.len() as u64) < file_bytes {
            *view = Arc::new(map_view(&self.file)?);
        }
        let len = file_bytes.min(view.len() as u64);
        Ok((Arc::clone(&view), len))
    }

    /// The meta page of transaction `txn`, unless a writer is overtaking us.
    fn meta<'a>(&self, mapped: impl Source<'a>, txn: u64) -> Result<Option<Meta>, StorageError> {
        let damaged = |what: &str| StorageError::damaged(format!("its head: {what}"));
        let head = mapped.slice(0, META_BYTES).ok_or_else(|| damaged("the file is too short"))?;
        let page_size = Meta::page_size(head).map_err(damaged)? as u64;
        let at = (txn & 1) * page_size;
        let bytes = mapped.slice(at, META_BYTES).ok_or_else(|| damaged("the file is too short"))?;
        let first = bytes.to_vec();
        std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
        if bytes != first {
            return Ok(None);
        }
        let meta = Meta::parse(&first).map_err(damaged)?;
        Ok((meta.txn == txn).then_some(meta))
    }

    /// The state of transaction `txn`, its stamp checked: a head that names another state is noticed here.
    fn tree<'a>(&self, mapped: Mapped<'a>, txn: u64) -> Result<Option<Tree<Mapped<'a>>>, StorageError> {
        let Some(meta) = self.meta(mapped, txn)? else { return Ok(None) };
        let tree = Tree::new(mapped, meta, row_is_sound, Arc::clone(&self.valid_pages));
        let stamp = tree.get(STAMP_KEY)?;
        let sound = match stamp {
            Some(stamp) => stamp == stamp_of(txn).as_slice(),
            None => txn == 0 && meta.main.page.is_none(),
        };
        if !sound {
            return Err(StorageError::damaged("its head does not belong to its tree"));
        }
        Ok(Some(tree))
    }

    fn begin_read(self: &Arc<Self>) -> Result<LmdbSnapshot, Retry> {
        let mut cleared = false;
        for _ in 0..1000 {
            let user = self.enter()?;
            let transaction = match self.env.clone().static_read_txn() {
                Err(heed::Error::Mdb(MdbError::ReadersFull)) if !cleared => {
                    cleared = true;
                    self.env.clear_stale_readers()?;
                    continue;
                }
                other => other?,
            };
            drop(user);
            let txn = transaction.id() as u64;
            let (view, len) = self.view()?;
            // The lifetime is the snapshot's own: it holds the view and the transaction for as long as the tree, and
            // hands out slices for no longer than it is borrowed itself.
            let mapped = Mapped { base: view.as_ptr(), len, transaction: PhantomData };
            match self.tree(mapped, txn) {
                Ok(Some(tree)) => {
                    let _transaction = Mutex::new(transaction);
                    return Ok(LmdbSnapshot { tree, txn, _transaction, view, len, shared: Arc::clone(self) });
                }
                Ok(None) => {}
                Err(error) => {
                    // Whoever commits twice after us overwrites our head, perhaps while we read it.
                    let _user = self.enter()?;
                    if self.env.info().last_txn_id as u64 <= txn {
                        return Err(error.into());
                    }
                }
            }
        }
        Err(StorageError::damaged("its head names no committed state").into())
    }

    fn begin_write(self: &Arc<Self>, body: &mut Body<'_>) -> Result<Finish, Retry> {
        let _user = self.enter()?;
        let transaction = self.env.write_txn()?;
        let txn = transaction.id() as u64;
        let base = txn.saturating_sub(1);
        // The writer's lock is ours: nobody can overtake.
        let (view, len) = self.view()?;
        let mapped = Mapped { base: view.as_ptr(), len, transaction: PhantomData };
        let tree = self
            .tree(mapped, base)?
            .ok_or_else(|| StorageError::damaged("its head names no committed state"))?;
        let finish = self.env.create_databases_and_commit(transaction, |opener, transaction| {
            let database: Database<'_, Bytes, Bytes> = opener.create_database(transaction, None)?;
            let tree = match (tree.get(STAMP_KEY)?, database.get(transaction, STAMP_KEY)?) {
                // Where our view and LMDB's map show the same row tells where its map begins. Validating the pages
                // there, where LMDB reads them next, spares the second page fault that our own view would cost.
                (Some(ours), Some(theirs)) => {
                    let offset = ours.as_ptr().addr() - view.as_ptr().addr();
                    tree.at(Mapped {
                        base: theirs.as_ptr().wrapping_sub(offset),
                        len,
                        transaction: PhantomData,
                    })
                }
                _ => tree,
            };
            {
                let mut checked = lock(&self.free_records);
                if checked.len() > 100_000 {
                    checked.clear();
                }
                tree.guard_free_list(&mut checked)?;
            }
            let mut write = LmdbWrite {
                database: &database,
                transaction,
                tree,
                stopped: RefCell::default(),
                key: Vec::with_capacity(128),
            };
            let result = body(&mut write);
            // The map's end is our own business, whatever the body made of the error.
            if let Some(stop) = write.stopped.take() {
                return Err(stop);
            }
            match result? {
                Finish::Commit => {
                    write
                        .put_raw(STAMP_KEY, &stamp_of(txn))
                        .map_err(|error| write.stopped.take().unwrap_or(Retry::Failed(error)))?;
                    Ok(CommitOrAbort::Commit(()))
                }
                Finish::Abort => Ok(CommitOrAbort::Abort(())),
            }
        })?;
        Ok(match finish {
            CommitOrAbort::Commit(()) => Finish::Commit,
            CommitOrAbort::Abort(()) => Finish::Abort,
        })
    }
}

fn stamp_of(txn: u64) -> [u8; 16] {
    let mut stamp = [0; 16];
    stamp[..8].copy_from_slice(&txn.to_le_bytes());
    stamp[8..].copy_from_slice(&xxh3_64(&txn.to_le_bytes()).to_le_bytes());
    stamp
}

impl Storage for LmdbStorage {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        loop {
            match self.0.begin_read() {
                Ok(snapshot) => return Ok(Box::new(snapshot)),
                Err(Retry::Failed(error)) => return Err(error),
                Err(Retry::Adopt | Retry::Full) => self.0.grow()?,
            }
        }
    }

    fn write(&self, body: &mut Body<'_>) -> Result<Finish, StorageError> {
        if self.0.options.read_only {
            return Err(StorageError::ReadOnly);
        }
        loop {
            match self.0.begin_write(body) {
                Ok(finish) => return Ok(finish),
                Err(Retry::Failed(error)) => return Err(error),
                Err(Retry::Adopt | Retry::Full) => self.0.grow()?,
            }
        }
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.0.env.force_sync().map_err(engine_error)
    }

    fn file_bytes(&self) -> u64 {
        self.0.file_bytes()
    }
}

struct LmdbSnapshot {
    tree: Tree<Mapped<'static>>,
    txn: u64,
    /// Keeps the pages of this state from being reused.
    _transaction: Mutex<RoTxn<'static, WithoutTls>>,
    view: Arc<Mmap>,
    /// The file's length when it began.
    len: u64,
    shared: Arc<Shared>,
}

impl Snapshot for LmdbSnapshot {}

impl LmdbSnapshot {
    /// Without a reader table the commit after the next may reuse our pages, and begins writing them when the next is
    /// done; from then on nothing that was read counts.
    fn still_valid(&self) -> Result<(), StorageError> {
        let shared = &self.shared;
        if shared.unlocked {
            let mapped = Mapped { base: self.view.as_ptr(), len: self.len, transaction: PhantomData };
            if shared.meta(mapped, self.txn)?.is_none() || shared.meta(mapped, self.txn + 1)?.is_some() {
                return Err(StorageError::Overtaken);
            }
        }
        Ok(())
    }
}

/// The check word of a row, its table told by the key's first byte.
fn row_is_sound(key: &[u8], value: &[u8]) -> Result<(), StorageError> {
    let unknown = || StorageError::damaged("a row belongs to no table");
    let (number, key_in_table) = key.split_first().ok_or_else(unknown)?;
    match Table::ALL.into_iter().find(|table| *table as u8 == *number) {
        Some(table) => crate::rows::open(table, key_in_table, value).map(|_| ()),
        None if key == STAMP_KEY => Ok(()),
        None => Err(unknown()),
    }
}

fn full_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(table as u8);
    full.extend_from_slice(key);
    full
}

impl Read for LmdbSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        let value = self.tree.get(&full_key(table, key));
        self.still_valid()?;
        value
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        let (prefix, from) = (full_key(table, prefix), full_key(table, from));
        let result = self.tree.scan(&prefix, &from, &mut |key, value| visit(&key[1..], value));
        self.still_valid()?;
        result
    }

    fn check(&self) -> Vec<String> {
        self.tree.check()
    }
}

struct LmdbWrite<'t, 'e> {
    database: &'t Database<'e, Bytes, Bytes>,
    transaction: &'t mut RwTxn<'e>,
    /// The state this transaction began from.
    tree: Tree<Mapped<'t>>,
    /// The map is full: the transaction starts over after growing.
    stopped: RefCell<Option<Retry>>,
    key: Vec<u8>,
}

impl LmdbWrite<'_, '_> {
    fn failed(&self, error: heed::Error) -> StorageError {
        match Retry::from(error) {
            Retry::Failed(error) => error,
            retry => {
                self.stopped.replace(Some(retry));
                StorageError::Engine("the map is full".to_owned())
            }
        }
    }

    /// Hands over the whole key, built in a buffer that is used again.
    fn with_key<T>(
        &mut self,
        table: Table,
        key: &[u8],
        body: impl FnOnce(&mut Self, &[u8]) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        check_key(key)?;
        let mut full = std::mem::take(&mut self.key);
        full.clear();
        full.push(table as u8);
        full.extend_from_slice(key);
        let result = body(self, &full);
        self.key = full;
        result
    }

    fn put_raw(&mut self, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.tree.guard(key, false)?;
        self.database.put(self.transaction, key, value).map_err(|error| self.failed(error))
    }
}

impl Read for LmdbWrite<'_, '_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        let key = full_key(table, key);
        let was_there = self.tree.guard(&key, false)?;
        let value = self.database.get(self.transaction, &key).map_err(|error| self.failed(error))?;
        if value.is_none() && !was_there {
            self.tree.check_gap(&key)?;
        }
        Ok(value)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        let prefix = full_key(table, prefix);
        let start = full_key(table, from).max(prefix.clone());
        self.tree.guard_range(&prefix, &start)?;
        let range = (Bound::Included(start.as_slice()), Bound::Unbounded);
        let rows = self.database.range(self.transaction, &range).map_err(|error| self.failed(error))?;
        for row in rows {
            let (key, value) = row.map_err(|error| self.failed(error))?;
            if !key.starts_with(&prefix) || visit(&key[1..], value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Write for LmdbWrite<'_, '_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.with_key(table, key, |write, key| write.put_raw(key, value))
    }

    fn put_new(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.with_key(table, key, |write, key| {
            write.tree.guard(key, false)?;
            let there = write.database.get_or_put(write.transaction, key, value);
            there.map(|there| there.map(<[u8]>::to_vec)).map_err(|error| write.failed(error))
        })
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, StorageError> {
        let key = full_key(table, key);
        self.tree.guard(&key, true)?;
        self.database.delete(self.transaction, &key).map_err(|error| self.failed(error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages::Root;
    use super::*;

    /// What `heads_agree` says if the reads find commits of these numbers, in this order.
    fn agree(commits: &[u64]) -> bool {
        let root = Root { depth: 0, entries: 0, page: None };
        let mut commits = commits.iter();
        let mut read = |_| {
            let txn = *commits.next().expect("one read more than planned");
            Ok::<_, ()>(Meta { page_size: 4096, free: root, main: root, last_page: 1, txn })
        };
        heads_agree(&mut read).unwrap()
    }

    #[test]
    fn heads_that_move_are_read_again() {
        assert!(agree(&[4, 5]) && agree(&[6, 5]) && agree(&[0, 9]));
        assert!(agree(&[4, 7, 8, 7]), "two commits between the reads");
        assert!(!agree(&[4, 7, 4]), "nobody writes");
    }
}
