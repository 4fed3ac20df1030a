//! A plugin that tidies tables: `filter`, `normalise`, and the fitted pair
//! `clip-fit` and `clip`.
//!
//! A module a kind; nothing here is shared with any other plugin.

mod clip;
mod filter;
mod normalise;
mod quantile;

pub use clip::{Clip, ClipFit};
pub use filter::{Conditions, Filter};
pub use normalise::Normalise;
pub use quantile::quantile;

ingot_plugin::plugin!(Filter, Normalise, ClipFit, Clip);
