//! What another build recorded while this one ran stays beside what this one records.

use super::Lock;

impl Lock {
    /// Takes in what `theirs`, the lock as it is now, has and `base`, the lock as it was
    /// when this build began, had not: steps that another build ran meanwhile, with the
    /// sources and plugins that they read. What `is_known` to this build is its own.
    pub fn take_newer(&mut self, theirs: &Self, base: &Self, is_known: impl Fn(&str) -> bool) {
        for (name, record) in &theirs.steps {
            if is_known(name) || base.steps.get(name) == Some(record) {
                continue;
            }
            let read = record.inputs.values().flatten().map(|input| &input.from);
            for (source, found) in read.filter_map(|from| theirs.sources.get_key_value(from)) {
                self.sources.entry(source.clone()).or_insert_with(|| found.clone());
            }
            self.steps.insert(name.clone(), record.clone());
        }
        for (name, plugin) in &theirs.plugins {
            if !base.plugins.contains_key(name) {
                self.plugins.entry(name.clone()).or_insert_with(|| plugin.clone());
            }
        }
    }
}
