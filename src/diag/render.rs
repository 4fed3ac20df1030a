//! The one renderer: a [`Diagnostic`] as text, with the lines it is about.
//!
//! Pure. Invariant: any span renders, also one past the end of its file or
//! inside a character; what a text holds cannot reach the terminal as an escape.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};

use super::{Diagnostic, Level, Sources, Span};

/// The text of a diagnostic, without a newline at its end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool, width: usize) -> String {
    let level = match diagnostic.level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
    };
    let message = clean(&diagnostic.message);
    let title = level.primary_title(message).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic, sources) {
        group = group.element(snippet);
    }
    for cause in causes(diagnostic) {
        group = group.element(Shown::NOTE.message(clean(cause)));
    }
    for help in &diagnostic.help {
        group = group.element(Shown::HELP.message(clean(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(width.max(40)).render(&[group])
}

/// A snippet a file, in the order in which the labels name them.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut files: Vec<u32> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .filter_map(|file| {
            let (path, text) = sources.files.get(file as usize)?;
            let labels = diagnostic.labels.iter().enumerate().filter(|(_, l)| l.span.file == file);
            let annotations = labels.map(|(index, label)| {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(within(text, label.span));
                if label.text.is_empty() {
                    annotation
                } else {
                    annotation.label(clean(&label.text))
                }
            });
            let path = path.display().to_string();
            Some(Snippet::source(text.as_str()).path(path).annotations(annotations))
        })
        .collect()
}

/// The causes that say something new: an outer error often is the message.
fn causes(diagnostic: &Diagnostic) -> impl Iterator<Item = &String> {
    diagnostic.causes.iter().filter(|cause| **cause != diagnostic.message)
}

/// The span moved to whole characters inside the text.
fn within(text: &str, span: Span) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// Control characters made visible.
pub fn clean(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control() && c != '\n' && c != '\t';
            let shown = if escaped { c.escape_default().collect() } else { vec![c] };
            shown.into_iter()
        })
        .collect()
}
