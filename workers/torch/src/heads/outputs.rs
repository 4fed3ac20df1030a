//! [`Outputs`]: what the outputs of a trained head mean.

use ingot_tables::predictions::{Answers, Predictions};
use serde_json::Value;

use super::HEADS;
use super::head::{Head, Supervision, Targets};
use crate::dataset::Split;
use crate::error::Error;

/// A head that labels teach, and what is known of its outputs, which is sound.
#[derive(Clone)]
pub struct Outputs {
    head: &'static Head,
    supervision: &'static Supervision,
    known: Value,
}

impl Outputs {
    /// Those of the first head that takes the labels of the training split.
    pub fn learn(train: &Split) -> Result<Self, Error> {
        for (head, supervision) in supervised() {
            if let Some(known) = (supervision.learn)(train)? {
                return Ok(Self { head, supervision, known });
            }
        }
        Err(Error::NoLabelColumn { path: train.rows.path.clone() })
    }

    /// Those of the head of a name, as somebody wrote them.
    pub fn read(name: &str, known: Value) -> Result<Self, String> {
        let head = supervised().find(|(head, _)| head.name == name);
        let (head, supervision) = head.ok_or_else(|| format!("there is no head `{name}`"))?;
        match (supervision.mistake)(&known) {
            None => Ok(Self { head, supervision, known }),
            Some(mistake) => Err(mistake),
        }
    }

    /// The head.
    pub fn head(&self) -> &'static Head {
        self.head
    }

    /// What labels teach it.
    pub fn supervision(&self) -> &'static Supervision {
        self.supervision
    }

    /// How many there are of a row.
    pub fn count(&self) -> i64 {
        (self.supervision.count)(&self.known)
    }

    /// The labelled rows of a split, and what is true of them.
    pub fn targets(&self, split: &Split) -> Result<Targets, Error> {
        (self.supervision.targets)(split, &self.known)
    }

    /// What predictions are about.
    pub fn about(&self) -> Predictions {
        (self.supervision.about)(&self.known)
    }

    /// What numbers say, beside what the split does.
    pub fn answers(&self, numbers: Vec<Vec<f64>>, split: Option<&Split>) -> Result<Answers, Error> {
        (self.supervision.answers)(numbers, split, &self.known)
    }
}

impl std::fmt::Debug for Outputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.head.name, self.known)
    }
}

impl PartialEq for Outputs {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && self.known == other.known
    }
}

/// The heads that labels teach.
fn supervised() -> impl Iterator<Item = (&'static Head, &'static Supervision)> {
    HEADS.iter().filter_map(|head| Some((head, head.supervision.as_ref()?)))
}

/// Outputs as `model.json` has them: under the name of their head. An encoder has none.
pub mod card {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
    use serde_json::{Map, Value};

    use super::{Outputs, supervised};
    use crate::heads::classes::CLASSES;

    /// The key and the value of a card's outputs, and what the model is, in words.
    pub fn described(card: &Value) -> (&'static str, String) {
        let given = supervised().find_map(|(head, supervision)| {
            let known = card.get(head.name).filter(|known| !known.is_null())?;
            Some((head.name, (supervision.describe)(known)))
        });
        given.unwrap_or_else(|| (CLASSES.name, "encoder".to_owned()))
    }

    /// Writes a map with the one key; that of the classes is null where there is no head.
    pub(crate) fn serialize<S: Serializer>(
        outputs: &Option<Outputs>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let (name, known) = match outputs {
            Some(outputs) => (outputs.head.name, outputs.known.clone()),
            None => (CLASSES.name, Value::Null),
        };
        Map::from_iter([(name.to_owned(), known)]).serialize(serializer)
    }

    /// Reads the one key that is a head's and not null.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Outputs>, D::Error> {
        let mut card = Map::deserialize(deserializer)?;
        let mut found = None;
        for (head, _) in supervised() {
            let known = card.remove(head.name).filter(|known| !known.is_null());
            let outputs = known.map(|known| Outputs::read(head.name, known));
            match (outputs.transpose().map_err(de::Error::custom)?, &found) {
                (None, _) => {}
                (outputs, None) => found = outputs,
                (Some(_), Some(first)) => {
                    let (first, second) = (first.head.name, head.name);
                    let message = format!("`{first}` and `{second}`: a model has one head");
                    return Err(de::Error::custom(message));
                }
            }
        }
        Ok(found)
    }
}
