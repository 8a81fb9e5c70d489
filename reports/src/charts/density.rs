//! Values against values: a histogram on two axes.

use ecg_audit_engine::audit::ValueHistogram;

use super::Axis;
use crate::format::{counted, short, shorten};
use crate::svg::{Svg, length};

/// Shades from one record to the fullest cell.
const SHADES: usize = 6;
/// Records in a column from which on their mean is drawn.
const ENOUGH: usize = 5;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 322.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 278.0;
/// Characters of an axis title.
const TITLE: usize = 34;

/// A picture with its fullest cell.
pub(crate) struct Density {
    pub svg: String,
    pub fullest: usize,
}

/// The records by target (to the right) and value (upwards), with the line on which the two are equal and the mean value
/// of each column; nothing where the grid is not a square or holds no record.
pub(crate) fn density(histogram: &ValueHistogram, target: &str, value: &str) -> Option<Density> {
    let ValueHistogram { start, width, counts } = histogram;
    let cells = counts.len();
    let fullest = *counts.iter().flatten().max()?;
    let square = counts.iter().all(|row| row.len() == cells);
    let end = start + width * cells as f64;
    if !square || fullest == 0 || !start.is_finite() || !end.is_finite() || end <= *start {
        return None;
    }
    let across = Axis {
        ends: [*start, end],
        span: [LEFT, RIGHT],
    };
    let upward = Axis {
        ends: [*start, end],
        span: [BOTTOM, TOP],
    };
    let mut svg = Svg::default();
    svg.rect("ground", [LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP], "");
    axes(&mut svg, across, upward);
    shades(&mut svg, counts, fullest);
    svg.line("equal", [LEFT, BOTTOM], [RIGHT, TOP]);
    svg.path("trend", &trend(counts));
    titles(&mut svg, target, value);
    let records: usize = counts.iter().flatten().sum();
    let label = format!(
        "{} by {target} and {value}, from {} to {}",
        counted(records, "record", "records"),
        short(*start, 6),
        short(end, 6)
    );
    Some(Density {
        svg: svg.finish("density", RIGHT + 8.0, BOTTOM + 42.0, &label),
        fullest,
    })
}

fn axes(svg: &mut Svg, across: Axis, upward: Axis) {
    for tick in across.ticks() {
        let (x, y) = (across.at(tick), upward.at(tick));
        svg.line("grid", [x, TOP], [x, BOTTOM]);
        svg.line("grid", [LEFT, y], [RIGHT, y]);
        svg.text("end middle", [x, BOTTOM + 15.0], &short(tick, 6));
        svg.text("end stop", [LEFT - 6.0, y + 4.0], &short(tick, 6));
    }
}

/// One path per shade: a cell each would make the page many times as large.
fn shades(svg: &mut Svg, counts: &[Vec<usize>], fullest: usize) {
    let side = (RIGHT - LEFT) / counts.len() as f64;
    let mut paths = vec![String::new(); SHADES];
    for (row, line) in counts.iter().enumerate() {
        for (column, count) in line.iter().enumerate().filter(|(_, count)| **count > 0) {
            // The root, so that single records are seen beside full cells.
            let depth = (*count as f64 / fullest as f64).sqrt() * SHADES as f64;
            let shade = (depth.ceil() as usize).clamp(1, SHADES) - 1;
            let (x, y) = (LEFT + column as f64 * side, BOTTOM - (row + 1) as f64 * side);
            if let Some(path) = paths.get_mut(shade) {
                let side = length(side);
                path.push_str(&format!("M{} {}h{side}v{side}h-{side}z", length(x), length(y)));
            }
        }
    }
    for (shade, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        svg.path(&format!("cell d{}", shade + 1), path);
    }
}

/// The mean value of each column that holds enough records, as a line that breaks where there are too few.
fn trend(counts: &[Vec<usize>]) -> String {
    let side = (RIGHT - LEFT) / counts.len() as f64;
    let (mut path, mut drawing) = (String::new(), false);
    for column in 0..counts.len() {
        let of = |row: &Vec<usize>| row.get(column).copied().unwrap_or_default();
        let records: usize = counts.iter().map(of).sum();
        if records < ENOUGH {
            drawing = false;
            continue;
        }
        let middle = |(row, line): (usize, &Vec<usize>)| (row as f64 + 0.5) * of(line) as f64;
        let mean = counts.iter().enumerate().map(middle).sum::<f64>() / records as f64;
        let command = if drawing { 'L' } else { 'M' };
        let (x, y) = (LEFT + (column as f64 + 0.5) * side, BOTTOM - mean * side);
        path.push_str(&format!("{command}{} {}", length(x), length(y)));
        drawing = true;
    }
    path
}

fn titles(svg: &mut Svg, target: &str, value: &str) {
    let middle = (LEFT + RIGHT) / 2.0;
    svg.text("end middle", [middle, BOTTOM + 34.0], &shorten(target, TITLE));
    let middle = (TOP + BOTTOM) / 2.0;
    svg.raw(&format!("<g transform=\"rotate(-90 12 {})\">", length(middle)));
    svg.text("end middle", [12.0, middle], &shorten(value, TITLE));
    svg.raw("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(counts: Vec<Vec<usize>>) -> ValueHistogram {
        ValueHistogram {
            start: 20.0,
            width: 5.0,
            counts,
        }
    }

    #[test]
    fn cells_lie_where_target_and_value_do() {
        let drawn = density(&histogram(vec![vec![0, 9], vec![1, 0]]), "given", "answered").unwrap();
        assert_eq!(drawn.fullest, 9);
        // The second target is to the right; its first value is at the bottom.
        assert!(
            drawn
                .svg
                .contains("class=\"cell d6\" d=\"M187 143h135v135h-135z\""),
            "{}",
            drawn.svg
        );
        assert!(
            drawn.svg.contains("class=\"cell d2\" d=\"M52 8h"),
            "{}",
            drawn.svg
        );
        assert!(
            drawn
                .svg
                .contains("10 records by given and answered, from 20 to 30")
        );
        // Only the second column has enough records for a mean.
        assert!(
            drawn.svg.contains("class=\"trend\" d=\"M254.5 210.5\""),
            "{}",
            drawn.svg
        );
    }

    #[test]
    fn what_is_no_grid_is_not_drawn() {
        for counts in [vec![], vec![vec![0]], vec![vec![1], vec![2, 3]]] {
            assert!(density(&histogram(counts), "a", "b").is_none());
        }
        let odd = ValueHistogram {
            start: f64::NAN,
            ..histogram(vec![vec![1]])
        };
        assert!(density(&odd, "a", "b").is_none());
    }
}
