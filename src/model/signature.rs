//! [`PublicKey`] and [`PrivateKey`]: who said something, by Ed25519 (RFC 8032).
//!
//! A public key is written `ed25519:HEX` (32 bytes), a private one as PKCS#8 in PEM (RFC
//! 8410, version 1), which `openssl pkey` reads and `openssl genpkey` makes. Pure: bytes in,
//! bytes out; where a key is kept and how a new one is drawn is the caller's. Invariant:
//! what was signed for one purpose counts for no other, because the purpose is signed too.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// What a public key's text begins with.
const NAME: &str = "ed25519:";

/// The key that a signature is checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// The key that signs.
pub struct PrivateKey(SigningKey);

/// A text or a file that is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text of a public key.
    #[error("`{text}` is no public key: it {reason}")]
    Public {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The bytes of a private key.
    #[error("it is no private Ed25519 key (PKCS#8 in PEM): {reason}")]
    Private {
        /// What is wrong with them.
        reason: String,
    },
}

impl PublicKey {
    /// Whether this key's owner signed `message` for `purpose`.
    pub fn has_signed(&self, purpose: &str, message: &[u8], signature: &str) -> bool {
        let Some(signature) = bytes_of::<64>(signature) else { return false };
        let signed = signed(purpose, message);
        self.0.verify_strict(&signed, &Signature::from_bytes(&signature)).is_ok()
    }

    /// The same key as SubjectPublicKeyInfo in PEM, which `openssl` reads.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|error| wrong(&error))
    }
}

impl PrivateKey {
    /// The key that is made of 32 random bytes.
    pub fn of(random: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(random))
    }

    /// The key in a PEM file's bytes.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(&error))?;
        SigningKey::from_pkcs8_pem(text).map(Self).map_err(|error| wrong(&error))
    }

    /// Its PEM file's text.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        // Without the public key beside it, which `openssl` does not read.
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let text = pair.to_pkcs8_pem(LineEnding::LF).map_err(|error| wrong(&error))?;
        Ok(text.as_str().to_owned())
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message` for `purpose`; gives the signature's 64 bytes as hex digits.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> String {
        hex(&self.0.sign(&signed(purpose, message)).to_bytes())
    }
}

/// What is signed: the purpose, a line feed, the message.
fn signed(purpose: &str, message: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), b"\n", message].concat()
}

fn wrong(error: &dyn std::error::Error) -> KeyError {
    KeyError::Private { reason: error.to_string() }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}{}", hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Nothing of the key is shown but whose it is.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "private key of {}", self.public())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = |reason| KeyError::Public { text: text.chars().take(100).collect(), reason };
        let hex = text.strip_prefix(NAME).ok_or_else(|| wrong("does not begin with `ed25519:`"))?;
        let bytes = bytes_of(hex).ok_or_else(|| wrong("has no 64 hex digits behind `ed25519:`"))?;
        match VerifyingKey::from_bytes(&bytes) {
            // With a key of small order one signature fits many messages.
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(wrong("is no point of the curve that a key can be")),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many bytes in lower-case hex digits.
fn bytes_of<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    if hex.len() != 2 * N || !hex.bytes().all(is_digit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn private() -> PrivateKey {
        PrivateKey::of(&[7; 32])
    }

    /// The first test of RFC 8032, section 7.1: the public key of a known private one.
    #[test]
    fn the_rfc_s_key_has_the_rfc_s_public_key() {
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = PrivateKey::of(&bytes_of(secret).unwrap());
        assert_eq!(key.public().to_string(), format!("ed25519:{public}"));
        assert_eq!(key.public().to_string().parse::<PublicKey>().unwrap(), key.public());
    }

    #[test]
    fn a_signature_is_of_one_message_one_purpose_and_one_key() {
        let (key, other) = (private(), PrivateKey::of(&[8; 32]));
        let signature = key.sign("p", b"message");
        assert!(key.public().has_signed("p", b"message", &signature));
        assert!(!key.public().has_signed("q", b"message", &signature));
        assert!(!key.public().has_signed("p", b"massage", &signature));
        assert!(!other.public().has_signed("p", b"message", &signature));
        for wrong in ["", &signature[1..], &signature[..126], &format!("{signature}00")] {
            assert!(!key.public().has_signed("p", b"message", wrong), "{wrong}");
        }
        let mut flipped = signature.into_bytes();
        flipped[3] = if flipped[3] == b'0' { b'1' } else { b'0' };
        let flipped = String::from_utf8(flipped).unwrap();
        assert!(!key.public().has_signed("p", b"message", &flipped));
    }

    #[test]
    fn a_private_key_goes_through_pem() {
        let pem = private().to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI"), "{pem}");
        assert_eq!(PrivateKey::from_pem(pem.as_bytes()).unwrap().public(), private().public());
        for wrong in [&pem[..40], "", "-----BEGIN PUBLIC KEY-----\n", &pem.replace("MC4C", "MC4D")]
        {
            assert!(PrivateKey::from_pem(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(!format!("{:?}", private()).contains("07070707"));
    }

    #[test]
    fn what_is_no_public_key_says_why() {
        let identity = format!("ed25519:01{}", "0".repeat(62));
        let whole = private().public().to_string();
        for wrong in ["", "ed25519:", &whole[8..], &whole[..70], &whole.to_uppercase(), &identity] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }
}
