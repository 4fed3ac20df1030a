//! [`Recorder`]: writes down what a step observes while it runs, and how long it has run.
//!
//! A value belongs to the `progress` that follows it; what none follows is true of the whole
//! run. Invariant: a run that goes on from a checkpoint goes on with its curve and with its
//! time, so that what is known of the action is known of the whole of it; nothing here can
//! fail a step.

use std::collections::BTreeMap;
use std::time::Instant;

use ingot_protocol::Event;

use crate::model::action::ActionKey;
use crate::store::Store;
use crate::store::curves::Point;

/// Most points that are written of one run.
const MOST: u32 = 100_000;

/// Writes the curve of one run of an action.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    store: &'a Store,
    key: ActionKey,
    begun: Instant,
    /// Seconds that the runs took whose checkpoints this one goes on from.
    before: f64,
    /// Values that no `progress` followed yet.
    values: BTreeMap<String, f64>,
    /// Whether the curve of earlier runs is to go before the first point.
    is_new: bool,
    points: u32,
}

impl<'a> Recorder<'a> {
    /// Begins with a run of this action.
    pub(super) fn begin(store: &'a Store, key: ActionKey) -> Self {
        let resumed = store.has_checkpoint(key).unwrap_or_default();
        let curve = if resumed { store.curve(key).ok().flatten() } else { None };
        Self {
            store,
            key,
            begun: Instant::now(),
            before: curve.map(|curve| curve.seconds).unwrap_or_default(),
            values: BTreeMap::new(),
            is_new: !resumed,
            points: 0,
        }
    }

    /// Seconds that earlier runs took whose checkpoints this one goes on from.
    pub(super) fn before(&self) -> f64 {
        self.before
    }

    /// Takes an event in.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Observe { name, value } if value.is_finite() => {
                self.values.insert(name.clone(), *value);
            }
            Event::Progress { done, total, unit } if !self.values.is_empty() => {
                let values = std::mem::take(&mut self.values);
                let point = Point::at(*done, *total, unit, self.seconds());
                self.add(Point { values, ..point });
            }
            _ => {}
        }
    }

    /// Ends with the run. One that failed says how long it ran, if it can be gone on from.
    pub(super) fn end(mut self, has_result: bool) {
        let is_resumable = || self.store.has_checkpoint(self.key).unwrap_or_default();
        if !self.values.is_empty() || (!has_result && is_resumable()) {
            let values = std::mem::take(&mut self.values);
            self.add(Point::of_run(self.seconds(), values));
        }
    }

    fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }

    fn add(&mut self, point: Point) {
        if self.points >= MOST {
            return;
        }
        self.points += 1;
        if std::mem::take(&mut self.is_new) {
            let _ = self.store.forget_curve(self.key);
        }
        let _ = self.store.add_point(self.key, &point);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::digest::Digest;

    fn run(store: &Store, key: ActionKey, epochs: std::ops::RangeInclusive<u64>, result: bool) {
        let mut recorder = Recorder::begin(store, key);
        for done in epochs {
            let value = 1.0 / done as f64;
            recorder.take(&Event::Observe { name: "loss".into(), value });
            recorder.take(&Event::Observe { name: "odd".into(), value: f64::NAN });
            recorder.take(&Event::Progress { done, total: 4, unit: "epochs".into() });
        }
        if result {
            recorder.take(&Event::Observe { name: "fuel".into(), value: 7.0 });
        }
        recorder.end(result);
    }

    #[test]
    fn a_run_that_goes_on_goes_on_with_its_curve_and_one_that_begins_anew_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let key = ActionKey(Digest::of(b"train"));
        run(&store, key, 1..=3, false);
        let checkpoints = store.checkpoint_folder(key).unwrap();
        std::fs::write(checkpoints.join("2"), "").unwrap();
        run(&store, key, 3..=4, true);
        let curve = store.curve(key).unwrap().unwrap();
        assert_eq!(curve.values("loss"), [1.0, 0.5, 1.0 / 3.0, 0.25]);
        assert_eq!((curve.names(), curve.total, curve.unit.as_str()), (vec!["loss"], 4, "epochs"));
        assert_eq!(curve.facts, BTreeMap::from([("fuel".to_owned(), 7.0)]));
        std::fs::remove_dir_all(&checkpoints).unwrap();
        run(&store, key, 1..=2, true);
        let curve = store.curve(key).unwrap().unwrap();
        assert_eq!(curve.values("loss"), [1.0, 0.5], "what another run said is gone");
    }

    #[test]
    fn a_run_that_can_be_gone_on_from_says_how_long_it_took() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let key = ActionKey(Digest::of(b"count"));
        Recorder::begin(&store, key).end(false);
        assert_eq!(store.curve(key).unwrap(), None, "nothing was observed, nothing is kept");
        let checkpoints = store.checkpoint_folder(key).unwrap();
        std::fs::write(checkpoints.join("5"), "").unwrap();
        store.add_point(key, &Point::of_run(60.0, BTreeMap::new())).unwrap();
        let recorder = Recorder::begin(&store, key);
        assert_eq!(recorder.before(), 60.0);
        recorder.end(false);
        assert!(Recorder::begin(&store, key).before() > 60.0);
    }
}
