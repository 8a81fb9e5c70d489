//! Times this forest on raw files, for `benches/peers/forest.py`.
//!
//! `time_forest DIR ROWS TEST_ROWS COLUMNS CLASSES TREES THREADS FITS SEED` reads little-endian f64 from `DIR`
//! (`x_train`, `y_train`, `x_test`; CLASSES 0 means values), fits FITS times, writes the last forest's `predictions`
//! and prints the seconds of all fits together and of one prediction.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use ecg_audit_forest::{Forest, Params};
use ecg_audit_plugin::{Context, FromParams, Surrogate, Target};
use ndarray::{Array1, Array2};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, numbers @ ..] = arguments.as_slice() else {
        return Err("no folder given".into());
    };
    let numbers = numbers
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<usize>, _>>()?;
    let &[rows, test_rows, columns, classes, trees, threads, fits, seed] = numbers.as_slice() else {
        return Err("expected ROWS TEST_ROWS COLUMNS CLASSES TREES THREADS FITS SEED".into());
    };
    let dir = Path::new(dir);
    let x = Array2::from_shape_vec((rows, columns), read(&dir.join("x_train"))?)?;
    let y = Array1::from_vec(read(&dir.join("y_train"))?);
    let x_test = Array2::from_shape_vec((test_rows, columns), read(&dir.join("x_test"))?)?;
    let labels = y.mapv(|label| label as u32);
    let target = match classes {
        0 => Target::Values(y.view()),
        classes => Target::Classes {
            labels: labels.view(),
            classes,
        },
    };

    let params = Params {
        trees: u32::try_from(trees)?,
        ..Params::default()
    };
    let forest = Forest::from_params(params, &Context::quiet(threads))?;
    let start = Instant::now();
    let mut model = forest.fit(x.view(), target, None, seed as u64)?;
    for fit in 1..fits {
        model = forest.fit(x.view(), target, None, (seed + fit) as u64)?;
    }
    let fitted = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let predictions = model.predict(x_test.view())?;
    let predicted = start.elapsed().as_secs_f64();
    let bytes: Vec<u8> = predictions.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(dir.join("predictions"), bytes)?;
    println!("{fitted} {predicted}");
    Ok(())
}

fn read(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    Ok(bytes
        .as_chunks()
        .0
        .iter()
        .map(|chunk| f64::from_le_bytes(*chunk))
        .collect())
}
