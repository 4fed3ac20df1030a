//! Partitions of a source: `path = "data/{day}/*.csv"`, and the axis that a step makes of
//! them, `matrix.day = { from = "raw" }`. Pure: what partitions there are comes in as a value.
//!
//! A partition is a source of its own, `raw@day=2026-11-01`, so that whatever reads it reads
//! no file of another one. Invariant: a path has at most one placeholder of this kind, and a
//! partition's label can stand in the name of a point. What it does not do: it looks at no
//! folder; the source under its own name stays all of its files.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::node::{Node, NodeKind};
use super::{Reference, Source, Step, names};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};

/// A path with a placeholder in the place of what tells its partitions apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The placeholder's name, which the axis has too.
    pub axis: String,
    /// What stands before it.
    pub before: String,
    /// What stands behind it.
    pub behind: String,
}

/// The partitions of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitions {
    /// Where they stand.
    pub template: Template,
    /// What each is called, sorted; nothing where that could not be told, which was said.
    pub labels: Option<Vec<String>>,
}

/// Finds the labels of a template in the folder of its manifest, sorted; else says what is
/// wrong there.
pub type Lister<'a> = dyn Fn(&str, &Template) -> Result<Vec<String>, String> + Sync + 'a;

impl Template {
    /// The template in a path whose other placeholders are filled and whose braces are still
    /// doubled; nothing where it has none.
    pub(super) fn of(path: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let placeholders = placeholders(&path.value);
        if has_stray_brace(&path.value, &placeholders) {
            let mistake = Diagnostic::error("E0209", "this brace begins no placeholder");
            diagnostics.push(
                mistake
                    .label(path.span, "")
                    .help("write `{params.NAME}`, `{day}` for partitions, or `{{` for a brace"),
            );
            return None;
        }
        let mistake = |message: String, help: &str| {
            Diagnostic::error("E0226", message).label(path.span, "").help(help.to_owned())
        };
        let (start, end) = match placeholders.as_slice() {
            [] => return None,
            [one] => *one,
            several => {
                let message = format!("`{}` has {} placeholders", path.value, several.len());
                let help = "one placeholder tells the partitions of a path apart; `*` takes any";
                diagnostics.push(mistake(message, help));
                return None;
            }
        };
        let axis = &path.value[start + 1..end];
        let before = single_braces(&path.value[..start]);
        let behind = single_braces(&path.value[end + 1..]);
        if before.contains(['*', '?', '[', '{']) {
            let message = format!("`{{{axis}}}` stands behind a pattern");
            diagnostics.push(mistake(message, "put the placeholder before the first `*`"));
            return None;
        }
        let name = behind.split('/').next().unwrap_or_default();
        if name.contains(['*', '?', '[', '{']) {
            let message = format!("`{{{axis}}}` and a pattern stand in one name");
            diagnostics.push(mistake(message, "write what stands beside the placeholder out"));
            return None;
        }
        Some(Self { axis: axis.to_owned(), before, behind })
    }

    /// The same of its glob in another form, such as without a leading `./`.
    pub(super) fn at(self, glob: &str) -> Self {
        match glob.split_once('*') {
            Some((before, behind)) => {
                Self { axis: self.axis, before: before.to_owned(), behind: behind.to_owned() }
            }
            None => self,
        }
    }

    /// The glob of all partitions.
    pub fn glob(&self) -> String {
        format!("{}*{}", self.before, self.behind)
    }

    /// The path or glob of one.
    pub fn path(&self, label: &str) -> String {
        format!("{}{label}{}", self.before, self.behind)
    }

    /// The folder in which the partitions stand, where each is a folder or lies in one: their
    /// trees begin there, so that a column in a folder's name is kept.
    fn root(&self) -> Option<String> {
        self.behind.contains('/').then(|| match self.before.rsplit_once('/') {
            Some((folder, _)) => folder.to_owned(),
            None => ".".to_owned(),
        })
    }
}

