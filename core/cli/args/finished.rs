//! What is done with finished runs: `report`, `compare`, `plot`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

/// Arguments of `report`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Report {
    /// The run folder.
    pub run: PathBuf,
    /// As what.
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    pub format: ReportFormat,
    /// A folder with templates and a theme.css of your own, for the page (docs/report.md). [default: the run's
    /// `report.templates`]
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Where it goes. [default: report.html, report.md or junit.xml in RUN]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What a run can be rendered as.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReportFormat {
    /// The page that reviewers read.
    Html,
    /// A summary for issues, pull requests and terminals.
    Markdown,
    /// The checks as test cases, for continuous integration.
    Junit,
}

/// Arguments of `compare`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Compare {
    /// The folder of the earlier run.
    pub earlier: PathBuf,
    /// The folder of the later run.
    pub later: PathBuf,
    /// The folder for compare.json and compare.html; it must not exist or be empty.
    /// [default: runs/compare-EARLIER-LATER-DATE-TIME]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Exit with status 1 when anything got worse.
    #[arg(long)]
    pub fail_on_regression: bool,
}

/// Arguments of `plot`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Plot {
    /// The run folder.
    pub run: PathBuf,
    /// The record's name.
    pub record: String,
    /// The picture; its name ends in .svg, .png or .pdf.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
    /// Which lead stands where. [default: the run's `report.layout`]
    #[arg(long, value_enum)]
    pub layout: Option<EcgLayout>,
    /// Paper speed, mm/s.
    #[arg(long, value_enum, value_name = "MM/S", default_value = "25")]
    pub speed: Speed,
    /// Height of a millivolt, mm. [default: 10, or less where the page does not hold the waves]
    #[arg(long, value_enum, value_name = "MM/MV")]
    pub gain: Option<Gain>,
    /// Mark P, QRS and T, from the data set's annotations or the run's delineator.
    #[arg(long)]
    pub landmarks: bool,
}

/// Layouts.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EcgLayout {
    /// By the record's leads and length.
    Auto,
    /// Three rows of four leads and a rhythm strip.
    #[value(name = "3x4")]
    ThreeByFour,
    /// Six rows of two leads, and a rhythm strip where the page holds it.
    #[value(name = "6x2")]
    SixByTwo,
    /// A row per lead.
    #[value(name = "12x1")]
    TwelveByOne,
}

/// Paper speeds.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Speed {
    /// The standard one.
    #[value(name = "25")]
    Mm25,
    /// Twice as wide.
    #[value(name = "50")]
    Mm50,
}

/// Heights of a millivolt.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Gain {
    /// Half the standard.
    #[value(name = "5")]
    Mm5,
    /// The standard one.
    #[value(name = "10")]
    Mm10,
    /// Twice the standard.
    #[value(name = "20")]
    Mm20,
}
