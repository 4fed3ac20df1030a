use ingot_statistics::correction::{benjamini_hochberg, benjamini_yekutieli, bonferroni, holm};
use ingot_statistics::drift::{
    Divergence, Empty, Test, cramers_v, goodness_of_fit, hellinger_distance, independence,
    jensen_shannon_distance, kullback_leibler_divergence, largest_difference,
    population_stability_index, replace_zeros, shares_of_categories, total_variation_distance,
    two_proportions,
};
use ingot_statistics::weights::{Margin, rake};
use serde_json::Value;

use crate::{CLOSED, all_close, cases, close, near, numbers, object, test_close};

fn whole(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect()
}

fn check(at: &str, name: &str, (reference, current): (&[u64], &[u64]), expected: &Value) {
    let at = format!("{at}, {name}");
    let floats = |counts: &[u64]| counts.iter().map(|count| *count as f64).collect::<Vec<f64>>();
    let (p, q) = (floats(reference), floats(current));
    let (n, m): (f64, f64) = (p.iter().sum(), q.iter().sum());
    let shares = || shares_of_categories(reference, current).unwrap();
    let table = |divergence, correction| {
        let found = independence(&[&p, &q], divergence, correction);
        let test = found.map(|of| Test { statistic: of.statistic, p_value: of.p_value });
        test_close(&at, test, expected, CLOSED);
        if let Some(found) = found {
            assert_eq!(found.degrees as f64, expected[2].as_f64().unwrap(), "{at}");
        }
    };
    let fit = |divergence| {
        let scaled: Vec<f64> = p.iter().map(|count| count * (m / n)).collect();
        test_close(&at, goodness_of_fit(&q, &scaled, divergence, 0), expected, CLOSED);
    };
    let cressie_read = Divergence::Power(2.0 / 3.0);
    match name {
        "pearson" => table(Divergence::Pearson, false),
        "pearson corrected" => table(Divergence::Pearson, true),
        "g" => table(Divergence::LogLikelihood, false),
        "g corrected" => table(Divergence::LogLikelihood, true),
        "modified g" => table(Divergence::Power(-1.0), false),
        "modified g corrected" => table(Divergence::Power(-1.0), true),
        "cressie read" => table(cressie_read, false),
        "cressie read corrected" => table(cressie_read, true),
        "v" => close(&at, cramers_v(&[&p, &q]), expected),
        "chisquare" => fit(Divergence::Pearson),
        "power g" => fit(Divergence::LogLikelihood),
        "kl bare" => close(&at, kullback_leibler_divergence(&p, &q), expected),
        "js 2" => close(&at, jensen_shannon_distance(&p, &q, 2.0), expected),
        "js e" => close(&at, jensen_shannon_distance(&p, &q, std::f64::consts::E), expected),
        "kl" => {
            let (p, q) = (replace_zeros(&shares().reference), replace_zeros(&shares().current));
            close(&at, kullback_leibler_divergence(&p, &q), expected);
        }
        "psi" => {
            let of = |empty| {
                let shares = shares();
                population_stability_index(&shares.reference, &shares.current, empty)
            };
            close(&at, of(Empty::Least), expected);
            let above = |shares: &[f64]| shares.iter().all(|share| *share == 0.0 || *share > 1e-4);
            if above(&shares().reference) && above(&shares().current) {
                close(&at, of(Empty::Share(1e-4)), expected);
            }
        }
        "hellinger" => close(&at, hellinger_distance(&p, &q), expected),
        "total variation" => close(&at, total_variation_distance(&p, &q), expected),
        "largest" => close(&at, largest_difference(&p, &q), expected),
        "z" => {
            let (n, m) = (reference.iter().sum(), current.iter().sum());
            let found = two_proportions((reference[0], n), (current[0], m));
            test_close(&at, found, expected, CLOSED);
        }
        other => panic!("{at}: nobody checks {other}"),
    }
}

#[test]
fn categories_agree_with_scipy_statsmodels_and_evidently() {
    let cases = cases();
    let mut tables = 0;
    for (at, case) in object(&cases["categories"]) {
        let (first, second) = (whole(&case["first"]), whole(&case["second"]));
        let checks = object(case).filter(|(name, _)| !["first", "second"].contains(&name.as_str()));
        for (name, expected) in checks {
            check(at, name, (&first, &second), expected);
        }
        tables += 1;
    }
    assert!(tables >= 9, "{tables} tables");
}

#[test]
fn corrections_agree_with_statsmodels_and_scipy() {
    let cases = cases();
    for case in cases["corrections"].as_array().unwrap() {
        let p = numbers(&case["p"]);
        all_close("bonferroni", &bonferroni(&p).unwrap(), &case["bonferroni"]);
        all_close("holm", &holm(&p).unwrap(), &case["holm"]);
        all_close("bh", &benjamini_hochberg(&p).unwrap(), &case["bh"]);
        all_close("by", &benjamini_yekutieli(&p).unwrap(), &case["by"]);
    }
}

#[test]
fn raked_weights_are_those_of_plain_loops() {
    let case = &cases()["raking"];
    let weights = numbers(&case["weights"]);
    let margins: Vec<(Vec<usize>, Vec<f64>)> = case["margins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|margin| {
            let categories = whole(&margin[0]).iter().map(|category| *category as usize).collect();
            (categories, numbers(&margin[1]))
        })
        .collect();
    let margins: Vec<Margin<'_>> =
        margins.iter().map(|(categories, targets)| Margin { categories, targets }).collect();
    let raked = rake(&weights, &margins, 1e-14, 200).unwrap();
    for (weight, expected) in raked.weights.iter().zip(numbers(&case["raked"])) {
        near("weight", *weight, expected, 1e-10);
    }
    for (achieved, margin) in raked.achieved.iter().zip(&margins) {
        for (sum, target) in achieved.iter().zip(margin.targets) {
            near("margin", *sum, *target, 1e-12);
        }
    }
}
