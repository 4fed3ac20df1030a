//! Seeds: every draw is a function of (seed, purpose, index).
//!
//! Two kinds that ask for the same purpose and index of the same seed get the
//! same stream, so a model and its control are paired; an added purpose
//! disturbs nobody.

/// A 64-bit seed for one purpose and index.
///
/// BLAKE3 in its key-derivation mode with the context
/// `ingot 2026 seed v1 <purpose>`, over the little-endian bytes of `seed` and
/// `index`; the first eight bytes, little-endian.
///
/// ```
/// use ingot_protocol::seed::derive;
/// assert_eq!(derive(17, "shuffle", 0), derive(17, "shuffle", 0));
/// assert_ne!(derive(17, "shuffle", 0), derive(17, "shuffle", 1));
/// assert_ne!(derive(17, "shuffle", 0), derive(17, "augment", 0));
/// ```
pub fn derive(seed: u64, purpose: &str, index: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key(&format!("ingot 2026 seed v1 {purpose}"));
    hasher.update(&seed.to_le_bytes());
    hasher.update(&index.to_le_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::derive;

    /// `plugins/sdk` derives seeds natively as the host does, and holds the same number.
    #[test]
    fn a_known_draw() {
        assert_eq!(derive(17, "shuffle", 3), 6_227_822_889_369_416_641);
    }
}
