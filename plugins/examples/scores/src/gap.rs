//! The kind `gap`: whether a model is as good for each class.
//!
//! Invariant: it reads labels and predicted labels alone. Rows without a label
//! count nowhere, and all splits on the port count together.

use std::collections::BTreeMap;

use ingot_plugin::{Failure, Kind, Metric, Run, Step, columns};

/// The kind `gap`.
///
/// With n_c rows whose label is c, of which r_c are predicted to be c, the recall
/// of c is R_c = r_c / n_c (also called the accuracy within the class). Reported:
///
/// ```text
/// class_recall{label = c} = R_c
/// worst_class_recall      = min over c of R_c
/// accuracy_gap            = max over c of R_c - min over c of R_c
/// ```
///
/// Each lies in [0, 1]; counts are exact, so the bits are the same everywhere. By
/// hand: labels a a b b b b predicted a b b b b a give R_a = 1/2, R_b = 3/4, and
/// a gap of 1/4.
pub struct Gap;

/// Rows of a class, and how many of them were predicted right.
#[derive(Default)]
struct Class {
    rows: u64,
    right: u64,
}

impl Step for Gap {
    fn kind() -> Kind {
        Kind::new("gap", "the largest difference in accuracy between classes")
            .input("predictions", "predictions")
            .output_file("metrics", "metrics")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let classes = count(run)?;
        let recalls = || classes.values().map(|class| class.right as f64 / class.rows as f64);
        let worst = recalls().fold(1.0, f64::min);
        let best = recalls().fold(0.0, f64::max);
        run.metric(Metric::new("accuracy_gap", best - worst))?;
        run.metric(Metric::new("worst_class_recall", worst))?;
        classes.keys().zip(recalls()).try_for_each(|(label, recall)| {
            run.metric(Metric::new("class_recall", recall).slice("label", label))
        })
    }
}

fn count(run: &Run) -> Result<BTreeMap<String, Class>, Failure> {
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    let predictions = run.input("predictions")?;
    for split in predictions.streams() {
        for batch in predictions.batches(&split)? {
            let batch = batch?;
            let labels = columns::text(&batch, "label")?;
            let predicted = columns::text(&batch, "predicted")?;
            for (label, predicted) in labels.iter().zip(predicted) {
                let Some(label) = label else { continue };
                let class = classes.entry(label.to_owned()).or_default();
                class.rows += 1;
                class.right += u64::from(predicted == Some(label));
            }
        }
    }
    if classes.is_empty() {
        let failure = Failure::new("LABELS", "port `predictions` has no row with a label");
        return Err(failure.help("predict a split that is labelled"));
    }
    Ok(classes)
}
