//! Which records of a remote count: every field forged, under every kind of trust.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ingot_protocol::{Finding, Metric, Severity};

use super::remotes::{action, key};
use super::support::{PATIENT, file, folder, ingest, open};
use crate::model::artifact::{Artifact, Content};
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::model::signature::{PrivateKey, PublicKey};
use crate::store::believe::Promise;
use crate::store::fetch::{RemoteWarning, Remotes};
use crate::store::remote::{Address, Remote};
use crate::store::seal::Seal;
use crate::store::upload::Gift;
use crate::store::{Store, action_cache};

fn private(seed: u8) -> PrivateKey {
    PrivateKey::of(&[seed; 32])
}

fn trusted(seed: u8) -> PublicKey {
    private(seed).public()
}

fn metric(value: f64) -> Metric {
    Metric {
        name: "accuracy".into(),
        value,
        low: None,
        high: None,
        confidence: None,
        slice: BTreeMap::new(),
        than: None,
    }
}

fn finding() -> Finding {
    Finding {
        severity: Severity::Error,
        code: "D0001".into(),
        message: "bad rows".into(),
        column: None,
        metric: None,
        rows: None,
        examples: Vec::new(),
    }
}

/// The result of the action `name`: it puts its output and its action into the store.
fn result(store: &Store, name: &str, content: Content) -> ActionResult {
    store.put_bytes(&action(name).encode().unwrap()).unwrap();
    let artifact = Artifact { artifact_type: "files".into(), content };
    ActionResult {
        version: RESULT_VERSION,
        key: key(name),
        outputs: BTreeMap::from([("data".to_owned(), artifact)]),
        metrics: vec![metric(0.1)],
        findings: vec![finding()],
    }
}

/// Gives the result of the action `a` to `remote`, signed with this key.
fn give(
    at: &Path,
    seed: Option<u8>,
    alter: impl FnOnce(&mut ActionResult),
) -> (ActionResult, Gift) {
    let mut store = open(&at.join(format!("giver{seed:?}")));
    store.attach(Remotes {
        to: Some(Remote::open_or_make(&Address::folder(at.join("remote"))).unwrap()),
        key: seed.map(private),
        ..Remotes::default()
    });
    let content = ingest(&store, &file("out")).unwrap();
    let mut made = result(&store, "a", content);
    alter(&mut made);
    let reservation = store.reserve(made.key, &PATIENT, &mut |_| {}).unwrap();
    store.record(reservation, made.clone()).unwrap();
    let gift = store.give(&made).unwrap();
    (made, gift)
}

/// What a fresh store finds of the action `a`, and what it tells.
fn found(
    at: &Path,
    trust: Option<&[u8]>,
    promise: Option<Promise>,
) -> (Option<ActionResult>, Vec<RemoteWarning>) {
    let fresh = folder();
    let mut store = open(fresh.path());
    store.attach(Remotes {
        from: Some(Remote::open(&Address::folder(at.join("remote"))).unwrap()),
        trust: trust.map(|seeds| seeds.iter().map(|seed| trusted(*seed)).collect()),
        locked: promise.into_iter().map(|promise| (key("a"), promise)).collect(),
        ..Remotes::default()
    });
    let found = store.find(key("a")).unwrap();
    assert_eq!(store.find(key("a")).unwrap(), found, "it stays so");
    (found, store.troubles())
}

fn place(at: &Path, folder: &str) -> PathBuf {
    let hex = key("a").0.to_hex();
    at.join("remote").join(folder).join(&hex[..2]).join(&hex[2..])
}

/// Replaces the record, and leaves its seal.
fn put(at: &Path, result: &ActionResult) {
    fs::write(place(at, "records"), action_cache::render(result).unwrap()).unwrap();
}

fn promise(result: &ActionResult) -> Promise {
    Promise {
        outputs: BTreeMap::from([("data".to_owned(), result.outputs["data"].content)]),
        metrics: result.metrics.clone(),
        findings: result.findings.clone(),
    }
}

type Forgery = fn(&mut ActionResult);

/// Each field of a record forged.
const FORGERIES: [(&str, Forgery); 6] = [
    ("another metric", |r| r.metrics[0].value = 0.99),
    ("a metric more", |r| r.metrics.push(metric(1.0))),
    ("no metric", |r| r.metrics.clear()),
    ("no finding", |r| r.findings.clear()),
    ("a milder finding", |r| r.findings[0].severity = Severity::Info),
    ("another output", |r| {
        let other = Content::File { digest: key("b").0, executable: false };
        r.outputs.get_mut("data").unwrap().content = other;
    }),
];

#[test]
fn a_forged_field_counts_under_no_trusted_key_and_against_no_lock() {
    for (name, forge) in FORGERIES {
        let at = folder();
        let (honest, _) = give(at.path(), Some(1), |_| ());
        let mut forged = honest.clone();
        forge(&mut forged);
        put(at.path(), &forged);
        for trust in [&[1][..], &[2], &[]] {
            let (taken, told) = found(at.path(), Some(trust), None);
            assert_eq!(taken, None, "{name}, trusting {trust:?}");
            assert!(matches!(told[..], [RemoteWarning::PassedOver { .. }]), "{name}: {told:?}");
        }
        for trust in [None, Some(&[1][..])] {
            let (taken, told) = found(at.path(), trust, Some(promise(&honest)));
            assert_eq!(taken, None, "{name}, with the lock, trusting {trust:?}");
            assert!(matches!(told[..], [RemoteWarning::PassedOver { .. }]), "{name}: {told:?}");
        }
        // Signed anew by somebody whom nobody trusts.
        let mut seal = Seal::unsigned(BTreeMap::from([("data".to_owned(), 3)]));
        seal.sign(&forged, &private(9)).unwrap();
        fs::write(place(at.path(), "seals"), seal.render()).unwrap();
        assert_eq!(found(at.path(), Some(&[1]), None).0, None, "{name}");
        assert_eq!(found(at.path(), None, Some(promise(&honest))).0, None, "{name}");
    }
}

