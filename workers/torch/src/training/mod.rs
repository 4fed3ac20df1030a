//! The training loop, one for every kind.
//!
//! Invariant: the state after n steps is a function of the start, the rows, the
//! params and the seed. Each step reseeds the generator from its own number, so a
//! run that resumes from a checkpoint ends with the same bits as one that was
//! never stopped. What is measured between epochs is told, and moves nothing.

mod checkpoint;

use std::path::Path;
use std::time::Instant;

use ingot_protocol::Event;
use tch::Tensor;

use crate::error::Error;
use crate::nn::Parameters;
use crate::optim::{self, Optimizer};
use crate::params::Optimisation;
use crate::platform::{Compute, with_precision};
use crate::random::{permutation, reseed};

/// What the loop is told besides what it minimises.
#[derive(Debug)]
pub struct Run<'a> {
    /// The step's seed.
    pub seed: u64,
    /// How long and how fast.
    pub params: &'a Optimisation,
    /// Where and how exactly.
    pub compute: Compute,
    /// Rows an epoch goes through.
    pub rows: i64,
    /// Whether an epoch's last, smaller batch is left out.
    pub drop_last: bool,
    /// Names the request, so that a checkpoint of another one is not taken up.
    pub identity: String,
    /// Where checkpoints are kept.
    pub checkpoints: Option<&'a Path>,
    /// Stop with [`Error::Stopped`] after this many steps in all, as if killed.
    pub stop_after: Option<u64>,
}

/// Where training stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// Sum over this epoch's rows of their loss.
    pub loss_sum: f64,
    /// Rows of this epoch done.
    pub loss_rows: u64,
}

/// What is minimised, and what is measured.
pub struct Task<'a> {
    /// The mean loss of a batch, given the indices of its rows ([n] i64).        -> []
    pub loss: &'a dyn Fn(&Tensor) -> Result<Tensor, Error>,
    /// Numbers by name of the network as it is at an epoch's end. It draws nothing and
    /// changes no tensor.
    pub measure: &'a dyn Fn() -> Result<Measurements, Error>,
}

/// Numbers by name, in the order in which they are told.
pub type Measurements = Vec<(String, f64)>;

/// How the last epoch ended.
#[derive(Debug, Default)]
pub struct LastEpoch {
    /// The mean loss over its rows.
    pub loss: f64,
    /// What was measured then.
    pub measured: Measurements,
}

/// Minimises the loss of a task. Each epoch's end tells of `train_loss`, of what is measured,
/// and of the rate.
pub fn train(
    run: &Run<'_>,
    parameters: &Parameters,
    emit: &mut dyn FnMut(Event),
    task: &Task<'_>,
) -> Result<LastEpoch, Error> {
    let epoch = Epoch::of(run);
    let params = run.params;
    let steps = params.epochs.saturating_mul(epoch.steps);
    let warmup = (params.warmup_epochs * epoch.steps as f64).round() as u64;
    let mut optimizer = Optimizer::new(parameters, params)?;
    let mut state = State::default();
    if let Some(found) = checkpoint::resume(run, parameters, &optimizer)? {
        state = found;
        emit(Event::Observe { name: "resumed_at_step".into(), value: state.step as f64 });
        let done = state.step / epoch.steps;
        emit(Event::Progress { done, total: params.epochs, unit: "epochs".into() });
    }
    let mut order = permutation(run.seed, state.step / epoch.steps, run.rows)?;
    let mut trained = LastEpoch::default();
    let mut clock = Instant::now();
    while state.step < steps {
        let (number, within) = (state.step / epoch.steps, state.step % epoch.steps);
        if within == 0 {
            order = permutation(run.seed, number, run.rows)?;
            state = State { step: state.step, ..State::default() };
        }
        let (start, count) = epoch.bounds(within);
        let rows = order.f_narrow(0, start, count)?.f_to_device(run.compute.device)?; // [n]
        reseed(run.seed, "step", state.step)?;
        let value = with_precision(run.compute, || (task.loss)(&rows))?; // []
        let number_value = value.f_double_value(&[])?;
        if !number_value.is_finite() {
            let (epoch, step) = (number + 1, state.step + 1);
            return Err(Error::Diverged { loss: number_value, epoch, step });
        }
        value.f_backward()?;
        let lr = optim::learning_rate(params.scheduler, params.lr, state.step, steps, warmup);
        optimizer.step(parameters, state.step, lr)?;
        state.step += 1;
        state.loss_sum += number_value * count as f64;
        state.loss_rows += count.unsigned_abs();
        if within + 1 == epoch.steps {
            let seconds = clock.elapsed().as_secs_f64().max(f64::EPSILON);
            let loss = state.loss_sum / state.loss_rows.max(1) as f64;
            trained = LastEpoch { loss, measured: (task.measure)()? };
            let rows_per_second = state.loss_rows as f64 / seconds;
            report(emit, &trained, &[("lr", lr), ("rows_per_second", rows_per_second)]);
            let (done, total) = (number + 1, params.epochs);
            emit(Event::Progress { done, total, unit: "epochs".into() });
            clock = Instant::now();
        }
        if is_due(run, state.step) && state.step < steps {
            checkpoint::write(run, state, parameters, &optimizer)?;
        }
        if run.stop_after == Some(state.step) {
            return Err(Error::Stopped { step: state.step });
        }
    }
    Ok(trained)
}

