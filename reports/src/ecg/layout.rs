//! Which lead stands where.

use super::SPEED;
use super::wave::Leads;

/// Width of a full row, mm: ten seconds, which A4 and Letter hold in landscape.
const ROW_SECONDS: f64 = 10.0;
/// Rows of time that one ECG may take when it is long; the rest is left out, and said to be.
const TIME_ROWS: usize = 6;
/// Left of the first strip: calibration pulse and labels, mm.
pub(super) const LEFT: f64 = 11.0;
/// Beneath a waveform: clusters, uncertainty and the gaps between, mm.
pub(super) const BENEATH: f64 = 10.5;
/// The three-by-four form.
const FORM: [[&str; 4]; 3] = [
    ["I", "aVR", "V1", "V4"],
    ["II", "aVL", "V2", "V5"],
    ["III", "aVF", "V3", "V6"],
];
/// The form with lead indices in place of names.
type Form = [[usize; 4]; 3];
/// Records this long show enough of each lead when a form shares their time between four columns.
const FORM_SECONDS: f64 = 8.0;
/// The lead of the rhythm strip.
const RHYTHM: &str = "II";
/// Gains to try, mm/mV: the standard one, then those of a recorder that has to make room.
const GAINS: [f64; 3] = [10.0, 5.0, 2.5];
/// Height that the form with one rhythm strip may take, mm: with its heading it fills A4 or Letter in landscape.
const PAGE_HEIGHT: f64 = 176.0;
/// Height that one row's waveforms may take, mm.
const ROW_HEIGHT: f64 = 55.0;

/// Where every strip stands.
pub(super) struct Layout {
    /// Rows from the top.
    pub rows: Vec<Row>,
    /// mm/mV.
    pub gain: f64,
    /// True when some excursion does not fit even at the smallest gain.
    pub clipped: bool,
    /// How much is shown when it is not all.
    pub shown_seconds: Option<f64>,
}

/// Strips side by side.
pub(super) struct Row {
    /// The time axes, each with its distance from the row's left, mm.
    pub axes: Vec<(f64, [f64; 2])>,
    /// Strips from the left.
    pub strips: Vec<Strip>,
    /// mm above and below the baseline.
    pub extent: [f64; 2],
    /// Height of the attribution maps beneath the clusters, mm; 0 where another row of the same time shows them.
    pub maps: f64,
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

impl Row {
    /// Width of all axes, mm.
    pub fn width(&self) -> f64 {
        self.axes
            .iter()
            .map(|(at, range)| at + (range[1] - range[0]) * SPEED)
            .fold(0.0, f64::max)
    }

    /// When the row begins, seconds.
    pub fn start(&self) -> f64 {
        self.axes.first().map_or(0.0, |(_, range)| range[0])
    }

    /// Height with what lies beneath, mm.
    pub fn height(&self) -> f64 {
        self.extent[0] + self.extent[1] + BENEATH + self.maps
    }
}

impl Layout {
    /// `maps`: height of the attribution maps of the trace, mm.
    pub fn new(leads: &Leads<'_>, maps: f64) -> Self {
        let ranges = time_rows(leads.seconds);
        let shown = ranges.last().map_or(0.0, |r| r[1]);
        let form = form(leads);
        let mut rows = match &form {
            Some(form) if leads.seconds >= FORM_SECONDS => {
                three_by_four(form, leads.seconds.min(ROW_SECONDS), &ranges)
            }
            Some(form) if leads.seconds <= ROW_SECONDS / 2.0 => six_by_two(form, leads.seconds),
            _ => stack(leads.leads.len(), &ranges),
        };
        place_maps(&mut rows, maps);
        let page = if form.is_some() && rows.len() == FORM.len() + 1 {
            PAGE_HEIGHT
        } else {
            f64::INFINITY
        };
        let gain = GAINS
            .into_iter()
            .find(|&gain| {
                fit(&mut rows, leads, gain);
                rows.iter().all(|r| r.extent[0] + r.extent[1] <= ROW_HEIGHT)
                    && rows.iter().map(|row| row.height() - row.maps).sum::<f64>() <= page
            })
            .unwrap_or(GAINS[GAINS.len() - 1]);
        let clipped = cut(&mut rows);
        Layout {
            rows,
            gain,
            clipped,
            shown_seconds: (shown < leads.seconds - 1e-6).then_some(shown),
        }
    }

