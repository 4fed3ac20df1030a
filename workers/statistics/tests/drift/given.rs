//! The reference that `INGOT_TEST_REFERENCE` names, where it names a folder.

use std::f64::consts::E;

use ingot_statistics::correction::{benjamini_hochberg, benjamini_yekutieli, bonferroni};
use ingot_statistics::drift::{
    Alternative, AndersonDarling, Divergence, Empty, Method, Shares, anderson_darling,
    counts_between, cramer_von_mises, cramers_v, energy_distance, epps_singleton,
    hellinger_distance, independence, jensen_shannon_distance, jensen_shannon_divergence,
    kolmogorov_smirnov, kullback_leibler_divergence, largest_difference, mann_whitney,
    maximum_mean_discrepancy, pooled_t, population_stability_index, quantile_edges, replace_zeros,
    scaled_wasserstein_distance, shares_of_numbers, shares_over_distinct, total_variation_distance,
    two_proportions, wasserstein_distance, welch_t,
};
use ingot_statistics::profile::{Bins, bin_edges, histogram};
use serde_json::Value;

use crate::{all_close, near, number, numbers};

#[allow(clippy::print_stdout, reason = "why a test is skipped")]
fn reference() -> Option<Value> {
    let folder = std::env::var_os("INGOT_TEST_REFERENCE");
    let path = folder.map(|folder| std::path::Path::new(&folder).join("drift.json"));
    match path.filter(|path| path.is_file()) {
        Some(path) => Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()),
        None => {
            println!("skipped: INGOT_TEST_REFERENCE names no folder");
            None
        }
    }
}

fn floats(counts: &[u64]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}

/// What each name of the reference is here; a list holds all that a name must agree with.
fn of_samples(x: &[f64], y: &[f64], case: &Value) -> Vec<(&'static str, f64)> {
    let ks = |method| kolmogorov_smirnov(x, y, method).unwrap();
    let mises = cramer_von_mises(x, y, Method::Auto).unwrap();
    let whitney = mann_whitney(x, y, Alternative::TwoSided, Method::Auto).unwrap();
    let welch = welch_t(x, y).unwrap();
    let mmd = maximum_mean_discrepancy(x, y).unwrap();
    let edges = bin_edges(&[x, y].concat(), Bins::Count(10)).unwrap();
    let (p, q) = (histogram(x, &edges).unwrap(), histogram(y, &edges).unwrap());
    all_close("edges", &edges, &case["hist10_pooled_range"]["edges"]);
    assert_eq!(serde_json::json!(p), case["hist10_pooled_range"]["ref_counts"]);
    assert_eq!(serde_json::json!(q), case["hist10_pooled_range"]["cur_counts"]);
    let inner = quantile_edges(x, 10).unwrap();
    all_close("deciles", &inner, &case["psi_deciles"]["inner_edges"]);
    let between = [counts_between(x, &inner).unwrap(), counts_between(y, &inner).unwrap()];
    assert_eq!(serde_json::json!(between[0]), case["psi_deciles"]["ref_counts"]);
    assert_eq!(serde_json::json!(between[1]), case["psi_deciles"]["cur_counts"]);
    let (p, q) = (floats(&p), floats(&q));
    let psi = |p: &[f64], q: &[f64]| population_stability_index(p, q, Empty::Share(1e-4)).unwrap();
    vec![
        ("ks_stat", ks(Method::Auto).statistic),
        ("ks_pvalue_auto", ks(Method::Auto).p_value),
        ("ks_pvalue_exact", ks(Method::Exact).p_value),
        ("ks_pvalue_asymp", ks(Method::Asymptotic).p_value),
        ("wasserstein_1", wasserstein_distance(x, y).unwrap()),
        ("wasserstein_norm_by_ref_std_ddof0_evidently", scaled_wasserstein_distance(x, y).unwrap()),
        ("energy_distance_scipy", energy_distance(x, y).unwrap()),
        ("cramervonmises_stat", mises.statistic),
        ("cramervonmises_p", mises.p_value),
        ("anderson_ksamp_midrank_stat", anderson(x, y).statistic),
        ("mannwhitney_U", whitney.statistic),
        ("mannwhitney_p", whitney.p_value),
        ("welch_t", welch.statistic),
        ("welch_p", welch.p_value),
        ("js_distance_base2_pooled10", jensen_shannon_distance(&p, &q, 2.0).unwrap()),
        ("js_divergence_base2_pooled10", jensen_shannon_divergence(&p, &q, 2.0).unwrap()),
        ("js_distance_nat_pooled10", jensen_shannon_distance(&p, &q, E).unwrap()),
        ("hellinger_pooled10", hellinger_distance(&p, &q).unwrap()),
        ("total_variation_pooled10", total_variation_distance(&p, &q).unwrap()),
        ("psi_pooled10_eps1e-4", psi(&p, &q)),
        ("psi_ref_deciles_eps1e-4", psi(&floats(&between[0]), &floats(&between[1]))),
        ("mmd2_unbiased_rbf_median", mmd.square),
        ("mmd_median_pairwise_distance", mmd.median_distance),
        ("mmd_gamma", mmd.gamma),
    ]
}

