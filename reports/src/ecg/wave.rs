//! Waveforms as paths.

use ecg_audit_engine::audit::Trace;

use super::path::{simplify, write};

/// Above this number of samples per millimetre, a bucket's smallest and largest sample stand for all of it.
const SAMPLES_PER_MM: f64 = 10.0;
/// Width of such a bucket, mm: two points each 0.2 mm is what print at 300 dpi resolves within a line's width.
const BUCKET_MM: f64 = 0.2;
/// How far the drawn line may lie from a sample, hundredths of a millimetre: a tenth of its width.
const TOLERANCE: f64 = 2.0;

/// The leads of a trace, ready to be drawn.
pub(super) struct Leads<'a> {
    /// Paper speed, mm/s.
    pub speed: f64,
    /// Sampling rate, Hz.
    pub rate: f64,
    /// Duration of the longest lead, seconds.
    pub seconds: f64,
    /// Name, samples in µV and their median.
    pub leads: Vec<Lead<'a>>,
}

/// One lead.
pub(super) struct Lead<'a> {
    pub name: &'a str,
    samples: &'a [Option<i32>],
    median: f64,
}

impl<'a> Leads<'a> {
    pub fn new(trace: &'a Trace, speed: f64) -> Option<Self> {
        let rate = trace.sampling_rate;
        let leads: Vec<_> = trace
            .microvolts
            .iter()
            .enumerate()
            .map(|(i, samples)| Lead {
                name: trace.leads.get(i).map_or("?", String::as_str),
                samples,
                median: median(samples),
            })
            .collect();
        let longest = leads.iter().map(|lead| lead.samples.len()).max()?;
        (longest > 0 && rate.is_finite() && rate > 0.0).then(|| Leads {
            speed,
            rate,
            seconds: longest as f64 / rate,
            leads,
        })
    }

    /// Indices of the samples of `lead` in `range` seconds, both ends included.
    fn samples(&self, lead: usize, range: [f64; 2]) -> impl Iterator<Item = (f64, Option<f64>)> + '_ {
        let lead = self.leads.get(lead);
        let first = (range[0] * self.rate - 1e-6).ceil().max(0.0) as usize;
        let last = (range[1] * self.rate + 1e-6).floor().max(0.0) as usize;
        let shown = lead.map_or(&[][..], |l| {
            let end = last.saturating_add(1).min(l.samples.len());
            l.samples.get(first..end).unwrap_or_default()
        });
        let median = lead.map_or(0.0, |l| l.median);
        shown.iter().enumerate().map(move |(i, value)| {
            let time = (first + i) as f64 / self.rate;
            (time, value.map(|v| (f64::from(v) - median) / 1000.0))
        })
    }

    /// Smallest and largest value about the median in `range` seconds, mV.
    pub fn extent(&self, lead: usize, range: [f64; 2]) -> [f64; 2] {
        self.samples(lead, range)
            .filter_map(|(_, v)| v)
            .fold([0.0, 0.0], |[low, high]: [f64; 2], v| [low.min(v), high.max(v)])
    }

    /// Path data in hundredths of a millimetre: x from the strip's left edge, y downwards from its baseline. Gaps
    /// where samples are missing; cut at `up` and `down` mm.
    pub fn path(&self, lead: usize, range: [f64; 2], gain: f64, [up, down]: [f64; 2]) -> String {
        let mut data = String::new();
        let mut run = Vec::new();
        for (time, value) in self.samples(lead, range) {
            match value {
                Some(mv) => run.push([
                    (time - range[0]) * self.speed * 100.0,
                    -(mv * gain).clamp(-down, up) * 100.0,
                ]),
                None => self.write_run(&mut data, &mut run),
            }
        }
        self.write_run(&mut data, &mut run);
        data
    }

    fn write_run(&self, data: &mut String, run: &mut Vec<[f64; 2]>) {
        if self.rate / self.speed > SAMPLES_PER_MM {
            *run = extremes(run);
        }
        write(data, &simplify(run, TOLERANCE));
        run.clear();
    }
}

/// The middle value; 0 without any.
pub(super) fn median(samples: &[Option<i32>]) -> f64 {
    let mut valid: Vec<i32> = samples.iter().copied().flatten().collect();
    if valid.is_empty() {
        return 0.0;
    }
    let middle = valid.len() / 2;
    f64::from(*valid.select_nth_unstable(middle).1)
}

