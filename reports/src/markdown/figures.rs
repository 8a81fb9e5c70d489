//! The figures that matter, and those by class and fold.

use ecg_audit_engine::audit::{Audit, ClassFidelity, Figures, ModelVsTruth, Spread, ValueFigures};

use super::escape::text;
use super::tables::Table;
use crate::format::{NONE, decimals, interval, number, optional, percent, plus_minus};

/// The figures with their intervals and what they are to be held against.
pub(super) fn figures(audit: &Audit) -> String {
    let mut table = Table::new(&["Figure", "Value", "95 % interval", "Held against"], 1..3);
    let surrogate = audit.surrogates.first();
    match surrogate.map(|surrogate| &surrogate.vs_model) {
        Some(Figures::Decisions(fidelity)) => {
            let baselines = [
                ("majority", audit.baselines.majority_agreement),
                ("permuted proportions", audit.baselines.permuted_agreement),
            ];
            let against = baselines
                .into_iter()
                .filter_map(|(name, v)| Some(format!("{name} {}", percent(v?))));
            table.row([
                "Surrogate agrees with the network".into(),
                shares(&fidelity.agreement),
                percents(fidelity.agreement.ci95),
                against.collect::<Vec<_>>().join(", "),
            ]);
        }
        Some(Figures::Values(values)) => error(&mut table, "Surrogate to the network, MAE", values),
        None => {}
    }
    match &audit.model_vs_truth {
        Some(ModelVsTruth::Decisions(model)) => {
            table.row([
                "Network against the truth, accuracy".into(),
                percent(model.accuracy),
                percents(model.accuracy_ci95),
                format!("majority {}", percent(model.majority_accuracy)),
            ]);
            table.row([
                "Network against the truth, AUROC soft".into(),
                optional(model.auroc_soft, 3),
                NONE.into(),
                format!("hard {}, chance 0.5", optional(model.auroc_hard, 3)),
            ]);
        }
        Some(ModelVsTruth::Values(values)) => error(&mut table, "Network to the truth, MAE", values),
        None => {}
    }
    table.row([
        "Mean uncertainty".into(),
        plus_minus(audit.uncertainty.mean, audit.uncertainty.sd, 3),
        NONE.into(),
        "0 certain, 1 even".into(),
    ]);
    let issues = &audit.issues.summary;
    if issues.records > 0 {
        table.row([
            "Records with a suspect label".into(),
            percent(issues.flagged_records as f64 / issues.records as f64),
            NONE.into(),
            format!("{} of {}", issues.flagged_records, issues.records),
        ]);
    }
    table.to_string()
}

fn error(table: &mut Table<4>, what: &str, values: &ValueFigures) {
    let digits = decimals(values.mae);
    table.row([
        what.into(),
        number(values.mae, digits),
        or_none(interval(values.mae_ci95, digits)),
        format!("mean alone {}", number(values.mean_mae, digits)),
    ]);
    table.row([
        what.replace("MAE", "R²"),
        optional(values.r2, 3),
        or_none(interval(values.r2_ci95, 3)),
        values.permuted_r2.map_or(NONE.into(), |r2| {
            format!("permuted proportions {}", number(r2, 3))
        }),
    ]);
}

fn shares(spread: &Spread) -> String {
    let sd = spread
        .sd
        .map_or(String::new(), |sd| format!(" ± {}", number(100.0 * sd, 1)));
    format!("{}{sd} %", number(100.0 * spread.mean, 1))
}

fn percents(ci95: Option<[f64; 2]>) -> String {
    or_none(interval(ci95.map(|ends| ends.map(|end| 100.0 * end)), 1))
}

fn or_none(text: String) -> String {
    if text.is_empty() { NONE.into() } else { text }
}

/// Agreement and AUROC class by class; nothing for a continuous target.
pub(super) fn by_class(audit: &Audit) -> Option<String> {
    let fidelity = audit.surrogates.first()?.vs_model.decisions()?;
    let model = audit.model_vs_truth.as_ref().and_then(ModelVsTruth::decisions);
    let mut table = Table::new(
        &[
            "Class",
            "Agreement",
            "Majority",
            "AUROC soft",
            "Network accuracy",
            "Network AUROC soft",
        ],
        1..6,
    );
    for class in &fidelity.per_class {
        let truth: Option<&ClassFidelity> =
            model.and_then(|model| model.per_class.iter().find(|own| own.class == class.class));
        table.row([
            text(&class.class),
            percent(class.agreement),
            percent(class.majority),
            optional(class.auroc_soft, 3),
            truth.map_or(NONE.into(), |own| percent(own.agreement)),
            optional(truth.and_then(|own| own.auroc_soft), 3),
        ]);
    }
    (!table.is_empty()).then(|| table.to_string())
}

/// The surrogate fold by fold.
pub(super) fn by_fold(audit: &Audit) -> Option<String> {
    let figures = &audit.surrogates.first()?.vs_model;
    let names = match figures {
        Figures::Decisions(_) => ["Agreement", "AUROC soft"],
        Figures::Values(_) => ["MAE", "R²"],
    };
    let mut table = Table::new(&["Fold", "Records", names[0], names[1]], 0..4);
    match figures {
        Figures::Decisions(fidelity) => {
            for fold in &fidelity.per_fold {
                table.row([
                    fold.fold.to_string(),
                    fold.records.to_string(),
                    percent(fold.agreement),
                    optional(fold.auroc_soft, 3),
                ]);
            }
        }
        Figures::Values(values) => {
            for fold in &values.per_fold {
                table.row([
                    fold.fold.to_string(),
                    fold.records.to_string(),
                    number(fold.mae, decimals(values.mae)),
                    optional(fold.r2, 3),
                ]);
            }
        }
    }
    (!table.is_empty()).then(|| table.to_string())
}
