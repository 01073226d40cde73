//! Signatures of commits: ed25519 (RFC 8032) over a commit's hash, so over everything that the commit stands for.
//!
//! A signature is an object of its own that names the commit: whether a commit is signed, or by whom, changes no hash. Whose key
//! it is, and what it is worth, is not known here.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use nda_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::object::{Kind, Record};
use crate::triple::{KEY, SIGNED, Triple};
use crate::wire;

/// What stands in front of the hash, so that a key's signatures of other things are none of commits.
const DOMAIN: &[u8] = b"nda:commit-signature\0";

/// A key that signs. It is shown by its public half only.
#[derive(Clone)]
pub struct Key(SigningKey);

/// What everybody may know of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey(pub [u8; 32]);

/// A commit's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The commit.
    #[serde(with = "wire::hash")]
    pub commit: Hash,
    /// The key that is said to have signed.
    pub key: PublicKey,
    /// `R` and `S` of RFC 8032.
    pub halves: [[u8; 32]; 2],
}

impl Record for Signature {
    const KIND: Kind = Kind::Signature;
}

impl Key {
    /// The key of 32 secret bytes.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a commit.
    #[must_use]
    pub fn sign(&self, commit: &Hash) -> Signature {
        let signature = self.0.sign(&message(commit));
        let halves = [*signature.r_bytes(), *signature.s_bytes()];
        Signature { commit: *commit, key: self.public(), halves }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl PublicKey {
    /// Reads `ed25519:` and 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = Self(Hash::parse(text.strip_prefix("ed25519:")?)?.0);
        // What is no point of the curve has signed nothing.
        VerifyingKey::from_bytes(&key.0).is_ok().then_some(key)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", Hash(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Signature {
    /// Whether its key signed its commit. Keys and signatures that would fit many messages are refused.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let [r, s] = &self.halves;
        let signature = ed25519_dalek::Signature::from_components(*r, *s);
        VerifyingKey::from_bytes(&self.key.0)
            .is_ok_and(|key| key.verify_strict(&message(&self.commit), &signature).is_ok())
    }

    /// The triples that follow from it.
    pub(crate) fn triples(&self) -> impl Iterator<Item = Triple> {
        let hash = self.hash();
        let key = Triple::new(hash, KEY, self.key.to_string());
        [Triple::new(self.commit, SIGNED, hash), key].into_iter()
    }
}

fn message(commit: &Hash) -> Vec<u8> {
    [DOMAIN, &commit.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store of commits without definitions.
    struct Nothing;

    impl crate::Content for Nothing {
        fn references(&self, _: &[u8]) -> Result<Vec<Hash>, crate::ContentError> {
            Ok(Vec::new())
        }

        fn verify(
            &self,
            _: &Hash,
            _: &[u8],
            _: &dyn Fn(&Hash) -> Option<Vec<u8>>,
        ) -> Result<(), crate::ContentError> {
            Ok(())
        }

        fn triples(&self, _: &Hash, _: &[u8]) -> Result<Vec<Triple>, crate::ContentError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_store_finds_what_was_forged() {
        let storage = std::sync::Arc::new(crate::storage::memory::MemoryStorage::new());
        let store = crate::SiteMap::over(storage, std::sync::Arc::new(Nothing)).unwrap();
        let request = crate::CommitRequest {
            branch: crate::DEFAULT_BRANCH.to_owned(),
            set_policy: Some("version = 1".to_owned()),
            sign: Some(key(1)),
            ..crate::CommitRequest::default()
        };
        let head = store.commit(&request, &crate::merge_never).unwrap().head;
        store.sign(&head, &key(2)).unwrap();
        // Again: the same object.
        store.sign(&head, &key(2)).unwrap();
        let signed = store.snapshot().unwrap().signatures(&head).unwrap();
        let mut keys: Vec<PublicKey> = signed.iter().map(|one| one.key).collect();
        keys.sort_unstable();
        let mut expected = [key(1).public(), key(2).public()];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert!(signed.iter().all(Signature::is_valid));
        let problems = |store: &crate::SiteMap| store.verify(&mut |_| ()).unwrap().problems;
        assert_eq!(problems(&store), []);
        store.rebuild_index().unwrap();
        assert_eq!(store.snapshot().unwrap().signatures(&head).unwrap().len(), 2);
        assert_eq!(problems(&store), []);
        // No commit: nothing is signed.
        assert!(store.sign(&Hash::of("commit", b"none"), &key(1)).is_err());
        // What only looks like a signature of a third key, put there behind the store's back.
        let forged = Signature { key: key(3).public(), ..key(1).sign(&head) };
        let mut put = |write: &mut dyn crate::storage::Write| {
            let (hash, bytes) = (forged.hash(), forged.encode());
            crate::store::put_object(write, &mut Vec::new(), Kind::Signature, &hash, &bytes).unwrap();
            for triple in forged.triples() {
                crate::triple::add(write, &mut Vec::new(), &triple)?;
            }
            Ok(crate::storage::Finish::Commit)
        };
        store.storage.write(&mut put).unwrap();
        let found = problems(&store);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().contains(&format!("{} did not sign", key(3).public())), "{found:?}");
    }

    fn key(byte: u8) -> Key {
        Key::from_secret(&[byte; 32])
    }

    #[test]
    fn a_signature_is_of_one_key_and_one_commit() {
        let commit = Hash::of("commit", b"one");
        let signature = key(1).sign(&commit);
        assert!(signature.is_valid());
        assert_eq!(Signature::decode(&signature.encode()).unwrap(), signature);
        assert_eq!(signature.encode().len(), 1 + 32 + 32 + 64);
        assert!(!Signature { commit: Hash::of("commit", b"two"), ..signature.clone() }.is_valid());
        assert!(!Signature { key: key(2).public(), ..signature.clone() }.is_valid());
        for bit in 0..512 {
            let mut wrong = signature.clone();
            wrong.halves[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
            assert!(!wrong.is_valid(), "bit {bit}");
        }
        // A key that every signature of zeros would fit.
        let weak = Signature { key: PublicKey([0; 32]), halves: [[0; 32]; 2], ..signature.clone() };
        assert!(!weak.is_valid());
        // What the key signed for another purpose is no signature of a commit.
        let bare = key(1).0.sign(&commit.0);
        assert!(!Signature { halves: [*bare.r_bytes(), *bare.s_bytes()], ..signature }.is_valid());
    }

    #[test]
    fn keys_are_written_and_read() {
        let public = key(1).public();
        assert_eq!(PublicKey::parse(&public.to_string()), Some(public));
        // RFC 8032, 7.1, the first test.
        let secret = Hash::parse("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let known = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(Key::from_secret(&secret.0).public().to_string(), known);
        assert!(!format!("{:?}", Key::from_secret(&secret.0)).contains("9d61b19d"));
        for text in ["", "ed25519:", &known[8..], &known[..71], "rsa:00", &format!("{known}0")] {
            assert_eq!(PublicKey::parse(text), None, "{text}");
        }
    }
}
