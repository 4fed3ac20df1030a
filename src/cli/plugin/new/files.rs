//! What each template holds.
pub(super) const RUST: &[(&str, &str)] = &[];
pub(super) const C: &[(&str, &str)] = &[];
pub(super) const PYTHON: &[(&str, &str)] = &[];
pub(super) const JS: &[(&str, &str)] = &[];
pub(super) const INTERFACE: [(&str, &str); 1] =
    [("wit/step.wit", include_str!("../../../../plugins/wit/step.wit"))];
