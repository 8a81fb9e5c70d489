//! Mean heartbeats: all leads side by side on one scale, with a cluster's occupancy behind each. Lengths are
//! hundredths of a millimetre, at 25 mm/s and 10 mm/mV.

use ecg_audit_engine::audit::MeanBeat;

use super::SPEED;
use super::path::{simplify, write};
use crate::format::{number, percent, shorten};
use crate::svg::Svg;

/// Leads per row.
const COLUMNS: usize = 6;
/// Per mV.
const GAIN: f64 = 1000.0;
/// Per second.
const PER_SECOND: f64 = SPEED * 100.0;
/// How far a drawn line may lie from its values: these pictures are small.
const TOLERANCE: f64 = 4.0;
/// Between panels, and below them for the axis of time.
const GAP: f64 = 200.0;
const AXIS: f64 = 400.0;
/// Excursions drawn at least and at most, mV.
const EXTENT: [f64; 2] = [0.25, 3.0];
/// Above and below the farthest excursions, mV.
const MARGIN: f64 = 0.1;
/// Grid: seconds and millivolts from line to line.
const GRID: [f64; 2] = [0.2, 0.5];
/// Seconds before and after the R peak that a beat may span.
const REACH: f64 = 2.0;

/// The scale that all pictures share, so that they can be compared.
#[derive(Debug)]
pub(crate) struct Frame {
    /// First and last time, seconds from the R peak.
    window: [f64; 2],
    columns: usize,
    /// Per row of leads: mV above and below the median.
    rows: Vec<[f64; 2]>,
    /// The occupancy that fills a panel's height.
    top: f64,
}

/// Where a panel lies.
struct Panel {
    left: f64,
    top: f64,
    height: f64,
    /// Position of the lead's median.
    zero: f64,
}