fn is_due(run: &Run<'_>, step: u64) -> bool {
    run.params.checkpoint_interval > 0 && step.is_multiple_of(run.params.checkpoint_interval)
}

/// Tells of an epoch's end: what is observed belongs to the progress behind it.
fn report(emit: &mut dyn FnMut(Event), trained: &LastEpoch, facts: &[(&str, f64)]) {
    let measured = trained.measured.iter().map(|(name, value)| (name.as_str(), *value));
    let all = [("train_loss", trained.loss)].into_iter().chain(measured);
    for (name, value) in all.chain(facts.iter().copied()) {
        emit(Event::Observe { name: name.into(), value });
    }
}

/// How an epoch is cut into steps.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Epoch {
    rows: i64,
    batch: i64,
    steps: u64,
}

impl Epoch {
    /// A last batch of one row is left out, whatever was asked: batch statistics
    /// of one row are none.
    fn of(run: &Run<'_>) -> Self {
        let batch = i64::try_from(run.params.batch_size).unwrap_or(i64::MAX).min(run.rows).max(1);
        let rest = run.rows % batch;
        let keep_rest = rest > 1 && !run.drop_last;
        let steps = run.rows / batch + i64::from(keep_rest);
        Self { rows: run.rows, batch, steps: steps.unsigned_abs().max(1) }
    }

    /// The first place and the number of rows of a step.
    fn bounds(self, step: u64) -> (i64, i64) {
        let start = i64::try_from(step).unwrap_or(0).saturating_mul(self.batch);
        (start, self.batch.min(self.rows - start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn epoch(rows: i64, batch_size: u64, drop_last: bool) -> Epoch {
        let params = Optimisation::defaults(2, batch_size, 0.1, 0.0);
        Epoch::of(&Run {
            seed: 0,
            params: &params,
            compute: Compute { device: Device::Cpu, bf16: false },
            rows,
            drop_last,
            identity: String::new(),
            checkpoints: None,
            stop_after: None,
        })
    }

    #[test]
    fn an_epoch_is_cut_into_whole_batches_and_a_rest() {
        assert_eq!((epoch(10, 4, false).steps, epoch(10, 4, false).bounds(2)), (3, (8, 2)));
        assert_eq!(epoch(10, 4, true).steps, 2);
        assert_eq!(epoch(9, 4, false).steps, 2, "a rest of one row is left out");
        assert_eq!((epoch(3, 8, true).steps, epoch(3, 8, true).bounds(0)), (1, (0, 3)));
    }
}
