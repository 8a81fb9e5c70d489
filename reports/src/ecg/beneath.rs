//! What lies beneath a row's waveforms, from the top: landmarks, clusters, uncertainty, attribution maps.

use ecg_audit_engine::audit::Trace;

use super::layout::{LEFT, Lanes, Row};
use super::{attribution, landmarks, timeline};
use crate::svg::{Svg, escape, length};

/// Gap between a waveform's room and what lies beneath, mm.
const GAP: f64 = 1.0;
/// Gap between what lies beneath and the next row, mm.
const BELOW: f64 = 1.5;

/// Where the lanes begin below the waveforms' room, mm.
struct Tops {
    landmarks: f64,
    ribbon: f64,
    uncertainty: f64,
    maps: f64,
    bottom: f64,
}

fn tops(lanes: &Lanes) -> Tops {
    let ribbon = GAP + if lanes.landmarks { landmarks::HEIGHT } else { 0.0 };
    let uncertainty = ribbon
        + if lanes.clusters {
            timeline::RIBBON + timeline::GAP
        } else {
            0.0
        };
    let maps = uncertainty
        + if lanes.uncertainty {
            timeline::STRIP
        } else if lanes.clusters {
            -timeline::GAP
        } else {
            0.0
        };
    Tops {
        landmarks: GAP,
        ribbon,
        uncertainty,
        maps,
        bottom: maps + lanes.maps + BELOW,
    }
}

/// Height of the lanes with the gaps around them, mm.
pub(super) fn height(lanes: &Lanes) -> f64 {
    tops(lanes).bottom
}

/// Draws the lanes of all rows. Rows of the same time range share one drawing.
pub(super) struct Painter<'a> {
    trace: &'a Trace,
    speed: f64,
    id: &'a str,
    /// What is drawn, with its place in the drawings' names.
    drawn: Vec<(Lane, [f64; 2])>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Lane {
    Landmarks,
    Ribbon,
    Uncertainty,
}

impl<'a> Painter<'a> {
    /// `id` begins the names of shared drawings.
    pub fn new(trace: &'a Trace, speed: f64, id: &'a str) -> Self {
        Painter {
            trace,
            speed,
            id,
            drawn: Vec::new(),
        }
    }

    /// The lanes of a row whose waveforms' room ends at `y` mm.
    pub fn draw(&mut self, svg: &mut Svg, row: &Row, y: f64) {
        let (lanes, tops) = (&row.lanes, tops(&row.lanes));
        if lanes.clusters {
            let middle = tops.ribbon + timeline::RIBBON - 1.0;
            svg.text("side", [LEFT - 1.0, y + middle], "cluster");
        }
        if lanes.uncertainty {
            let middle = tops.uncertainty + timeline::STRIP - 1.2;
            svg.text("side", [LEFT - 1.0, y + middle], "uncert.");
        }
        for (i, (at, range)) in row.axes.iter().enumerate() {
            let x = LEFT + at;
            if lanes.landmarks {
                self.lane(svg, Lane::Landmarks, *range, [x, y + tops.landmarks], "");
            }
            if lanes.clusters {
                // What readers point at: its time and how far down it belongs to this row.
                let reach = length(tops.maps - tops.ribbon);
                let class = format!(" class=\"axis-of-time\" data-height=\"{reach}\"");
                self.lane(svg, Lane::Ribbon, *range, [x, y + tops.ribbon], &class);
            }
            if lanes.uncertainty {
                self.lane(svg, Lane::Uncertainty, *range, [x, y + tops.uncertainty], "");
            }
            if lanes.maps > 0.0 {
                attribution::draw(svg, self.trace, *range, self.speed, [x, y + tops.maps], i == 0);
            }
        }
    }

    fn lane(&mut self, svg: &mut Svg, lane: Lane, range: [f64; 2], [x, y]: [f64; 2], attributes: &str) {
        let place = format!("translate({} {})", length(x), length(y));
        let name = |i: usize| format!("{}-t{i}", escape(self.id));
        if let Some(i) = self.drawn.iter().position(|d| *d == (lane, range)) {
            svg.raw(&format!(
                "<use{attributes} href=\"#{}\" transform=\"{place}\"/>",
                name(i)
            ));
            return;
        }
        let name = name(self.drawn.len());
        let group = match lane {
            Lane::Landmarks => landmarks::draw(self.trace, range, self.speed, &name),
            Lane::Ribbon => timeline::ribbon(self.trace, range, self.speed, &name),
            Lane::Uncertainty => timeline::uncertainty(self.trace, range, self.speed, &name),
        };
        svg.raw(&format!("<g{attributes} transform=\"{place}\">{group}</g>"));
        self.drawn.push((lane, range));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_take_the_room_that_they_need() {
        let full = Lanes {
            clusters: true,
            uncertainty: true,
            ..Lanes::default()
        };
        assert_eq!(height(&full), 10.5);
        let all = Lanes {
            landmarks: true,
            maps: 3.3,
            ..full
        };
        assert!((height(&all) - 10.5 - landmarks::HEIGHT - 3.3).abs() < 1e-9);
        let ribbon = Lanes {
            uncertainty: false,
            ..full
        };
        assert!((height(&ribbon) - 6.1).abs() < 1e-9);
        assert_eq!(height(&Lanes::default()), 2.5);
    }
}
