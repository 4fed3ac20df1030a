//! Names that mean several points: `tune`, `tune@adapt=full`. Pure.
//!
//! A name is a step's base and labels of some of its axes, in any order; it means every
//! point that has these labels; `tune@*` means every point.

use super::Manifest;

impl Manifest {
    /// The points that a name means, in coordinate order; none where it names no step.
    pub fn matching(&self, name: &str) -> Vec<&str> {
        if let Some((exact, _)) = self.steps.get_key_value(name) {
            return vec![exact];
        }
        let (base, labels) = match name.split_once('@') {
            Some((base, "*")) => (base, Vec::new()),
            Some((base, labels)) => (base, labels.split(',').collect::<Vec<_>>()),
            None => (name, Vec::new()),
        };
        let points = self.points.get(base).into_iter().flatten();
        let has = |point: &str, label: &str| {
            let own = point.split_once('@').map_or("", |(_, own)| own);
            own.split(',').any(|own| own == label)
        };
        points
            .filter(|point| labels.iter().all(|label| has(point, label)))
            .map(String::as_str)
            .collect()
    }
}
