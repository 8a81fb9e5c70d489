//! The checks of an audit as JUnit XML, for the test pages of continuous integration.

use std::time::Duration;

use ecg_audit_engine::audit::{Audit, Check, CheckStatus};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::Error;
use crate::format::thresholds;

/// The checks of `audit` as JUnit XML: one test suite, a test case per check. A check that fails is a failure with its value
/// and threshold, one that did not run is skipped with the reason, one that warns passes and says so in `system-out`.
///
/// Characters that XML 1.0 forbids are replaced by U+FFFD.
///
/// # Errors
///
/// [`Error::Junit`] when the XML cannot be written.
pub fn junit(audit: &Audit) -> Result<String, Error> {
    let name = clean(&audit.name);
    let time = Duration::try_from_secs_f64(audit.timing.total_seconds).unwrap_or_default();
    let mut suite = TestSuite::new(&name);
    suite.set_time(time);
    let facts = &audit.provenance;
    for (key, value) in [
        ("started", Some(facts.started.clone())),
        ("ecg-audit", Some(facts.version.clone())),
        ("records", Some(facts.data.records.to_string())),
        ("model_sha256", facts.model_sha256.clone()),
        ("config_sha256", Some(facts.config_sha256.clone())),
    ] {
        if let Some(value) = value {
            suite.add_property((key, clean(&value).as_str()));
        }
    }
    suite.add_test_cases(audit.checks.iter().map(|check| case(check, &name)));
    let mut report = Report::new("ecg-audit");
    report.set_time(time);
    report.add_test_suite(suite);
    Ok(report.to_string()?)
}

fn case(check: &Check, suite: &str) -> TestCase {
    let mut sentence = clean(&format!("{}: {}", check.description, value(check)));
    if let Some(step) = &check.next_step {
        sentence += &clean(&format!("; next: {step}"));
    }
    let status = match check.status {
        CheckStatus::Pass | CheckStatus::Warn => TestCaseStatus::success(),
        CheckStatus::Fail => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_message(clean(&value(check)))
                .set_type("threshold")
                .set_description(&sentence);
            status
        }
        CheckStatus::NotRun => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("the value could not be computed: {sentence}"));
            status
        }
    };
    let mut case = TestCase::new(clean(&check.name), status);
    case.set_classname(format!("ecg-audit.{suite}"));
    // Tools show a duration wherever the field is; checks themselves take none worth telling.
    case.set_time(Duration::ZERO);
    match check.status {
        CheckStatus::Warn => drop(case.set_system_out(format!("WARN: {sentence}"))),
        CheckStatus::Pass => drop(case.set_system_out(&sentence)),
        CheckStatus::Fail | CheckStatus::NotRun => {}
    }
    case
}

/// The value with its thresholds.
fn value(check: &Check) -> String {
    let value = check.value.map_or("no value".into(), |value| value.to_string());
    let limits = thresholds(&check.threshold);
    if limits.is_empty() {
        value
    } else {
        format!("{value} ({})", limits.join(", "))
    }
}

/// `text` with nothing in it that XML 1.0 forbids (its § 2.2) or that turns the direction of what follows.
fn clean(text: &str) -> String {
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        // Delete and the C1 controls are allowed, but no text that is worth showing holds them.
        c if c.is_control() => false,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !is_bidi_control(c),
    };
    text.chars()
        .map(|c| if allowed(c) { c } else { '\u{fffd}' })
        .collect()
}

/// Characters that embed, override or isolate a direction of writing beyond their own place.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use ecg_audit_engine::audit::Threshold;

    use super::*;

    fn check(status: CheckStatus, value: Option<f64>) -> Check {
        Check {
            name: "fidelity_agreement".into(),
            description: "Agreement <of> the \"first\" & only".into(),
            value,
            threshold: Threshold {
                fail_below: Some(0.85),
                ..Threshold::default()
            },
            status,
            next_step: (status != CheckStatus::Pass).then(|| "Look at `it`.".into()),
        }
    }

    #[test]
    fn every_status_has_its_form() {
        let failed = case(&check(CheckStatus::Fail, Some(0.5)), "demo");
        assert!(matches!(
            &failed.status,
            TestCaseStatus::NonSuccess { message: Some(message), .. } if message.as_str() == "0.5 (fail below 0.85)"
        ));
        let skipped = case(&check(CheckStatus::NotRun, None), "demo");
        assert!(matches!(
            &skipped.status,
            TestCaseStatus::Skipped { message: Some(_), .. }
        ));
        let warned = case(&check(CheckStatus::Warn, Some(0.9)), "demo");
        assert!(matches!(warned.status, TestCaseStatus::Success { .. }));
        assert!(
            warned
                .system_out
                .is_some_and(|out| out.as_str().starts_with("WARN: Agreement"))
        );
    }

    #[test]
    fn what_xml_forbids_is_replaced_and_nothing_else() {
        assert_eq!(
            clean("a\u{0}b\u{1b}[31mc\u{ffff}d"),
            "a\u{fffd}b\u{fffd}[31mc\u{fffd}d"
        );
        assert_eq!(clean("ä\n\t<&>\"'𝛿"), "ä\n\t<&>\"'𝛿");
        assert_eq!(clean("\u{202e}x"), "\u{fffd}x");
    }
}