impl Frame {
    /// The scale that holds all of `beats`; absent when none can be drawn.
    pub fn new<'a>(beats: impl Iterator<Item = &'a MeanBeat>) -> Option<Self> {
        let beats: Vec<&MeanBeat> = beats.filter(|b| window(b).is_some()).collect();
        let window = beats
            .iter()
            .filter_map(|b| window(b))
            .reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])?;
        let leads = beats.iter().map(|b| b.microvolts.len()).max()?;
        let columns = leads.div_ceil(leads.div_ceil(COLUMNS).max(1)).max(1);
        let row = |row: usize| {
            beats
                .iter()
                .flat_map(|b| b.microvolts.iter().skip(row * columns).take(columns))
                .map(|lead| extent(&about_median(lead)))
                .fold([EXTENT[0]; 2], |[up, down], [u, d]| [up.max(u), down.max(d)])
                .map(|v| v.min(EXTENT[1]) + MARGIN)
        };
        let most = beats
            .iter()
            .filter_map(|b| peak(b))
            .map(|p| p.1)
            .fold(0.0, f64::max);
        Some(Frame {
            window,
            columns,
            rows: (0..leads.div_ceil(columns)).map(row).collect(),
            top: ((most * 10.0 - 1e-9).ceil() / 10.0).clamp(0.1, 1.0),
        })
    }

    /// The occupancy that fills a panel, as text.
    pub fn top(&self) -> String {
        percent(self.top)
    }

    /// Draws `beat` in the colours of `class`; absent when it holds no usable times or no lead.
    pub fn draw(&self, beat: &MeanBeat, class: &str, label: &str) -> Option<String> {
        window(beat)?;
        let panels = self.panels(beat.microvolts.len());
        let mut svg = Svg::default();
        self.paper(&mut svg, &panels);
        svg.path(&format!("occupancy {class}"), &self.areas(beat, &panels));
        self.peaks(&mut svg, &panels);
        svg.path("wave", &self.waves(beat, &panels));
        for (i, panel) in panels.iter().enumerate() {
            let name = beat.leads.get(i).map_or("?", String::as_str);
            svg.text("lead", [panel.left + 50.0, panel.top + 260.0], &shorten(name, 6));
        }
        let height = self
            .rows
            .iter()
            .map(|[up, down]| (up + down) * GAIN + GAP)
            .sum::<f64>()
            + AXIS;
        let width = self.columns as f64 * (self.width() + GAP);
        Some(svg.finish_hundredths("beats", width, height, label))
    }

    fn width(&self) -> f64 {
        (self.window[1] - self.window[0]) * PER_SECOND
    }

    fn panels(&self, leads: usize) -> Vec<Panel> {
        let mut top = GAP / 2.0;
        let mut panels = Vec::with_capacity(leads);
        for [up, down] in &self.rows {
            let height = ((up + down) * GAIN).round();
            panels.extend((0..self.columns).map(|column| Panel {
                left: (GAP / 2.0 + column as f64 * (self.width() + GAP)).round(),
                top,
                height,
                zero: top + up * GAIN,
            }));
            top += height + GAP;
        }
        panels.truncate(leads);
        panels
    }

    /// Multiples of the grid's time in the window.
    fn ticks(&self) -> Vec<f64> {
        let first = (self.window[0] / GRID[0] - 1e-6).ceil() as i32;
        let last = (self.window[1] / GRID[0] + 1e-6).floor() as i32;
        (first..=last).map(|i| f64::from(i) * GRID[0]).collect()
    }

    fn x(&self, panel: &Panel, time: f64) -> f64 {
        panel.left + (time - self.window[0]) * PER_SECOND
    }

    /// Panels with their grid, and the axis of time below the last of each column.
    fn paper(&self, svg: &mut Svg, panels: &[Panel]) {
        let (mut paper, mut grid) = (String::new(), String::new());
        let width = self.width().round();
        for (i, panel) in panels.iter().enumerate() {
            let Panel {
                left,
                top,
                height,
                zero,
            } = panel;
            paper += &format!("M{left} {top}h{width}v{height}h-{width}z");
            for time in self.ticks().into_iter().filter(|t| t.abs() > 1e-6) {
                grid += &format!("M{} {top}v{height}", self.x(panel, time).round());
            }
            let (above, below) = ((zero - top) / GAIN, (top + height - zero) / GAIN);
            for step in -(below / GRID[1]).floor() as i32..=(above / GRID[1]).floor() as i32 {
                let y = zero - f64::from(step) * GRID[1] * GAIN;
                grid += &format!("M{left} {}h{width}", y.round());
            }
            if i + self.columns >= panels.len() {
                self.axis(svg, panel);
            }
        }
        svg.path("paper", &paper);
        svg.path("grid", &grid);
    }

    /// The R peak and every 400 ms after it by name; before it the farthest, since names need room.
    fn axis(&self, svg: &mut Svg, panel: &Panel) {
        let y = panel.top + panel.height + 290.0;
        let ticks = self.ticks();
        for (i, time) in ticks.iter().enumerate() {
            let steps = (time / GRID[0]).round() as i32;
            let text = match steps {
                0 => "R".into(),
                steps if steps > 0 && steps % 2 == 0 => number(time * 1e3, 0),
                steps if steps < 0 && i == 0 => number(time * 1e3, 0),
                _ => continue,
            };
            svg.text("time", [self.x(panel, *time).round(), y.round()], &text);
        }
    }

    fn peaks(&self, svg: &mut Svg, panels: &[Panel]) {
        let lines = panels
            .iter()
            .map(|p| format!("M{} {}v{}", self.x(p, 0.0).round(), p.top, p.height));
        svg.path("peak", &lines.collect::<String>());
    }

    fn waves(&self, beat: &MeanBeat, panels: &[Panel]) -> String {
        let mut data = String::new();
        for (lead, panel) in beat.microvolts.iter().zip(panels) {
            let values = about_median(lead);
            let points = values.iter().enumerate().map(|(i, value)| {
                let x = self.x(panel, beat.start + i as f64 * beat.step);
                let bottom = panel.top + panel.height;
                value.map(|mv| [x, (panel.zero - mv * GAIN).clamp(panel.top, bottom)])
            });
            for run in points.collect::<Vec<_>>().split(Option::is_none) {
                let run: Vec<[f64; 2]> = run.iter().copied().flatten().collect();
                write(&mut data, &simplify(&run, TOLERANCE));
            }
        }
        data
    }

    fn areas(&self, beat: &MeanBeat, panels: &[Panel]) -> String {
        let mut data = String::new();
        for panel in panels {
            let bottom = panel.top + panel.height;
            let at = |i: usize| self.x(panel, beat.start + i as f64 * beat.step);
            let curve = beat.occupancy.iter().enumerate().map(|(i, share)| {
                let share = if share.is_finite() {
                    share.clamp(0.0, self.top)
                } else {
                    0.0
                };
                [at(i), bottom - share / self.top * panel.height]
            });
            let mut line = simplify(&curve.collect::<Vec<_>>(), TOLERANCE);
            if let (Some(first), Some(last)) = (line.first().copied(), line.last().copied()) {
                line.insert(0, [first[0], bottom]);
                line.push([last[0], bottom]);
                write(&mut data, &line);
                data.push('z');
            }
        }
        data
    }
}

/// Time and share of the largest occupancy.
pub(crate) fn peak(beat: &MeanBeat) -> Option<(f64, f64)> {
    let shares = beat.occupancy.iter().enumerate().filter(|(_, s)| s.is_finite());
    // The first of equal ones.
    shares
        .rev()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(i, share)| (beat.start + i as f64 * beat.step, *share))
}

