//! `--set NAME=VALUE`: a param as if the manifest said so. Pure.
//!
//! Invariant: the manifest's value says what type a param has, and no command line
//! changes it: of a text every character counts, so that `1.10` and `007` stay what they
//! are; anything else is read as a TOML value of that type.

use super::node::{Node, NodeKind};
use super::text;
use crate::diag::{Diagnostic, Span};

/// The value that stands for `declared`, at its place. A mistake leaves what is declared.
pub(super) fn value(
    name: &str,
    written: &str,
    declared: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Node {
    if let NodeKind::String(_) = declared.kind {
        return Node { span: declared.span, kind: NodeKind::String(written.to_owned()) };
    }
    let value = text::value(written).filter(|value| kind(value) == kind(declared));
    let Some(value) = value else {
        let what = kind(declared);
        diagnostics.push(
            Diagnostic::error("E0202", format!("`--set {name}={written}` is not {what}"))
                .label(declared.span, format!("the param is {what}"))
                .help(format!("write {what}, as the manifest does")),
        );
        return declared.clone();
    };
    at(value, declared.span)
}

/// What a value is, in words. Whole numbers and others are both numbers.
fn kind(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Bool(_) => "true or false",
        NodeKind::Integer(_) | NodeKind::Float(_) => "a finite number",
        NodeKind::String(_) => "a text",
        NodeKind::Array(_) => "a list",
        NodeKind::Table(_) => "a table",
    }
}

/// The same value with every part of it at one place.
fn at(node: Node, span: Span) -> Node {
    let kind = match node.kind {
        NodeKind::Array(items) => {
            NodeKind::Array(items.into_iter().map(|item| at(item, span)).collect())
        }
        NodeKind::Table(entries) => NodeKind::Table(
            entries.into_iter().map(|(key, (_, value))| (key, (span, at(value, span)))).collect(),
        ),
        other => other,
    };
    Node { span, kind }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::manifest::{Loaded, Overrides, load};

    const TEXT: &str = "[pipeline]\nname = \"p\"\nedition = 1\n\n[params]\nversion = \"1.9\"\n\
                        rate = 0.5\nflag = false\nsizes = [1, 2]\ntable = { a = 1 }\n";

    fn set(values: &[(&str, &str)]) -> Loaded {
        let set = values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        load(Path::new("ingot.toml"), TEXT.as_bytes(), &Overrides { set, profile: None })
    }

    #[test]
    fn a_param_keeps_the_type_that_the_manifest_gives_it() {
        let kept = [
            ("version", "1.10"),
            ("version", "007"),
            ("version", "true"),
            ("version", "\"x\""),
            ("version", "a\nb = 1"),
            ("rate", "3"),
            ("rate", "1_000.25"),
            ("flag", "true"),
            ("sizes", "[\"4\", 5.0]"),
            ("table", "{ b = [true] }"),
        ];
        let found: Vec<String> = kept
            .iter()
            .map(|&(name, value)| {
                let params = set(&[(name, value)]).manifest.unwrap().params;
                params[name].to_json().to_string()
            })
            .collect();
        insta::assert_snapshot!(found.join("\n"), @r#"
        "1.10"
        "007"
        "true"
        "\"x\""
        "a\nb = 1"
        3
        1000.25
        true
        ["4",5.0]
        {"b":[true]}
        "#);
    }

    #[test]
    fn what_is_no_value_of_that_type_is_refused() {
        let wrong = [
            ("rate", "ten"),
            ("rate", "nan"),
            ("rate", "1e999"),
            ("rate", "1\nedition = 2"),
            ("rate", "1 # one"),
            ("rate", ""),
            ("flag", "1"),
            ("sizes", "1, 2"),
        ];
        let loaded = set(&wrong);
        assert!(loaded.manifest.is_none());
        let said: Vec<&str> = loaded.diagnostics.iter().map(|it| it.message.as_str()).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        `--set rate=1
        edition = 2` is not a finite number
        `--set rate=1 # one` is not a finite number
        `--set rate=1e999` is not a finite number
        `--set rate=` is not a finite number
        `--set rate=nan` is not a finite number
        `--set rate=ten` is not a finite number
        `--set flag=1` is not true or false
        `--set sizes=1, 2` is not a list
        ");
    }
}
