//! Checkpoints: the state of a training, on disk.
//!
//! On disk: `step-N.checkpoint` in the folder that the request names: one line of
//! JSON (version, request identity, state, digest of all that follows and of that
//! line's other fields), then a safetensors payload with `parameter.NAME` and
//! `optimizer.SLOT.NAME`. Invariant: a file appears whole, by a rename, and the
//! last two are kept; one that is torn, older than this version or of another
//! request is passed over as if it were not there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Run, State};
use crate::error::Error;
use crate::model::weights;
use crate::nn::Parameters;
use crate::optim::Optimizer;

const VERSION: u32 = 1;
const SUFFIX: &str = ".checkpoint";
const KEPT: usize = 2;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    version: u32,
    identity: String,
    step: u64,
    /// The bits of an f64, which JSON's decimal digits need not keep.
    loss_sum: u64,
    loss_rows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    header: Header,
    digest: String,
}

/// Writes the state and removes all but the last two.
pub(super) fn write(
    run: &Run<'_>,
    state: State,
    parameters: &Parameters,
    optimizer: &Optimizer,
) -> Result<(), Error> {
    let Some(folder) = run.checkpoints else { return Ok(()) };
    let header = Header {
        version: VERSION,
        identity: run.identity.clone(),
        step: state.step,
        loss_sum: state.loss_sum.to_bits(),
        loss_rows: state.loss_rows,
    };
    let payload = weights::to_bytes(&tensors(parameters, optimizer))?;
    let digest = digest(&header, &payload);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    let mut bytes = serde_json::to_vec(&Line { header, digest })
        .map_err(|error| Error::Io { path: folder.to_owned(), source: error.into() })?;
    bytes.push(b'\n');
    bytes.extend(payload);
    fs::create_dir_all(folder).map_err(io(folder))?;
    let path = folder.join(format!("step-{:012}{SUFFIX}", state.step));
    let temporary = folder.join("writing");
    fs::write(&temporary, bytes).map_err(io(&temporary))?;
    fs::rename(&temporary, &path).map_err(io(&path))?;
    for old in newest_first(folder).into_iter().skip(KEPT) {
        fs::remove_file(&old).map_err(io(&old))?;
    }
    Ok(())
}

/// Puts the newest sound checkpoint of this request into the tensors.
pub(super) fn resume(
    run: &Run<'_>,
    parameters: &Parameters,
    optimizer: &Optimizer,
) -> Result<Option<State>, Error> {
    let Some(folder) = run.checkpoints else { return Ok(None) };
    for path in newest_first(folder) {
        let Some((header, values)) = read(&path, &run.identity) else { continue };
        let own = tensors(parameters, optimizer);
        let fits = own.len() == values.len()
            && own.iter().all(|(name, tensor)| {
                values.get(name).is_some_and(|value| value.size() == tensor.size())
            });
        if !fits {
            continue;
        }
        let _no_grad = tch::no_grad_guard();
        for (name, tensor) in &own {
            if let Some(value) = values.get(name) {
                tensor.shallow_clone().f_copy_(value)?;
            }
        }
        return Ok(Some(State {
            step: header.step,
            loss_sum: f64::from_bits(header.loss_sum),
            loss_rows: header.loss_rows,
        }));
    }
    Ok(None)
}

/// None for a file that is unreadable, torn, or of another request or version.
fn read(path: &Path, identity: &str) -> Option<(Header, BTreeMap<String, Tensor>)> {
    let bytes = fs::read(path).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, payload) = (bytes.get(..end)?, bytes.get(end + 1..)?);
    let Line { header, digest: written } = serde_json::from_slice(line).ok()?;
    let sound = header.version == VERSION
        && header.identity == identity
        && digest(&header, payload) == written;
    if !sound {
        return None;
    }
    let values = weights::from_bytes(payload).ok()?;
    Some((header, values))
}

fn digest(header: &Header, payload: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    let Header { version, identity, step, loss_sum, loss_rows } = header;
    hasher.update(format!("{version} {identity} {step} {loss_sum} {loss_rows}\n").as_bytes());
    hasher.update(payload);
    hasher.finalize().to_hex().to_string()
}

fn tensors<'a>(
    parameters: &'a Parameters,
    optimizer: &'a Optimizer,
) -> BTreeMap<String, &'a Tensor> {
    let own = parameters.all().into_iter();
    let own = own.map(|(name, tensor)| (format!("parameter.{name}"), tensor));
    let state = optimizer.state().into_iter();
    own.chain(state.map(|(name, tensor)| (format!("optimizer.{name}"), tensor))).collect()
}

/// Step numbers have a fixed width, so names sort as numbers do.
fn newest_first(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(SUFFIX))
        .collect();
    paths.sort();
    paths.reverse();
    paths
}
