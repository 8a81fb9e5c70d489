//! Whether two signals are the same recording, sample by sample.

use ndarray::{Array2, ArrayView2, s};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::LEAST_OVERLAP;
use super::fingerprint::bits;
use super::velocity::{STEP, Velocity};
use crate::Signal;
use crate::record::lead_key;

/// Correlation over the whole overlap.
const OVERALL: f64 = 0.94;
/// Correlation over the fastest part of the overlap: the QRS complexes, where noise weighs least and another
/// recording, whose beats come at other times, differs most.
const FASTEST: f64 = 0.98;
/// That part.
const FASTEST_SHARE: f64 = 0.15;
/// Correlation in each second that is not nearly silent.
const SECOND: f64 = 0.8;
/// Share of the seconds that must reach it: an artefact may have spoilt the rest.
const SECONDS_SHARE: f64 = 0.9;
/// Seconds with less than this part of the median energy are silent.
const SILENT: f64 = 0.1;
/// Least overlap, seconds.
const OVERLAP: f64 = 2.5;
/// Steps by which the index's lag may be off.
const SEARCH: i64 = 5;
/// Leads usable in one record but not in the other, as a part of all.
const MISSING_LEADS: f64 = 0.25;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    pub exact: bool,
    pub correlation: f64,
    /// Amplitude of the second record in units of the first.
    pub scale: f64,
    /// Seconds by which the second record shows everything later.
    pub shift_seconds: f64,
    pub leads_reordered: bool,
}

/// Compares two signals at a lag (seconds to add to a time in `b` to get the time in `a`).
pub(super) fn verify(a: &Signal, b: &Signal, lag: f64) -> Option<Match> {
    let (va, vb) = (Velocity::new(a, 0.0)?, Velocity::new(b, 0.0)?);
    let (fewer, more) = (va.rows.len().min(vb.rows.len()), va.rows.len().max(vb.rows.len()));
    if (more - fewer) as f64 > MISSING_LEADS * more as f64 {
        return None;
    }
    let steps = coarse(&va.speed(), &vb.speed(), va.first, vb.first, lag)?;
    let pairs = pair_leads(&va, &vb, steps)?;
    let lag = fine(&va, &vb, &pairs, steps);
    // The second record once more, on the first one's grid.
    let vb = Velocity::new(b, -lag.fract())?;
    let overlap = Overlap::new(&va, &vb, lag.trunc() as i64)?;
    let (x, y) = overlap.select(&va, &vb, &pairs);
    let sums = Sums::of(&x, &y);
    let correlation = sums.correlation();
    if correlation < OVERALL || fastest(&x, &y) < FASTEST || !throughout(&x, &y) {
        return None;
    }
    let pairs: Vec<(usize, usize)> = pairs.iter().map(|&(i, j)| (va.rows[i], vb.rows[j])).collect();
    let exact = equal(a, b, &pairs);
    let found = Match {
        exact,
        correlation: if exact { 1.0 } else { correlation.min(1.0) },
        scale: if exact {
            1.0
        } else {
            sums.xy / sums.xx * vb.peak / va.peak
        },
        shift_seconds: if exact { 0.0 } else { -lag * STEP },
        leads_reordered: reordered(a, b, &pairs),
    };
    Some(found)
}

/// Two signals with all samples equal, as they stand.
pub(super) fn identical(a: &Signal, b: &Signal) -> Option<Match> {
    let same = a.sampling_rate == b.sampling_rate
        && a.samples.dim() == b.samples.dim()
        && a.samples
            .iter()
            .zip(&b.samples)
            .all(|(&x, &y)| bits(x) == bits(y));
    let rows: Vec<(usize, usize)> = (0..a.samples.nrows()).map(|row| (row, row)).collect();
    same.then(|| Match {
        exact: true,
        correlation: 1.0,
        scale: 1.0,
        shift_seconds: 0.0,
        leads_reordered: reordered(a, b, &rows),
    })
}

/// Whether paired rows are equal bit for bit, and no others are left that are not flat.
fn equal(a: &Signal, b: &Signal, pairs: &[(usize, usize)]) -> bool {
    let same = |i: usize, j: usize| {
        let (x, y) = (a.samples.row(i), b.samples.row(j));
        x.iter().zip(y).all(|(&x, &y)| bits(x) == bits(y))
    };
    let unpaired_flat = |signal: &Signal, paired: &dyn Fn(usize) -> bool| {
        let rows = signal.samples.rows().into_iter().enumerate();
        rows.filter(|&(row, _)| !paired(row))
            .all(|(_, samples)| samples.iter().all(|&x| bits(x) == bits(samples[0])))
    };
    a.sampling_rate == b.sampling_rate
        && a.samples.dim() == b.samples.dim()
        && pairs.iter().all(|&(i, j)| same(i, j))
        && unpaired_flat(a, &|row| pairs.iter().any(|p| p.0 == row))
        && unpaired_flat(b, &|row| pairs.iter().any(|p| p.1 == row))
}

