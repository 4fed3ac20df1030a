//! The worker's three verbs: which kinds there are, and what artifacts hold.

use std::path::Path;

use ingot_protocol::draft::{Draft, Question};
use ingot_protocol::hold::{Held, Holding};
use ingot_protocol::{
    ArtifactType, Descriptor, Difference, Event, Failure, Inspection, Kind, PROTOCOL, Request,
    TypeTests, Worker, codes,
};
use ingot_tables::{check, inspect};

use crate::{
    anomalies, augment, balance, compare, document, draft, evaluate, fault, fidelity, fit, fixture,
    labels, leaks, package, preprocess, select, split, validate,
};

/// One kind: what `describe` tells of it, and what runs it.
type Provided = (fn() -> Kind, fn(&Request, &mut dyn FnMut(Event)) -> Result<(), Failure>);

/// Every kind, sorted by name.
const KINDS: &[Provided] = &[
    (anomalies::kind, anomalies::run),
    (augment::kind, augment::run),
    (balance::kind, balance::run),
    (compare::kind, compare::run),
    (document::kind, document::run),
    (evaluate::kind, evaluate::run),
    (fault::kind, fault::run),
    (fidelity::kind, fidelity::run),
    (fit::kind, fit::run),
    (fixture::kind, fixture::run),
    (labels::kind, labels::run),
    (leaks::kind, leaks::run),
    (package::kind, package::run),
    (preprocess::kind, preprocess::run),
    (select::kind, select::run),
    (split::kind, split::run),
    (validate::kind, validate::run),
];

/// The data worker.
#[derive(Debug, Clone, Copy)]
pub struct DataWorker;

impl Worker for DataWorker {
    fn describe(&self) -> Descriptor {
        let artifact_type = |name: &str, summary: &str, splits: Option<&str>| ArtifactType {
            name: name.into(),
            summary: summary.into(),
            splits: splits.map(str::to_owned),
            checked: check::CHECKED.contains(&name),
            tests: (name == "dataset").then(|| TypeTests {
                fixture: "fixture".into(),
                compare: "compare".into(),
                fault: Some("fault".into()),
            }),
        };
        Descriptor {
            protocol: PROTOCOL,
            worker: "ingot-data".into(),
            stands_on: std::collections::BTreeMap::new(),
            types: vec![
                artifact_type("bundle", "a packaged model", None),
                artifact_type("dataset", "rows in splits, as Parquet", Some("data/{split}-*")),
                artifact_type("document", "a page for people", None),
                artifact_type("findings", "what a check found in data, as JSON", None),
                artifact_type("fitted", "what operations learned from train, as JSON", None),
                artifact_type("metrics", "what a kind measured, as JSON", None),
                artifact_type("origin", "where rows came from, as Parquet", None),
                artifact_type(
                    "predictions",
                    "what a model said of each row",
                    Some("data/{split}-*"),
                ),
                artifact_type("profile", "what columns are like, as JSON and a page", None),
                artifact_type("quarantine", "rows that a contract takes out, as Parquet", None),
                artifact_type("report", "measures of predictions", None),
            ],
            kinds: KINDS.iter().map(|(kind, _)| kind()).collect(),
            codes: codes::table(&crate::codes::tables()),
        }
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        for (kind, run) in KINDS {
            let kind = kind();
            if kind.name != request.kind {
                continue;
            }
            if kind.revision == request.revision {
                return answered(|| run(request, emit));
            }
            let message = format!(
                "revision {} of `{}` was asked for, this worker has {}",
                request.revision, kind.name, kind.revision
            );
            return Err(Failure::new("D0002", message)
                .help("install `ingot` and its workers from one release"));
        }
        Err(Failure::new("D0001", format!("there is no kind `{}`", request.kind)))
    }

    fn show(&self, artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
        answered(|| inspect::show(artifact_type, artifact))
    }

    fn check(&self, artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
        answered(|| check::check(artifact_type, artifact))
    }

    fn draft(&self, form: &str, question: &Question, data: &Path) -> Result<Draft, Failure> {
        answered(|| draft::draft(form, question, data))
    }

    fn hold(&self, form: &str, holding: &Holding, data: &Path) -> Result<Held, Failure> {
        answered(|| validate::hold(form, holding, data))
    }

    fn diff(&self, artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
        answered(|| inspect::diff(artifact_type, old, new))
    }
}

/// What a verb answers; a panic is a mistake of ours, and still a failure with a code.
fn answered<T>(verb: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // What a panic leaves half done is the step's output, which nobody takes.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(verb)).unwrap_or_else(|_| {
        let message = "the worker stopped at what it does not know; its log says where";
        Err(Failure::new("D0003", message).help("report it, with the data if you can"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_each_takes_what_it_says() {
        let described = DataWorker.describe();
        let names: Vec<&str> = described.kinds.iter().map(|kind| kind.name.as_str()).collect();
        assert!(names.is_sorted(), "{names:?}");
        for kind in &described.kinds {
            assert_eq!(kind.params["additionalProperties"], false, "{}", kind.name);
        }
    }
}
