//! The learning rate of each step.

use std::f64::consts::PI;

use crate::params::Scheduler;

/// The learning rate of `step` (from 0) of `steps`.
///
/// In the first `warmup` steps `lr * (step + 1) / warmup`. Then `constant` stays at
/// `lr`, and `cosine` falls to zero behind the last step:
/// `lr / 2 * (1 + cos(pi * (step - warmup) / (steps - warmup)))` (Loshchilov and
/// Hutter 2017, equation 5, one period). With 4 steps and no warm-up, cosine from 1
/// gives 1, 0.854, 0.5, 0.146.
pub fn learning_rate(scheduler: Scheduler, lr: f64, step: u64, steps: u64, warmup: u64) -> f64 {
    if step < warmup {
        return lr * (step + 1) as f64 / warmup as f64;
    }
    match scheduler {
        Scheduler::Constant => lr,
        Scheduler::Cosine => {
            let all = steps.saturating_sub(warmup).max(1) as f64;
            let part = ((step - warmup) as f64 / all).min(1.0);
            lr / 2.0 * (1.0 + (PI * part).cos())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_values_by_hand() {
        let cosine: Vec<f64> =
            (0..4).map(|step| learning_rate(Scheduler::Cosine, 1.0, step, 4, 0)).collect();
        let half = 0.5_f64.sqrt() / 2.0;
        for (found, wanted) in cosine.iter().zip([1.0, 0.5 + half, 0.5, 0.5 - half]) {
            assert!((found - wanted).abs() < 1e-12, "{cosine:?}");
        }
        let warm: Vec<f64> =
            (0..3).map(|step| learning_rate(Scheduler::Constant, 0.3, step, 9, 2)).collect();
        assert_eq!(warm, [0.15, 0.3, 0.3]);
    }
}
