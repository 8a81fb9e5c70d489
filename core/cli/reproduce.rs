//! `reproduce`: train, audit, table.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ecg_audit_engine::audit::Audit;
use ecg_audit_engine::config::Source;
use ecg_audit_engine::reproduce::{Experiment, Reproduction, reproduction, training_of};
use ecg_audit_engine::{folder, run};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args::{self, ReproduceCommand};
use crate::progress::{Bars, Watch};
use crate::run::{render, write_whole};

/// The program that trains.
const TRAINER: &str = "ecg-audit-train";

pub(crate) fn reproduce(command: ReproduceCommand, bars: Bars, quiet: bool) -> Result<Verdict, Failure> {
    let (experiment, args) = match command {
        ReproduceCommand::PtbXl(args) => (Experiment::PtbXl, args),
        ReproduceCommand::Code15Age(args) => (Experiment::Code15Age, args),
    };
    let job = Job {
        experiment,
        data: absolute(&args.data),
        out: absolute(
            &args
                .out
                .clone()
                .unwrap_or_else(|| default_out(experiment, args.quick)),
        ),
        args,
    };
    std::fs::create_dir_all(&job.out).map_err(|e| failed(&job.out, &e))?;
    let (models, training) = match &job.args.models {
        Some(models) => (absolute(models), job.given_training(models)?),
        None => job.train(quiet)?,
    };
    let audit = job.audit(&training, &models, bars)?;
    let trained = job.args.models.is_none().then_some(training.as_str());
    let found = reproduction(experiment, job.args.quick, trained, &audit)?;
    let json = serde_json::to_vec_pretty(&found).map_err(|e| Failure::message(e.to_string()))?;
    let markdown = markdown(&found);
    for (name, bytes) in [
        ("reproduction.json", json.as_slice()),
        ("reproduction.md", markdown.as_bytes()),
    ] {
        let path = job.out.join(name);
        write_whole(&path, bytes).map_err(|e| failed(&path, &e))?;
    }
    let mut stdout = std::io::stdout().lock();
    // A reader that closes early, such as `head`, is no failure.
    let _ = write!(stdout, "{}", text(&found));
    let _ = writeln!(
        stdout,
        "Report: {}",
        job.out.join("run").join(folder::REPORT).display()
    );
    Ok(Verdict::Passed)
}

/// One reproduction.
struct Job {
    experiment: Experiment,
    data: PathBuf,
    out: PathBuf,
    args: args::Reproduce,
}

impl Job {
    /// Trains a network per fold, or takes up where an earlier training stood. Gives their folder and the configuration.
    fn train(&self, quiet: bool) -> Result<(PathBuf, String), Failure> {
        let training = self.experiment.training(self.args.quick).to_owned();
        let config = self.out.join("train.toml");
        let models = self.out.join("models");
        self.keep(&config, &training)?;
        let trainer = trainer()?;
        let mut command = Command::new(&trainer);
        command.arg(&config).arg("--out").arg(&models);
        command
            .arg("--set")
            .arg(format!("data.path={}", self.data.display()));
        if let Some(threads) = self.args.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        for set in &self.args.train_set {
            command.args(["--set", set]);
        }
        if quiet {
            command.arg("--quiet");
        }
        let status = command
            .status()
            .map_err(|e| Failure::message(format!("{} cannot be run: {e}", trainer.display())))?;
        if status.success() {
            return Ok((models, training));
        }
        Err(Failure::message(format!(
            "the training did not finish ({status}); the same command takes it up where it stood"
        )))
    }

    /// The configuration that the given models were trained with: the one beside them, or that of this experiment.
    fn given_training(&self, models: &Path) -> Result<String, Failure> {
        let beside = training_of(models)?;
        Ok(beside.unwrap_or_else(|| self.experiment.training(self.args.quick).to_owned()))
    }

    /// Runs the audit; one that is finished already is read instead, unless something is to be changed in it.
    fn audit(&self, training: &str, models: &Path, bars: Bars) -> Result<Audit, Failure> {
        let config = self.out.join("audit.toml");
        let text = self.experiment.audit(training, &self.data, models)?;
        self.keep(&config, &text)?;
        let out = self.out.join("run");
        let mut set = self.args.set.clone();
        if out.exists() && set.is_empty() {
            return Ok(folder::read_audit(&out)?);
        }
        if let Some(threads) = self.args.threads {
            set.push(format!("audit.threads={threads}"));
        }
        let source = Source::read(&config, &set)?;
        let prepared = run::prepare(&source, Arc::new(Watch::new(bars)))?;
        let (audit, _) = prepared.run(&out, None, &render)?;
        Ok(audit)
    }

    /// Writes a configuration; one that stands there must be the same.
    fn keep(&self, path: &Path, text: &str) -> Result<(), Failure> {
        match std::fs::read_to_string(path) {
            Ok(there) if there == text => Ok(()),
            Ok(_) => Err(Failure::message(format!(
                "{} is of another run; name another folder with `--out`",
                path.display()
            ))),
            Err(_) => write_whole(path, text.as_bytes()).map_err(|e| failed(path, &e)),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn default_out(experiment: Experiment, quick: bool) -> PathBuf {
    let size = if quick { "-quick" } else { "" };
    Path::new("reproductions").join(format!("{}{size}", experiment.name()))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::message(format!("{}: {error}", path.display()))
}

/// The trainer beside this program, or in the search path.
fn trainer() -> Result<PathBuf, Failure> {
    let name = format!("{TRAINER}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| Some(own.parent()?.join(&name)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).map(|folder| folder.join(&name));
    let found = beside
        .into_iter()
        .chain(folders)
        .find(|program| program.is_file());
    found.ok_or_else(|| {
        Failure::message(format!(
            "`{TRAINER}` is neither beside this program nor in PATH: run `cargo xtask libtorch`, then build again; or give \
             trained models with `--models DIR`"
        ))
    })
}

/// The table for a terminal.
fn text(found: &Reproduction) -> String {
    let width = found
        .rows
        .iter()
        .map(|row| row.figure.chars().count())
        .max()
        .unwrap_or(0);
    let paper = |paper: &Option<String>| paper.clone().unwrap_or_else(|| "–".into());
    let mut text = format!(
        "\n{}: {} records, {} networks\n\n{:<width$}  {:<14}here\n",
        found.experiment.name(),
        found.records,
        found.networks,
        "",
        "paper"
    );
    for row in &found.rows {
        let _ = writeln!(
            text,
            "{:<width$}  {:<14}{}",
            row.figure,
            paper(&row.paper),
            row.here
        );
    }
    text.push_str("\nWhere the protocols differ:\n");
    for difference in &found.differences {
        let _ = writeln!(text, "- {difference}");
    }
    text.push('\n');
    text
}

/// The table as Markdown.
fn markdown(found: &Reproduction) -> String {
    let mut text = format!(
        "# {}: {} records, {} networks\n\n| figure | paper | here |\n|---|---|---|\n",
        found.experiment.name(),
        found.records,
        found.networks
    );
    for row in &found.rows {
        let paper = row.paper.as_deref().unwrap_or("–");
        let _ = writeln!(text, "| {} | {paper} | {} |", row.figure.trim(), row.here);
    }
    text.push_str("\nWhere the protocols differ:\n\n");
    for difference in &found.differences {
        let _ = writeln!(text, "- {difference}");
    }
    text
}
