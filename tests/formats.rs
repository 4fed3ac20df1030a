//! The JSON Schemas of artifacts: what the workers write agrees with them, and what differs
//! from it in one place is refused unless the reader takes it too.

#[path = "formats/mutants.rs"]
mod mutants;

use crate::support::Project;

const TYPES: [&str; 8] =
    ["dataset", "findings", "fitted", "metrics", "model", "predictions", "profile", "report"];

#[test]
fn the_schemas_accept_what_workers_write_and_refuse_what_readers_refuse() {
    let folder = mutants::folder(env!("CARGO_MANIFEST_DIR"), "");
    let documents = mutants::documents(&folder, &TYPES);
    assert!(documents.len() >= TYPES.len());
    let project = Project::new("");
    let validators = TYPES.map(|name| {
        let said = project.run(&["schema", name]);
        let committed = folder.join(format!("../../schemas/{name}.json"));
        assert_eq!(said.stdout, std::fs::read_to_string(committed).unwrap());
        let schema: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    let found = mutants::judged(&documents, |name, document| {
        let at = TYPES.iter().position(|known| *known == mutants::type_of(name)).unwrap();
        validators[at].is_valid(document)
    });
    let listed = mutants::accepted(&folder, &["both", "schema"], &documents);
    let more: Vec<_> = found.difference(&listed).collect();
    let less: Vec<_> = listed.difference(&found).collect();
    assert!(more.is_empty() && less.is_empty(), "accepted {more:#?}, refused {less:#?}");
}
