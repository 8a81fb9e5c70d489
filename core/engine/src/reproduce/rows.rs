//! The rows of the table, and where the protocols differ.

use super::{Experiment, Row};
use crate::Error;
use crate::audit::{Audit, Fidelity, Figures, ModelVsTruth, Spread, ValueFigures};

/// The table.
pub(super) fn rows(experiment: Experiment, audit: &Audit) -> Result<Vec<Row>, Error> {
    let wrong = || Error::Invalid(format!("the audit is not one of `{}`", experiment.name()));
    let mut rows = match experiment {
        Experiment::PtbXl => decisions(audit).ok_or_else(wrong)?,
        Experiment::Code15Age => values(audit).ok_or_else(wrong)?,
    };
    rows.extend(shared(audit));
    Ok(rows)
}

fn row(figure: &str, paper: Option<&str>, here: String) -> Row {
    Row {
        figure: figure.into(),
        paper: paper.map(str::to_owned),
        here,
    }
}

fn decisions(audit: &Audit) -> Option<Vec<Row>> {
    let network = audit.model_vs_truth.as_ref()?.decisions()?;
    let surrogate = audit.surrogates.first()?;
    let vs_model = surrogate.vs_model.decisions()?;
    let vs_truth = surrogate.vs_truth.as_ref()?.decisions()?;
    let majority = audit.baselines.majority_agreement?;
    let permuted = audit.baselines.permuted_agreement;
    let auroc = |pooled: Option<f64>, folds: Option<Spread>| {
        let folds = folds.map_or(String::new(), |folds| format!("; folds {}", percent(&folds)));
        format!(
            "{}{folds}",
            pooled.map_or("–".into(), |v| format!("{:.1} %", 100.0 * v))
        )
    };
    let soft = |f: &Fidelity| auroc(f.auroc_soft, f.auroc_soft_by_fold);
    let hard = |f: &Fidelity| auroc(f.auroc_hard, f.auroc_hard_by_fold);
    Some(vec![
        row(
            "Forest agrees with the CNN's decisions",
            Some("94.9 ± 0.5 %"),
            format!(
                "{}{}",
                percent(&vs_model.agreement),
                interval(vs_model.agreement.ci95, 100.0)
            ),
        ),
        row(
            "  always answering the majority agrees",
            None,
            format!("{:.1} %", 100.0 * majority),
        ),
        row(
            "  forest on shuffled proportions agrees",
            None,
            permuted.map_or("–".into(), |p| format!("{:.1} %", 100.0 * p)),
        ),
        row(
            "CNN, accuracy against the labels",
            Some("88.4 %"),
            network
                .accuracy_by_fold
                .as_ref()
                .map_or(format!("{:.1} %", 100.0 * network.accuracy), percent),
        ),
        row(
            "Forest, accuracy against the labels",
            Some("88.2 %"),
            percent(&vs_truth.agreement),
        ),
        row(
            "CNN, AUROC of decisions (hard)",
            Some("81.4 %"),
            auroc(network.auroc_hard, network.auroc_hard_by_fold),
        ),
        row(
            "Forest, AUROC of decisions (hard)",
            Some("79.6 %"),
            hard(vs_truth),
        ),
        row(
            "CNN, AUROC of probabilities (soft)",
            None,
            auroc(network.auroc_soft, network.auroc_soft_by_fold),
        ),
        row("Forest, AUROC of probabilities (soft)", None, soft(vs_truth)),
        row(
            "Forest against the CNN's decisions, AUROC (soft)",
            None,
            soft(vs_model),
        ),
    ])
}

fn values(audit: &Audit) -> Option<Vec<Row>> {
    let network = match audit.model_vs_truth.as_ref()? {
        ModelVsTruth::Values(figures) => figures,
        ModelVsTruth::Decisions(_) => return None,
    };
    let target = audit.target.as_deref().unwrap_or("value");
    let mut rows = Vec::new();
    let mut add = |who: &str, figures: &ValueFigures| {
        rows.push(row(
            &format!("{who}: MAE"),
            None,
            format!(
                "{:.2}{}; folds {:.2}{}; mean alone {:.2}",
                figures.mae,
                interval(figures.mae_ci95, 1.0),
                figures.mae_by_fold.mean,
                figures
                    .mae_by_fold
                    .sd
                    .map_or(String::new(), |sd| format!(" ± {sd:.2}")),
                figures.mean_mae
            ),
        ));
        rows.push(row(
            &format!("{who}: nearer than the mean by"),
            None,
            format!("{:.2}{}", figures.gain, interval(figures.gain_ci95, 1.0)),
        ));
        rows.push(row(
            &format!("{who}: R², rank correlation"),
            None,
            format!(
                "{}, {}",
                figures.r2.map_or("–".into(), |v| format!("{v:.3}")),
                figures.rank_correlation.map_or("–".into(), |v| format!("{v:.3}"))
            ),
        ));
    };
    add(&format!("CNN against true {target}"), network);
    for surrogate in &audit.surrogates {
        let name = &surrogate.name;
        if let Figures::Values(figures) = &surrogate.vs_model {
            add(&format!("{name} against the CNN's {target}"), figures);
        }
        if let Some(Figures::Values(figures)) = &surrogate.vs_truth {
            add(&format!("{name} against true {target}"), figures);
        }
    }
    Some(rows)
}

