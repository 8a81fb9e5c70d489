//! Records that are a concatenation of others.

use std::path::Path;

use ndarray::{Array2, s};

use super::signal_file::{self, check_announced, check_size, lead_name};
use super::{Header, Parts, Segment, SignalSpec};
use super::{beside, read_header};
use crate::{Error, Signal};

/// Reads a record of several segments, in either of the two layouts of `header(5)`: *fixed*, where
/// every segment has the same signals, and *variable*, where the first segment has no samples and names
/// all signals, of which each further segment may have some.
pub(super) fn read(
    header: &Header,
    signals: usize,
    segments: &[Segment],
    path: &Path,
) -> Result<Signal, Error> {
    let frames = segments
        .iter()
        .map(|segment| segment.frames)
        .fold(0, u64::saturating_add);
    if let Some(expected) = header.frames.filter(|&expected| expected != frames) {
        let message = format!("expected {expected} samples in all segments together, found {frames}");
        return Err(Error::content(path, message));
    }
    let variable = segments.first().is_some_and(|segment| segment.frames == 0);
    let (layout, segments) = match segments {
        [layout, rest @ ..] if variable => (Some(layout), rest),
        all => (None, all),
    };
    check_announced(signals as u64, frames, path)?;
    let mut leads = layout.map(|layout| layout_leads(layout, path)).transpose()?;
    let mut parts = Vec::new();
    let mut start = 0;
    for segment in segments {
        if let Some(part) = read_segment(segment, header, path)? {
            let leads = leads.get_or_insert_with(|| part.leads.clone());
            if leads.len() != signals {
                let found = leads.len();
                let message =
                    format!("the record line announces {signals} signals, the segments have {found}");
                return Err(Error::content(path, message));
            }
            let rows = rows(&part, leads, variable).map_err(|m| wrong_segment(path, segment, &m))?;
            parts.push((start, rows, part.samples));
        }
        start += segment.frames;
    }
    let leads = leads.filter(|leads| !leads.is_empty());
    let leads = leads.ok_or_else(|| Error::content(path, "no segment has a signal"))?;
    let stored = parts.iter().map(|(_, _, samples)| samples.len() as u64).sum();
    check_size(leads.len() as u64, frames, stored, path)?;
    let mut samples = Array2::from_elem((leads.len(), frames as usize), f32::NAN);
    for (start, rows, part) in parts {
        let span = start as usize..start as usize + part.ncols();
        for (row, source) in rows.into_iter().zip(part.rows()) {
            samples.slice_mut(s![row, span.clone()]).assign(&source);
        }
    }
    Ok(Signal {
        samples,
        sampling_rate: header.sampling_rate,
        leads,
    })
}

/// Reads one segment, unless it is a gap.
fn read_segment(segment: &Segment, whole: &Header, path: &Path) -> Result<Option<Signal>, Error> {
    let Some((header, specs, path_of_segment)) = segment_header(segment, path)? else {
        return Ok(None);
    };
    let wrong = |message: String| wrong_segment(path, segment, &message);
    if header.sampling_rate != whole.sampling_rate {
        return Err(wrong(format!(
            "expected the record's sampling rate of {} Hz, found {} Hz",
            whole.sampling_rate, header.sampling_rate
        )));
    }
    if header.frames.is_some_and(|frames| frames != segment.frames) {
        let found = header.frames.unwrap_or(0);
        return Err(wrong(format!(
            "expected {} samples, its header says {found}",
            segment.frames
        )));
    }
    let header = Header {
        frames: Some(segment.frames),
        ..header
    };
    signal_file::read(&header, &specs, &path_of_segment).map(Some)
}

fn segment_header(
    segment: &Segment,
    path: &Path,
) -> Result<Option<(Header, Vec<SignalSpec>, std::path::PathBuf)>, Error> {
    let Some(record) = &segment.record else {
        return Ok(None);
    };
    let path_of_segment =
        beside(path, &format!("{record}.hea")).map_err(|message| wrong_segment(path, segment, &message))?;
    let mut header = read_header(&path_of_segment)?;
    match std::mem::replace(&mut header.parts, Parts::Signals(Vec::new())) {
        Parts::Signals(specs) => Ok(Some((header, specs, path_of_segment))),
        Parts::Segments { .. } => Err(wrong_segment(
            path,
            segment,
            "a segment cannot consist of segments itself",
        )),
    }
}

fn layout_leads(layout: &Segment, path: &Path) -> Result<Vec<String>, Error> {
    let (_, specs, _) = segment_header(layout, path)?
        .ok_or_else(|| Error::content(path, "the first segment has no samples and names no layout"))?;
    Ok(specs
        .iter()
        .enumerate()
        .map(|(index, spec)| lead_name(index, spec))
        .collect())
}

/// The record's row for each of a segment's signals.
fn rows(part: &Signal, leads: &[String], variable: bool) -> Result<Vec<usize>, String> {
    if !variable {
        if part.leads != *leads {
            return Err(format!(
                "expected the leads {leads:?} of the first segment, found {:?}",
                part.leads
            ));
        }
        return Ok((0..leads.len()).collect());
    }
    let mut rows = Vec::new();
    for lead in &part.leads {
        let row = leads.iter().position(|name| name == lead);
        let row = row.ok_or_else(|| format!("lead `{lead}` is not in the layout, which has {leads:?}"))?;
        if rows.contains(&row) {
            return Err(format!("lead `{lead}` is there twice"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn wrong_segment(path: &Path, segment: &Segment, message: &str) -> Error {
    let name = segment.record.as_deref().unwrap_or("~");
    Error::content(path, format!("segment `{name}`: {message}"))
}
