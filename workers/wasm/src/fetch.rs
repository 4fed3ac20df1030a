//! The verb `fetch`: a component from elsewhere, by address and SHA-256.
//!
//! `https://..` is one file; `oci://HOST/NAME:TAG` is the one layer of an artifact in a
//! registry (OCI Distribution Specification 1.1), as `wkg` and `oras` push it. Invariant:
//! what is written has the SHA-256 that was asked for; plain HTTP is spoken where the
//! address itself names this machine, and never on the way of any other one. No credentials are sent: a private component is brought by other means
//! and named by its path.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use ureq::tls::{RootCerts, TlsConfig};

use crate::compile::MOST;
use crate::error::PluginError;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Forms of a registry's manifest that are understood.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// Fetches the file at an address, and writes it where it has this SHA-256.
pub fn fetch(address: &str, sha256: &str, to: &Path) -> Result<(), PluginError> {
    let wrong = |reason: String| PluginError::Fetch { address: address.to_owned(), reason };
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(5)
        .https_only(!names_this_machine(address))
        .http_status_as_error(false)
        // A company's own certificates are the system's.
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .build()
        .into();
    let bytes = match address.strip_prefix("oci://") {
        Some(name) => from_registry(&agent, name).map_err(wrong)?,
        None => {
            check_address(address).map_err(wrong)?;
            get(&agent, address, None, "*/*").map_err(wrong)?
        }
    };
    let found = hex(&Sha256::digest(&bytes));
    if found != sha256 {
        return Err(PluginError::Sum {
            address: address.to_owned(),
            wanted: sha256.to_owned(),
            found,
        });
    }
    fs::write(to, bytes).map_err(|source| PluginError::Io { path: to.to_owned(), source })
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether an address is one of this machine.
fn names_this_machine(address: &str) -> bool {
    let rest = address.strip_prefix("oci://").or_else(|| address.strip_prefix("http://"));
    rest.and_then(|rest| rest.split('/').next()).is_some_and(is_loopback)
}

/// Refuses what is neither HTTPS nor this machine.
fn check_address(address: &str) -> Result<(), String> {
    if address.starts_with("https://") {
        return Ok(());
    }
    match address.starts_with("http://") {
        true if names_this_machine(address) => Ok(()),
        true => Err("plain HTTP is not spoken: write https://".to_owned()),
        false => Err("it is no address: write https://..".to_owned()),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Gets what is at an address; no more than a component may have.
fn get(agent: &Agent, url: &str, token: Option<&str>, accept: &str) -> Result<Vec<u8>, String> {
    let mut request = agent.get(url).header(ACCEPT, accept);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let mut response = request.call().map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        return Err(format!("{url} answers {}", response.status()));
    }
    response.body_mut().with_config().limit(MOST).read_to_vec().map_err(|error| error.to_string())
}

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
}

/// Gets the component that a registry has under a name.
fn from_registry(agent: &Agent, name: &str) -> Result<Vec<u8>, String> {
    let (host, rest) = name.split_once('/').ok_or("write oci = \"HOST/NAME:TAG\"")?;
    let (path, reference) = match rest.rsplit_once('@') {
        Some(pinned) => pinned,
        None => rest.rsplit_once(':').unwrap_or((rest, "latest")),
    };
    let scheme = if is_loopback(host) { "http" } else { "https" };
    let base = format!("{scheme}://{host}/v2/{path}");
    let url = format!("{base}/manifests/{reference}");
    let token = token(agent, &url)?;
    let token = token.as_deref();
    let text = get(agent, &url, token, MANIFESTS)?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| format!("{url} has no manifest that is understood: {error}"))?;
    let is_wasm = |layer: &&Layer| layer.media_type.contains("wasm");
    let layer = match manifest.layers.as_slice() {
        [only] => only,
        many => {
            many.iter().find(is_wasm).ok_or(format!("{url} has no layer that is WebAssembly"))?
        }
    };
    get(agent, &format!("{base}/blobs/{}", layer.digest), token, "*/*")
}

#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

/// The token that a registry gives to everyone, where it asks for one.
fn token(agent: &Agent, url: &str) -> Result<Option<String>, String> {
    let response =
        agent.get(url).header(ACCEPT, MANIFESTS).call().map_err(|error| error.to_string())?;
    if response.status() != 401 {
        return Ok(None);
    }
    let asked = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let asked = asked.and_then(|text| text.strip_prefix("Bearer ")).ok_or("it asks for a login")?;
    let part = |name: &str| {
        let start = asked.find(&format!("{name}=\""))? + name.len() + 2;
        asked[start..].split('"').next()
    };
    let realm = part("realm").ok_or("it asks for a login")?;
    check_address(realm)?;
    let mut request = agent.get(realm);
    for name in ["service", "scope"] {
        if let Some(value) = part(name) {
            request = request.query(name, value);
        }
    }
    let mut answer = request.call().map_err(|error| error.to_string())?;
    let text = answer.body_mut().with_config().limit(1 << 20).read_to_vec();
    let text = text.map_err(|error| error.to_string())?;
    let token: Token = serde_json::from_slice(&text)
        .map_err(|error| format!("{realm} gives no token: {error}"))?;
    Ok(Some(token.token))
}
