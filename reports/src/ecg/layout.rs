//! Where every strip stands, and how high a millivolt is.

use ecg_audit_engine::audit::EcgLayout;

use super::forms::{Form, stack};
use super::wave::Leads;
use super::{EcgOptions, beneath, caption};

/// Length of a full row: at 25 mm/s, what A4 and Letter hold in landscape.
pub(super) const ROW_SECONDS: f64 = 10.0;
/// Rows of time that one ECG may take when it is long; the rest is left out, and said to be.
const TIME_ROWS: usize = 6;
/// Left of the first strip: calibration pulse and labels, mm.
pub(super) const LEFT: f64 = 11.0;
/// Room for lead names above the highest wave, mm.
pub(super) const NAME_HEIGHT: f64 = 4.0;
/// Records this long show enough of each lead when a form shares their time between four columns.
const FORM_SECONDS: f64 = 8.0;
/// Gains to try, mm/mV: the standard one, then those of a recorder that has to make room.
const GAINS: [f64; 3] = [10.0, 5.0, 2.5];
/// Height that a form with a rhythm strip may take without attribution maps, mm: with a heading it fills A4 or Letter in
/// landscape.
const PAGE_HEIGHT: f64 = 182.0;
/// Height that one row's waveforms may take at the standard gain, mm.
const ROW_HEIGHT: f64 = 55.0;

/// Where every strip stands.
pub(super) struct Layout {
    /// Rows from the top.
    pub rows: Vec<Row>,
    /// mm/s.
    pub speed: f64,
    /// mm/mV.
    pub gain: f64,
    /// True when some excursion does not fit even at the smallest gain.
    pub clipped: bool,
    /// How much is shown when it is not all.
    pub shown_seconds: Option<f64>,
    /// Why the layout is another than the one asked for.
    pub instead: Option<String>,
}

/// Strips side by side.
pub(super) struct Row {
    /// The time axes, each with its distance from the row's left, mm.
    pub axes: Vec<(f64, [f64; 2])>,
    /// Strips from the left.
    pub strips: Vec<Strip>,
    /// mm above and below the baseline.
    pub extent: [f64; 2],
    /// What lies beneath the waveforms.
    pub lanes: Lanes,
}

/// One lead over one time range.
pub(super) struct Strip {
    /// Index of the lead.
    pub lead: usize,
    /// Distance from the row's left, mm.
    pub at: f64,
    /// Seconds.
    pub range: [f64; 2],
}

/// What lies beneath a row's waveforms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Lanes {
    /// The landmarks of the heartbeats.
    pub landmarks: bool,
    /// The ribbon of clusters.
    pub clusters: bool,
    /// The strip of uncertainty.
    pub uncertainty: bool,
    /// Height of the attribution maps, mm; 0 where another row of the same time shows them.
    pub maps: f64,
}

/// A way to place the leads.
struct Candidate {
    rows: Vec<Row>,
    /// Height that the picture may take, mm.
    page: f64,
    /// Whether uncertainty and landmarks stand once for every stretch of time, so that more rows fit a page.
    compact: bool,
}

impl Row {
    /// A row without room for anything yet.
    pub fn new(axes: Vec<(f64, [f64; 2])>, strips: Vec<Strip>) -> Self {
        Row {
            axes,
            strips,
            extent: [0.0; 2],
            lanes: Lanes::default(),
        }
    }

    /// Width of all axes, mm.
    pub fn width(&self, speed: f64) -> f64 {
        self.axes
            .iter()
            .map(|(at, range)| at + (range[1] - range[0]) * speed)
            .fold(0.0, f64::max)
    }

    /// When the row begins, seconds.
    pub fn start(&self) -> f64 {
        self.axes.first().map_or(0.0, |(_, range)| range[0])
    }

    /// How much time its first axis shows, seconds.
    fn seconds(&self) -> f64 {
        self.axes.first().map_or(0.0, |(_, range)| range[1] - range[0])
    }

    /// Height with what lies beneath, mm.
    pub fn height(&self) -> f64 {
        self.extent[0] + self.extent[1] + beneath::height(&self.lanes)
    }
}

impl Layout {
    /// `lanes`: what there is to show beneath waveforms.
    pub fn new(leads: &Leads<'_>, options: &EcgOptions, lanes: Lanes) -> Self {
        let ranges = time_rows(leads.seconds);
        let shown = ranges.last().map_or(0.0, |r| r[1]);
        let (mut candidates, instead) = candidates(leads, options.layout, &ranges);
        for candidate in &mut candidates {
            place(candidate, lanes);
        }
        let gains = options
            .gain
            .mm_per_millivolt()
            .map_or(GAINS.to_vec(), |gain| vec![gain]);
        let (rows, gain) = choose(candidates, &gains, leads);
        let mut layout = Layout {
            rows,
            speed: leads.speed,
            gain,
            clipped: false,
            shown_seconds: (shown < leads.seconds - 1e-6).then_some(shown),
            instead,
        };
        layout.clipped = cut(&mut layout.rows, gain);
        layout
    }

