//! The one renderer: a [`Diagnostic`] as text, with the lines it is about.
//!
//! Pure. Invariant: any span renders, also one past the end of its file or
//! inside a character; what a text holds cannot reach the terminal as an escape.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};

use super::escape::{block, line};
use super::{Diagnostic, Label, Level, Sources, Span};

/// The text of a diagnostic, without a newline at its end.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool, width: usize) -> String {
    let level = match diagnostic.level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
    };
    let message = block(&diagnostic.message);
    let title = level.primary_title(message).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic, sources) {
        group = group.element(snippet);
    }
    for cause in causes(diagnostic) {
        group = group.element(Shown::NOTE.message(block(cause)));
    }
    for help in &diagnostic.help {
        group = group.element(Shown::HELP.message(block(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(width.max(40)).render(&[group])
}

/// Texts above this size are not looked through for each diagnostic.
const LARGE: usize = 256 << 10;

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
        .flat_map(|file| {
            let Some((path, text)) = sources.files.get(file as usize) else { return Vec::new() };
            let labels = diagnostic.labels.iter().enumerate().filter(|(_, l)| l.span.file == file);
            let annotation = |index: usize, label: &'a Label, place: Range<usize>| {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(place);
                if label.text.is_empty() {
                    annotation
                } else {
                    annotation.label(block(&label.text))
                }
            };
            let path = line(&path.display().to_string()).into_owned();
            if text.len() <= LARGE {
                let annotations =
                    labels.map(|(index, label)| annotation(index, label, within(text, label.span)));
                let snippet = Snippet::source(text.as_str()).path(path);
                return vec![snippet.annotations(annotations)];
            }
            // Of a large text the renderer sees a label's lines alone.
            let alone = labels.map(|(index, label)| {
                let place = within(text, label.span);
                let (lines, number) = sources.lines_of(label.span);
                let lines = lines.start.min(place.start)..lines.end.max(place.end);
                let place = place.start - lines.start..place.end - lines.start;
                let snippet = Snippet::source(&text[lines]).line_start(number);
                snippet.path(path.clone()).annotation(annotation(index, label, place))
            });
            alone.collect()
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
