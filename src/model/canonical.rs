//! Deterministic CBOR: the one encoding of what is hashed.
//!
//! RFC 8949, section 4.2.1 (core deterministic encoding): definite lengths,
//! shortest integers, the shortest float that keeps the value, map keys sorted
//! by the bytes of their encoding. Invariant: equal JSON values have equal
//! bytes, and only they; `1` and `1.0` differ, which is why params are coerced
//! by their schema before they come here. Zero has no sign, since `-0.0` equals
//! `0.0`.

use ciborium::Value as Cbor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Why bytes or a value could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// The value has no JSON form.
    #[error("value has no canonical form: {0}")]
    Encode(String),
    /// The bytes are no CBOR, or not of the expected shape.
    #[error("not a canonical record: {0}")]
    Decode(String),
    /// The bytes decode, but are not what encoding the value gives.
    #[error("not in canonical form")]
    NotCanonical,
}

/// The canonical bytes of `value`.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let json =
        serde_json::to_value(value).map_err(|error| CanonicalError::Encode(error.to_string()))?;
    let mut bytes = Vec::with_capacity(512);
    ciborium::into_writer(&to_cbor(json)?, &mut bytes)
        .map_err(|error| CanonicalError::Encode(error.to_string()))?;
    Ok(bytes)
}

/// The value that has exactly these canonical bytes.
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = ciborium::de::from_reader_with_recursion_limit(bytes, 64)
        .map_err(|error| CanonicalError::Decode(error.to_string()))?;
    if encode(&value)? == bytes { Ok(value) } else { Err(CanonicalError::NotCanonical) }
}

fn to_cbor(json: Json) -> Result<Cbor, CanonicalError> {
    Ok(match json {
        Json::Null => Cbor::Null,
        Json::Bool(value) => Cbor::Bool(value),
        Json::Number(number) => {
            if let Some(value) = number.as_u64() {
                Cbor::Integer(value.into())
            } else if let Some(value) = number.as_i64() {
                Cbor::Integer(value.into())
            } else if let Some(value) = number.as_f64() {
                Cbor::Float(value + 0.0)
            } else {
                return Err(CanonicalError::Encode(format!("number {number}")));
            }
        }
        Json::String(text) => Cbor::Text(text),
        Json::Array(items) => {
            Cbor::Array(items.into_iter().map(to_cbor).collect::<Result<Vec<_>, _>>()?)
        }
        Json::Object(map) => {
            // A text's encoding begins with its length, so that the shorter comes first.
            let mut entries: Vec<(String, Json)> = map.into_iter().collect();
            entries.sort_by(|(one, _), (other, _)| {
                (one.len(), one.as_bytes()).cmp(&(other.len(), other.as_bytes()))
            });
            let entries = entries
                .into_iter()
                .map(|(key, value)| Ok::<_, CanonicalError>((Cbor::Text(key), to_cbor(value)?)));
            Cbor::Map(entries.collect::<Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hex(value: Json) -> String {
        encode(&value).unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The examples of RFC 8949, appendix A.
    #[test]
    fn the_rfc_s_examples_encode_as_it_says() {
        for (value, expected) in [
            (json!(0), "00"),
            (json!(23), "17"),
            (json!(24), "1818"),
            (json!(1000), "1903e8"),
            (json!(1000000000000_u64), "1b000000e8d4a51000"),
            (json!(18446744073709551615_u64), "1bffffffffffffffff"),
            (json!(-1), "20"),
            (json!(-1000), "3903e7"),
            (json!(1.0), "f93c00"),
            (json!(0.0), "f90000"),
            (json!(1.1), "fb3ff199999999999a"),
            (json!(65504.0), "f97bff"),
            (json!(100000.0), "fa47c35000"),
            (json!(5.960464477539063e-8), "f90001"),
            (json!(-4.1), "fbc010666666666666"),
            (json!(null), "f6"),
            (json!("\u{fc}"), "62c3bc"),
            (json!([1, [2, 3], [4, 5]]), "8301820203820405"),
            (json!({"a": 1, "b": [2, 3]}), "a26161016162820203"),
        ] {
            assert_eq!(hex(value.clone()), expected, "{value}");
        }
    }

    #[test]
    fn map_keys_are_sorted_by_their_encoding_so_the_shorter_comes_first() {
        assert_eq!(hex(json!({"aa": 1, "b": 2})), "a261620262616101");
    }

    #[test]
    fn equal_numbers_have_equal_bytes() {
        assert_eq!(hex(json!(-0.0)), hex(json!(0.0)));
        assert_ne!(hex(json!(1)), hex(json!(1.0)));
        let negative_zero = [0xf9, 0x80, 0x00];
        assert!(matches!(decode::<Json>(&negative_zero), Err(CanonicalError::NotCanonical)));
    }

    #[test]
    fn a_form_that_encoding_would_not_give_is_refused() {
        let long_zero = [0x18, 0x00];
        assert!(matches!(decode::<Json>(&long_zero), Err(CanonicalError::NotCanonical)));
        let unsorted = [0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x01];
        assert!(matches!(decode::<Json>(&unsorted), Err(CanonicalError::NotCanonical)));
        assert!(decode::<Json>(&[0xff]).is_err());
        assert!(decode::<Json>(&[0x81; 10_000]).is_err(), "deep nesting is no crash");
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Json::from),
            ".*".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_the_same_value(value in any_json()) {
            let bytes = encode(&value).unwrap();
            prop_assert_eq!(decode::<Json>(&bytes).unwrap(), value);
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode::<Json>(&bytes);
        }
    }
}