#[test]
fn what_a_trusted_key_signed_or_the_lock_says_counts() {
    let at = folder();
    let (honest, gift) = give(at.path(), Some(1), |_| ());
    assert!(matches!(gift, Gift::Given { .. }));
    let other = Promise { metrics: vec![metric(0.5)], ..promise(&honest) };
    for (trust, promise) in [
        (Some(&[1][..]), None),
        (Some(&[2, 1]), None),
        (Some(&[1]), Some(promise(&honest))),
        // Its signer knows better than a lock which metrics these outputs have.
        (Some(&[1]), Some(other.clone())),
        (Some(&[2]), Some(promise(&honest))),
        (Some(&[]), Some(promise(&honest))),
        (None, Some(promise(&honest))),
    ] {
        let (taken, told) = found(at.path(), trust, promise);
        assert_eq!(taken.as_ref(), Some(&honest), "trusting {trust:?}");
        assert_eq!(told, [], "trusting {trust:?}");
    }
    for (trust, promise) in
        [(Some(&[2][..]), None), (Some(&[2]), Some(other.clone())), (None, Some(other))]
    {
        assert_eq!(found(at.path(), trust, promise).0, None, "trusting {trust:?}");
    }
}

#[test]
fn what_nobody_proves_is_believed_on_its_word_and_told_once() {
    for seed in [None, Some(1)] {
        let at = folder();
        let (honest, _) = give(at.path(), seed, |_| ());
        let (taken, told) = found(at.path(), None, None);
        assert_eq!(taken, Some(honest));
        assert!(matches!(told[..], [RemoteWarning::OnItsWord { .. }]), "{told:?}");
    }
}

#[test]
fn a_seal_that_is_cut_moved_or_garbled_is_none() {
    let at = folder();
    let (honest, _) = give(at.path(), Some(1), |_| ());
    let whole = fs::read_to_string(place(at.path(), "seals")).unwrap();
    let digits = |text: &str| text.replace("\"signature\": \"", "\"signature\": \"00");
    let signature = whole.split("\"signature\": \"").nth(1).unwrap().split('"').next().unwrap();
    for wrong in [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        digits(&whole),
        whole.replace(signature, &signature[..126]),
        whole.replace(signature, &signature.replace(|c: char| c.is_ascii_digit(), "0")),
        whole.replace("\"data\": 3", "\"data\": 4"),
        whole.replace("\"version\": 1", "\"version\": 2"),
        whole.replace(&trusted(1).to_string(), &trusted(2).to_string()),
        "[".repeat(100_000),
    ] {
        fs::write(place(at.path(), "seals"), &wrong).unwrap();
        let (taken, told) = found(at.path(), Some(&[1, 2]), None);
        assert_eq!(taken, None, "{}", &wrong[..wrong.len().min(300)]);
        assert!(matches!(told[..], [RemoteWarning::PassedOver { .. }]));
        let kept = found(at.path(), Some(&[1]), Some(promise(&honest))).0;
        assert_eq!(kept.as_ref(), Some(&honest), "the lock says it too");
    }
    // The seal of another key's record.
    let store = open(&at.path().join("other"));
    let other = result(&store, "b", honest.outputs["data"].content);
    let mut seal = Seal::unsigned(BTreeMap::from([("data".to_owned(), 3)]));
    seal.sign(&other, &private(1)).unwrap();
    fs::write(place(at.path(), "seals"), seal.render()).unwrap();
    assert_eq!(found(at.path(), Some(&[1]), None).0, None, "replayed");
    fs::write(place(at.path(), "seals"), &whole).unwrap();
    assert!(found(at.path(), Some(&[1]), None).0.is_some());
}

#[test]
fn a_signed_record_is_replaced_by_a_signed_one_alone() {
    let at = folder();
    let (honest, _) = give(at.path(), Some(1), |_| ());
    let (_, gift) = give(at.path(), None, |result| result.metrics[0].value = 0.5);
    assert_eq!(gift, Gift::Failed);
    assert_eq!(found(at.path(), Some(&[1]), None).0, Some(honest.clone()));
    // The same result, unsigned or signed by another, keeps the signature.
    for seed in [None, Some(2)] {
        assert!(matches!(give(at.path(), seed, |_| ()).1, Gift::Given { .. }));
        assert_eq!(found(at.path(), Some(&[1]), None).0, Some(honest.clone()));
    }
    assert_eq!(found(at.path(), Some(&[2]), None).0, Some(honest), "two have signed it");
    let (newer, gift) = give(at.path(), Some(3), |result| result.metrics[0].value = 0.5);
    assert!(matches!(gift, Gift::Given { .. }));
    assert_eq!(found(at.path(), Some(&[3]), None).0, Some(newer));
    assert_eq!(found(at.path(), Some(&[1, 2]), None).0, None, "they signed another one");
    // A record that is no record is replaced by whoever has one.
    fs::write(place(at.path(), "records"), "{}").unwrap();
    assert!(matches!(give(at.path(), None, |_| ()).1, Gift::Given { .. }));
}
