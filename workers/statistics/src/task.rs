//! [`Task`]: what a model is asked, and so what predictions hold.

/// What is predicted of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// Any number of several classes.
    MultiLabel,
    /// A number.
    Regression,
    /// The order of the rows of a group.
    Ranking,
    /// The tokens of a text.
    Language,
}

impl Task {
    /// Every task.
    pub const EVERY: [Self; 6] = [
        Self::Binary,
        Self::Multiclass,
        Self::MultiLabel,
        Self::Regression,
        Self::Ranking,
        Self::Language,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::MultiLabel => "multi-label",
            Self::Regression => "regression",
            Self::Ranking => "ranking",
            Self::Language => "language",
        }
    }

    /// The task of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|task| task.name() == name)
    }

    /// The task of choosing one of so many classes.
    pub fn of_classes(classes: usize) -> Self {
        if classes == 2 { Self::Binary } else { Self::Multiclass }
    }

    /// Whether classes have names.
    pub fn has_classes(self) -> bool {
        matches!(self, Self::Binary | Self::Multiclass | Self::MultiLabel)
    }
}
