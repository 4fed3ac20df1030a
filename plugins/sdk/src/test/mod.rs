//! Runs a step kind for a test: natively, and in the host.
//!
//! ```
//! use ingot_plugin::test::Case;
//! use ingot_plugin::{Failure, Kind, Metric, Run, Step, json};
//!
//! struct Count;
//!
//! impl Step for Count {
//!     fn kind() -> Kind {
//!         Kind::new("count", "count bytes").input("text", "files").output("metrics", "metrics")
//!     }
//!
//!     fn run(run: &Run) -> Result<(), Failure> {
//!         let bytes = run.input("text")?.bytes("")?;
//!         run.metric(Metric::new("bytes", bytes.len() as f64))
//!     }
//! }
//!
//! let outcome = Case::new::<Count>().input("text", [("", "abc")]).check()?;
//! assert_eq!(outcome.metric("bytes"), 3.0);
//! # Ok::<(), Failure>(())
//! ```
//!
//! Invariant: [`Case::run`] touches nothing but memory. [`Case::check`] is the
//! same where the environment names no host; where it does, the component's
//! answer must equal the native one byte for byte.

mod case;
mod in_host;
mod outcome;

pub use case::{Case, Stream};
pub use outcome::Outcome;
