use std::collections::BTreeMap;

use ingot_protocol::{
    Input, Lineage, LineageSource, LineageStep, LineageWaiver, Metric, Output, Platform, Request,
};

use super::*;

fn request(folder: &Path) -> Request {
    let metric = |name: &str, value: f64, than: Option<&str>, model: Option<&str>| Metric {
        low: Some(value - 0.01),
        high: Some(value + 0.01),
        confidence: Some(0.95),
        than: than.map(str::to_owned),
        slice: model.map(|model| ("model".to_owned(), model.to_owned())).into_iter().collect(),
        ..Metric::new(name, value)
    };
    let class = Metric {
        slice: BTreeMap::from([("class".to_owned(), "<script>".to_owned())]),
        ..Metric::new("recall", 0.5)
    };
    let eval = LineageStep {
        step: "eval".into(),
        kind: "evaluate".into(),
        key: "ab".repeat(32),
        params: serde_json::Map::new(),
        seed: Some(17),
        inputs: BTreeMap::from([("data".to_owned(), vec!["scans".to_owned()])]),
        outputs: BTreeMap::from([("report".to_owned(), format!("tree:{}", "cd".repeat(32)))]),
        metrics: vec![
            metric("accuracy", 0.97, None, None),
            metric("accuracy", 0.965, None, Some("baseline")),
            metric("accuracy", 0.005, Some("baseline"), None),
            class,
            Metric::new("rows", 360.0),
        ],
        findings: Vec::new(),
        waivers: Vec::new(),
    };
    let source =
        LineageSource { path: "data/x.csv".into(), digest: format!("file:{}", "ef".repeat(32)) };
    let out = |name: &str| {
        let path = folder.join(name);
        (name.to_owned(), Output { artifact_type: "document".into(), path })
    };
    Request {
        protocol: ingot_protocol::PROTOCOL,
        kind: "document".into(),
        revision: 1,
        params: serde_json::Map::from_iter([("title".to_owned(), json!("Digits & <b>"))]),
        seed: None,
        platform: Platform::default(),
        inputs: BTreeMap::from([(
            "model".to_owned(),
            vec![Input {
                artifact_type: "model".into(),
                path: folder.to_owned(),
                digest: "tree:00".into(),
                format: None,
                splits: Vec::new(),
                split: None,
            }],
        )]),
        outputs: ["card", "datasheet", "html"].map(out).into(),
        tmp: folder.to_owned(),
        cpus: 1,
        checkpoints: None,
        lineage: Some(Lineage {
            pipeline: "digits".into(),
            step: "card".into(),
            steps: vec![eval],
            sources: BTreeMap::from([("scans".to_owned(), source)]),
        }),
        plugin: None,
    }
}

#[test]
fn every_number_links_to_its_step_and_a_difference_is_not_overstated() {
    let folder = tempfile::tempdir().unwrap();
    run(&request(folder.path()), &mut |_| {}).unwrap();
    let card = fs::read_to_string(folder.path().join("card")).unwrap();
    insta::assert_snapshot!(card);
}

#[test]
fn what_data_says_cannot_become_markup() {
    let folder = tempfile::tempdir().unwrap();
    run(&request(folder.path()), &mut |_| {}).unwrap();
    let page = fs::read_to_string(folder.path().join("html")).unwrap();
    assert!(page.contains("Digits &amp; &lt;b&gt;"));
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    for markdown in ["card", "datasheet"] {
        let text = fs::read_to_string(folder.path().join(markdown)).unwrap();
        assert!(text.contains("# Digits &amp; &lt;b&gt;") || markdown == "datasheet");
        assert!(!text.contains("<script>"), "{text}");
    }
    assert_eq!(super::escape_markdown("a|b\n[x](y) *z*"), "a\\|b \\[x\\](y) \\*z\\*");
}

#[test]
fn what_somebody_answers_for_stands_with_the_findings() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(folder.path());
    let waiver = LineageWaiver {
        finding: "contract.range".into(),
        codes: vec!["D0306".into()],
        column: Some("age".into()),
        rows: Some(2),
        limit: Some(3),
        reason: "two people are a | hundred and <two>".into(),
        owner: "data-team".into(),
        until: "2027-12-31".into(),
    };
    request.lineage.as_mut().unwrap().steps[0].waivers = vec![waiver];
    run(&request, &mut |_| {}).unwrap();
    let read = |port: &str| fs::read_to_string(folder.path().join(port)).unwrap();
    let card = read("card");
    let told = card.lines().find(|line| line.contains("contract.range")).unwrap();
    assert_eq!(
        told,
        "| [eval](#step-eval) | contract.range (D0306) | age | 2 of at most 3 \
         | two people are a \\| hundred and &lt;two&gt; | data-team | 2027-12-31 |"
    );
    assert!(read("datasheet").contains("| data-team | 2027-12-31 |"));
    assert!(read("html").contains("<td>data-team</td><td>2027-12-31</td>"));
    assert!(!read("html").contains("<two>"));
}

#[test]
fn names_that_read_alike_have_anchors_of_their_own() {
    let anchors = ["tune@lr=0.1", "tune-lr-0.1", "Tune", "tune"].map(super::facts::anchor);
    let distinct: std::collections::BTreeSet<&String> = anchors.iter().collect();
    assert_eq!(distinct.len(), 4, "{anchors:?}");
    assert_eq!(anchors[3], "step-tune");
}

#[test]
fn a_template_of_the_workspace_takes_the_place_of_ours_and_is_strict() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("mine.j2");
    fs::write(&template, "{{ pipeline }}: {{ evaluations[0].rows }}\n").unwrap();
    let mut request = request(folder.path());
    let path = json!(template.display().to_string());
    request.params.insert("card_template".into(), path);
    run(&request, &mut |_| {}).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("card")).unwrap(), "digits: 360\n");
    fs::write(&template, "{{ no_such_name }}").unwrap();
    assert_eq!(run(&request, &mut |_| {}).unwrap_err().code, "D0904");
}
