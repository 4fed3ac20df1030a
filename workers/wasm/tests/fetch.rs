//! A component from elsewhere: one file, and one layer of a registry's artifact. The server
//! is a thread of this process, on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

const FILE: &[u8] = b"a component, as far as fetching is concerned";

/// Path -> status, headers and body. What needs the token is marked by `*` before its path.
type Pages = BTreeMap<&'static str, (u16, String, Vec<u8>)>;

/// Serves pages for as long as the test runs; gives `HOST:PORT`.
fn serve(pages: impl FnOnce(&str) -> Pages) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let pages = pages(&host);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            let path = first.split(' ').nth(1).unwrap().to_owned();
            let headers: Vec<String> =
                lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            let may = headers.iter().any(|line| line.to_lowercase() == "authorization: bearer key");
            let found = pages.get(path.as_str());
            let found = found.or_else(|| pages.get(format!("*{path}").as_str()).filter(|_| may));
            let found = found.or_else(|| pages.get("otherwise"));
            let (status, more, body) = found.cloned().unwrap_or((404, String::new(), Vec::new()));
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Status\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            // Who stops listening in the middle is the client, and no concern of this.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    host
}

/// What fetching an address says; the file where it was had.
fn fetch(address: &str, sha256: &str) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("fetched");
    let said = Command::new(env!("CARGO_BIN_EXE_ingot-wasm"))
        .args(["fetch", address, sha256])
        .arg(&to)
        .output()
        .unwrap();
    match said.status.success() {
        true => Ok(std::fs::read(to).unwrap()),
        false => {
            assert!(!Path::new(&to).exists(), "a file was left");
            Err(String::from_utf8(said.stdout).unwrap())
        }
    }
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn page(status: u16, body: impl Into<Vec<u8>>) -> (u16, String, Vec<u8>) {
    (status, String::new(), body.into())
}

#[test]
fn one_file_with_the_sum_that_was_asked_for() {
    let host = serve(|_| {
        let moved = (302, "Location: /plugin.wasm\r\n".to_owned(), Vec::new());
        BTreeMap::from([("/plugin.wasm", page(200, FILE)), ("/latest", moved)])
    });
    assert_eq!(fetch(&format!("http://{host}/plugin.wasm"), &sum(FILE)).unwrap(), FILE);
    assert_eq!(fetch(&format!("http://{host}/latest"), &sum(FILE)).unwrap(), FILE);
    let other = fetch(&format!("http://{host}/plugin.wasm"), &sum(b"another")).unwrap_err();
    assert!(other.contains("P0110") && other.contains(&sum(FILE)), "{other}");
    let none = fetch(&format!("http://{host}/none"), &sum(FILE)).unwrap_err();
    assert!(none.contains("P0109") && none.contains("answers 404"), "{none}");
}

#[test]
fn nothing_is_fetched_in_the_clear_from_another_machine() {
    for address in ["http://example.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "x"] {
        let said = fetch(address, &sum(FILE)).unwrap_err();
        assert!(said.contains("P0109") && said.contains("write https://"), "{said}");
    }
}

/// A registry with one artifact, of a manifest and one blob; its pages need a token.
fn registry(manifest: String) -> String {
    serve(move |host| {
        let asks = format!(
            "WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"r\",scope=\"pull\"\r\n"
        );
        BTreeMap::from([
            ("otherwise", (401, asks, Vec::new())),
            ("/token?service=r&scope=pull", page(200, r#"{ "token": "key" }"#)),
            ("*/v2/team/plugin/manifests/1.0", page(200, manifest)),
            ("*/v2/team/plugin/blobs/sha256:b10b", page(200, FILE)),
        ])
    })
}

#[test]
fn the_one_layer_of_an_artifact() {
    let layer = r#"{ "mediaType": "application/wasm", "digest": "sha256:b10b" }"#;
    let host = registry(format!(r#"{{ "schemaVersion": 2, "layers": [{layer}] }}"#));
    assert_eq!(fetch(&format!("oci://{host}/team/plugin:1.0"), &sum(FILE)).unwrap(), FILE);
    let other = fetch(&format!("oci://{host}/team/plugin:1.0"), &sum(b"x")).unwrap_err();
    assert!(other.contains("P0110"), "{other}");
}

#[test]
fn the_layer_that_is_wasm_among_others() {
    let layers = r#"{ "mediaType": "text/plain", "digest": "sha256:0" },
        { "mediaType": "application/vnd.wasm.content.layer.v1+wasm", "digest": "sha256:b10b" }"#;
    let host = registry(format!(r#"{{ "layers": [{layers}] }}"#));
    assert_eq!(fetch(&format!("oci://{host}/team/plugin:1.0"), &sum(FILE)).unwrap(), FILE);
}

#[test]
fn a_registry_that_has_something_else() {
    let host = registry("<html>".to_owned());
    let said = fetch(&format!("oci://{host}/team/plugin:1.0"), &sum(FILE)).unwrap_err();
    assert!(said.contains("P0109") && said.contains("no manifest that is understood"), "{said}");
    let said = fetch("oci://nothing", &sum(FILE)).unwrap_err();
    assert!(said.contains("P0109") && said.contains("HOST/NAME:TAG"), "{said}");
}
