//! Predictions as the samples of the statistics: rows without a label are left out. Pure.

use std::collections::BTreeMap;

use ingot_statistics::Sample;
use ingot_statistics::sample::{Classes, Labels, Numbers, Rankings, Tokens};
use ingot_tables::predictions::{
    Answers, ClassAnswers, LabelAnswers, NumberAnswers, RankingAnswers,
};

use super::procedure::Predicted;

/// The rows of one artifact that have a label; classes are indices into `classes`.
pub(super) fn sample(predicted: &Predicted, classes: &[String], positive: usize) -> Sample {
    match &predicted.table.answers {
        Answers::Classes(answers) => {
            let own = &predicted.about.classes;
            Sample::Classes(of_classes(answers, own, (classes, positive)))
        }
        Answers::Labels(answers) => Sample::Labels(of_labels(answers, classes)),
        Answers::Numbers(answers) => Sample::Numbers(of_numbers(answers)),
        Answers::Rankings(answers) => Sample::Rankings(of_rankings(answers)),
        Answers::Tokens(answers) => {
            let counts = answers.tokens.iter().map(|count| *count as f64).collect();
            Sample::Tokens(Tokens::new(counts, answers.losses.clone()))
        }
    }
}

fn indices(classes: &[String]) -> BTreeMap<&str, usize> {
    classes.iter().enumerate().map(|(at, class)| (class.as_str(), at)).collect()
}

fn of_classes(
    answers: &ClassAnswers,
    own: &[String],
    (classes, positive): (&[String], usize),
) -> Classes {
    let index = indices(classes);
    let at: Vec<Option<&usize>> = own.iter().map(|class| index.get(class.as_str())).collect();
    let (mut truth, mut predicted, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
    for (row, label) in answers.labels.iter().enumerate() {
        let Some(&label) = label.as_ref().and_then(|label| index.get(label.as_str())) else {
            continue;
        };
        let mut spread = vec![0.0; classes.len()]; // (classes)
        for (at, p) in at.iter().zip(&answers.probabilities[row]) {
            if let Some(at) = at {
                spread[**at] = *p;
            }
        }
        // What a row predicts is one of `classes`, which are made of all of them.
        let Some(&said) = index.get(answers.predicted[row].as_str()) else { continue };
        truth.push(label);
        predicted.push(said);
        probabilities.push(spread);
    }
    Classes::new((classes.len(), positive), truth, predicted, &probabilities)
}

fn of_labels(answers: &LabelAnswers, classes: &[String]) -> Labels {
    let index = indices(classes);
    let set = |names: &[String]| {
        let mut set = vec![false; classes.len()]; // (classes)
        for at in names.iter().filter_map(|name| index.get(name.as_str())) {
            set[*at] = true;
        }
        set
    };
    let rows = answers.labels.iter().zip(&answers.predicted);
    let labelled = rows.filter_map(|(label, said)| Some((label.as_ref()?, said)));
    let (truth, predicted) = labelled.map(|(label, said)| (set(label), set(said))).unzip();
    Labels::new(classes.len(), truth, predicted)
}

fn of_numbers(answers: &NumberAnswers) -> Numbers {
    let rows = answers.labels.iter().zip(&answers.predicted);
    let (truth, predicted) = rows.filter_map(|(label, said)| Some(((*label)?, *said))).unzip();
    Numbers::new(truth, predicted)
}

fn of_rankings(answers: &RankingAnswers) -> Rankings {
    let rows = answers.groups.iter().zip(&answers.labels).zip(&answers.predicted);
    let labelled =
        rows.filter_map(|((group, label), score)| Some((group.as_str(), (*label)?, *score)));
    let (mut groups, mut relevance, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for (group, label, score) in labelled {
        groups.push(group);
        relevance.push(label);
        scores.push(score);
    }
    Rankings::new(&groups, &relevance, &scores)
}
