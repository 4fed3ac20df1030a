//! A remote in the memory of a test: what a new one takes is this file, and its lines in
//! `store/remote.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use super::{Length, RemoteError};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::store::lock;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// What one holds, by name.
type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

static TOYS: LazyLock<Mutex<BTreeMap<String, Objects>>> = LazyLock::new(Mutex::default);

/// A remote of this process.
#[derive(Debug)]
pub struct Toy {
    name: String,
    objects: Objects,
    /// How often it was asked for sizes.
    pub asked: AtomicUsize,
}

impl Toy {
    pub(super) fn open(name: &str) -> Result<Self, RemoteError> {
        let found = lock(&TOYS).get(name).cloned();
        let objects = found.ok_or_else(|| RemoteError::Absent { remote: name.to_owned() })?;
        Ok(Self { name: name.to_owned(), objects, asked: AtomicUsize::new(0) })
    }

    pub(super) fn open_or_make(name: &str) -> Self {
        let objects = lock(&TOYS).entry(name.to_owned()).or_default().clone();
        Self { name: name.to_owned(), objects, asked: AtomicUsize::new(0) }
    }

    pub(super) fn concurrency(&self) -> usize {
        7
    }

    pub(super) fn sizes(&self, digests: &[Digest]) -> Vec<Result<Option<u64>, RemoteError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let size =
            |digest: &Digest| Ok(self.get(&self.blob_name(*digest)).map(|it| it.len() as u64));
        digests.iter().map(size).collect()
    }

    pub(super) fn get_blob(
        &self,
        digest: Digest,
        length: Length,
        to: &Path,
    ) -> Result<bool, RemoteError> {
        let object = self.blob_name(digest);
        let Some(bytes) = self.get(&object) else { return Ok(false) };
        let found = bytes.len() as u64;
        let fits = match length {
            Length::Exactly(bytes) => found == bytes,
            Length::AtMost(bytes) => found <= bytes,
        };
        if !fits {
            return Err(RemoteError::Size { object, found, length, room: u64::MAX });
        }
        fs::write_atomically(to, &bytes, 0o600).map_err(RemoteError::Here)?;
        Ok(true)
    }

    pub(super) fn put_blob(&self, digest: Digest, from: &Path) -> Result<(), RemoteError> {
        let bytes = bounded::read(from, Bound::own(1 << 20)).map_err(RemoteError::Here)?;
        self.put(self.blob_name(digest), &bytes);
        Ok(())
    }

    pub(super) fn get_record(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(self.get(&self.record_name(key)))
    }

    pub(super) fn put_record(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        self.put(self.record_name(key), bytes);
        Ok(())
    }

    pub(super) fn get_seal(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        Ok(self.get(&format!("seal {key}")))
    }

    pub(super) fn put_seal(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        self.put(format!("seal {key}"), bytes);
        Ok(())
    }

    pub(super) fn place(&self) -> String {
        format!("toy://{}", self.name)
    }

    pub(super) fn blob_name(&self, digest: Digest) -> String {
        format!("blob {digest}")
    }

    pub(super) fn record_name(&self, key: ActionKey) -> String {
        format!("record {key}")
    }

    fn get(&self, object: &str) -> Option<Vec<u8>> {
        lock(&self.objects).get(object).cloned()
    }

    fn put(&self, object: String, bytes: &[u8]) {
        lock(&self.objects).insert(object, bytes.to_vec());
    }
}