/// Start and end of each `{name}` that stands in no doubled braces.
fn placeholders(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'{' && bytes.get(at + 1) == Some(&b'{') {
            at += 2;
            continue;
        }
        let end = text[at..].find('}').map(|end| at + end).filter(|_| bytes[at] == b'{');
        match end {
            Some(end) if names::is_name(&text[at + 1..end]) => {
                found.push((at, end));
                at = end + 1;
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether a brace is neither doubled nor a placeholder's.
fn has_stray_brace(text: &str, placeholders: &[(usize, usize)]) -> bool {
    let mut rest = text.to_owned();
    for (start, end) in placeholders.iter().rev() {
        rest.replace_range(*start..=*end, "");
    }
    rest.replace("{{", "").replace("}}", "").contains(['{', '}'])
}

/// A text whose doubled braces are single ones.
pub(super) fn single_braces(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

/// A source and its partitions, each a source of its own.
pub(super) fn sources(name: &str, mut source: Source) -> BTreeMap<String, Source> {
    let mut all = BTreeMap::new();
    // No copy holds the labels of all.
    let partitions = source.partitions.take();
    if let Some(Partitions { template, labels }) = &partitions {
        for label in labels.iter().flatten() {
            let path = Spanned::new(template.path(label), source.path.span);
            let one = Source { path, root: template.root(), ..source.clone() };
            all.insert(part(name, &template.axis, label), one);
        }
    }
    all.insert(name.to_owned(), Source { partitions, ..source });
    all
}

/// What one partition of a source is called.
fn part(source: &str, axis: &str, label: &str) -> String {
    format!("{source}@{axis}={label}")
}

/// The source that this one is, or is a partition of.
pub fn whole(name: &str) -> &str {
    name.split_once('@').map_or(name, |(source, _)| source)
}

/// An axis that takes its points from a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct From {
    pub(super) source: String,
    /// The points: the partitions' labels, or the last of them.
    pub(super) labels: Vec<String>,
}

/// `{ from = "raw", last = 7 }` as an axis; nothing where a table is none of that form.
pub(super) fn from(
    axis: (&str, Span),
    node: &Node,
    sources: &BTreeMap<String, Source>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Option<From>> {
    let NodeKind::Table(entries) = &node.kind else { return None };
    let is_form = entries.keys().all(|key| key == "from" || key == "last");
    let source = entries.get("from").filter(|_| is_form);
    let Some((_, Node { kind: NodeKind::String(source), span })) = source else { return None };
    let mut fields = Fields::of(format!("matrix.{}", axis.0), node, diagnostics);
    fields.any("from");
    let last = fields.integer("last", 1, i64::MAX, diagnostics);
    Some(read(axis, (source, *span), last, sources, diagnostics))
}

fn read(
    (axis, place): (&str, Span),
    (name, span): (&str, Span),
    last: Option<i64>,
    sources: &BTreeMap<String, Source>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<From> {
    let mistake = |message: String| Diagnostic::error("E0226", message);
    let Some(source) = sources.get(name) else {
        let mistake = mistake(format!("there is no source `{name}`")).label(span, "");
        let known = sources.keys().filter(|name| !name.contains('@')).map(String::as_str);
        diagnostics.push(match nearest(name, known) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help("name a source whose path has a placeholder"),
        });
        return None;
    };
    let Some(partitions) = &source.partitions else {
        let message = format!("the source `{name}` has no partitions");
        diagnostics.push(
            mistake(message)
                .label(source.path.span, "no placeholder here")
                .label(span, "")
                .help(format!("write a path such as \"data/{{{axis}}}/*.csv\"")),
        );
        return None;
    };
    let own = &partitions.template.axis;
    if own != axis {
        let message = format!("the partitions of `{name}` are called `{own}`, not `{axis}`");
        diagnostics.push(
            mistake(message).label(place, "").help(format!("write matrix.{own} = {{ from = .. }}")),
        );
        return None;
    }
    let all = partitions.labels.as_ref()?;
    if all.is_empty() {
        let message = format!("no partition of `{name}` is there");
        diagnostics.push(
            mistake(message)
                .label(
                    source.path.span,
                    format!("nothing matches `{}`", partitions.template.glob()),
                )
                .help("put a file there, or correct the path"),
        );
        return None;
    }
    let kept = last.map_or(all.len(), |last| usize::try_from(last).unwrap_or(usize::MAX));
    let labels = all[all.len() - kept.min(all.len())..].to_vec();
    Some(From { source: name.to_owned(), labels })
}

/// Has a step at one point read the partition of that point where it reads the source.
pub(super) fn narrow(step: &mut Step, axis: &str, source: &str) {
    let Some(label) = step.point.get(axis) else { return };
    for input in step.inputs.values_mut().flatten() {
        if let Reference::Output { name, .. } = &mut input.reference.value
            && name == source
        {
            *name = part(source, axis, label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(path: &str) -> Result<Option<Template>, String> {
        let mut diagnostics = Vec::new();
        let path = Spanned::new(path.to_owned(), Span::default());
        let template = Template::of(&path, &mut diagnostics);
        match diagnostics.pop() {
            Some(mistake) => Err(mistake.message),
            None => Ok(template),
        }
    }

    #[test]
    fn a_placeholder_parts_a_path() {
        let found = template("data/day={day}/*.csv")
            .unwrap_or_default()
            .map(|found| (found.glob(), found.path("2026-11-01"), found.root()));
        let expected = ("data/day=*/*.csv", "data/day=2026-11-01/*.csv", Some("data"));
        let expected =
            (expected.0.to_owned(), expected.1.to_owned(), expected.2.map(str::to_owned));
        assert_eq!(found, Some(expected));
        assert_eq!(template("data/{{a,b}}/x.csv"), Ok(None));
        let file = template("data/events-{day}.csv").unwrap_or_default();
        assert_eq!(file.and_then(|file| file.root()), None);
    }

    #[test]
    fn two_placeholders_and_one_behind_a_pattern_are_refused() {
        assert!(template("{region}/{day}.csv").is_err());
        assert!(template("*/{day}.csv").is_err());
        assert!(template("data/{day}-*.csv").is_err());
        for stray in ["data/{prams.x}/a.csv", "data/{day/a.csv", "data/}x.csv", "{a b}.csv"] {
            assert_eq!(
                template(stray),
                Err("this brace begins no placeholder".to_owned()),
                "{stray}"
            );
        }
    }
}
