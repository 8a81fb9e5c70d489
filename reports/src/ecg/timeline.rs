//! What lies beneath a strip: the ribbon of clusters and the strip of uncertainty.

use std::fmt::Write;

use ecg_audit_engine::audit::Trace;

use crate::format::number;
use crate::palette;
use crate::svg::length;

/// Height of the ribbon, mm.
pub(super) const RIBBON: f64 = 3.6;
/// Gap between ribbon and uncertainty, mm.
pub(super) const GAP: f64 = 0.4;
/// Height of the uncertainty strip from 0 to 1, mm.
pub(super) const STRIP: f64 = 4.0;
/// Width of a digit in the ribbon, mm.
const DIGIT: f64 = 1.3;
/// Steps of the uncertainty strip are merged to at least this width, mm.
const STEP: f64 = 0.5;

/// An unbroken stay in one cluster.
#[derive(Debug, PartialEq)]
struct Run {
    cluster: Option<u32>,
    /// Seconds.
    range: [f64; 2],
    membership: f64,
    uncertainty: f64,
}

/// The ribbon of `range` seconds as an SVG group at the origin; others show it again by `id`.
pub(super) fn ribbon(trace: &Trace, range: [f64; 2], speed: f64, id: &str) -> String {
    let mut out = format!("<g id=\"{id}\" class=\"timeline\"><g class=\"ribbon\">");
    let runs = runs(trace, range);
    for run in &runs {
        segment(&mut out, run, range[0], speed);
    }
    out.push_str("</g><g class=\"numbers\">");
    for run in &runs {
        label(&mut out, run, range[0], speed);
    }
    out.push_str("</g></g>");
    out
}

/// The strip of uncertainty of `range` seconds as an SVG group at the origin; others show it again by `id`.
pub(super) fn uncertainty(trace: &Trace, range: [f64; 2], speed: f64, id: &str) -> String {
    format!(
        "<g id=\"{id}\" class=\"timeline\"><path class=\"frame\" d=\"M0 0h{w}M0 {bottom}h{w}\"/>\
         <path class=\"uncertainty\" d=\"{}\"/></g>",
        staircase(trace, range, speed),
        bottom = length(STRIP),
        w = length((range[1] - range[0]) * speed),
    )
}

fn segment(out: &mut String, run: &Run, start: f64, speed: f64) {
    let (x, width) = (
        (run.range[0] - start) * speed,
        (run.range[1] - run.range[0]) * speed,
    );
    let class = run
        .cluster
        .map_or_else(|| "masked".into(), |k| palette::cluster_class(k as usize));
    let _ = write!(
        out,
        "<path class=\"{class}\" d=\"M{} 0h{}v{RIBBON}H{}z\"><title>{:.2}–{:.2} s · ",
        length(x),
        length(width),
        length(x),
        run.range[0],
        run.range[1],
    );
    let _ = match run.cluster {
        Some(k) => write!(
            out,
            "cluster {k} · membership {} · uncertainty {}</title></path>",
            number(run.membership, 2),
            number(run.uncertainty, 2)
        ),
        None => write!(out, "masked</title></path>"),
    };
}

fn label(out: &mut String, run: &Run, start: f64, speed: f64) {
    let Some(k) = run.cluster else { return };
    let text = k.to_string();
    let (x, width) = (
        (run.range[0] - start) * speed,
        (run.range[1] - run.range[0]) * speed,
    );
    if width >= text.len() as f64 * DIGIT + 0.6 {
        let class = palette::cluster_class(k as usize);
        let _ = write!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{text}</text>",
            length(x + width / 2.0),
            length(RIBBON - 1.0)
        );
    }
}

/// The steps of the timeline that meet `range`, with the time they cover in it.
fn steps(trace: &Trace, range: [f64; 2]) -> impl Iterator<Item = (usize, [f64; 2])> + '_ {
    let (start, step) = (trace.timeline_start, trace.timeline_step);
    let usable = start.is_finite() && step.is_finite() && step > 0.0;
    let count = if usable { trace.clusters.len() } else { 0 };
    (0..count).filter_map(move |i| {
        let (from, to) = (start + i as f64 * step, start + (i + 1) as f64 * step);
        let shown = [from.max(range[0]), to.min(range[1])];
        (shown[1] - shown[0] > 1e-9).then_some((i, shown))
    })
}

