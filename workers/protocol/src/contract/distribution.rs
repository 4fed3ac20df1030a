//! [`Distribution`]: that a column is distributed as in another table. Pure.

use serde::Deserialize;
use toml::Spanned;

use super::Consequence;

/// `distribution = { reference = "before", test = "psi", max = 0.2 }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// The port on which the other table, or its profile, stands: `inputs.before`.
    pub reference: Spanned<String>,
    /// How the two are compared; [`Self::test`] where it is not said.
    pub test: Option<Spanned<Test>>,
    /// The largest statistic.
    pub max: Option<Spanned<f64>>,
    /// How often chance alone may break the promise, in (0, 1).
    pub alpha: Option<Spanned<f64>>,
    /// What follows where it is broken; the column's severity where it is not said.
    pub severity: Option<Spanned<Consequence>>,
}

/// How often chance alone may break a promise that has neither `max` nor `alpha`.
const ALPHA: f64 = 0.05;

impl Distribution {
    /// How a column of numbers, or of something else, is compared.
    pub fn test(&self, is_numeric: bool) -> Test {
        let default = if is_numeric { Test::Ks } else { Test::ChiSquare };
        self.test.as_ref().map_or(default, |test| *test.get_ref())
    }

    /// The largest statistic, where the contract says one.
    pub fn max(&self) -> Option<f64> {
        self.max.as_ref().map(|max| *max.get_ref())
    }

    /// How often chance alone may break it; not asked where there is only a largest statistic.
    pub fn alpha(&self) -> Option<f64> {
        let alpha = self.alpha.as_ref().map(|alpha| *alpha.get_ref());
        alpha.or(self.max.is_none().then_some(ALPHA))
    }
}

/// How two distributions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Kolmogorov and Smirnov's, of numbers.
    Ks,
    /// The Wasserstein distance in deviations of the reference, of numbers.
    Wasserstein,
    /// The population stability index.
    Psi,
    /// The Jensen-Shannon distance, base 2.
    JensenShannon,
    /// The share that must change its bin.
    TotalVariation,
    /// The Hellinger distance.
    Hellinger,
    /// Pearson's, of categories.
    ChiSquare,
}

impl Test {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ks => "ks",
            Self::Wasserstein => "wasserstein",
            Self::Psi => "psi",
            Self::JensenShannon => "jensen_shannon",
            Self::TotalVariation => "total_variation",
            Self::Hellinger => "hellinger",
            Self::ChiSquare => "chi_square",
        }
    }

    /// Whether it compares numbers, and categories.
    pub fn compares(self) -> (bool, bool) {
        match self {
            Self::Ks | Self::Wasserstein => (true, false),
            Self::ChiSquare => (false, true),
            Self::Psi | Self::JensenShannon | Self::TotalVariation | Self::Hellinger => {
                (true, true)
            }
        }
    }

    /// The largest statistic that there is.
    pub fn largest(self) -> f64 {
        match self {
            Self::Ks | Self::JensenShannon | Self::TotalVariation | Self::Hellinger => 1.0,
            Self::Wasserstein | Self::Psi | Self::ChiSquare => f64::INFINITY,
        }
    }
}
