//! The arguments.

mod finished;
mod prepared;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use ecg_audit_terminal::Failure;

pub(crate) use finished::{Compare, EcgLayout, Gain, Plot, Report, ReportFormat, Speed};
pub(crate) use prepared::{Init, Inspect, Synth};

use crate::Verdict;

/// Audits convolutional networks that read electrocardiograms.
#[derive(Debug, Parser)]
#[command(name = "ecg-audit", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  ecg-audit init model.onnx --data /data/ptb-xl
  ecg-audit run configs/ptb-xl.toml --set data.path=/data/ptb-xl --set encoder.params.model=model.onnx
  ecg-audit validate my-audit.toml
  ecg-audit plugin list

Exit status: 0 all checks passed, 1 a check failed, 2 the audit could not run.")]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say more in the log; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an audit and write its folder: audit.json, records.parquet, timeline.parquet, issues.csv, report.html.
    #[command(after_help = "\
Examples:
  ecg-audit run configs/demo.toml --set data.path=ecgs
  ecg-audit run audit.toml --out runs/k12 --set clusterer.params.k=12
  ecg-audit run audit.toml --set clusterer.plugin=linfa/gmm

A run that was stopped is taken up where it stood by the same command with the same --out.")]
    Run(Run),
    /// Run one audit under many settings and compare them: one encoding, one table, one page.
    #[command(after_help = "\
Examples:
  ecg-audit sweep audit.toml --vary clusterer.params.k=5,10,20,40
  ecg-audit sweep audit.toml --vary clusterer.params.k=5,10,20,40 --vary clusterer.plugin=kmeans,linfa/gmm --out k
  ecg-audit sweep audit.toml --vary features.weights=channels,equal,[1,1,2] --set explain.refits=0

Every combination is a setting. All are checked before the first one runs. Only what settings are compared by is run:
codebooks, their stability, surrogates. A setting that fails is recorded, and the others go on.
A sweep that was stopped is taken up where it stood by the same command with the same --out.

Exit status: 0 all settings ran, 1 some failed, 2 the sweep could not run.")]
    Sweep(Sweep),
    /// Check a configuration: keys, plugins and their parameters, model, data set. Reads no signals.
    #[command(after_help = "Example:\n  ecg-audit validate audit.toml --set data.path=/data/ptb-xl")]
    Validate(Validate),
    /// Render a finished run again: as page, as Markdown summary, as JUnit XML.
    #[command(after_help = "\
Examples:
  ecg-audit report runs/k12 --out k12.html
  ecg-audit report runs/k12 --templates house
  ecg-audit report runs/k12 --format markdown
  ecg-audit report runs/k12 --format junit --out junit.xml")]
    Report(Report),
    /// Compare two finished runs: figures, clusters, decisions, label issues, checks, settings.
    #[command(after_help = "\
Examples:
  ecg-audit compare runs/k12 runs/k20
  ecg-audit compare runs/main runs/branch --out comparison --fail-on-regression

Figures are computed again on the records that both runs hold; their differences have 95 % intervals by paired bootstrap
over patients. A regression is a figure that got worse with an interval that excludes 0, or a check that went from pass to
warn or fail, or from warn to fail.

Exit status: 0 compared, 1 a regression with --fail-on-regression, 2 the runs could not be compared.")]
    Compare(Compare),
    /// Draw a record of a finished run to scale, with its clusters and uncertainty: SVG, PNG or PDF.
    #[command(after_help = "\
Examples:
  ecg-audit plot runs/k12 17 -o ecg.pdf
  ecg-audit plot runs/k12 17 -o ecg.svg --layout 12x1 --landmarks
  ecg-audit plot runs/k12 17 -o ecg.png --speed 50 --gain 20

Any record of the data set will do, not only those that the report shows. A PDF page is A4 or Letter in landscape, or A3,
where the ECG fits to scale; print it without scaling.")]
    Plot(Plot),
    /// Show a model's input, outputs and layers, its residual blocks, and which layers to tap.
    #[command(after_help = "\
Examples:
  ecg-audit inspect model.onnx
  ecg-audit inspect model.onnx --sampling-rate 400
  ecg-audit inspect model.pt --input 12x4096 --json")]
    Inspect(Inspect),
    /// Write a first configuration for a model and a data folder, with what it could not tell marked CHOOSE.
    #[command(after_help = "\
