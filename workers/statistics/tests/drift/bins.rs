use ingot_statistics::outliers::{fences, modified_z};
use ingot_statistics::profile::{Bins, Moments, bin_edges, histogram};

use crate::{all_close, cases, close, near, object, sample};

#[test]
fn edges_counts_and_outliers_agree_with_numpy() {
    let rules = [
        ("ten", Bins::Count(10)),
        ("auto", Bins::Auto),
        ("fd", Bins::FreedmanDiaconis),
        ("sturges", Bins::Sturges),
        ("scott", Bins::Scott),
        ("rice", Bins::Rice),
        ("sqrt", Bins::SquareRoot),
    ];
    let cases = cases();
    for (at, case) in object(&cases["bins"]) {
        let values = sample(&case["sample"]);
        for (name, rule) in rules {
            let (at, expected) = (format!("{at}, {name}"), &case[name]);
            let edges = bin_edges(&values, rule).unwrap();
            assert_eq!(edges.len() as u64 - 1, expected["bins"].as_u64().unwrap(), "{at}");
            let counts = histogram(&values, &edges).unwrap();
            let outer = [("low", edges[0]), ("second", edges[1]), ("high", edges[edges.len() - 1])];
            for (name, edge) in outer {
                close(&at, Some(edge), &expected[name]);
            }
            if !expected["counts"].as_array().unwrap().is_empty() {
                assert_eq!(serde_json::json!(counts), expected["counts"], "{at}");
            }
        }
        match modified_z(&values) {
            Some(scores) => all_close(at, &scores[..scores.len().min(5)], &case["z"]),
            None => assert!(case["z"].is_null(), "{at}"),
        }
        let found = fences(&values, 1.5).unwrap();
        all_close(at, &[found.low, found.high], &case["fences"]);
        let mut moments = Moments::default();
        values.chunks(37).for_each(|part| moments.merge(&Moments::of(part)));
        close(at, moments.mean(), &case["moments"][0]);
        close(at, moments.variance(0), &case["moments"][1]);
        close(at, moments.deviation(1), &case["moments"][2]);
        near(at, moments.count() as f64, values.len() as f64, 0.0);
    }
}
