//! Lines as compact path data.

use std::fmt::Write;

/// Drops points that the line through the others passes within `tolerance` (Ramer 1972, Douglas and Peucker 1973,
/// with the vertical distance, since samples lie on a time axis).
pub(super) fn simplify(points: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let mut keep = vec![false; points.len()];
    let mut spans = Vec::new();
    if let Some(last) = points.len().checked_sub(1) {
        keep[0] = true;
        keep[last] = true;
        spans.push((0, last));
    }
    while let Some((from, to)) = spans.pop() {
        let (a, b) = (points[from], points[to]);
        let slope = if b[0] > a[0] {
            (b[1] - a[1]) / (b[0] - a[0])
        } else {
            0.0
        };
        let farthest = (from + 1..to)
            .map(|i| (i, (points[i][1] - a[1] - slope * (points[i][0] - a[0])).abs()))
            .max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((i, distance)) = farthest
            && distance > tolerance
        {
            keep[i] = true;
            spans.push((from, i));
            spans.push((i, to));
        }
    }
    points
        .iter()
        .zip(keep)
        .filter_map(|(p, keep)| keep.then_some(*p))
        .collect()
}

/// Whole numbers, each relative to the rounded one before it, so that rounding does not add up.
pub(super) fn write(data: &mut String, points: &[[f64; 2]]) {
    let mut at: Option<[i64; 2]> = None;
    for point in points {
        let [x, y] = point.map(|v| v.round() as i64);
        let _ = match at {
            None => write!(data, "M{x} {y}l"),
            Some([px, py]) => {
                let (dx, dy) = (x - px, y - py);
                let gap = if data.ends_with('l') || dx < 0 { "" } else { " " };
                let sep = if dy < 0 { "" } else { " " };
                write!(data, "{gap}{dx}{sep}{dy}")
            }
        };
        at = Some([x, y]);
    }
    if data.ends_with('l') {
        // A sample alone between two gaps is a dot: a line of no length with round ends.
        data.push_str("0 0");
    }
}
