//! Special functions that p-values stand on, on `libm` alone.
//!
//! Invariant: the same bits on every machine. Each says how near it is to SciPy; none is
//! asked outside of the range that it names. Tests of hypotheses stand in [`crate::drift`].

mod bessel;
mod beta;
mod gamma;
pub mod kolmogorov;
mod normal;

pub use bessel::scaled_bessel_k;
pub use beta::{incomplete_beta, student_t_two_sided};
pub use gamma::{chi_square_survival, incomplete_gamma_upper};
pub use normal::{normal_distribution, normal_survival};