Examples:
  ecg-audit init model.onnx --data /data/ptb-xl
  ecg-audit init model.pt --input 12x4096 --data signals.npz -o audits/first.toml

Data: a folder of PTB-XL, a folder of WFDB records with or without a table of labels, an NPZ file.")]
    Init(Init),
    /// Repeat one of the paper's two experiments: train a network per fold, audit them, print the paper's table beside what
    /// came out.
    #[command(after_help = "\
Examples:
  ecg-audit reproduce ptb-xl --data /data/ptb-xl
  ecg-audit reproduce ptb-xl --data subset --quick --out tries/ptb-xl
  ecg-audit reproduce code15-age --data /data/code15 --train-set train.device=cuda
  ecg-audit reproduce ptb-xl --data /data/ptb-xl --models trained

A run that was stopped is taken up where it stood by the same command.")]
    Reproduce {
        /// The experiment.
        #[command(subcommand)]
        command: ReproduceCommand,
    },
    /// Make a data set of synthetic 12-lead ECGs in PTB-XL's layout, with its truth beside it.
    #[command(after_help = "\
Examples:
  ecg-audit synth ecgs
  ecg-audit synth ecgs --records 20000 --seed 3 --wrong-labels 0.05")]
    Synth(Synth),
    /// Take a reviewed issues.csv back to the data set's labels.
    Review {
        /// What to do with it.
        #[command(subcommand)]
        command: ReviewCommand,
    },
    /// Measure how well the audit finds what it looks for.
    Bench {
        /// What to measure.
        #[command(subcommand)]
        command: BenchCommand,
    },
    /// List, diagnose and test plugins.
    Plugin {
        /// What to do with them.
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Print a JSON Schema.
    Schema {
        /// Of what.
        of: SchemaOf,
    },
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  ecg-audit completions bash > /etc/bash_completion.d/ecg-audit")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// A configuration and what is changed in it.
#[derive(Debug, ClapArgs)]
pub(crate) struct Configuration {
    /// The configuration, a TOML file.
    pub config: PathBuf,
    /// Replace a key of the configuration. Relative paths in it are looked up from the current folder first.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// The paper's experiments.
#[derive(Debug, Subcommand)]
pub(crate) enum ReproduceCommand {
    /// Diagnostic superclasses of PTB-XL, a network for each of its ten folds.
    PtbXl(Reproduce),
    /// Age from CODE-15%, a network for each of ten folds made by patient.
    Code15Age(Reproduce),
}

/// Arguments of `reproduce`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reproduce {
    /// The data set's folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// A small network, for subsets of some hundred records on two processors.
    #[arg(long)]
    pub quick: bool,
    /// Networks that are trained already: fold1.pt, fold2.pt, …, and folds.csv, as `ecg-audit-train` leaves them.
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// The folder for models, run and table. [default: reproductions/EXPERIMENT]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads of training and audit. [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Replace a key of the audit's configuration.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Replace a key of the training's configuration.
    #[arg(long, value_name = "KEY=VALUE")]
    pub train_set: Vec<String>,
}

/// Arguments of `run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    #[command(flatten)]
    pub configuration: Configuration,
    /// The run folder; it must not exist or be empty. [default: runs/NAME-DATE-TIME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A reviewed issues.csv: suggestions that it rejects are not shown again.
    #[arg(long, value_name = "FILE")]
    pub review: Option<PathBuf>,
}

/// Arguments of `sweep`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Sweep {
    #[command(flatten)]
    pub configuration: Configuration,
    /// A key of the configuration and the values it takes; again for further keys. A list in brackets is one value.
    #[arg(long, value_name = "KEY=VALUE,VALUE", required = true)]
    pub vary: Vec<String>,
    /// The folder for sweep.json, sweep.csv and sweep.html; it must not exist or be empty.
    /// [default: runs/NAME-sweep-DATE-TIME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Plant wrong labels, and measure how well each score and their combination find them.
    #[command(after_help = "\
Examples:
  ecg-audit bench label-noise configs/ptb-xl.toml --out label-noise
  ecg-audit bench label-noise audit.toml --noise uniform --rate 0.1 --seeds 20 --out noise

The data set's own labels count as right, so its own errors lower all figures alike. Signals are encoded once.")]
    LabelNoise(LabelNoise),
}

