//! The workspace that most tests build: two branches over one source, a model on a
//! split of it, a graded guess, a page that tells of all.

use super::Project;

/// Its manifest.
pub(crate) const WORDS: &str = r#"
[pipeline]
name = "words"
edition = 1
seed = 7
default = ["page"]

[params]
epochs = 2

[sources.lines]
path = "data/lines.txt"

[steps.head]
kind = "first"
inputs.text = "lines"

[steps.title]
kind = "join"
inputs.parts = "head.text"

[steps.deal]
kind = "deal"
inputs.text = "lines"

[steps.learn]
kind = "learn"
inputs.deck = "deal.deck"
epochs = "{params.epochs}"

[steps.grade]
kind = "grade"
inputs.words = "learn.words"
inputs.deck = "deal.deck"
[[steps.grade.gates]]
metric = "share"
min = 0.5

[steps.page]
kind = "tell"
inputs.of = ["grade.report", "title.text"]
"#;

/// Its source.
pub(crate) const LINES: &str = "the first line\ntrain a b c\ntest a b x\n";

/// A fresh copy, not built yet.
pub(crate) fn words() -> Project {
    let project = Project::new(WORDS);
    project.write("data/lines.txt", LINES);
    project
}
