//! Copies of sources with one thing wrong in them, as steps. Pure.
//!
//! What can be wrong with a source the worker knows of whose kind its readers are: the
//! artifact type that is made of the source names a kind that makes such copies
//! ([`ingot_protocol::TypeTests`]), and the schema of its param `fault` lists what there is.
//! Invariant: what is added has a name that no step of a manifest can have. What it does not
//! do: it runs nothing, and it says nothing of sources that no such artifact is made of but
//! their names.

use std::collections::BTreeMap;

use crate::diag::Spanned;
use crate::kinds::{Kinds, schema};
use crate::manifest::{Manifest, Node, NodeKind, Reference, Step, StepInput};

/// One fault of one source, ready to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFault {
    /// The source.
    pub source: String,
    /// What is wrong with the copy.
    pub fault: String,
    /// At which of its places, from 0.
    pub index: u64,
    /// The step that makes the copy.
    pub step: String,
}

/// What can be put into the sources of a manifest.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// The manifest with the steps that make the copies, and without what a build of it
    /// writes.
    pub manifest: Manifest,
    /// The faults, by source.
    pub planned: Vec<PlannedFault>,
    /// The sources that take none.
    pub passed_over: Vec<String>,
}

/// Every fault of these sources, at so many places each.
pub fn with_faults(manifest: &Manifest, kinds: &Kinds, sources: &[&str], places: u64) -> Faults {
    let altered = Manifest { exports: BTreeMap::new(), current: String::new(), ..manifest.clone() };
    let mut faults = Faults { manifest: altered, ..Faults::default() };
    for &source in sources {
        let Some(reader) = reader(manifest, kinds, source) else {
            faults.passed_over.push(source.to_owned());
            continue;
        };
        for fault in &reader.faults {
            for index in 0..places {
                let step = reader.step(source, fault, index);
                faults.planned.push(PlannedFault {
                    source: source.to_owned(),
                    fault: fault.clone(),
                    index,
                    step: step.name.clone(),
                });
                faults.manifest.points.insert(step.name.clone(), vec![step.name.clone()]);
                faults.manifest.steps.insert(step.name.clone(), step);
            }
        }
    }
    faults
}

/// A step that makes of a source what faults are known of.
struct Reader<'a> {
    step: &'a Step,
    /// Its output.
    port: String,
    /// The kind that makes copies with faults.
    kind: String,
    /// What it can put into them.
    faults: Vec<String>,
}

impl Reader<'_> {
    /// The other references on the port on which the source stands.
    fn beside(&self, source: &str) -> Vec<StepInput> {
        let is_it = |input: &StepInput| matches!(&input.reference.value, Reference::Output { name, .. } if name == source);
        let ports = self.step.inputs.values().filter(|inputs| inputs.iter().any(is_it));
        let others = ports.flatten().filter(|input| !is_it(input));
        others.map(|input| StepInput { split: None, ..input.clone() }).collect()
    }
}

/// The first step that reads a source, alone or as a split, and makes such an artifact of it.
fn reader<'a>(manifest: &'a Manifest, kinds: &Kinds, source: &str) -> Option<Reader<'a>> {
    let reads = |step: &&Step| {
        let mut references = step.inputs.values().flatten();
        references.any(|input| {
            matches!(&input.reference.value, Reference::Output { name, .. } if name == source)
        })
    };
    manifest.steps.values().filter(reads).find_map(|step| {
        let outputs = &kinds.get(&step.kind.value)?.kind.outputs;
        outputs.iter().find_map(|output| {
            let kind = kinds.artifact_type(&output.artifact_type)?.tests.as_ref()?.fault.clone()?;
            let faults = listed(kinds, &kind)?;
            Some(Reader { step, port: output.name.clone(), kind, faults })
        })
    })
}

/// What the param `fault` of a kind lists.
fn listed(kinds: &Kinds, kind: &str) -> Option<Vec<String>> {
    let params = &kinds.get(kind)?.kind.params;
    let property = schema::properties_of(params).get("fault")?;
    let names = schema::keyword(params, property, "enum")?.as_array()?;
    Some(names.iter().filter_map(|name| name.as_str()).map(str::to_owned).collect())
}

impl Reader<'_> {
    fn step(&self, source: &str, fault: &str, index: u64) -> Step {
        let name = format!("faults/{source}/{fault}-{index}");
        let span = self.step.span;
        let of = |name: &str, port: Option<&str>| {
            let reference = Reference::Output {
                name: name.to_owned(),
                every_point: false,
                port: port.map(str::to_owned),
                splits: Vec::new(),
            };
            vec![StepInput { reference: Spanned::new(reference, span), split: None }]
        };
        let node = |kind: NodeKind| Node { span, kind };
        let mut inputs = BTreeMap::from([
            ("data".to_owned(), of(source, None)),
            ("like".to_owned(), of(&self.step.name, Some(&self.port))),
        ]);
        let beside = self.beside(source);
        if !beside.is_empty() {
            inputs.insert("beside".to_owned(), beside);
        }
        Step {
            inputs,
            params: BTreeMap::from([
                ("fault".to_owned(), node(NodeKind::String(fault.to_owned()))),
                ("index".to_owned(), node(NodeKind::Integer(index.try_into().unwrap_or(i64::MAX)))),
            ]),
            ..self.step.beside(name, &self.kind, span)
        }
    }
}
