//! The functions of the SQL of contracts, by name. Pure.

/// A function of the values of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// The first value that is not missing.
    Coalesce,
    /// The distance from zero.
    Abs,
    /// The number of characters.
    Length,
    /// The text in small letters.
    Lower,
    /// The text in capital letters.
    Upper,
    /// The text without the spaces around it.
    Trim,
    /// The nearest whole number, or with so many digits; a half goes away from zero.
    Round,
    /// The next whole number below.
    Floor,
    /// The next whole number above.
    Ceil,
}

impl Function {
    /// The function of a name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "coalesce" => Self::Coalesce,
            "abs" => Self::Abs,
            "length" | "char_length" | "character_length" => Self::Length,
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "trim" | "btrim" => Self::Trim,
            "round" => Self::Round,
            "floor" => Self::Floor,
            "ceil" | "ceiling" => Self::Ceil,
            _ => return None,
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coalesce => "coalesce",
            Self::Abs => "abs",
            Self::Length => "length",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Round => "round",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
        }
    }

    /// Whether it takes so many values.
    pub fn takes(self, values: usize) -> bool {
        match self {
            Self::Coalesce => values > 0,
            Self::Round => values == 1 || values == 2,
            _ => values == 1,
        }
    }
}

/// One value of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// How many there are.
    Count,
    /// What they are together.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The mean.
    Avg,
}

impl Aggregation {
    /// The aggregation of a name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" => Self::Avg,
            _ => return None,
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
        }
    }
}
