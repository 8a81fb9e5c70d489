//! `inspect`.

use std::io::Write;

use ecg_audit_engine::inspect::{self as engine, Inspection, LayerFacts, TapOrigin};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;

pub(crate) fn inspect(args: &args::Inspect) -> Result<Verdict, Failure> {
    let inspection = engine::inspect(&args.model.model, &args.model.options())?;
    let text = if args.json {
        let json =
            serde_json::to_string_pretty(&inspection).map_err(|error| Failure::message(error.to_string()))?;
        format!("{json}\n")
    } else {
        text(&inspection, args.sampling_rate)
    };
    // A reader that closes early, such as `head`, is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(Verdict::Passed)
}

fn text(inspection: &Inspection, rate: Option<f64>) -> String {
    let mut text = head(inspection);
    if !inspection.layers.is_empty() {
        text += "\n";
        text += &table(&rows(&inspection.layers, rate));
    }
    if !inspection.residual_blocks.is_empty() {
        text += "\nresidual blocks (where branches are summed, and the activation after)\n";
        let rows: Vec<Vec<String>> = inspection
            .residual_blocks
            .iter()
            .map(|block| {
                vec![
                    format!("  {}", block.merge),
                    block.activation.clone().unwrap_or_else(|| "–".into()),
                    shape(block.shape.as_deref()),
                    format!("{} convolutions", block.convolutions),
                ]
            })
            .collect();
        text += &table(&rows);
    }
    text += "\n";
    for note in &inspection.notes {
        text += &format!("{note}\n");
    }
    if !inspection.taps.is_empty() {
        let blocks = inspection
            .taps
            .iter()
            .filter(|tap| tap.origin == TapOrigin::ResidualBlock)
            .count();
        let of = match (blocks, inspection.taps.len()) {
            (0, _) => "convolution stages".to_owned(),
            (blocks, all) if blocks == all => format!("the last {blocks} residual blocks"),
            (blocks, _) => format!("{blocks} residual blocks and what comes before or between"),
        };
        text += &format!("proposed taps ({of}), for [encoder.params]:\n");
        text += &format!("{}\n", inspection.taps_toml());
    }
    text
}

fn head(inspection: &Inspection) -> String {
    let told = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
    let mut text = format!("model      {}\n", inspection.file.display());
    if let Some(digest) = &inspection.sha256 {
        text += &format!("SHA-256    {digest}\n");
    }
    text += &format!(
        "encoder    {} {}\n",
        inspection.encoder.plugin, inspection.encoder.version
    );
    for passed in &inspection.passed_over {
        let reason = passed.reason.replace('\n', "\n           ");
        text += &format!("           could not open it: {reason}\n");
    }
    text += &format!(
        "input      {} leads × {} samples\n",
        told(inspection.input.leads),
        told(inspection.input.samples)
    );
    let outputs = inspection
        .outputs
        .map_or("of unknown number".to_owned(), |outputs| outputs.to_string());
    let ending = inspection.ending.as_ref();
    let name = ending.map_or(String::new(), |ending| format!(" ({})", ending.layer));
    let activation = match ending.and_then(|ending| ending.activation) {
        Some(ecg_audit_plugin::Activation::Sigmoid) => "; the network ends in a sigmoid itself",
        Some(ecg_audit_plugin::Activation::Softmax) => "; the network ends in a softmax itself",
        _ => "",
    };
    text + &format!("outputs    {outputs}{name}{activation}\n")
}

/// The table of layers, its head first.
fn rows(layers: &[LayerFacts], rate: Option<f64>) -> Vec<Vec<String>> {
    let head = ["layer", "operator", "shape", "time step", "receptive field"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for LayerFacts { layer, reach } in layers {
        let step = reach.time_step.map_or("–".into(), |step| samples(step, rate));
        let field = match (reach.time_step, reach.receptive_field) {
            (None, _) => "–".to_owned(),
            (Some(_), None) => "all".to_owned(),
            (Some(_), Some(field)) => samples(field as f64, rate),
        };
        rows.push(vec![
            layer.name.clone(),
            layer.operator.clone(),
            shape(layer.shape.as_deref()),
            step,
            field,
        ]);
    }
    rows
}

/// A number of samples, and the time they take where the rate is known.
fn samples(samples: f64, rate: Option<f64>) -> String {
    let plain = if samples.fract() == 0.0 {
        format!("{samples:.0}")
    } else {
        format!("{samples:.2}")
    };
    match rate {
        Some(rate) => format!("{plain} ({:.4} ms)", samples / rate * 1000.0).replace(".0000 ms", " ms"),
        None => plain,
    }
}

fn shape(shape: Option<&[usize]>) -> String {
    let sizes = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>();
    match shape {
        None => "?".into(),
        Some([]) => "scalar".into(),
        Some(shape) => sizes(shape).join("×"),
    }
}

/// Columns of equal width, two blanks apart.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: String = cells.map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        text += line.trim_end();
        text += "\n";
    }
    text
}