    /// Width of the picture, mm.
    pub fn width(&self) -> f64 {
        LEFT + self.rows.iter().map(Row::width).fold(0.0, f64::max) + 2.0
    }

    /// Height of the picture, mm.
    pub fn height(&self) -> f64 {
        self.rows.iter().map(Row::height).sum::<f64>() + 1.0
    }
}

/// Attribution maps stand once for every stretch of time, beneath the last of the rows that show the longest.
fn place_maps(rows: &mut [Row], maps: f64) {
    let length = |row: &Row| row.axes.first().map_or(0.0, |(_, range)| range[1] - range[0]);
    let longest = rows.iter().map(length).fold(0.0, f64::max);
    for i in 0..rows.len() {
        let later = rows[i + 1..]
            .iter()
            .any(|row| row.start() == rows[i].start() && length(row) == longest);
        if length(&rows[i]) == longest && !later {
            rows[i].maps = maps;
        }
    }
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

/// Index of the standard lead that `name` means.
fn standard(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect::<String>()
        .to_ascii_uppercase();
    match name.as_str() {
        "DI" => "I".into(),
        "DII" => "II".into(),
        "DIII" => "III".into(),
        _ => name,
    }
}

/// The form with lead indices, when all twelve standard leads are there.
fn form(leads: &Leads<'_>) -> Option<Form> {
    let names: Vec<String> = leads.leads.iter().map(|lead| standard(lead.name)).collect();
    let mut form = [[0; 4]; 3];
    for (row, wanted) in form.iter_mut().zip(FORM) {
        for (cell, name) in row.iter_mut().zip(wanted) {
            *cell = names.iter().position(|n| *n == name.to_ascii_uppercase())?;
        }
    }
    Some(form)
}

/// Columns follow each other in time; the rhythm strip runs beneath them all.
fn three_by_four(form: &Form, seconds: f64, ranges: &[[f64; 2]]) -> Vec<Row> {
    let quarter = seconds / 4.0;
    let strip = |(i, &lead): (usize, &usize)| {
        let start = i as f64 * quarter;
        Strip {
            lead,
            at: start * SPEED,
            range: [start, start + quarter],
        }
    };
    let rows = form.iter().map(|leads| Row {
        axes: vec![(0.0, [0.0, seconds])],
        strips: leads.iter().enumerate().map(strip).collect(),
        extent: [0.0; 2],
        maps: 0.0,
    });
    let lead = FORM
        .iter()
        .zip(form)
        .find(|(names, _)| names[0] == RHYTHM)
        .map_or(0, |(_, row)| row[0]);
    rows.chain(ranges.iter().map(|&range| full(lead, range)))
        .collect()
}

/// Limb leads on the left, chest leads on the right, both over the same short time.
fn six_by_two(form: &Form, seconds: f64) -> Vec<Row> {
    let range = [0.0, seconds];
    let right = (seconds * SPEED / 5.0).ceil() * 5.0;
    let row = |(left, chest): (usize, usize)| Row {
        axes: vec![(0.0, range), (right, range)],
        strips: vec![
            Strip {
                lead: left,
                at: 0.0,
                range,
            },
            Strip {
                lead: chest,
                at: right,
                range,
            },
        ],
        extent: [0.0; 2],
        maps: 0.0,
    };
    (0..2)
        .flat_map(|column| form.iter().map(move |leads| (leads[column], leads[column + 2])))
        .map(row)
        .collect()
}

fn stack(leads: usize, ranges: &[[f64; 2]]) -> Vec<Row> {
    ranges
        .iter()
        .flat_map(|&range| (0..leads).map(move |lead| full(lead, range)))
        .collect()
}

fn full(lead: usize, range: [f64; 2]) -> Row {
    Row {
        axes: vec![(0.0, range)],
        strips: vec![Strip { lead, at: 0.0, range }],
        extent: [0.0; 2],
        maps: 0.0,
    }
}

/// Gives every row the room its waveforms need at `gain`: whole small squares, and never less than a quiet row's.
fn fit(rows: &mut [Row], leads: &Leads<'_>, gain: f64) {
    for row in rows {
        let [low, high] = row
            .strips
            .iter()
            .fold([0.0, 0.0], |[low, high]: [f64; 2], strip| {
                let [l, h] = leads.extent(strip.lead, strip.range);
                [low.min(l), high.max(h)]
            });
        // Lead names stand above: their height on top of the highest wave.
        row.extent = [
            (high * gain + 3.0).ceil().max(14.0),
            (-low * gain + 1.0).ceil().max(5.0),
        ];
    }
}

/// Cuts what no gain could fit.
fn cut(rows: &mut [Row]) -> bool {
    let mut cut = false;
    for row in rows {
        let [up, down] = row.extent;
        if up + down > ROW_HEIGHT {
            row.extent = [up.min(ROW_HEIGHT - 15.0), down.min(15.0)];
            cut = true;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use ecg_audit_engine::audit::Trace;

    use super::*;

    fn trace(names: &[&str], seconds: usize, microvolts: i32) -> Trace {
        let wave: Vec<_> = (0..seconds * 100)
            .map(|i| Some(if i % 100 == 0 { microvolts } else { 0 }))
            .collect();
        Trace {
            record: "r".into(),
            sampling_rate: 100.0,
            leads: names.iter().map(|n| n.to_string()).collect(),
            microvolts: vec![wave; names.len()],
            timeline_start: 0.0,
            timeline_step: 0.1,
            clusters: vec![],
            memberships: vec![],
            uncertainty: vec![],
            attribution: Vec::new(),
            landmarks: Vec::new(),
            layout: Default::default(),
            metadata: Default::default(),
        }
    }

    const TWELVE: [&str; 12] = [
        "DI", "DII", "DIII", "AVR", "aVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6",
    ];

    #[test]
    fn twelve_leads_take_the_form_with_a_rhythm_strip() {
        let trace = trace(&TWELVE, 10, 1000);
        let layout = Layout::new(&Leads::new(&trace).unwrap(), 0.0);
        assert_eq!(layout.rows.len(), 4);
        let leads: Vec<_> = layout.rows[0].strips.iter().map(|s| s.lead).collect();
        assert_eq!(leads, [0, 3, 6, 9]);
        assert_eq!(layout.rows[0].strips[1].range, [2.5, 5.0]);
        assert_eq!(layout.rows[3].strips[0].lead, 1);
        assert_eq!(layout.gain, 10.0);
        assert_eq!(layout.width(), LEFT + 250.0 + 2.0);
        assert!(layout.height() < PAGE_HEIGHT + 2.0);
    }

    #[test]
    fn other_leads_are_stacked_and_long_ones_wrap() {
        let trace = trace(&["MLI", "V1"], 25, 1000);
        let layout = Layout::new(&Leads::new(&trace).unwrap(), 0.0);
        assert_eq!(layout.rows.len(), 6);
        assert_eq!(layout.rows[4].axes, [(0.0, [20.0, 25.0])]);
        assert_eq!(layout.shown_seconds, None);
    }

    #[test]
    fn short_records_show_all_of_every_lead() {
        let trace = trace(&TWELVE, 3, 1000);
        let layout = Layout::new(&Leads::new(&trace).unwrap(), 0.0);
        let leads: Vec<_> = layout
            .rows
            .iter()
            .map(|r| (r.strips[0].lead, r.strips[1].lead))
            .collect();
        assert_eq!(leads, [(0, 6), (1, 7), (2, 8), (3, 9), (4, 10), (5, 11)]);
        assert_eq!(layout.rows[0].axes, [(0.0, [0.0, 3.0]), (75.0, [0.0, 3.0])]);
    }

    #[test]
    fn what_is_left_out_is_said() {
        let trace = trace(&["MLI"], 100, 1000);
        assert_eq!(
            Layout::new(&Leads::new(&trace).unwrap(), 0.0).shown_seconds,
            Some(60.0)
        );
    }

    #[test]
    fn large_waves_lower_the_gain_before_they_are_cut() {
        let half = trace(&TWELVE, 10, 4500);
        assert_eq!(Layout::new(&Leads::new(&half).unwrap(), 0.0).gain, 5.0);
        let absurd = trace(&TWELVE, 10, i32::MAX);
        let layout = Layout::new(&Leads::new(&absurd).unwrap(), 0.0);
        assert!(layout.clipped && layout.height() < 300.0);
    }
}