/// The smallest and the largest point of every bucket, in order of time.
fn extremes(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let bucket = |p: &[f64; 2]| (p[0] / (BUCKET_MM * 100.0)).floor();
    points
        .chunk_by(|a, b| bucket(a) == bucket(b))
        .flat_map(|chunk| {
            let by_y = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
            let (low, high) = (chunk.iter().min_by(by_y), chunk.iter().max_by(by_y));
            let mut both: Vec<[f64; 2]> = low.into_iter().chain(high).copied().collect();
            both.sort_by(|a, b| a[0].total_cmp(&b[0]));
            both.dedup();
            both
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecg::testing;

    fn trace(rate: f64, microvolts: Vec<Option<i32>>) -> Trace {
        Trace {
            sampling_rate: rate,
            leads: vec!["II".into()],
            microvolts: vec![microvolts],
            ..testing::trace()
        }
    }

    /// Absolute positions on a path, hundredths of a millimetre.
    fn positions(data: &str) -> Vec<Vec<[i64; 2]>> {
        data.split('M')
            .filter(|run| !run.is_empty())
            .map(|run| {
                let (start, rest) = run.split_once('l').unwrap();
                let numbers: Vec<i64> = rest
                    .replace('-', " -")
                    .split_whitespace()
                    .map(|n| n.parse().unwrap())
                    .collect();
                let mut at: Vec<i64> = start.split(' ').map(|n| n.parse().unwrap()).collect();
                let mut all = vec![[at[0], at[1]]];
                for step in numbers.chunks(2) {
                    at = vec![at[0] + step[0], at[1] + step[1]];
                    all.push([at[0], at[1]]);
                }
                all
            })
            .collect()
    }

    #[test]
    fn a_second_is_25_mm_and_a_millivolt_10_mm() {
        // 0 mV with a spike of 1 mV at exactly 2 s.
        let mut samples = vec![Some(0); 1000];
        samples[200] = Some(1000);
        let trace = trace(100.0, samples);
        let leads = Leads::new(&trace, 25.0).unwrap();
        let runs = positions(&leads.path(0, [0.0, 9.99], 10.0, [20.0, 10.0]));
        assert_eq!(runs.len(), 1);
        assert!(runs[0].contains(&[5000, -1000]), "{runs:?}");
        assert_eq!(runs[0].first(), Some(&[0, 0]));
        assert_eq!(runs[0].last(), Some(&[24975, 0]));
    }

    #[test]
    fn rounding_does_not_add_up() {
        // 360 Hz is no whole number of hundredths per sample.
        let samples: Vec<_> = (0..3600)
            .map(|i| Some(if i % 2 == 0 { 300 } else { -300 }))
            .collect();
        let trace = trace(360.0, samples);
        let leads = Leads::new(&trace, 25.0).unwrap();
        let runs = positions(&leads.path(0, [0.0, 9.9], 10.0, [20.0, 10.0]));
        let last = runs[0].last().unwrap();
        assert!((last[0] - 24_750).abs() <= 20, "{last:?}");
    }

    #[test]
    fn every_sample_lies_within_the_tolerance_of_the_line() {
        let value = |i: usize| ((i as f64 / 9.0).sin() * 700.0 + (i as f64 / 2.3).sin() * 60.0) as i32;
        let trace = trace(100.0, (0..1000).map(|i| Some(value(i))).collect());
        let leads = Leads::new(&trace, 25.0).unwrap();
        let runs = positions(&leads.path(0, [0.0, 10.0], 10.0, [30.0, 30.0]));
        let line = &runs[0];
        let median = leads.leads[0].median;
        for i in 0..1000 {
            let x = i as f64 * 25.0;
            let k = line
                .partition_point(|p| (p[0] as f64) < x)
                .clamp(1, line.len() - 1);
            let (a, b) = (line[k - 1].map(|v| v as f64), line[k].map(|v| v as f64));
            let y = a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0]);
            let truth = -(f64::from(value(i)) - median);
            assert!((y - truth).abs() <= TOLERANCE + 1.0, "{i}: {y} {truth}");
        }
    }

    #[test]
    fn peaks_survive_at_high_rates_and_the_path_stays_small() {
        let mut samples: Vec<_> = (0..10_000).map(|i| Some((i * 7919) % 23 - 11)).collect();
        samples[4321] = Some(2500);
        let trace = trace(1000.0, samples);
        let leads = Leads::new(&trace, 25.0).unwrap();
        let data = leads.path(0, [0.0, 10.0], 10.0, [40.0, 10.0]);
        assert!(data.len() < 24_000, "{}", data.len());
        let highest = positions(&data)[0].iter().map(|p| -p[1]).max().unwrap();
        assert!((highest - 2500).abs() <= 12, "{highest}");
    }

    #[test]
    fn missing_samples_are_gaps() {
        let mut samples = vec![Some(5); 100];
        samples[40] = None;
        samples[42] = None;
        let trace = trace(100.0, samples);
        let leads = Leads::new(&trace, 25.0).unwrap();
        let data = leads.path(0, [0.0, 1.0], 10.0, [10.0, 10.0]);
        assert_eq!(data, "M0 0l975 0M1025 0l0 0M1075 0l1400 0");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(Leads::new(&trace(0.0, vec![Some(1)]), 25.0).is_none());
        assert!(Leads::new(&trace(f64::NAN, vec![Some(1)]), 25.0).is_none());
        assert!(Leads::new(&trace(100.0, vec![]), 25.0).is_none());
    }
}
