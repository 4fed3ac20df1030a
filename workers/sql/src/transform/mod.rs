//! The kind `transform`: rows of a dataset by one SELECT.
//!
//! Each split is a run of its own, in which the table `data` is the split's rows. Invariant:
//! a row keeps the key of the row of `data` that it comes from, a group has the key of its
//! group, and no key comes out twice. Neither the memory that a run may take nor the batches
//! in which its rows come show in the output: every sort is total, and every sum is in the
//! order of the rows.

mod ancestry;
mod anonymity;
mod arithmetic;
mod change;
mod columns;
mod error;
mod functions;
mod generalise;
mod group_key;
mod groups;
mod guard;
mod joins;
mod keys;
mod math;
mod params;
mod pseudonym;
mod redact;
mod run;
mod session;
mod statement;
mod suggest;
mod sums;
mod tables;

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Event, Failure, InputPort, Kind, OutputPort, Request};
use ingot_tables::dataset::Role;
use serde_json::json;

pub use session::Limits;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 2;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let roles: Vec<&str> = Role::EVERY.iter().map(|role| role.name()).collect();
    Kind {
        name: "transform".into(),
        summary: "change, join and group rows by one SELECT".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["sql"],
            "properties": {
                "sql": {
                    "type": "string", "minLength": 1,
                    "description": "one SELECT; the table `data` is the port of that name, and so is every other table",
                    "x-ingot-aliases": ["query", "select", "statement"]
                },
                "roles": {
                    "type": "object",
                    "additionalProperties": {"enum": roles},
                    "description": "column of the result = its role; without it a column keeps the role that its name has in `data`"
                },
                "redact": redact::schema(),
                "pseudonymise": pseudonym::columns(),
                "pseudonym_key": pseudonym::key(),
                "generalise": generalise::schema(),
                "k_anonymity": anonymity::schema()
            }
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into()],
            required: true,
            takes_splits: true,
            ..InputPort::default()
        }],
        further: Some(InputPort {
            types: vec!["dataset".into(), "files".into()],
            ..InputPort::default()
        }),
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "dataset".into(),
            file: false,
        }],
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: BTreeMap::from([("privacy.k_anonymity".to_owned(), "Q0701".to_owned())]),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    run_within(request, Limits::default(), emit)
}

/// Runs one step of the kind within limits. They decide whether there is a result, never
/// which one.
pub fn run_within(
    request: &Request,
    limits: Limits,
    emit: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    let (result, events) = run::apart(request, limits);
    events.into_iter().for_each(emit);
    result
}