/// What both experiments claim.
fn shared(audit: &Audit) -> Vec<Row> {
    let mut rows = Vec::new();
    let significant = |against: &str| {
        let of = |cluster: &&crate::audit::Cluster| {
            cluster
                .correlations
                .iter()
                .any(|c| c.against == against && c.p_adjusted.is_some_and(|p| p < 0.05))
        };
        audit.clusters.iter().filter(of).count()
    };
    rows.push(row(
        "Clusters whose proportion correlates with the CNN's output (p < 0.05, adjusted)",
        None,
        format!("{} of {}", significant("model"), audit.clusters.len()),
    ));
    if let Some(landmarks) = &audit.landmarks {
        rows.push(row(
            "Share of the heartbeat's phase that clusters tell",
            None,
            format!("{:.0} %, p = {:.3}", 100.0 * landmarks.explained, landmarks.p),
        ));
    }
    let sd = audit
        .uncertainty
        .sd
        .map_or(String::new(), |sd| format!(" ± {sd:.3}"));
    rows.push(row(
        "Mean uncertainty",
        None,
        format!("{:.3}{sd}", audit.uncertainty.mean),
    ));
    if let Some(overlap) = audit.cross_validation.as_ref().and_then(|folds| folds.overlap) {
        rows.push(row(
            "Timestamps in matched clusters of the folds' networks",
            None,
            format!("{:.0} %", 100.0 * overlap),
        ));
    }
    rows
}

fn percent(spread: &Spread) -> String {
    let sd = spread
        .sd
        .map_or(String::new(), |sd| format!(" ± {:.1}", 100.0 * sd));
    format!("{:.1}{sd} %", 100.0 * spread.mean)
}

fn interval(ci95: Option<[f64; 2]>, times: f64) -> String {
    let digits = if times == 1.0 { 2 } else { 1 };
    ci95.map_or(String::new(), |[low, high]| {
        format!(" [{:.digits$}, {:.digits$}]", times * low, times * high)
    })
}

/// Where this protocol differs from the paper's.
pub(super) fn differences(
    experiment: Experiment,
    quick: bool,
    training: Option<&str>,
    audit: &Audit,
) -> Vec<String> {
    let data = &audit.provenance.data;
    let component = |kind: &str| {
        let of = audit
            .provenance
            .plugins
            .iter()
            .filter(|plugin| plugin.kind == kind);
        let named = of.map(|plugin| format!("{} {}", plugin.name, plugin.params));
        named.collect::<Vec<_>>().join(", ")
    };
    let mut differences = vec![match experiment {
        Experiment::PtbXl => format!(
            "Data: {} records of {} patients; the paper uses all 21 799 records of PTB-XL.",
            data.records, data.groups
        ),
        Experiment::Code15Age => format!(
            "Data: {} records of {} patients; CODE-15% has 345 779 exams.",
            data.records, data.groups
        ),
    }];
    if quick {
        differences.push(
            "Network: a small one of the same form, for subsets on two processors (`--quick`); the paper's is the full \
             residual network of Ribeiro et al."
                .into(),
        );
    }
    match training {
        None => differences.push("Training: the networks were given ready-made.".into()),
        Some(_) => differences.push(
            "Training: the paper's hyper-parameters are not published; those of Ribeiro's public age and diagnosis networks \
             were taken (train.toml)."
                .into(),
        ),
    }
    differences.push(format!(
        "Signals: {} Hz after preprocessing; the paper's rate and scaling are not published.",
        data.sampling_rate
    ));
    differences.push(format!(
        "Clusters: K = {} by {}; surrogate: {}; the paper's numbers are not published.",
        audit.method.clusters,
        component("clusterer"),
        component("surrogate"),
    ));
    differences.push(match experiment {
        Experiment::PtbXl => "AUROC: the paper's figures lie nearer to those of 0/1 decisions than of probabilities; both are \
                              given."
            .into(),
        Experiment::Code15Age => {
            "The paper's table of age regression is not part of its public abstract; its column is left empty.".into()
        }
    });
    differences
}