fn runs(trace: &Trace, range: [f64; 2]) -> Vec<Run> {
    let at = |values: &[f32], i: usize| values.get(i).map_or(0.0, |&v| f64::from(v));
    let mut runs: Vec<Run> = Vec::new();
    let mut merged = 0.0;
    for (i, shown) in steps(trace, range) {
        let cluster = trace.clusters.get(i).copied().flatten();
        let (membership, uncertainty) = (at(&trace.memberships, i), at(&trace.uncertainty, i));
        match runs.last_mut() {
            Some(run) if run.cluster == cluster => {
                merged += 1.0;
                run.range[1] = shown[1];
                run.membership += (membership - run.membership) / merged;
                run.uncertainty += (uncertainty - run.uncertainty) / merged;
            }
            _ => {
                merged = 1.0;
                runs.push(Run {
                    cluster,
                    range: shown,
                    membership,
                    uncertainty,
                });
            }
        }
    }
    runs
}

/// A filled staircase, mean over at least [`STEP`] mm; masked steps leave a gap.
fn staircase(trace: &Trace, range: [f64; 2], speed: f64) -> String {
    let bucket = |t: f64| ((t - range[0]) * speed / STEP + 1e-6).floor();
    let steps: Vec<_> = steps(trace, range)
        .filter(|(i, _)| trace.clusters.get(*i).copied().flatten().is_some())
        .filter_map(|(i, shown)| {
            let value = f64::from(*trace.uncertainty.get(i)?);
            value.is_finite().then_some((shown, value))
        })
        .collect();
    let mut data = String::new();
    let mut end = f64::NEG_INFINITY;
    for chunk in steps.chunk_by(|a, b| bucket(a.0[0]) == bucket(b.0[0])) {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
            continue;
        };
        let mean = chunk.iter().map(|(_, v)| v).sum::<f64>() / chunk.len() as f64;
        let (x0, x1) = ((first.0[0] - range[0]) * speed, (last.0[1] - range[0]) * speed);
        let y = STRIP - mean.clamp(0.0, 1.0) * STRIP;
        if (x0 - end).abs() > 0.01 {
            if !data.is_empty() {
                let _ = write!(data, "V{}z", length(STRIP));
            }
            let _ = write!(data, "M{} {}", length(x0), length(STRIP));
        }
        let _ = write!(data, "V{}H{}", length(y), length(x1));
        end = x1;
    }
    if !data.is_empty() {
        let _ = write!(data, "V{}z", length(STRIP));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecg::testing;

    fn trace() -> Trace {
        Trace {
            timeline_start: 0.5,
            timeline_step: 0.25,
            clusters: vec![Some(3), Some(3), None, Some(12)],
            memberships: vec![0.5, 0.7, 0.0, 0.9],
            uncertainty: vec![0.2, 0.4, 0.0, 1.0],
            ..testing::trace()
        }
    }

    #[test]
    fn equal_neighbours_are_one_segment() {
        let runs = runs(&trace(), [0.0, 10.0]);
        assert_eq!(runs.len(), 3);
        assert_eq!((runs[0].cluster, runs[0].range), (Some(3), [0.5, 1.0]));
        assert!((runs[0].membership - 0.6).abs() < 1e-6 && (runs[0].uncertainty - 0.3).abs() < 1e-6);
        assert_eq!(runs[1].cluster, None);
    }

    #[test]
    fn a_strip_shows_its_own_time_range_only() {
        let shown = runs(&trace(), [0.75, 1.6]);
        assert_eq!(shown.first().map(|r| r.range[0]), Some(0.75));
        assert_eq!(shown.last().map(|r| r.range[1]), Some(1.5));
        assert!(runs(&trace(), [5.0, 6.0]).is_empty());
    }

    #[test]
    fn segments_are_to_scale_and_numbered() {
        let out = ribbon(&trace(), [0.0, 2.0], 25.0, "t");
        assert!(out.contains("d=\"M12.5 0h12.5v3.6H12.5z\""), "{out}");
        assert!(out.contains("0.50–1.00 s · cluster 3 · membership 0.60 · uncertainty 0.30"));
        assert!(out.contains(">12</text>") && out.contains("class=\"masked\""));
    }

    #[test]
    fn uncertainty_has_gaps_where_masked() {
        let data = staircase(&trace(), [0.0, 2.0], 25.0);
        assert_eq!(data.matches('M').count(), 2, "{data}");
        assert!(data.contains("V0H"), "full uncertainty reaches the top: {data}");
    }

    #[test]
    fn a_broken_time_axis_draws_nothing() {
        let broken = Trace {
            timeline_step: 0.0,
            ..trace()
        };
        assert!(runs(&broken, [0.0, 1.0]).is_empty());
    }
}
