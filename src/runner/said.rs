//! What a step says in events, with its secrets kept out.
//!
//! Pure. Texts are masked: names, messages, help. A number cannot be: one whose digits
//! are a secret's value is refused.

use ingot_protocol::Event;
use serde_json::Value;

use super::RunError;
use super::mask::Mask;

/// The event without secrets.
pub fn masked(event: Event, mask: &Mask) -> Result<Event, RunError> {
    let Ok(mut value) = serde_json::to_value(&event) else { return Ok(event) };
    if !mask_all(&mut value, mask)? {
        return Ok(event);
    }
    // A text for a text: the form stays.
    serde_json::from_value(value).map_err(|_| leak("an event"))
}

/// Masks the texts of a value; whether there was any secret.
fn mask_all(value: &mut Value, mask: &Mask) -> Result<bool, RunError> {
    match value {
        Value::String(text) => {
            let masked = mask.text(text);
            let has = masked != *text;
            *text = masked;
            Ok(has)
        }
        Value::Number(number) if mask.find(number.to_string().as_bytes()).is_some() => {
            Err(leak("a number of an event"))
        }
        Value::Array(items) => each(items.iter_mut(), mask),
        Value::Object(fields) if fields.keys().any(|key| mask.find(key.as_bytes()).is_some()) => {
            Err(leak("a name in an event"))
        }
        Value::Object(fields) => each(fields.values_mut(), mask),
        _ => Ok(false),
    }
}

fn each<'a>(values: impl Iterator<Item = &'a mut Value>, mask: &Mask) -> Result<bool, RunError> {
    values.map(|value| mask_all(value, mask)).try_fold(false, |any, has| Ok(has? || any))
}

fn leak(place: &str) -> RunError {
    RunError::Leak { place: place.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_are_masked_and_numbers_refused() {
        let mask = Mask::new([b"hunter2hunter2".as_slice(), b"12345678"]);
        let said = |line: &str| masked(serde_json::from_str(line).unwrap(), &mask);
        let finding = r#"{"event":"finding","severity":"info","code":"X0001","message":"used hunter2hunter2"}"#;
        let Event::Finding(finding) = said(finding).unwrap() else { panic!() };
        assert_eq!(finding.message, "used ***");
        let metric = said(r#"{"event":"metric","name":"a","value":12345678}"#);
        assert!(matches!(metric, Err(RunError::Leak { .. })));
        assert!(said(r#"{"event":"metric","name":"a","value":0.5}"#).is_ok());
    }
}
