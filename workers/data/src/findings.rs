//! What the kinds find that may be an error: the names by which a waiver calls it.
//!
//! Invariant: a name is never reused and never changes its meaning; it stands for one code.
//! A new finding of severity `error` is one line here.

use std::collections::BTreeMap;

/// Of `anomalies`, called like its detectors.
pub(crate) const ANOMALIES: &[(&str, &str)] = &[
    ("anomaly.constant", "D1605"),
    ("anomaly.duplicate_columns", "D1606"),
    ("anomaly.fences", "D1602"),
    ("anomaly.isolation_forest", "D1604"),
    ("anomaly.mixed_types", "D1607"),
    ("anomaly.modified_z", "D1601"),
    ("anomaly.rare_categories", "D1603"),
    ("anomaly.time_order", "D1608"),
];

/// Of `validate`, called like the keys of a contract where there is one.
pub(crate) const CONTRACT: &[(&str, &str)] = &[
    ("contract.distribution", "D0334"),
    ("contract.infinite", "D0318"),
    ("contract.length", "D0325"),
    ("contract.max_null_fraction", "D0305"),
    ("contract.missing_column", "D0314"),
    ("contract.monotonic", "D0326"),
    ("contract.nan", "D0317"),
    ("contract.newest", "D0328"),
    ("contract.no_distribution", "D0335"),
    ("contract.no_times", "D0327"),
    ("contract.nullable", "D0304"),
    ("contract.pattern", "D0324"),
    ("contract.quarantine", "D0333"),
    ("contract.range", "D0306"),
    ("contract.references", "D0329"),
    ("contract.rows", "D0313"),
    ("contract.rule", "D0330"),
    ("contract.rule_fault", "D0331"),
    ("contract.set", "D0307"),
    ("contract.type", "D0303"),
    ("contract.unique", "D0308"),
    ("contract.unique_together", "D0316"),
    ("contract.unknown_column", "D0315"),
];

/// Of splits that are given, wherever they are read.
pub(crate) const GIVEN: &[(&str, &str)] = &[("leak.duplicate", "D0422"), ("leak.group", "D0423")];

/// Of splits that are made beside those.
pub(crate) const DEALT: &[(&str, &str)] =
    &[("leak.made", "D0426"), ("leak.parent", "D0425"), ("leak.time", "D0424")];

/// Of `labels`.
pub(crate) const LABELS: &[(&str, &str)] = &[
    ("label.conflict", "D1702"),
    ("label.drift", "D1704"),
    ("label.imbalance", "D1703"),
    ("label.quarantine", "D1715"),
    ("label.suspect", "D1701"),
];

/// Of `leaks`, called like its checks.
pub(crate) const LOOKED_FOR: &[(&str, &str)] = &[
    ("leak.id", "D1802"),
    ("leak.images", "D1806"),
    ("leak.label", "D1801"),
    ("leak.rounded", "D1804"),
    ("leak.texts", "D1805"),
];

/// Name -> code, as a kind tells it.
pub(crate) fn names(tables: &[&[(&str, &str)]]) -> BTreeMap<String, String> {
    let all = tables.iter().copied().flatten();
    all.map(|(name, code)| ((*name).to_owned(), (*code).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ingot_protocol::Worker;

    #[test]
    fn each_name_stands_for_a_code_of_its_own_that_is_explained() {
        let descriptor = crate::worker::DataWorker.describe();
        let mut named = 0;
        for kind in &descriptor.kinds {
            let codes: BTreeSet<&String> = kind.findings.values().collect();
            assert_eq!(codes.len(), kind.findings.len(), "{}: a code has two names", kind.name);
            for (name, code) in &kind.findings {
                assert!(descriptor.codes.contains_key(code), "{name}: {code} is not explained");
            }
            named += codes.len();
        }
        assert!(named > 20, "{named}");
    }
}