    /// Width of the picture, mm.
    pub fn width(&self) -> f64 {
        LEFT + self
            .rows
            .iter()
            .map(|row| row.width(self.speed))
            .fold(0.0, f64::max)
            + 2.0
    }

    /// Height of all rows, mm.
    pub fn height(&self) -> f64 {
        self.rows.iter().map(Row::height).sum()
    }
}

/// The ways to place the leads, best first, and why they are others than the one asked for.
fn candidates(leads: &Leads<'_>, asked: EcgLayout, ranges: &[[f64; 2]]) -> (Vec<Candidate>, Option<String>) {
    let (seconds, speed) = (leads.seconds, leads.speed);
    let free = |rows, compact| Candidate {
        rows,
        page: f64::INFINITY,
        compact,
    };
    let stacked = || vec![free(stack(leads.leads.len(), ranges), false)];
    let form = match Form::new(leads) {
        Ok(form) => form,
        Err(missing) => return (stacked(), instead(asked, &missing)),
    };
    // The standard gain matters more than uncertainty beneath every row.
    let three_by_four = || {
        let candidate = |compact| {
            let rows = form.three_by_four(seconds, speed, ranges);
            let page = if rows.len() == 4 {
                PAGE_HEIGHT
            } else {
                f64::INFINITY
            };
            Candidate { rows, page, compact }
        };
        vec![candidate(false), candidate(true)]
    };
    let six_by_two = |rhythm, page| Candidate {
        rows: form.six_by_two(seconds, speed, ranges, rhythm),
        page,
        compact: true,
    };
    let candidates = match asked {
        EcgLayout::Auto if seconds >= FORM_SECONDS => three_by_four(),
        EcgLayout::Auto if seconds <= ROW_SECONDS / 2.0 => {
            vec![free(form.six_by_two(seconds, speed, ranges, false), false)]
        }
        EcgLayout::Auto => stacked(),
        EcgLayout::ThreeByFour => three_by_four(),
        EcgLayout::SixByTwo if ranges.len() > 1 => vec![six_by_two(true, f64::INFINITY)],
        EcgLayout::SixByTwo => vec![six_by_two(true, PAGE_HEIGHT), six_by_two(false, PAGE_HEIGHT)],
        EcgLayout::TwelveByOne => vec![free(form.twelve_by_one(ranges), true)],
    };
    (candidates, None)
}

/// Why a record without all twelve leads is not laid out as asked.
fn instead(asked: EcgLayout, missing: &[&str]) -> Option<String> {
    let form = match asked {
        EcgLayout::Auto => return None,
        EcgLayout::ThreeByFour => "3 × 4",
        EcgLayout::SixByTwo => "6 × 2",
        EcgLayout::TwelveByOne => "12 × 1",
    };
    let missing = match missing {
        [one] => format!("lead {one}"),
        many => format!("leads {}", many.join(", ")),
    };
    Some(format!("a row per lead, since {form} needs {missing} too"))
}

/// Tells every row what lies beneath it. Attribution maps stand once for every stretch of time, beneath the last of the
/// rows that show the longest; so do landmarks and uncertainty in a compact form.
fn place(candidate: &mut Candidate, lanes: Lanes) {
    let rows = &mut candidate.rows;
    for i in 0..rows.len() {
        let same = |row: &&Row| row.start() == rows[i].start();
        let longest = rows.iter().filter(same).map(Row::seconds).fold(0.0, f64::max);
        let later = |row: &Row| row.start() == rows[i].start() && row.seconds() == longest;
        let last = rows[i].seconds() == longest && !rows[i + 1..].iter().any(later);
        let each = last || !candidate.compact;
        rows[i].lanes = Lanes {
            landmarks: lanes.landmarks && each,
            clusters: lanes.clusters,
            uncertainty: lanes.uncertainty && each,
            maps: if last { lanes.maps } else { 0.0 },
        };
    }
}

/// The first candidate that fits at the largest gain that one fits at; without any, the last at the smallest.
fn choose(mut candidates: Vec<Candidate>, gains: &[f64], leads: &Leads<'_>) -> (Vec<Row>, f64) {
    for &gain in gains {
        for candidate in &mut candidates {
            fit(&mut candidate.rows, leads, gain);
            let rows = &candidate.rows;
            let fits = rows.iter().all(|r| r.extent[0] + r.extent[1] <= limit(gain));
            let height: f64 = rows.iter().map(|row| row.height() - row.lanes.maps).sum();
            if fits && height + caption::height(1) <= candidate.page {
                return (std::mem::take(&mut candidate.rows), gain);
            }
        }
    }
    let rows = candidates.pop().map_or_else(Vec::new, |candidate| candidate.rows);
    (rows, gains.last().copied().unwrap_or(GAINS[0]))
}

