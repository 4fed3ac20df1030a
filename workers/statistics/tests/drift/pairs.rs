use ingot_statistics::drift::{
    Alternative, AndersonDarling, Empty, Method, Shares, anderson_darling, counts_between,
    cramer_von_mises, energy_distance, epps_singleton, hellinger_distance, jensen_shannon_distance,
    kolmogorov_smirnov, kullback_leibler_divergence, mann_whitney, maximum_mean_discrepancy,
    pooled_t, population_stability_index, quantile_edges, replace_zeros,
    scaled_wasserstein_distance, shares_of_numbers, shares_over_distinct, wasserstein_distance,
    welch_t,
};
use serde_json::Value;

use crate::{CLOSED, all_close, cases, close, object, sample, test_close};

/// The tolerance of the series that ends at 1e-7.
const SERIES: f64 = 1e-7;

fn check(at: &str, name: &str, (x, y): (&[f64], &[f64]), expected: &Value) {
    let at = format!("{at}, {name}");
    let tests = |found, tolerance| test_close(&at, found, expected, tolerance);
    let shares = || shares_of_numbers(x, y).unwrap();
    let whitney = |side, method| tests(mann_whitney(x, y, side, method), CLOSED);
    let anderson = |variant| tests(anderson_darling(&[x, y], variant), CLOSED);
    match name {
        "ks auto" => tests(kolmogorov_smirnov(x, y, Method::Auto), CLOSED),
        "ks exact" => tests(kolmogorov_smirnov(x, y, Method::Exact), CLOSED),
        "ks asymp" => tests(kolmogorov_smirnov(x, y, Method::Asymptotic), CLOSED),
        "wasserstein" => close(&at, wasserstein_distance(x, y), expected),
        "wasserstein scaled" => close(&at, scaled_wasserstein_distance(x, y), expected),
        "energy" => close(&at, energy_distance(x, y), expected),
        "cramer von mises auto" => tests(cramer_von_mises(x, y, Method::Auto), SERIES),
        "cramer von mises exact" => tests(cramer_von_mises(x, y, Method::Exact), CLOSED),
        "cramer von mises asymptotic" => {
            tests(cramer_von_mises(x, y, Method::Asymptotic), SERIES);
        }
        "anderson midrank" => anderson(AndersonDarling::Midrank),
        "anderson right" => anderson(AndersonDarling::Right),
        "anderson continuous" => anderson(AndersonDarling::Continuous),
        "mann whitney two-sided" => whitney(Alternative::TwoSided, Method::Auto),
        "mann whitney less" => whitney(Alternative::Less, Method::Auto),
        "mann whitney greater" => whitney(Alternative::Greater, Method::Auto),
        "mann whitney exact" => whitney(Alternative::TwoSided, Method::Exact),
        "mann whitney asymptotic" => whitney(Alternative::TwoSided, Method::Asymptotic),
        "welch" => tests(welch_t(x, y), CLOSED),
        "pooled" => tests(pooled_t(x, y), CLOSED),
        "epps singleton" => tests(epps_singleton(x, y), 1e-8),
        "discrepancy" => match maximum_mean_discrepancy(x, y) {
            None => assert!(expected.is_null(), "{at}"),
            Some(found) => {
                all_close(&at, &[found.square, found.median_distance, found.gamma], expected)
            }
        },
        "psi" => {
            let Shares { reference, current } = shares();
            close(&at, population_stability_index(&reference, &current, Empty::Least), expected);
        }
        "kl" => {
            let (p, q) = (replace_zeros(&shares().reference), replace_zeros(&shares().current));
            close(&at, kullback_leibler_divergence(&p, &q), expected);
        }
        "js" => {
            let base = std::f64::consts::E;
            let found = jensen_shannon_distance(&shares().reference, &shares().current, base);
            close(&at, found, expected);
        }
        "hellinger" => {
            let Shares { reference, current } = shares_over_distinct(x, y).unwrap();
            close(&at, hellinger_distance(&reference, &current), expected);
        }
        "deciles" => {
            let edges = quantile_edges(x, 10).unwrap();
            all_close(&at, &edges, &expected["edges"]);
            for (values, side) in [(x, "first"), (y, "second")] {
                let counts = counts_between(values, &edges).unwrap();
                assert_eq!(serde_json::json!(counts), expected[side], "{at}");
            }
        }
        other => panic!("{at}: nobody checks {other}"),
    }
}

#[test]
fn two_samples_agree_with_scipy_and_evidently() {
    let cases = cases();
    let mut pairs = 0;
    for (at, case) in object(&cases["pairs"]) {
        let (x, y) = (sample(&case["first"]), sample(&case["second"]));
        let checks = object(case).filter(|(name, _)| !["first", "second"].contains(&name.as_str()));
        for (name, expected) in checks {
            check(at, name, (&x, &y), expected);
        }
        pairs += 1;
    }
    assert!(pairs >= 30, "{pairs} pairs");
}

#[test]
fn several_samples_agree_with_scipy() {
    let cases = cases();
    for case in cases["several"].as_array().unwrap() {
        let samples: Vec<Vec<f64>> =
            case["samples"].as_array().unwrap().iter().map(sample).collect();
        let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
        for (name, variant) in [
            ("midrank", AndersonDarling::Midrank),
            ("right", AndersonDarling::Right),
            ("continuous", AndersonDarling::Continuous),
        ] {
            test_close(name, anderson_darling(&samples, variant), &case[name], CLOSED);
        }
    }
}
