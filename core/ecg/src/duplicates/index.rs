//! Candidate pairs: anchors whose descriptors lie close together.
//!
//! Descriptors are projected onto the data's own principal axes and searched by a k-d tree. The projection
//! shortens distances and never lengthens them, so that no pair within the radius is lost to it; what can
//! be lost is what [`NEIGHBOURS`] and [`QUERIES`] bound.

use std::collections::BTreeSet;

use kdtree::KdTree;
use kdtree::distance::squared_euclidean;
use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::LEAST_OVERLAP;
use super::fingerprint::{Anchor, BINS, Fingerprint, distance};

/// Principal axes that the tree searches.
const AXES: usize = 12;
/// Squared distance up to which two descriptors may be the same three seconds.
const RADIUS: f32 = 0.10;
/// Largest mean of the squared distances over the overlap's anchors, at the lag of one of them.
const ROUGH_MEAN: f32 = 0.08;
/// The same at the best lag. Copies with 20 dB of noise have 0.001, at most 0.031 (936 of PTB-XL).
const MEAN: f32 = 0.035;
/// Largest standard deviation of the anchors' times around the lag, seconds. The same copies have at most 3 ms.
const SPREAD: f32 = 0.005;
/// Other records that one query looks at.
const NEIGHBOURS: usize = 12;
/// Anchors that it passes on the way: in a regular rhythm, a record's own beats and each neighbour's lie close.
const PASSED: usize = 64;
/// Anchors of a record that are looked up.
const QUERIES: usize = 4;
/// Two anchors are the same heartbeat if they lie this close after the shift, seconds.
const JITTER: f32 = 0.025;
/// Share of the overlap's anchors that must have a partner.
const PARTNERS: f32 = 0.7;

/// How two fingerprints fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    /// Seconds to add to a time in the second record to get the time in the first.
    pub lag: f32,
    /// Mean squared distance of the descriptors of the overlap.
    pub distance: f32,
    /// Standard deviation of the anchors' times around the lag, seconds.
    pub spread: f32,
}

/// A record that may be a duplicate of the one asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub record: usize,
    /// From the record asked for (first) to this one (second).
    pub alignment: Alignment,
}

/// A record's anchor.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    record: u32,
    anchor: u32,
}

/// The anchors of some records.
pub(super) struct Index<'a> {
    fingerprints: &'a [Option<Fingerprint>],
    axes: Vec<[f32; BINS]>,
    tree: KdTree<f32, Place, [f32; AXES]>,
}

impl<'a> Index<'a> {
    /// Indexes the anchors of the given records.
    pub fn new(fingerprints: &'a [Option<Fingerprint>], records: &[usize]) -> Index<'a> {
        let axes = principal_axes(fingerprints, records);
        let points: Vec<([f32; AXES], Place)> = records
            .par_iter()
            .flat_map_iter(|&record| {
                let anchors = fingerprints
                    .get(record)
                    .and_then(Option::as_ref)
                    .map(|f| &f.anchors);
                let axes = &axes;
                anchors.into_iter().flatten().enumerate().map(move |(i, anchor)| {
                    let place = Place {
                        record: record as u32,
                        anchor: i as u32,
                    };
                    (project(axes, &anchor.descriptor), place)
                })
            })
            .collect();
        let mut tree = KdTree::with_capacity(AXES, 32);
        for (point, place) in points {
            // Refused are points of another dimension or with non-finite values; these are neither.
            let _ = tree.add(point, place);
        }
        Index {
            fingerprints,
            axes,
            tree,
        }
    }

    /// Records that fit this one, the closest first.
    pub fn candidates(&self, record: usize) -> Vec<Candidate> {
        let Some(own) = self.fingerprint(record) else {
            return Vec::new();
        };
        let mut near = BTreeSet::new();
        for query in evenly(own.anchors.len(), QUERIES) {
            let places = self.neighbours(record, own, query);
            near.extend(
                places
                    .into_iter()
                    .filter(|&p| self.fits(own, query, p))
                    .map(|p| p.record),
            );
        }
        let mut candidates: Vec<Candidate> = near
            .into_iter()
            .filter_map(|other| {
                let record = other as usize;
                let alignment = best_alignment(own, self.fingerprint(record)?)?;
                Some(Candidate { record, alignment })
            })
            .collect();
        candidates.sort_by(|a, b| a.alignment.distance.total_cmp(&b.alignment.distance));
        candidates
    }

    fn fingerprint(&self, record: usize) -> Option<&'a Fingerprint> {
        self.fingerprints.get(record)?.as_ref()
    }