/// First and last time of `beat`, where they make sense.
fn window(beat: &MeanBeat) -> Option<[f64; 2]> {
    let values = beat
        .microvolts
        .iter()
        .map(Vec::len)
        .max()?
        .max(beat.occupancy.len());
    let end = beat.start + beat.step * values.checked_sub(1)? as f64;
    let usable = beat.step > 0.0 && beat.start >= -REACH && beat.start <= 0.0 && end > 0.0 && end <= REACH;
    usable.then_some([beat.start, end])
}

/// A lead about its median, mV.
fn about_median(lead: &[Option<i32>]) -> Vec<Option<f64>> {
    let median = super::wave::median(lead);
    lead.iter()
        .map(|v| v.map(|v| (f64::from(v) - median) / 1000.0))
        .collect()
}

/// The farthest that `values` lie above and below zero.
fn extent(values: &[Option<f64>]) -> [f64; 2] {
    values
        .iter()
        .flatten()
        .fold([0.0, 0.0], |[up, down]: [f64; 2], v| [up.max(*v), down.max(-v)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(microvolts: Vec<Vec<Option<i32>>>, occupancy: Vec<f64>) -> MeanBeat {
        MeanBeat {
            records: 3,
            beats: 30,
            leads: vec!["II".into()],
            start: -0.2,
            step: 0.1,
            microvolts,
            occupancy,
        }
    }

    fn draw(beat: &MeanBeat) -> Option<String> {
        Frame::new([beat].into_iter())?.draw(beat, "k0", "a beat")
    }

    fn data<'a>(svg: &'a str, class: &str) -> &'a str {
        let start = format!("<path class=\"{class}\" d=\"");
        svg.split(&start).nth(1).unwrap().split('"').next().unwrap()
    }

    #[test]
    fn a_millivolt_at_the_peak_is_10_mm_above_the_median() {
        let mut values = vec![Some(50); 7];
        values[2] = Some(1050);
        let svg = draw(&beat(vec![values], vec![0.0; 7])).unwrap();
        // 0.6 s are 15 mm; the panel reaches from +1.1 mV to −0.35 mV.
        assert_eq!(data(&svg, "paper"), "M100 100h1500v1450h-1500z");
        assert_eq!(data(&svg, "wave"), "M100 1200l250 0 250-1000 250 1000 750 0");
        assert_eq!(data(&svg, "peak"), "M600 100v1450");
    }

    #[test]
    fn the_largest_occupancy_sets_the_scale_of_all() {
        let mut high = beat(vec![vec![Some(0); 4]], vec![0.0, 0.0, 0.55, 0.0]);
        let low = beat(vec![vec![Some(0); 4]], vec![0.3; 4]);
        let frame = Frame::new([&high, &low].into_iter()).unwrap();
        assert_eq!(frame.top(), "60.0\u{202f}%");
        let svg = frame.draw(&low, "k0", "").unwrap();
        // Half of 7 mm, along the whole 7.5 mm.
        assert_eq!(data(&svg, "occupancy k0"), "M100 800l0-350 750 0 0 350z");
        assert_eq!(peak(&high), Some((0.0, 0.55)));
        high.occupancy = vec![f64::NAN; 4];
        assert_eq!(peak(&high), None);
    }

    #[test]
    fn rows_hold_six_leads_and_gaps_stay_gaps() {
        let mut lead = vec![Some(0); 7];
        lead[3] = None;
        let svg = draw(&beat(vec![lead; 12], vec![0.1; 7])).unwrap();
        assert_eq!(data(&svg, "paper").matches('M').count(), 12);
        assert_eq!(data(&svg, "wave").matches('M').count(), 24);
        assert_eq!(svg.matches(">R</text>").count(), 6);
        let five = draw(&beat(vec![vec![Some(0); 7]; 7], vec![])).unwrap();
        assert_eq!(five.matches(">R</text>").count(), 4, "{five}");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let good = || {
            beat(
                vec![vec![Some(i32::MAX), Some(i32::MIN), None, Some(0)]],
                vec![2.0, -1.0, f64::NAN, 0.0],
            )
        };
        let svg = draw(&good()).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(draw(&beat(vec![], vec![])).is_none());
        assert!(draw(&beat(vec![vec![]], vec![])).is_none());
        assert!(
            draw(&MeanBeat {
                step: f64::NAN,
                ..good()
            })
            .is_none()
        );
        assert!(
            draw(&MeanBeat {
                step: 1e-300,
                ..good()
            })
            .is_none()
        );
        assert!(draw(&MeanBeat { step: 1e9, ..good() }).is_none());
        assert!(
            draw(&MeanBeat {
                start: f64::NEG_INFINITY,
                ..good()
            })
            .is_none()
        );
    }
}
