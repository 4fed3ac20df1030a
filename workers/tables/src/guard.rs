//! The one place where decoders of strangers' bytes are called: of Parquet, Arrow, images.
//!
//! Such a library checks much and still panics on some bytes that no writer made: by an
//! assertion, an index, an overflow. Such a panic would end the worker without a code,
//! so it is caught here and becomes an error; nothing of what the decoder
//! held is used again. The panic hook is told to be quiet meanwhile, so that a log has
//! one line about the file and no trace through a library.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether this thread is in the decoder.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Calls the decoder; a panic is a text.
pub(crate) fn decode<T>(decoder: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                loud(panic);
            }
        }));
    });
    let before = DECODING.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decoder));
    DECODING.set(before);
    decoded.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "it gave up".to_owned())
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_text() {
        assert_eq!(decode(|| 7), Ok(7));
        let stopped: Result<(), String> = decode(|| panic!("at {}\nand more", 3));
        assert_eq!(stopped, Err("at 3".to_owned()));
    }
}
