//! Every check that there is: what it looks at, its figure, and what to do about it.

use crate::audit::{Audit, Fidelity, ValueFigures};

/// A check that can be configured.
pub(super) struct Known {
    pub name: &'static str,
    /// What it looks at.
    pub description: &'static str,
    /// What to do about a value beyond a threshold.
    pub next_step: &'static str,
    /// What it needs, for when there is no value.
    pub not_run: &'static str,
    pub value: fn(&Audit) -> Option<f64>,
}

pub(super) const KNOWN: [Known; 19] = [
    Known {
        name: "fidelity_agreement",
        description: "Agreement of the first surrogate with the network, out of fold",
        next_step: "The clusters do not carry what the network decides by: try more clusters or another tap (`ecg-audit sweep`), and read the explanations of this run with reserve.",
        not_run: "It needs a surrogate on a network that decides between classes.",
        value: |audit| decisions(audit).map(|f| f.agreement.mean),
    },
    Known {
        name: "fidelity_auroc_soft",
        description: "Macro AUROC of the first surrogate against the network's decisions, out of fold",
        next_step: "See in the figures per class which class the clusters cannot tell; more clusters or an earlier tap (`ecg-audit sweep`) may separate it.",
        not_run: "It needs a surrogate, and decisions of both kinds in some class.",
        value: |audit| decisions(audit)?.auroc_soft,
    },
    Known {
        name: "fidelity_gain",
        description: "Agreement (continuous target: R²) of the first surrogate beyond the better of its two baselines",
        next_step: "A baseline does nearly as well, so the clusters explain little: check that the decisions are not nearly all the same, then try another tap or number of clusters (`ecg-audit sweep`).",
        not_run: "It needs a surrogate and its baselines.",
        value: |audit| {
            let baselines = &audit.baselines;
            if let Some(values) = values(audit) {
                return Some(values.r2? - baselines.permuted_r2.unwrap_or(0.0).max(0.0));
            }
            let permuted = baselines.permuted_agreement.unwrap_or(0.0);
            Some(decisions(audit)?.agreement.mean - baselines.majority_agreement?.max(permuted))
        },
    },
    Known {
        name: "fidelity_r2",
        description: "R² of the first surrogate against the network's values, out of fold",
        next_step: "Try more clusters or another tap (`ecg-audit sweep`), and compare the surrogates: a linear and a tree-based one fail differently.",
        not_run: "It needs a surrogate of a network with a continuous target.",
        value: |audit| values(audit)?.r2,
    },
    Known {
        name: "fidelity_mae_gain",
        description: "How much nearer to the network's values the first surrogate is than their mean: lower end of the interval",
        next_step: "The surrogate is hardly nearer than the mean alone: audit more records or patients, or try another tap (`ecg-audit sweep`).",
        not_run: "It needs a surrogate of a network with a continuous target, and two patients or more.",
        value: |audit| Some(values(audit)?.gain_ci95?[0]),
    },
    Known {
        name: "model_accuracy",
        description: "Accuracy of the network against the truth",
        next_step: "Check sampling rate, lead order, units and preprocessing against the training (`ecg-audit inspect`), then the label issues, before the network is blamed.",
        not_run: "It needs a network that decides between classes, and labelled records.",
        value: |audit| Some(audit.model_vs_truth.as_ref()?.decisions()?.accuracy),
    },
    Known {
        name: "model_auroc_soft",
        description: "Macro AUROC of the network's probabilities against the truth",
        next_step: "Check sampling rate, lead order, units and preprocessing against the training (`ecg-audit inspect`), then the label issues, before the network is blamed.",
        not_run: "It needs a network that decides between classes, and labels of both kinds in some class.",
        value: |audit| audit.model_vs_truth.as_ref()?.decisions()?.auroc_soft,
    },
    Known {
        name: "model_r2",
        description: "R² of the network against the truth",
        next_step: "Check the unit and scale of the target, and the preprocessing against the training (`ecg-audit inspect`), then the doubtful values.",
        not_run: "It needs a network with a continuous target, and records with true values.",
        value: |audit| audit.model_vs_truth.as_ref()?.values()?.r2,
    },
    Known {
        name: "model_mae",
        description: "Mean absolute error of the network against the truth",
        next_step: "Check the unit and scale of the target, and the preprocessing against the training (`ecg-audit inspect`), then the doubtful values.",
        not_run: "It needs a network with a continuous target, and records with true values.",
        value: |audit| Some(audit.model_vs_truth.as_ref()?.values()?.mae),
    },
    Known {
        name: "uncertainty_mean",
        description: "Mean uncertainty of the cluster assignment",
        next_step: "Timestamps lie between clusters: try fewer clusters (`ecg-audit sweep`), and see at which phase of the heartbeat the uncertainty sits.",
        not_run: "",
        value: |audit| Some(audit.uncertainty.mean),
    },
    Known {
        name: "flagged_share",
        description: "Share of labelled records with at least one flagged label",
        next_step: "Review the flagged records, the worst first, and take the decisions over with `ecg-audit review apply`.",
        not_run: "It needs labelled records.",
        value: |audit| {
            let summary = &audit.issues.summary;
            (summary.records > 0).then(|| summary.flagged_records as f64 / summary.records as f64)
        },
    },
    Known {
        name: "skipped_share",
        description: "Share of records that were set aside",
        next_step: "Read the reasons in the list of records that were not audited: what is missing there is missing in every figure.",
        not_run: "",
        value: |audit| {
            let (used, skipped) = (audit.provenance.data.records, audit.provenance.data.skipped.len());
            (used + skipped > 0).then(|| skipped as f64 / (used + skipped) as f64)
        },
    },
    Known {
        name: "duplicates",
        description: "Pairs of records that hold the same recording",
        next_step: "Look at the pairs and keep one record of each.",
        not_run: "",
        value: |audit| Some(audit.data_quality.duplicates.len() as f64),
    },
    Known {
        name: "duplicates_across_folds",
        description: "Such pairs of which the two are in different folds, so that one gives the other away",
        next_step: "Put both records of a pair in one fold (`data.folds_file`, or a patient id that both share), or drop one: out-of-fold figures are too good as long as they stand.",
        not_run: "",
        value: |audit| {
            let pairs = &audit.data_quality.duplicates;
            Some(pairs.iter().filter(|pair| !pair.same_fold).count() as f64)
        },
    },
    Known {
        name: "underperforming_groups",
        description: "Groups of records on which the network is significantly less accurate",
        next_step: "Look at the labels and the signal quality of these groups first, then at how many of them the network was trained on.",
        not_run: "It needs labelled records with groups in their metadata (age, sex, site, device).",
        value: |audit| {
            let groups = &audit.data_quality.groups;
            (!groups.is_empty()).then(|| groups.iter().filter(|group| group.underperforms).count() as f64)
        },
    },
    Known {
        name: "timeline_stability",
        description: "Mean adjusted Rand index of timelines with codebooks fitted on half of the patients",
        next_step: "The clusters depend on which patients were seen: audit more patients or ask for fewer clusters, and do not read anything into clusters that were not found again.",
        not_run: "Ask for it with `explain.refits`.",
        value: |audit| {
            let refits = &audit.stability.as_ref()?.refits;
            let half = refits
                .iter()
                .find(|refits| refits.change == "half of the patients")?;
            Some(half.ari)
        },
    },
    Known {
        name: "shuffled_gain",
        description: "Agreement (continuous target: R²) of the first surrogate beyond that from the same network with shuffled weights",
        next_step: "The same network with shuffled weights is explained as well, so the clusters show the input rather than what was learnt: try a later tap.",
        not_run: "Ask for it with `explain.shuffled_records`; the summary says where it could not be done.",
        value: |audit| {
            let sanity = audit.sanity.as_ref()?;
            Some(sanity.agreement - sanity.random_agreement)
        },
    },
    Known {
        name: "faithful_clusters",
        description: "Share of clusters whose masking (by the mean) changes the outputs more than random timestamps",
        next_step: "Do not explain decisions by clusters whose masking changes less than random timestamps do; fewer clusters may merge what belongs together.",
        not_run: "Ask for it with `explain.masked_records`.",
        value: |audit| {
            let shares = &audit.faithfulness.as_ref()?.faithful;
            let mean = shares.iter().find(|share| share.replacement == "mean")?;
            (mean.clusters > 0).then(|| mean.faithful as f64 / mean.clusters as f64)
        },
    },
    Known {
        name: "codebooks_converged",
        description: "Share of codebooks whose fit converged",
        next_step: "Raise `max_iterations` of the clusterer.",
        not_run: "No codebook says whether it converged.",
        value: |audit| {
            let books = &audit.method.codebooks;
            let converged = books.iter().filter(|book| book.converged).count();
            (!books.is_empty()).then(|| converged as f64 / books.len() as f64)
        },
    },
];

/// The first surrogate's figures on the network's decisions.
fn decisions(audit: &Audit) -> Option<&Fidelity> {
    audit.surrogates.first()?.vs_model.decisions()
}

/// The first surrogate's figures on the network's values of a continuous target.
fn values(audit: &Audit) -> Option<&ValueFigures> {
    audit.surrogates.first()?.vs_model.values()
}