/// Height that one row's waveforms may take, mm.
fn limit(gain: f64) -> f64 {
    ROW_HEIGHT * (gain / GAINS[0]).max(1.0)
}

fn time_rows(seconds: f64) -> Vec<[f64; 2]> {
    let count = ((seconds / ROW_SECONDS - 1e-6).ceil().max(1.0) as usize).min(TIME_ROWS);
    (0..count)
        .map(|i| {
            [
                i as f64 * ROW_SECONDS,
                ((i + 1) as f64 * ROW_SECONDS).min(seconds),
            ]
        })
        .collect()
}

/// Gives every row the room its waveforms need at `gain`: whole small squares, and never less than the calibration
/// pulse and a quiet row's.
fn fit(rows: &mut [Row], leads: &Leads<'_>, gain: f64) {
    for row in rows {
        let [low, high] = row
            .strips
            .iter()
            .fold([0.0, 0.0], |[low, high]: [f64; 2], strip| {
                let [l, h] = leads.extent(strip.lead, strip.range);
                [low.min(l), high.max(h)]
            });
        let quiet = if row.lanes.uncertainty || !row.lanes.clusters {
            [14.0, 5.0]
        } else {
            [9.0, 4.0]
        };
        row.extent = [
            (high * gain + NAME_HEIGHT)
                .ceil()
                .max(quiet[0])
                .max((gain + 1.0).ceil()),
            (-low * gain + 1.0).ceil().max(quiet[1]),
        ];
    }
}

