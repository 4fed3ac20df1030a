//! [`hold`]: data held against a contract without a step, for a person who asks.

use std::path::Path;

use ingot_protocol::contract::{ColumnPromises, Contract, FORM};
use ingot_protocol::hold::{Held, Holding};
use ingot_protocol::{Failure, Input};
use ingot_tables::source::Sources;

use super::check::{Purpose, check};
use super::given::Given;
use super::others::Others;
use super::shape::Shape;
use crate::draft;

/// What `validate` would find in data; nothing is written, and no other table is there.
pub fn hold(form: &str, holding: &Holding, data: &Path) -> Result<Held, Failure> {
    if form != FORM {
        let message = format!("{}: there is no form `{form}`", data.display());
        return Err(Failure::new("D0005", message));
    }
    let contract = Contract::parse(&holding.text)
        .map_err(|mistake| Failure::new("D0302", mistake.what).help(mistake.help))?;
    if let Some(port) = contract.ports().into_keys().next() {
        let message = format!("the contract names the table `{port}`, which is not given");
        return Err(Failure::new("D0332", message)
            .help(format!("give it to a step: inputs.{port} = \"..\"")));
    }
    let input: Input = draft::input(&holding.data, data);
    let sources = Sources::open(std::slice::from_ref(&input))?;
    // Somebody waits for it alone.
    let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u64);
    let given = Given::of(&sources, None, cpus)?;
    let unnamed = ColumnPromises::unnamed();
    let shape = Shape::of(&contract, &unnamed, &given)?;
    let others = Others::default();
    let checked = check(&contract, (&shape, &given), &others, Purpose::Findings)?;
    let findings = checked.findings.into_iter().chain(checked.said).collect();
    Ok(Held { findings, metrics: checked.metrics })
}
