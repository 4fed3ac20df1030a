//! Actions and their keys: golden bytes, and what must hold for any action.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use ingot_protocol::{Lineage, LineageSource, LineageStep, Metric, Platform};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::action::{Action, ActionInput, CommandSpec, ENCODING, ToolIdentity};
use super::artifact::Content;
use super::diff::diff;
use crate::digest::Digest;

fn input(content: Content) -> ActionInput {
    ActionInput {
        artifact_type: "files".into(),
        content,
        splits: Vec::new(),
        split: None,
        format: None,
        at: None,
    }
}

fn file(bytes: &str) -> Content {
    Content::File { digest: Digest::of(bytes.as_bytes()), executable: false }
}

fn action(kind: &str) -> Action {
    Action {
        encoding: ENCODING,
        kind: kind.into(),
        revision: 1,
        worker: "ingot-data".into(),
        params: Map::new(),
        inputs: BTreeMap::new(),
        outputs: BTreeMap::from([("data".into(), "dataset".into())]),
        platform: None,
        seed: None,
        command: None,
        lineage: None,
    }
}

/// A kind of class `bitwise` that reads one file.
fn of_a_file() -> Action {
    let format = Some(json!({ "type": "csv", "header": true }));
    let input = ActionInput { format, ..input(file("1,2\n")) };
    Action {
        params: json!({ "contract": { "label": "digit" }, "strict": true, "limit": 0.5, "n": 3 })
            .as_object()
            .unwrap()
            .clone(),
        inputs: BTreeMap::from([("data".into(), vec![input])]),
        ..action("validate")
    }
}

/// A random kind of class `platform` with several inputs on a port, cut.
fn of_many_inputs() -> Action {
    let data = ActionInput {
        artifact_type: "dataset".into(),
        splits: vec!["train".into(), "valid".into()],
        ..input(Content::Tree(Digest::of(b"tree")))
    };
    let models = ["a", "b"].map(|model| ActionInput {
        artifact_type: "model".into(),
        ..input(Content::Tree(Digest::of(model.as_bytes())))
    });
    Action {
        worker: "ingot-torch libtorch=2.11.0".into(),
        inputs: BTreeMap::from([("data".into(), vec![data]), ("models".into(), models.into())]),
        outputs: BTreeMap::from([("model".into(), "model".into())]),
        platform: Some(Platform::default()),
        seed: Some(17),
        ..action("fine-tune")
    }
}

/// A command with everything that it can declare.
fn of_a_command() -> Action {
    let code = ActionInput {
        at: Some("tools".into()),
        ..input(Content::File { digest: Digest::of(b"#!/bin/sh\n"), executable: true })
    };
    let tool = ToolIdentity {
        program: "python3".into(),
        files: BTreeMap::from([("uv.lock".into(), file("lock"))]),
    };
    Action {
        worker: "ingot-command".into(),
        inputs: BTreeMap::from([("code".into(), vec![code])]),
        outputs: BTreeMap::from([("onnx".into(), "files".into())]),
        platform: Some(Platform { threads: 2, ..Platform::default() }),
        command: Some(CommandSpec {
            run: vec!["python3".into(), "tools/export.py".into(), "{outputs.onnx}".into()],
            environment: BTreeMap::from([("MODE".into(), "fast".into())]),
            secrets: vec!["HF_TOKEN".into()],
            tools: BTreeMap::from([("python".into(), tool)]),
            network: true,
        }),
        ..action("command")
    }
}

/// What a golden says of an action: its key, and its bytes in lines.
fn golden(action: &Action) -> String {
    let bytes = action.encode().unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> =
        (0..hex.len()).step_by(88).map(|at| &hex[at..(at + 88).min(hex.len())]).collect();
    format!("{}\n{}", action.key().unwrap(), lines.join("\n"))
}

