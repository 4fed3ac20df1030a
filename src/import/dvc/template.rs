//! `${..}` in DVC's texts: what it stands for, and how a manifest says it. Pure.

use super::super::yaml::Yaml;

/// What a placeholder can stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Values of `vars` and params files.
    pub(super) values: &'a Yaml,
    /// The word that stands for the item, and the axes below it: `item` alone for
    /// `foreach`, `item.AXIS` for `matrix`.
    pub(super) axes: &'a [String],
    /// Whether the item is one value, as with `foreach`.
    pub(super) single: bool,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Text.
    Literal(String),
    /// An axis of the step.
    Axis(String),
    /// A value of the scope, by its path.
    Param(String),
    /// What cannot be said: the placeholder as it is written.
    Unknown(String),
}

impl Scope<'_> {
    /// The parts of a text.
    pub(super) fn parts(&self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, tail) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('\\') {
                literal.push_str(before);
                literal.push_str("${");
                rest = &tail[2..];
                continue;
            }
            literal.push_str(before);
            let Some(end) = tail.find('}') else {
                rest = tail;
                break;
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(self.part(&tail[..=end]));
            rest = &tail[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        parts
    }

    fn part(&self, written: &str) -> Part {
        let name = written.trim_start_matches("${").trim_end_matches('}').trim();
        let axis = match name.strip_prefix("item.") {
            Some(axis) if !self.single => Some(axis),
            None if self.single && name == "item" => Some("item"),
            _ => None,
        };
        match axis.filter(|axis| self.axes.iter().any(|known| known == axis)) {
            Some(axis) => Part::Axis(axis.to_owned()),
            None if self.values.at(name).and_then(Yaml::plain).is_some() => {
                Part::Param(name.to_owned())
            }
            None => Part::Unknown(written.to_owned()),
        }
    }

    /// The text at one point; nothing where something in it stands for no single value.
    pub(super) fn concrete(&self, text: &str, point: &[(String, String)]) -> Option<String> {
        self.parts(text)
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text),
                Part::Axis(axis) => {
                    point.iter().find(|(name, _)| *name == axis).map(|(_, value)| value.clone())
                }
                Part::Param(path) => self.values.at(&path)?.plain(),
                Part::Unknown(_) => None,
            })
            .collect()
    }
}

/// Parts as a manifest's text: `{matrix.X}`, `{params.X}`, braces doubled.
pub(super) fn manifest_text(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) | Part::Unknown(text) => doubled(text),
            Part::Axis(axis) => format!("{{matrix.{axis}}}"),
            Part::Param(path) => format!("{{params.{}}}", param(path)),
        })
        .collect()
}

/// A text whose braces are braces.
pub(super) fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The name in `[params]` of a value.
pub(super) fn param(path: &str) -> String {
    name(&path.replace('[', "_").replace(']', ""))
}

/// A text as a name: letters, digits, `_` and `-`.
pub(super) fn name(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name: String = text.chars().map(|c| if fits(c) { c } else { '_' }).take(60).collect();
    let name = name.trim_matches(|c| c == '_' || c == '-');
    if name.is_empty() { "x".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::super::yaml::parse;
    use super::*;

    #[test]
    fn placeholders_are_found_and_the_rest_is_left() {
        let values = parse("train: {lr: 0.1}\nmodels: [a, b]\n").unwrap();
        let axes = ["size".to_owned()];
        let scope = Scope { values: &values, axes: &axes, single: false };
        let text = |text: &str| manifest_text(&scope.parts(text));
        assert_eq!(text("x ${train.lr} ${ item.size }"), "x {params.train_lr} {matrix.size}");
        assert_eq!(
            text("echo '{a}' \\${HOME} ${models[1]}"),
            "echo '{{a}}' ${{HOME}} {params.models_1}"
        );
        assert_eq!(text("${models} ${item} ${nothing"), "${{models}} ${{item}} ${{nothing");
        let point = [("size".to_owned(), "8".to_owned())];
        assert_eq!(
            scope.concrete("m-${item.size}-${train.lr}", &point).as_deref(),
            Some("m-8-0.1")
        );
        assert_eq!(scope.concrete("${models}", &point), None);
        assert_eq!(name("data/${x}.csv"), "data___x__csv");
    }
}