fn anderson(x: &[f64], y: &[f64]) -> ingot_statistics::drift::Test {
    anderson_darling(&[x, y], AndersonDarling::Midrank).unwrap()
}

/// What Evidently's tests of numbers are here.
fn of_evidently(x: &[f64], y: &[f64]) -> Vec<(&'static str, f64)> {
    let shares = shares_of_numbers(x, y).unwrap();
    let (p, q) = (replace_zeros(&shares.reference), replace_zeros(&shares.current));
    let distinct: Shares = shares_over_distinct(x, y).unwrap();
    let less = mann_whitney(x, y, Alternative::Less, Method::Auto).unwrap();
    vec![
        (
            "psi",
            population_stability_index(&shares.reference, &shares.current, Empty::Least).unwrap(),
        ),
        ("jensenshannon", jensen_shannon_distance(&shares.reference, &shares.current, E).unwrap()),
        ("kl_div", kullback_leibler_divergence(&p, &q).unwrap()),
        ("wasserstein", scaled_wasserstein_distance(x, y).unwrap()),
        ("hellinger", hellinger_distance(&distinct.reference, &distinct.current).unwrap()),
        ("ks", kolmogorov_smirnov(x, y, Method::Auto).unwrap().p_value),
        ("cramer_von_mises", cramer_von_mises(x, y, Method::Auto).unwrap().p_value),
        ("anderson", anderson(x, y).p_value),
        ("ed", energy_distance(x, y).unwrap()),
        ("mannw", less.p_value),
        ("t_test", pooled_t(x, y).unwrap().p_value),
        ("es", epps_singleton(x, y).unwrap().p_value),
    ]
}

#[test]
fn the_given_samples_of_a_formula() {
    let Some(reference) = reference() else { return };
    let results = &reference["results"];
    let wave = |scale: f64, phase: f64, shift: f64, count: u32| -> Vec<f64> {
        let of = |i: f64| scale * (1.7 * i + phase).sin() + 0.01 * i + shift;
        (0..count).map(|i| of(f64::from(i))).collect()
    };
    let (x, y) = (wave(2.0, 0.0, 0.0, 200), wave(2.4, 0.3, 0.35, 150));
    for (name, found) in of_samples(&x, &y, &results["formula"]) {
        near(name, found, number(&results["formula"][name]), 1e-9);
    }
    for (name, found) in of_evidently(&x, &y) {
        near(name, found, number(&results["evidently"][name]["formula"]["score"]), 1e-9);
    }
}

#[test]
fn the_given_categories_and_corrections() {
    let Some(reference) = reference() else { return };
    let results = &reference["results"];
    let case = &results["categorical"];
    let (p, q) = ([120.0, 60.0, 15.0, 5.0, 0.0], [80.0, 70.0, 40.0, 0.0, 10.0]);
    let pearson = independence(&[&p, &q], Divergence::Pearson, false).unwrap();
    let g = independence(&[&p, &q], Divergence::LogLikelihood, false).unwrap();
    let hellinger = hellinger_distance(&p, &q).unwrap();
    let psi = population_stability_index(&p, &q, Empty::Share(1e-4)).unwrap();
    for (name, found) in [
        ("chi2_contingency", pearson.statistic),
        ("chi2_p", pearson.p_value),
        ("chi2_dof", pearson.degrees as f64),
        ("cramers_v", cramers_v(&[&p, &q]).unwrap()),
        ("js_distance_base2", jensen_shannon_distance(&p, &q, 2.0).unwrap()),
        ("js_divergence_base2", jensen_shannon_divergence(&p, &q, 2.0).unwrap()),
        ("l_infinity", largest_difference(&p, &q).unwrap()),
        ("total_variation", total_variation_distance(&p, &q).unwrap()),
        ("hellinger", hellinger),
        ("psi_eps1e_4", psi),
        ("g_test", g.statistic),
    ] {
        near(name, found, number(&case[name]), 1e-9);
    }
    let z = two_proportions((130, 200), (150, 200)).unwrap();
    near("z", z.statistic, number(&case["two_proportion_z"]["z"]), 1e-9);
    near("p of z", z.p_value, number(&case["two_proportion_z"]["p_two_sided"]), 1e-9);
    let shares = |counts: [f64; 5]| replace_zeros(&counts.map(|count| count / 200.0));
    let evidently = &results["evidently"];
    for (name, found) in [
        ("psi_cat", psi),
        ("hellinger_cat", hellinger),
        ("jensenshannon_cat", jensen_shannon_distance(&p, &q, E).unwrap()),
        ("kl_div_cat", kullback_leibler_divergence(&shares(p), &shares(q)).unwrap()),
    ] {
        near(name, found, number(&evidently[name]["cat"]["score"]), 1e-9);
    }
    let case = &results["multiple_testing"];
    let inputs = numbers(&case["inputs"]);
    all_close("bonferroni", &bonferroni(&inputs).unwrap(), &case["bonferroni_adjusted"]);
    all_close("bh", &benjamini_hochberg(&inputs).unwrap(), &case["bh_adjusted"]);
    all_close("by", &benjamini_yekutieli(&inputs).unwrap(), &case["by_adjusted"]);
}