/// The encoding is for ever: a golden that moves needs a new `ENCODING`.
#[test]
fn the_key_of_an_action_with_a_file() {
    insta::assert_snapshot!(golden(&of_a_file()), @r#"
    57009bfb9d41ef0edfb4a6882b2462f0575b3abc69045307dbe74a5ae2f5ef80
    a7646b696e646876616c696461746566696e70757473a1646461746181a364747970656566696c657366666f
    726d6174a264747970656363737666686561646572f567636f6e74656e74784566696c653a36633730336463
    3461306662613737613766613965653663633261393932623864316462653836653137663839376333633931
    3633363533396536316632663166706172616d73a4616e03656c696d6974f9380066737472696374f568636f
    6e7472616374a1656c6162656c65646967697466776f726b65726a696e676f742d64617461676f7574707574
    73a16464617461676461746173657468656e636f64696e6701687265766973696f6e01
    "#);
}

#[test]
fn the_key_of_an_action_with_many_inputs() {
    insta::assert_snapshot!(golden(&of_many_inputs()), @r#"
    7cbb58bc9e336560ab321428cefedcafb15c45ca117886e5e6a156f1497bce61
    a9646b696e646966696e652d74756e6564736565641166696e70757473a2646461746181a364747970656764
    6174617365746673706c6974738265747261696e6576616c696467636f6e74656e747845747265653a366261
    6136633966343631666538333461396461306562623632653066366662386331313938386135386362633531
    6238646138303430616561313962633361666d6f64656c7382a26474797065656d6f64656c67636f6e74656e
    747845747265653a313737363266646464393639613435333932356436353731376163336565613231333230
    62363662353433343266646531353132386436636166323132313566a26474797065656d6f64656c67636f6e
    74656e747845747265653a313065356366336433633861346639663334363863386363353865656138343839
    3261323266646164626331616362323234313031393030343463316435353366706172616d73a066776f726b
    6572781b696e676f742d746f726368206c6962746f7263683d322e31312e30676f757470757473a1656d6f64
    656c656d6f64656c68656e636f64696e670168706c6174666f726da463697361646176783266646576696365
    6363707567746872656164730169707265636973696f6e6466703332687265766973696f6e01
    "#);
}

#[test]
fn the_key_of_a_command() {
    insta::assert_snapshot!(golden(&of_a_command()), @r#"
    a05812afd91a1d52ad59ffb4e9ae7502c88f0c849e5c4cb8f5e6a0a183f09d3a
    a9646b696e6467636f6d6d616e6466696e70757473a164636f646581a362617465746f6f6c73647479706565
    66696c657367636f6e74656e747845657865633a626331663430376131316339333737633862396231336639
    3536623237396338343632373735313035656239353866633961653363343064653837636339366566706172
    616d73a066776f726b65726d696e676f742d636f6d6d616e6467636f6d6d616e64a56372756e836770797468
    6f6e336f746f6f6c732f6578706f72742e70796e7b6f7574707574732e6f6e6e787d65746f6f6c73a1667079
    74686f6ea26566696c6573a16775762e6c6f636b784566696c653a6537336163666164663264653933356566
    3665363839643537616563363365386439386538303932303631666136316339666364316133636534363031
    3665326770726f6772616d67707974686f6e33676e6574776f726bf56773656372657473816848465f544f4b
    454e6b656e7669726f6e6d656e74a1644d4f44456466617374676f757470757473a1646f6e6e786566696c65
    7368656e636f64696e670168706c6174666f726da46369736164617678326664657669636563637075677468
    72656164730269707265636973696f6e6466703332687265766973696f6e01
    "#);
}

#[test]
fn an_action_with_an_unknown_field_or_another_form_is_refused() {
    let mut value = serde_json::to_value(of_a_file()).unwrap();
    value["host"] = json!("here");
    let bytes = super::canonical::encode(&value).unwrap();
    assert!(Action::decode(&bytes).is_err());
    let bytes = of_a_file().encode().unwrap();
    assert!(Action::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(Action::decode(&[bytes.as_slice(), &[0]].concat()).is_err(), "something behind it");
}

#[test]
fn a_command_without_identity_files_is_weak() {
    let mut action = of_a_command();
    assert!(!action.has_weak_identity());
    let command = action.command.as_mut().unwrap();
    command.tools.values_mut().for_each(|tool| tool.files.clear());
    assert!(action.has_weak_identity());
    assert!(!of_a_file().has_weak_identity());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f32>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::from))
}

fn any_content() -> impl Strategy<Value = Content> {
    (any::<u8>(), 0..3_u8).prop_map(|(byte, shape)| match shape {
        0 => Content::Tree(Digest::of(&[byte])),
        shape => Content::File { digest: Digest::of(&[byte]), executable: shape == 1 },
    })
}

fn any_input() -> impl Strategy<Value = ActionInput> {
    (
        "[a-z]{1,3}",
        any_content(),
        prop::collection::btree_set("[a-z]{1,3}", 0..3),
        prop::option::of("[a-z]{1,3}"),
        prop::option::of(any_value()),
        prop::option::of("[a-z]{1,3}"),
    )
        .prop_map(|(artifact_type, content, splits, split, format, at)| ActionInput {
            artifact_type,
            content,
            splits: splits.into_iter().collect(),
            split,
            format,
            at,
        })
}

fn any_lineage() -> impl Strategy<Value = Lineage> {
    ("[a-z]{1,3}", any_content(), any::<f32>().prop_filter("finite", |x| x.is_finite())).prop_map(
        |(name, content, value)| {
            let step = LineageStep {
                step: name.clone(),
                kind: "train".into(),
                key: Digest::of(name.as_bytes()).to_hex(),
                params: Map::new(),
                seed: None,
                inputs: BTreeMap::from([("data".into(), vec![name.clone()])]),
                outputs: BTreeMap::from([("model".into(), content.to_string())]),
                metrics: vec![Metric::new("accuracy", value.into())],
                findings: Vec::new(),
                waivers: Vec::new(),
            };
            let digest = content.to_string();
            let source = LineageSource { path: name.clone(), digest };
            Lineage {
                pipeline: "p".into(),
                step: "card".into(),
                steps: vec![step],
                sources: BTreeMap::from([(name, source)]),
            }
        },
    )
}

fn any_command() -> impl Strategy<Value = CommandSpec> {
    let word = || "[a-z{}. ]{0,4}";
    (
        prop::collection::vec(word(), 0..3),
        prop::collection::btree_map(word(), word(), 0..2),
        prop::collection::btree_map(word(), (word(), any_content()), 0..2),
        any::<bool>(),
    )
        .prop_map(|(run, environment, tools, network)| CommandSpec {
            secrets: run.clone(),
            run,
            environment,
            tools: tools
                .into_iter()
                .map(|(name, (program, content))| {
                    let files = BTreeMap::from([(program.clone(), content)]);
                    (name, ToolIdentity { program, files })
                })
                .collect(),
            network,
        })
}

fn any_action() -> impl Strategy<Value = Action> {
    (
        ("[a-z]{1,3}", 0..3_u32, "[a-z]{1,3}"),
        prop::collection::btree_map("[a-z]{1,2}", any_value(), 0..3),
        prop::collection::btree_map("[a-z]{1,2}", prop::collection::vec(any_input(), 0..3), 0..3),
        prop::collection::btree_map("[a-z]{1,2}", "[a-z]{1,2}", 0..3),
        (prop::option::of(0..3_u32), prop::option::of(any::<u64>())),
        prop::option::of(any_command()),
        prop::option::of(any_lineage()),
    )
        .prop_map(|(names, params, inputs, outputs, (threads, seed), command, lineage)| {
            Action {
                encoding: ENCODING,
                kind: names.0,
                revision: names.1,
                worker: names.2,
                params: params.into_iter().collect(),
                inputs,
                outputs,
                platform: threads.map(|threads| Platform { threads, ..Platform::default() }),
                seed,
                command,
                lineage,
            }
        })
}

proptest! {
    #[test]
    fn an_action_decodes_to_itself(action in any_action()) {
        prop_assert_eq!(Action::decode(&action.encode().unwrap()).unwrap(), action);
    }

    #[test]
    fn two_actions_have_one_key_exactly_when_nothing_differs(
        one in any_action(),
        other in any_action(),
    ) {
        // Every part of the one is put into the other in its turn, so that each
        // field moves alone.
        let parts: [fn(&mut Action, &Action); 10] = [
            |to, from| to.kind = from.kind.clone(),
            |to, from| to.revision = from.revision,
            |to, from| to.worker = from.worker.clone(),
            |to, from| to.params = from.params.clone(),
            |to, from| to.inputs = from.inputs.clone(),
            |to, from| to.outputs = from.outputs.clone(),
            |to, from| to.platform = from.platform.clone(),
            |to, from| to.seed = from.seed,
            |to, from| to.command = from.command.clone(),
            |to, from| to.lineage = from.lineage.clone(),
        ];
        for part in parts {
            let mut moved = one.clone();
            part(&mut moved, &other);
            let changes = diff(&one, &moved);
            prop_assert_eq!(moved == one, changes.is_empty(), "{:?}", changes);
            prop_assert_eq!(moved == one, moved.key().unwrap() == one.key().unwrap());
        }
    }
}
