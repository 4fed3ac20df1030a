//! Amounts of memory and time: `"2GiB"`, `"30min"`. Pure.

use std::time::Duration;

use super::fields::wrong_type;
use super::node::{Node, NodeKind};
use crate::diag::Diagnostic;

const MEMORY: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

const TIME: [(&str, f64); 5] =
    [("ms", 0.001), ("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86400.0)];

/// Bytes.
pub(super) fn memory(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let bytes = quantity(node, &MEMORY.map(|(unit, factor)| (unit, factor as f64)));
    match bytes {
        Some(bytes) if (1.0..=1e18).contains(&bytes) => Some(bytes as u64),
        _ => {
            diagnostics.push(mistake(
                what,
                node,
                "an amount of memory such as \"512MiB\" or \"2GiB\"",
            ));
            None
        }
    }
}

/// A duration.
pub(super) fn duration(
    what: &str,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Duration> {
    match quantity(node, &TIME) {
        Some(seconds) if (0.001..=1e9).contains(&seconds) => Some(Duration::from_secs_f64(seconds)),
        _ => {
            diagnostics.push(mistake(what, node, "a time such as \"90s\", \"30min\" or \"2h\""));
            None
        }
    }
}

fn mistake(what: &str, node: &Node, wanted: &str) -> Diagnostic {
    match node.kind {
        NodeKind::String(_) => Diagnostic::error("E0204", format!("`{what}` is not {wanted}"))
            .label(node.span, "")
            .help(format!("write {wanted}")),
        _ => wrong_type(what, node, wanted),
    }
}

/// An amount of memory as text.
pub fn bytes(text: &str) -> Option<u64> {
    let bytes = amount(text, &MEMORY.map(|(unit, factor)| (unit, factor as f64)))?;
    (0.0..=1e18).contains(&bytes).then_some(bytes as u64)
}

fn quantity(node: &Node, units: &[(&str, f64)]) -> Option<f64> {
    match &node.kind {
        NodeKind::String(text) => amount(text, units),
        _ => None,
    }
}

fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..at].parse().ok()?;
    let unit = text[at..].trim();
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    #[test]
    fn amounts_have_a_number_and_a_unit() {
        let node = |text: &str| Node { span: Span::default(), kind: NodeKind::String(text.into()) };
        let mut diagnostics = Vec::new();
        assert_eq!(memory("m", &node("2GiB"), &mut diagnostics), Some(2 << 30));
        assert_eq!(memory("m", &node("1.5 kB"), &mut diagnostics), Some(1500));
        assert_eq!(
            duration("t", &node("30min"), &mut diagnostics),
            Some(Duration::from_secs(1800))
        );
        assert!(diagnostics.is_empty());
        for bad in ["", "2", "GiB", "2 gb", "-1s", "1e5GiB", "99999999TiB"] {
            assert_eq!(memory("m", &node(bad), &mut diagnostics), None, "{bad}");
        }
        assert_eq!(diagnostics.len(), 7);
    }
}
