//! What the kit found.

use std::fmt;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not tried, and why.
    Skipped(String),
    /// What is wrong.
    Failed(String),
}

/// One check of one component, or of the library itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The component, or `library`.
    pub component: String,
    /// What was checked.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
}

/// All checks, in the order they were made. Shown, it is a line per check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Notes a check.
    pub fn add(&mut self, component: &str, name: &'static str, verdict: Verdict) {
        self.checks.push(Check {
            component: component.to_owned(),
            name,
            verdict,
        });
    }

    /// True when nothing failed.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| matches!(check.verdict, Verdict::Failed(_)))
    }

    /// For tests: shows what was skipped.
    ///
    /// # Panics
    /// With the whole report when anything failed.
    pub fn assert_passed(&self) {
        assert!(self.passed(), "the plugin does not conform:\n{self}");
        for check in &self.checks {
            if matches!(check.verdict, Verdict::Skipped(_)) {
                eprintln!("{check}");
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        let failed = self.failures().count();
        write!(f, "{} checks, {failed} failed", self.checks.len())
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, reason) = match &self.verdict {
            Verdict::Passed => ("passed", ""),
            Verdict::Skipped(reason) => ("skipped", reason.as_str()),
            Verdict::Failed(reason) => ("FAILED", reason.as_str()),
        };
        write!(f, "{word:<8}{}: {}", self.component, self.name)?;
        if !reason.is_empty() {
            write!(f, ": {reason}")?;
        }
        Ok(())
    }
}
