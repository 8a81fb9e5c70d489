//! A forest as bytes.
//!
//! Little-endian: the mark and the version, then as LEB128 numbers the classes (0 for values) and the features, the
//! importances as f64, the number of trees, and each tree's nodes in depth-first order: `feature + 1` and the
//! threshold as f64 for a split; 0 and the answer for a leaf, which is an f64 for values, and for classes the
//! class, or the number of classes and then each class's share as f64. The order alone says which node follows
//! which, so bytes that name a node twice or one that is not there cannot be written.

use ecg_audit_plugin::{Context, Error};

use crate::criterion::Leaf;
use crate::model::ForestModel;
use crate::training::{MAX_CLASSES, input};
use crate::tree::{MAX_FEATURES, Step, Tree};

const MARK: &[u8; 8] = b"ecgforst";
const VERSION: u8 = 1;

impl ForestModel {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        bytes.push(VERSION);
        put(&mut bytes, self.classes);
        put(&mut bytes, self.importances.len());
        self.importances
            .iter()
            .for_each(|value| bytes.extend(value.to_le_bytes()));
        put(&mut bytes, self.trees.len());
        for step in self.trees.iter().flat_map(Tree::steps) {
            put_step(&mut bytes, step, self.classes);
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8], context: Context) -> Result<Self, Error> {
        let mut bytes = Bytes { bytes, read: 0 };
        if bytes.take(MARK.len())? != MARK {
            return input("these bytes are not a forest: they do not begin with its mark".into());
        }
        match bytes.take(1)? {
            [VERSION] => {}
            other => {
                return input(format!(
                    "the forest is of format {}, this library reads {VERSION}",
                    other[0]
                ));
            }
        }
        let classes = bytes.number("classes", 0, MAX_CLASSES)?;
        let features = bytes.number("features", 1, MAX_FEATURES - 1)?;
        bytes.room_for(features, 8, "importances")?;
        let importances = (0..features)
            .map(|_| bytes.float("an importance"))
            .collect::<Result<Vec<_>, _>>()?;
        if importances.iter().any(|value| *value < 0.0) {
            return input("a forest's importances must not be negative".into());
        }
        let count = bytes.number("trees", 1, usize::MAX)?;
        bytes.room_for(count, 2, "trees")?;
        let trees = (0..count)
            .map(|_| bytes.tree(classes, features))
            .collect::<Result<Vec<_>, _>>()?;
        match bytes.bytes.len() - bytes.read {
            0 => Ok(Self::new(trees, classes, importances, None, context)),
            left => input(format!("{left} bytes follow the end of the forest")),
        }
    }
}

fn put_step(bytes: &mut Vec<u8>, step: Step<'_>, classes: usize) {
    match step {
        Step::Split { feature, threshold } => {
            put(bytes, feature + 1);
            bytes.extend(threshold.to_le_bytes());
        }
        Step::Leaf(leaf) => {
            put(bytes, 0);
            match leaf {
                Leaf::Value(value) => bytes.extend(value.to_le_bytes()),
                Leaf::Class(class) => put(bytes, class as usize),
                Leaf::Mixed(shares) => {
                    put(bytes, classes);
                    shares.iter().for_each(|share| bytes.extend(share.to_le_bytes()));
                }
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Bytes<'a> {
    bytes: &'a [u8],
    read: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let left = &self.bytes[self.read..];
        if count > left.len() {
            return input(format!(
                "the forest ends too early: {count} bytes wanted at offset {}, {} left",
                self.read,
                left.len()
            ));
        }
        self.read += count;
        Ok(&left[..count])
    }

    /// Refuses a count that the bytes left cannot hold, before anything is allocated for it.
    fn room_for(&self, count: usize, each: usize, what: &str) -> Result<(), Error> {
        let left = self.bytes.len() - self.read;
        if count > left / each {
            return input(format!(
                "the forest claims {count} {what}, but only {left} bytes are left"
            ));
        }
        Ok(())
    }

    fn number(&mut self, what: &str, least: usize, most: usize) -> Result<usize, Error> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return match usize::try_from(number) {
                    Ok(number) if (least..=most).contains(&number) => Ok(number),
                    _ => input(format!(
                        "the forest's {what} must be {least} to {most}, found {number}"
                    )),
                };
            }
        }
        input(format!("the number of the forest's {what} is too long"))
    }

    fn float(&mut self, what: &str) -> Result<f64, Error> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.take(8)?);
        let value = f64::from_le_bytes(eight);
        if value.is_finite() {
            Ok(value)
        } else {
            input(format!("the forest has {what} of {value}"))
        }
    }

    fn tree(&mut self, classes: usize, features: usize) -> Result<Tree, Error> {
        let mut tree = Tree::new(classes, 0);
        let mut shares = Vec::new();
        let mut open = Vec::new(); // splits whose left subtree is being read
        loop {
            if tree.len() >= u32::MAX as usize {
                return input("a tree of the forest has too many nodes".into());
            }
            let feature = self.number("feature of a split", 0, features)?;
            if let Some(feature) = feature.checked_sub(1) {
                open.push(tree.split(feature, self.float("a threshold")?));
                continue;
            }
            tree.leaf(self.leaf(classes, &mut shares)?);
            match open.pop() {
                Some(place) => tree.close_left(place),
                None => break,
            }
        }
        tree.shrink();
        Ok(tree)
    }

    fn leaf<'s>(&mut self, classes: usize, shares: &'s mut Vec<f64>) -> Result<Leaf<'s>, Error> {
        if classes == 0 {
            return Ok(Leaf::Value(self.float("a value")?));
        }
        let class = self.number("class of a leaf", 0, classes)?;
        if class < classes {
            return Ok(Leaf::Class(class as u32));
        }
        shares.clear();
        for _ in 0..classes {
            shares.push(self.float("a share")?);
        }
        let sum: f64 = shares.iter().sum();
        if shares.iter().any(|share| *share < 0.0) || (sum - 1.0).abs() > 1e-9 {
            return input(format!(
                "the shares of a leaf must not be negative and sum to 1, found {sum}"
            ));
        }
        Ok(Leaf::Mixed(shares))
    }
}
