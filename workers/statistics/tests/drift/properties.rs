use ingot_statistics::drift::{
    Alternative, AndersonDarling, Method, Test, anderson_darling, cramer_von_mises,
    energy_distance, epps_singleton, hellinger_distance, jensen_shannon_divergence,
    kolmogorov_smirnov, mann_whitney, maximum_mean_discrepancy, pooled_t,
    scaled_wasserstein_distance, shares_of_numbers, total_variation_distance, wasserstein_distance,
    welch_t,
};
use ingot_statistics::outliers::{fences, modified_z};
use ingot_statistics::profile::{Bins, NumberProfile, Settings, bin_edges};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

/// Samples with ties, and with numbers of every kind.
fn samples() -> impl Strategy<Value = Vec<f64>> {
    let tied = (-6_i32..6).prop_map(|half| f64::from(half) / 2.0);
    let wild = prop_oneof![12 => tied, 1 => any::<f64>(), 1 => Just(f64::NAN)];
    let plain = (-6_i32..6).prop_map(|half| f64::from(half) / 2.0);
    prop_oneof![
        3 => proptest::collection::vec(plain, 0..13),
        1 => proptest::collection::vec(any::<f64>(), 0..13),
        1 => proptest::collection::vec(wild, 0..13),
    ]
}

fn tests(x: &[f64], y: &[f64]) -> Vec<Option<Test>> {
    let mut tests = vec![welch_t(x, y), pooled_t(x, y), epps_singleton(x, y)];
    for method in [Method::Auto, Method::Exact, Method::Asymptotic] {
        tests.push(kolmogorov_smirnov(x, y, method));
        tests.push(cramer_von_mises(x, y, method));
        for side in [Alternative::TwoSided, Alternative::Less, Alternative::Greater] {
            tests.push(mann_whitney(x, y, side, method));
        }
    }
    for variant in [AndersonDarling::Midrank, AndersonDarling::Right, AndersonDarling::Continuous] {
        tests.push(anderson_darling(&[x, y], variant));
    }
    tests
}

fn distances(x: &[f64], y: &[f64]) -> Vec<Option<f64>> {
    let mut distances =
        vec![wasserstein_distance(x, y), scaled_wasserstein_distance(x, y), energy_distance(x, y)];
    if let Some(shares) = shares_of_numbers(x, y) {
        let (p, q) = (&shares.reference, &shares.current);
        distances.push(jensen_shannon_divergence(p, q, 2.0));
        distances.push(hellinger_distance(p, q));
        distances.push(total_variation_distance(p, q));
        let share = |distance: &Option<f64>| distance.is_some_and(|d| (0.0..=1.0).contains(&d));
        assert!(distances[3..].iter().all(share), "{distances:?}");
    }
    distances
}

fn sound(x: &[f64], y: &[f64]) -> Result<(), TestCaseError> {
    let unknown = x.is_empty() || y.is_empty() || x.iter().chain(y).any(|value| value.is_nan());
    for (at, test) in tests(x, y).into_iter().enumerate() {
        prop_assert!(test.is_none() || !unknown, "test {at}");
        if let Some(Test { statistic, p_value }) = test {
            prop_assert!(!statistic.is_nan() && (0.0..=1.0).contains(&p_value), "test {at}");
        }
    }
    for distance in distances(x, y) {
        prop_assert!(distance.is_none() || !unknown);
        prop_assert!(distance.is_none_or(|distance| distance >= 0.0), "{distance:?}");
    }
    if let Some(found) = maximum_mean_discrepancy(x, y) {
        prop_assert!(!unknown && found.square.is_finite() && found.square <= 2.0);
    }
    Ok(())
}

proptest! {
    #[test]
    fn whatever_the_samples_a_value_is_a_value(x in samples(), y in samples()) {
        sound(&x, &y)?;
        if let Some(scores) = modified_z(&x) {
            prop_assert!(scores.iter().all(|score| score.is_finite()));
        }
        if let Some(found) = fences(&x, 1.5) {
            prop_assert!(found.low <= found.high);
        }
        for rule in [Bins::Auto, Bins::FreedmanDiaconis, Bins::Scott, Bins::Rice, Bins::Count(7)] {
            if let Some(edges) = bin_edges(&x, rule) {
                prop_assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }

    #[test]
    fn the_order_of_rows_moves_no_bit(x in samples(), y in samples()) {
        let (mut turned, mut other) = (x.clone(), y.clone());
        turned.reverse();
        other.rotate_left(y.len() / 2);
        prop_assert_eq!(tests(&x, &y), tests(&turned, &other));
        prop_assert_eq!(distances(&x, &y), distances(&turned, &other));
        prop_assert_eq!(maximum_mean_discrepancy(&x, &y), maximum_mean_discrepancy(&turned, &other));
    }

    #[test]
    fn a_profile_of_parts_counts_what_the_whole_counts(x in samples(), y in samples()) {
        let of = |rows: &[f64], seed| {
            let settings = Settings { quantiles: 8, precision: 6, frequent: 4, seed };
            let mut profile = NumberProfile::new(&settings).unwrap();
            rows.iter().for_each(|row| profile.add((*row != 1.0).then_some(*row)));
            profile
        };
        let mut merged = of(&x, 1);
        merged.merge(&of(&y, 2)).unwrap();
        let whole = of(&[x, y].concat(), 3);
        let counts = |profile: &NumberProfile| {
            (profile.rows, profile.nulls, profile.not_numbers, profile.moments.count())
        };
        prop_assert_eq!(counts(&merged), counts(&whole));
        prop_assert_eq!(merged.extremes, whole.extremes);
        prop_assert_eq!(merged.histogram, whole.histogram);
        prop_assert_eq!(merged.distinct, whole.distinct);
        prop_assert_eq!(merged.frequent.all(), whole.frequent.all());
        prop_assert!(merged.frequent.error() <= merged.frequent.all() / 5);
        prop_assert_eq!(merged.quantiles.count(), whole.quantiles.count());
        for share in [0.0, 1.0] {
            prop_assert_eq!(merged.quantiles.quantile(share), whole.quantiles.quantile(share));
        }
    }
}