    /// The nearest anchors of other records.
    fn neighbours(&self, record: usize, own: &Fingerprint, query: usize) -> Vec<Place> {
        let Some(anchor) = own.anchors.get(query) else {
            return Vec::new();
        };
        let point = project(&self.axes, &anchor.descriptor);
        let Ok(nearest) = self.tree.iter_nearest(&point, &squared_euclidean) else {
            return Vec::new();
        };
        let mut seen = BTreeSet::new();
        nearest
            .take(PASSED)
            .take_while(|(distance, _)| *distance <= RADIUS)
            .map(|(_, place)| *place)
            .filter(|place| place.record as usize != record)
            .take_while(|place| {
                seen.insert(place.record);
                seen.len() <= NEIGHBOURS
            })
            .collect()
    }

    /// Whether the other anchors fit too where this one does.
    fn fits(&self, own: &Fingerprint, query: usize, place: Place) -> bool {
        let other = self.fingerprint(place.record as usize);
        let anchors = other.and_then(|other| {
            let a = own.anchors.get(query)?;
            Some((other, a, other.anchors.get(place.anchor as usize)?))
        });
        anchors.is_some_and(|(other, a, b)| {
            distance(&a.descriptor, &b.descriptor) <= RADIUS
                && align(own, other, a.time - b.time).is_some_and(|fit| fit.distance <= ROUGH_MEAN)
        })
    }
}

/// How well two fingerprints fit at a lag; `None` if too few anchors or too little of the records meet.
fn align(a: &Fingerprint, b: &Fingerprint, lag: f32) -> Option<Alignment> {
    let shared = a.end.min(b.end + lag) - a.start.max(b.start + lag);
    let shorter = (a.end - a.start).min(b.end - b.start);
    if shared < LEAST_OVERLAP as f32 * shorter {
        return None;
    }
    let span = |f: &Fingerprint| Some((f.anchors.first()?.time, f.anchors.last()?.time));
    let ((a_first, a_last), (b_first, b_last)) = (span(a)?, span(b)?);
    let from = a_first.max(b_first + lag) - JITTER;
    let to = a_last.min(b_last + lag) + JITTER;
    let within = |f: &'_ Fingerprint, lag: f32| -> Vec<usize> {
        let times = f.anchors.iter().map(|x| x.time + lag).enumerate();
        times
            .filter(|(_, t)| (from..=to).contains(t))
            .map(|(i, _)| i)
            .collect()
    };
    let (of_a, of_b) = (within(a, 0.0), within(b, lag));
    let mut next = of_b.iter().map(|&i| &b.anchors[i]).peekable();
    let (mut partners, mut distances, mut times) = (0usize, 0.0f32, (0.0f32, 0.0f32));
    for x in of_a.iter().map(|&i| &a.anchors[i]) {
        let late = |y: &&Anchor| y.time + lag < x.time - JITTER;
        while next.next_if(late).is_some() {}
        if let Some(y) = next.next_if(|y| y.time + lag <= x.time + JITTER) {
            let off = x.time - y.time - lag;
            partners += 1;
            distances += distance(&x.descriptor, &y.descriptor);
            times = (times.0 + off, times.1 + off * off);
        }
    }
    let count = partners as f32;
    if partners == 0 || count < PARTNERS * of_a.len().min(of_b.len()) as f32 {
        return None;
    }
    let mean = times.0 / count;
    Some(Alignment {
        lag: lag + mean,
        distance: distances / count,
        spread: (times.1 / count - mean * mean).max(0.0).sqrt(),
    })
}

