//! Groups of records that are the same recording, and the links that hold them together.

use std::collections::{BTreeMap, VecDeque};

use super::verify::Match;

/// Disjoint sets of records, each named by its first record, and the verified links.
#[derive(Debug)]
pub(super) struct Groups {
    parents: Vec<usize>,
    links: BTreeMap<(usize, usize), Match>,
}

impl Groups {
    pub fn new(records: usize) -> Groups {
        Groups {
            parents: (0..records).collect(),
            links: BTreeMap::new(),
        }
    }

    /// The first record of a record's group.
    pub fn first(&self, mut record: usize) -> usize {
        while self.parents[record] != record {
            record = self.parents[record];
        }
        record
    }

    /// Records that a match (of `first` with `second`, `first < second`) makes one group.
    pub fn link(&mut self, first: usize, second: usize, found: Match) {
        let (a, b) = (self.first(first), self.first(second));
        // Towards the smaller index; then the record itself, to keep the ways short.
        let (low, high) = (a.min(b), a.max(b));
        self.parents[high] = low;
        self.parents[first] = low;
        self.parents[second] = low;
        self.links.insert((first, second), found);
    }

    pub fn found(&self, first: usize, second: usize) -> Option<&Match> {
        self.links.get(&(first, second))
    }

    /// For each record but the first of its group: that first record, and the neighbour through which a shortest
    /// way along the links leads there.
    pub fn members(&self) -> Vec<Member> {
        let mut neighbours: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &(a, b) in self.links.keys() {
            neighbours.entry(a).or_default().push(b);
            neighbours.entry(b).or_default().push(a);
        }
        let mut via: BTreeMap<usize, usize> = BTreeMap::new();
        for &start in neighbours.keys().filter(|&&r| self.first(r) == r) {
            let mut queue = VecDeque::from([start]);
            while let Some(record) = queue.pop_front() {
                for &next in neighbours.get(&record).into_iter().flatten() {
                    if next != start && !via.contains_key(&next) {
                        via.insert(next, record);
                        queue.push_back(next);
                    }
                }
            }
        }
        via.into_iter()
            .map(|(record, via)| Member {
                record,
                first: self.first(record),
                via,
            })
            .collect()
    }
}

/// A record that is not the first of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub record: usize,
    pub first: usize,
    pub via: usize,
}