fn reordered(a: &Signal, b: &Signal, pairs: &[(usize, usize)]) -> bool {
    let name = |signal: &Signal, row: usize| signal.leads.get(row).map(|name| lead_key(name));
    pairs.iter().any(|&(i, j)| i != j || name(a, i) != name(b, j))
}

/// Columns that two velocities share.
#[derive(Debug)]
struct Overlap {
    a: usize,
    b: usize,
    length: usize,
}

impl Overlap {
    /// At a whole number of steps; `None` where too little is shared.
    fn new(a: &Velocity, b: &Velocity, steps: i64) -> Option<Overlap> {
        Overlap::of((a.first, a.len()), (b.first, b.len()), steps)
    }

    fn of(a: (i64, usize), b: (i64, usize), steps: i64) -> Option<Overlap> {
        let b_first = b.0.checked_add(steps)?;
        let from = a.0.max(b_first);
        let to = (a.0 + a.1 as i64).min(b_first + b.1 as i64);
        let length = usize::try_from(to - from).ok()?;
        let least = (OVERLAP / STEP).max(LEAST_OVERLAP * a.1.min(b.1) as f64);
        (length as f64 >= least).then(|| Overlap {
            a: (from - a.0) as usize,
            b: (from - b_first) as usize,
            length,
        })
    }

    /// The paired leads of both, over the overlap.
    fn select(&self, a: &Velocity, b: &Velocity, pairs: &[(usize, usize)]) -> (Array2<f32>, Array2<f32>) {
        let part = |v: &Velocity, rows: Vec<usize>, from: usize| {
            v.samples
                .select(ndarray::Axis(0), &rows)
                .slice_move(s![.., from..from + self.length])
        };
        let x = part(a, pairs.iter().map(|p| p.0).collect(), self.a);
        let y = part(b, pairs.iter().map(|p| p.1).collect(), self.b);
        (x, y)
    }
}

/// Sums of squares and products.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Sums {
    fn of(x: &Array2<f32>, y: &Array2<f32>) -> Sums {
        Sums::over(x.iter().zip(y))
    }

    fn over<'a>(pairs: impl Iterator<Item = (&'a f32, &'a f32)>) -> Sums {
        let mut sums = Sums::default();
        for (&x, &y) in pairs {
            let (x, y) = (f64::from(x), f64::from(y));
            sums.xx += x * x;
            sums.yy += y * y;
            sums.xy += x * y;
        }
        sums
    }

    fn correlation(&self) -> f64 {
        let norm = (self.xx * self.yy).sqrt();
        if norm > 0.0 { self.xy / norm } else { 0.0 }
    }
}

/// The whole number of steps near `lag` at which the speeds agree best.
fn coarse(a: &[f32], b: &[f32], a_first: i64, b_first: i64, lag: f64) -> Option<i64> {
    let near = (lag / STEP).round() as i64;
    let at = |steps: i64| {
        let overlap = Overlap::of((a_first, a.len()), (b_first, b.len()), steps)?;
        let x = a.get(overlap.a..overlap.a + overlap.length)?;
        let y = b.get(overlap.b..overlap.b + overlap.length)?;
        Some((Sums::over(x.iter().zip(y)).correlation(), steps))
    };
    (near - SEARCH..=near + SEARCH)
        .filter_map(at)
        .max_by(|x, y| x.0.total_cmp(&y.0))
        .map(|(_, steps)| steps)
}

/// Which lead of `b` is which of `a` (indices of usable leads): the assignment with the largest sum of
/// products, or rows as they stand where that fits as well within what noise does.
fn pair_leads(a: &Velocity, b: &Velocity, steps: i64) -> Option<Vec<(usize, usize)>> {
    let overlap = Overlap::new(a, b, steps)?;
    let part = |v: &Velocity, from: usize| v.samples.slice(s![.., from..from + overlap.length]).to_owned();
    let (x, y) = (part(a, overlap.a), part(b, overlap.b));
    let products = x.dot(&y.t());
    let energy = |z: &Array2<f32>| z.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
    let norm = (energy(&x) * energy(&y)).sqrt();
    if norm <= 0.0 {
        return None;
    }
    let assigned = assign(products.view(), norm);
    let as_they_stand: Vec<(usize, usize)> = a
        .rows
        .iter()
        .enumerate()
        .filter_map(|(i, row)| Some((i, b.rows.binary_search(row).ok()?)))
        .collect();
    let misfit = |pairs: &[(usize, usize)]| {
        1.0 - pairs
            .iter()
            .map(|&p| f64::from(products[[p.0, p.1]]))
            .sum::<f64>()
            / norm
    };
    let as_good = misfit(&as_they_stand) <= 1.05 * misfit(&assigned).max(0.0) + 1e-4;
    Some(if as_good { as_they_stand } else { assigned })
}