/// The lag at which two fingerprints fit best, over all pairs of their anchors; `None` if they do not fit.
pub(super) fn best_alignment(a: &Fingerprint, b: &Fingerprint) -> Option<Alignment> {
    let mut best: Option<Alignment> = None;
    for x in &a.anchors {
        for y in &b.anchors {
            if distance(&x.descriptor, &y.descriptor) > RADIUS {
                continue;
            }
            let found = align(a, b, x.time - y.time);
            if let Some(found) = found.filter(|f| best.is_none_or(|b| f.distance < b.distance)) {
                best = Some(found);
            }
        }
    }
    best.filter(|fit| fit.distance <= MEAN && fit.spread <= SPREAD)
}

/// At most `count` indices below `length`, spread evenly.
fn evenly(length: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(length);
    (0..count).map(move |i| (2 * i + 1) * length / (2 * count))
}

fn project(axes: &[[f32; BINS]], descriptor: &[i8; BINS]) -> [f32; AXES] {
    let mut point = [0.0; AXES];
    for (x, axis) in point.iter_mut().zip(axes) {
        let sum: f32 = axis.iter().zip(descriptor).map(|(a, &d)| a * f32::from(d)).sum();
        *x = sum / 127.0;
    }
    point
}

/// Sums of descriptors' values and of their products, exact and so the same in any order.
#[derive(Clone)]
struct Moments {
    count: i64,
    sums: [i64; BINS],
    products: Vec<[i64; BINS]>,
}

impl Moments {
    fn new() -> Moments {
        Moments {
            count: 0,
            sums: [0; BINS],
            products: vec![[0; BINS]; BINS],
        }
    }

    fn add(&mut self, descriptor: &[i8; BINS]) {
        let wide = descriptor.map(i64::from);
        self.count += 1;
        for ((sum, row), &x) in self.sums.iter_mut().zip(&mut self.products).zip(&wide) {
            *sum += x;
            for (product, &y) in row.iter_mut().zip(&wide) {
                *product += x * y;
            }
        }
    }

    fn merge(mut self, other: Moments) -> Moments {
        self.count += other.count;
        for (a, b) in self.sums.iter_mut().zip(other.sums) {
            *a += b;
        }
        for (a, b) in self
            .products
            .iter_mut()
            .flatten()
            .zip(other.products.iter().flatten())
        {
            *a += b;
        }
        self
    }

    fn covariance(&self) -> DMatrix<f64> {
        let count = self.count.max(1) as f64;
        let mean = self.sums.map(|sum| sum as f64 / count);
        DMatrix::from_fn(BINS, BINS, |i, j| {
            self.products[i][j] as f64 / count - mean[i] * mean[j]
        })
    }
}

/// The directions in which the descriptors vary most.
fn principal_axes(fingerprints: &[Option<Fingerprint>], records: &[usize]) -> Vec<[f32; BINS]> {
    let moments = records
        .par_iter()
        .fold(Moments::new, |mut moments, &record| {
            let anchors = fingerprints
                .get(record)
                .and_then(Option::as_ref)
                .map(|f| &f.anchors);
            for anchor in anchors.into_iter().flatten() {
                moments.add(&anchor.descriptor);
            }
            moments
        })
        .reduce(Moments::new, Moments::merge);
    let eigen = SymmetricEigen::new(moments.covariance());
    let mut order: Vec<usize> = (0..BINS).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let axis = |column: usize| std::array::from_fn(|bin| eigen.eigenvectors[(bin, column)] as f32);
    order.into_iter().take(AXES).map(axis).collect()
}