/// Cuts what no gain could fit.
fn cut(rows: &mut [Row], gain: f64) -> bool {
    let mut cut = false;
    for row in rows {
        let [up, down] = row.extent;
        if up + down > limit(gain) {
            row.extent = [up.min(limit(gain) - 15.0), down.min(15.0)];
            cut = true;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use ecg_audit_engine::audit::Trace;

    use super::*;
    use crate::ecg::{Gain, Speed, testing};

    const TWELVE: [&str; 12] = [
        "DI", "DII", "DIII", "AVR", "aVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6",
    ];
    const ALL: Lanes = Lanes {
        landmarks: false,
        clusters: true,
        uncertainty: true,
        maps: 0.0,
    };

    /// Spikes once a second.
    fn trace(names: &[&str], seconds: usize, microvolts: i32) -> Trace {
        let wave: Vec<_> = (0..seconds * 100)
            .map(|i| Some(if i % 100 == 0 { microvolts } else { 0 }))
            .collect();
        Trace {
            leads: names.iter().map(|n| n.to_string()).collect(),
            microvolts: vec![wave; names.len()],
            ..testing::trace()
        }
    }

    fn lay_out(trace: &Trace, options: EcgOptions, lanes: Lanes) -> Layout {
        let leads = Leads::new(trace, options.speed.mm_per_second()).unwrap();
        Layout::new(&leads, &options, lanes)
    }

    fn asked(trace: &Trace, layout: EcgLayout) -> Layout {
        let options = EcgOptions {
            layout,
            ..EcgOptions::default()
        };
        lay_out(trace, options, ALL)
    }

    fn leads(row: &Row) -> Vec<usize> {
        row.strips.iter().map(|s| s.lead).collect()
    }

    #[test]
    fn twelve_leads_take_the_form_with_a_rhythm_strip() {
        let trace = trace(&TWELVE, 10, 1000);
        let layout = asked(&trace, EcgLayout::Auto);
        assert_eq!(layout.rows.len(), 4);
        assert_eq!(leads(&layout.rows[0]), [0, 3, 6, 9]);
        assert_eq!(layout.rows[0].strips[1].range, [2.5, 5.0]);
        assert_eq!(layout.rows[3].strips[0].lead, 1);
        assert_eq!(layout.gain, 10.0);
        assert_eq!(layout.width(), LEFT + 250.0 + 2.0);
        assert!(layout.height() + caption::height(1) < PAGE_HEIGHT + 2.0);
        assert!(layout.rows.iter().all(|row| row.lanes.uncertainty));
    }

    #[test]
    fn other_leads_are_stacked_and_long_ones_wrap() {
        let trace = trace(&["MLI", "V1"], 25, 1000);
        let layout = asked(&trace, EcgLayout::Auto);
        assert_eq!(layout.rows.len(), 6);
        assert_eq!(layout.rows[4].axes, [(0.0, [20.0, 25.0])]);
        assert_eq!((layout.shown_seconds, layout.instead), (None, None));
    }

    #[test]
    fn a_form_that_lacks_leads_is_stacked_and_says_so() {
        let layout = asked(&trace(&["MLI", "V1"], 10, 1000), EcgLayout::SixByTwo);
        assert_eq!(layout.rows.len(), 2);
        let said = layout.instead.unwrap();
        assert!(said.starts_with("a row per lead, since 6 × 2 needs leads I, aVR, V4, II,"));
        let eleven = asked(&trace(&TWELVE[..11], 10, 1000), EcgLayout::ThreeByFour);
        assert_eq!(
            eleven.instead.unwrap(),
            "a row per lead, since 3 × 4 needs lead V6 too"
        );
    }

    #[test]
    fn short_records_show_all_of_every_lead() {
        let trace = trace(&TWELVE, 3, 1000);
        for layout in [EcgLayout::Auto, EcgLayout::SixByTwo] {
            let layout = asked(&trace, layout);
            let pairs: Vec<_> = layout.rows.iter().map(leads).collect();
            assert_eq!(pairs, [[0, 6], [1, 7], [2, 8], [3, 9], [4, 10], [5, 11]]);
            assert_eq!(layout.rows[0].axes, [(0.0, [0.0, 3.0]), (75.0, [0.0, 3.0])]);
        }
    }

    #[test]
    fn six_by_two_shares_ten_seconds_and_takes_a_rhythm_strip_where_it_fits() {
        let layout = asked(&trace(&TWELVE, 10, 900), EcgLayout::SixByTwo);
        assert_eq!(layout.rows.len(), 7);
        assert_eq!(layout.rows[5].strips[1].range, [5.0, 10.0]);
        assert_eq!((layout.rows[5].strips[1].at, layout.gain), (125.0, 10.0));
        assert!(layout.height() + caption::height(1) <= PAGE_HEIGHT);
        assert_eq!(layout.rows.iter().filter(|row| row.lanes.uncertainty).count(), 1);
        // Taller waves leave no room for it; still taller ones halve the gain.
        let tall = asked(&trace(&TWELVE, 10, 1300), EcgLayout::SixByTwo);
        assert_eq!((tall.rows.len(), tall.gain), (6, 10.0));
        assert!(tall.rows[5].lanes.uncertainty);
        let taller = asked(&trace(&TWELVE, 10, 1800), EcgLayout::SixByTwo);
        assert_eq!((taller.rows.len(), taller.gain), (7, 5.0));
    }

    #[test]
    fn twelve_by_one_follows_the_standard_order_whatever_the_records() {
        let mut names = TWELVE;
        names.reverse();
        let layout = asked(&trace(&names, 25, 1000), EcgLayout::TwelveByOne);
        let order: Vec<usize> = layout.rows.iter().map(|row| row.strips[0].lead).collect();
        assert_eq!(order.len(), 36);
        assert_eq!(order[..12], [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn maps_stand_once_for_every_stretch_of_time() {
        let maps = Lanes { maps: 3.0, ..ALL };
        let layout = lay_out(&trace(&["II", "V1"], 25, 1000), EcgOptions::default(), maps);
        let shown: Vec<f64> = layout.rows.iter().map(|row| row.lanes.maps).collect();
        assert_eq!(shown, [0.0, 3.0, 0.0, 3.0, 0.0, 3.0]);
    }

    #[test]
    fn what_is_left_out_is_said() {
        let layout = asked(&trace(&["MLI"], 100, 1000), EcgLayout::Auto);
        assert_eq!(layout.shown_seconds, Some(60.0));
    }

    #[test]
    fn large_waves_lower_the_gain_before_they_are_cut() {
        // At 10 mm/mV, uncertainty beneath every row or beneath the last.
        let compact = asked(&trace(&TWELVE, 10, 2400), EcgLayout::Auto);
        let lanes: Vec<bool> = compact.rows.iter().map(|row| row.lanes.uncertainty).collect();
        assert_eq!((compact.gain, lanes), (10.0, vec![false, false, false, true]));
        assert!(compact.rows.iter().all(|row| row.lanes.clusters));
        let half = trace(&TWELVE, 10, 4500);
        assert_eq!(asked(&half, EcgLayout::Auto).gain, 5.0);
        let absurd = trace(&TWELVE, 10, i32::MAX);
        let layout = asked(&absurd, EcgLayout::Auto);
        assert!(layout.clipped && layout.height() < 300.0);
    }

    #[test]
    fn speed_and_gain_that_are_asked_for_are_kept() {
        let options = EcgOptions {
            speed: Speed::Mm50,
            gain: Gain::Mm20,
            ..EcgOptions::default()
        };
        let layout = lay_out(&trace(&TWELVE, 10, 2000), options, ALL);
        assert_eq!((layout.gain, layout.width()), (20.0, LEFT + 500.0 + 2.0));
        assert!(!layout.clipped && layout.rows.iter().all(|row| row.extent[0] >= 21.0));
    }
}