/// Largest sum of products, each lead at most once.
fn assign(products: ArrayView2<'_, f32>, norm: f64) -> Vec<(usize, usize)> {
    // The algorithm wants whole numbers and no more rows than columns.
    let tall = products.nrows() > products.ncols();
    let wide = if tall { products.reversed_axes() } else { products };
    let weights: Vec<i64> = wide
        .iter()
        .map(|&p| (f64::from(p) / norm * 1e9).round() as i64)
        .collect();
    let Ok(weights) = Matrix::from_vec(wide.nrows(), wide.ncols(), weights) else {
        return Vec::new();
    };
    let (_, columns) = kuhn_munkres(&weights);
    let mut pairs: Vec<(usize, usize)> = columns
        .into_iter()
        .enumerate()
        .map(|(row, column)| if tall { (column, row) } else { (row, column) })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// The lag in steps, to a fraction: the top of a parabola through the correlations around `steps`.
fn fine(a: &Velocity, b: &Velocity, pairs: &[(usize, usize)], steps: i64) -> f64 {
    let at = |steps: i64| {
        let overlap = Overlap::new(a, b, steps)?;
        let (x, y) = overlap.select(a, b, pairs);
        Some(Sums::of(&x, &y).correlation())
    };
    let best = (steps - 1..=steps + 1)
        .filter_map(|steps| Some((at(steps)?, steps)))
        .max_by(|x, y| x.0.total_cmp(&y.0));
    let Some((top, steps)) = best else {
        return steps as f64;
    };
    let (Some(left), Some(right)) = (at(steps - 1), at(steps + 1)) else {
        return steps as f64;
    };
    let curve = left - 2.0 * top + right;
    let shift = if curve < 0.0 {
        0.5 * (left - right) / curve
    } else {
        0.0
    };
    // Below a hundredth of a step it is the parabola's own error.
    let shift = if shift.abs() < 0.01 {
        0.0
    } else {
        shift.clamp(-0.5, 0.5)
    };
    steps as f64 + shift
}

/// Correlation over the columns of the overlap where either record is fastest.
fn fastest(x: &Array2<f32>, y: &Array2<f32>) -> f64 {
    let sums: Vec<Sums> = columns(x, y);
    let total = sums.iter().fold((0.0, 0.0), |(a, b), s| (a + s.xx, b + s.yy));
    let mut order: Vec<(f64, usize)> = sums
        .iter()
        .enumerate()
        .map(|(i, s)| ((s.xx / total.0).max(s.yy / total.1), i))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let count = (FASTEST_SHARE * sums.len() as f64).ceil() as usize;
    let chosen = order.into_iter().take(count).map(|(_, i)| sums[i]);
    added(chosen).correlation()
}

/// Whether nearly every second correlates.
fn throughout(x: &Array2<f32>, y: &Array2<f32>) -> bool {
    let sums = columns(x, y);
    let seconds: Vec<Sums> = sums
        .chunks((1.0 / STEP).round() as usize)
        .map(|chunk| added(chunk.iter().copied()))
        .collect();
    let mut energies: Vec<f64> = seconds.iter().map(|s| s.xx).collect();
    energies.sort_by(f64::total_cmp);
    let silent = SILENT * energies.get(energies.len() / 2).copied().unwrap_or(0.0);
    let loud: Vec<&Sums> = seconds.iter().filter(|s| s.xx >= silent).collect();
    let good = loud.iter().filter(|s| s.correlation() >= SECOND).count();
    good as f64 >= SECONDS_SHARE * loud.len() as f64
}

fn columns(x: &Array2<f32>, y: &Array2<f32>) -> Vec<Sums> {
    x.columns()
        .into_iter()
        .zip(y.columns())
        .map(|(x, y)| Sums::over(x.iter().zip(y)))
        .collect()
}

fn added(sums: impl Iterator<Item = Sums>) -> Sums {
    sums.fold(Sums::default(), |a, b| Sums {
        xx: a.xx + b.xx,
        yy: a.yy + b.yy,
        xy: a.xy + b.xy,
    })
}