/// Arguments of `bench label-noise`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabelNoise {
    #[command(flatten)]
    pub configuration: Configuration,
    /// The folder for label-noise.json and label-noise.csv; it must not exist or be empty.
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// What kinds of errors.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [
        Noise::Uniform, Noise::ClassDependent, Noise::SimilarLooking, Noise::OneAnnotator,
    ])]
    pub noise: Vec<Noise>,
    /// Shares of records that get a wrong label.
    #[arg(long, value_delimiter = ',', default_values_t = [0.05, 0.1])]
    pub rate: Vec<f64>,
    /// Number of seeds per kind and rate.
    #[arg(long, default_value_t = 10)]
    pub seeds: u64,
    /// Ranks at which precision and recall are taken.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 20, 50])]
    pub at: Vec<usize>,
}

/// Kinds of label errors.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Noise {
    /// One class of a record, any with equal chance, turned round.
    Uniform,
    /// A class always taken for the same other one.
    ClassDependent,
    /// The labels of a record with a similar cluster profile.
    SimilarLooking,
    /// One annotator takes two classes for each other.
    OneAnnotator,
}

impl From<Noise> for ecg_audit_engine::label_noise::Noise {
    fn from(noise: Noise) -> Self {
        match noise {
            Noise::Uniform => Self::Uniform,
            Noise::ClassDependent => Self::ClassDependent,
            Noise::SimilarLooking => Self::SimilarLooking,
            Noise::OneAnnotator => Self::OneAnnotator,
        }
    }
}

/// Arguments of `validate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub configuration: Configuration,
}

/// What can be done with a review.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Check a reviewed issues.csv line by line, and write the data set's label file with its corrections.
    #[command(after_help = "\
Examples:
  ecg-audit review apply runs/k12 reviewed.csv
  ecg-audit review apply runs/k12 reviewed.csv --out corrected

The column `decision` takes `accept`, `reject`, `relabel` (then fill in `corrected_label`) or nothing.
The data set itself is not touched. With anything wrong in the review, nothing is written.")]
    Apply {
        /// The run folder whose issues.csv was reviewed.
        run: PathBuf,
        /// The reviewed file, as a spreadsheet program saves CSV.
        reviewed: PathBuf,
        /// The folder for the corrected label file and changes.csv. [default: RUN/corrected]
        #[arg(short, long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Show the components that configurations can name.
    #[command(after_help = "Examples:\n  ecg-audit plugin list\n  ecg-audit plugin list --params")]
    List {
        /// Show each component's parameters too.
        #[arg(long)]
        params: bool,
        /// Search this folder first.
        #[arg(long, value_name = "DIR")]
        path: Vec<PathBuf>,
    },
    /// Show every folder searched and every library found, with the reason for each refusal.
    Doctor {
        /// Search this folder first.
        #[arg(long, value_name = "DIR")]
        path: Vec<PathBuf>,
    },
    /// Run the conformance kit on a library.
    #[command(after_help = "\
Examples:
  ecg-audit plugin test target/release/libmy_clusterer.so
  ecg-audit plugin test libmy_encoder.so --params '{\"model\": \"model.onnx\", \"taps\": [\"relu3\"]}'")]
    Test {
        /// The library.
        library: PathBuf,
        /// Parameters, as JSON, for components whose defaults do not suffice.
        #[arg(long, value_name = "JSON")]
        params: Option<String>,
    },
    /// Write the manifest beside a library, from the library's own metadata.
    Manifest {
        /// The library.
        library: PathBuf,
    },
}

/// What a schema can be printed of.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaOf {
    /// audit.json
    Audit,
    /// compare.json
    Compare,
    /// The configuration.
    Config,
    /// label-noise.json
    LabelNoise,
    /// reproduction.json
    Reproduction,
    /// sweep.json
    Sweep,
}

/// Prints a schema.
pub(crate) fn schema(of: SchemaOf) -> Result<Verdict, Failure> {
    let schema = match of {
        SchemaOf::Audit => ecg_audit_engine::audit::schema(),
        SchemaOf::Compare => ecg_audit_engine::compare::schema(),
        SchemaOf::Config => ecg_audit_engine::config::schema(),
        SchemaOf::LabelNoise => ecg_audit_engine::label_noise::schema(),
        SchemaOf::Reproduction => ecg_audit_engine::reproduce::schema(),
        SchemaOf::Sweep => ecg_audit_engine::sweep::schema(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| Failure::message(e.to_string()))?;
    // A reader that closes early, such as `head`, is no failure.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(Verdict::Passed)
}

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Args::command(), "ecg-audit", &mut std::io::stdout());
}
