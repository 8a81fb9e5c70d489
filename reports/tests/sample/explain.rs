//! Attribution, masking, shuffled weights and refits.

use ecg_audit_engine::audit::*;

use super::{CLASSES, K, Sequence};

pub fn attribution() -> Attribution {
    let mut s = Sequence::new(31);
    let phases = ["P", "PR", "QRS", "ST", "T", "TP"];
    let names = std::iter::once(("uncertainty", "mean"))
        .chain(phases.map(|phase| ("uncertainty", phase)))
        .chain([("attribution", "entropy")])
        .chain(phases.map(|phase| ("attribution", phase)));
    let measures: Vec<Measure> = names.map(|(of, name)| measure(of, name, &mut s)).collect();
    let side = |by: &str| Comparison {
        by: by.into(),
        records: 231,
        measures: measures.clone(),
    };
    Attribution {
        method: AttributionMethod::GradCam,
        tap: Some("block.7".into()),
        unavailable: None,
        records: 350,
        maps: 481,
        flat_maps: 4,
        time_step: 0.08,
        comparisons: vec![side("model"), side("truth")],
    }
}

fn measure(of: &str, name: &str, s: &mut Sequence) -> Measure {
    let groups = CLASSES.map(|class| {
        let middle = s.within(0.3, 0.7);
        UncertaintyGroup {
            group: class.into(),
            by: "class".into(),
            records: 40,
            mean: middle,
            sd: Some(0.05),
            quantiles: [-0.1, -0.04, 0.0, 0.05, 0.12].map(|offset| middle + offset),
        }
    });
    let pair = |second: &str, p_adjusted| PairEffect {
        first: "NORM".into(),
        second: second.into(),
        cliffs_delta: -0.6,
        p_adjusted,
    };
    let told = if of == "uncertainty" { 0.001 } else { 0.4 };
    Measure {
        of: of.into(),
        name: name.into(),
        groups: groups.into(),
        test: Some(Effect {
            h: 31.0,
            degrees_of_freedom: 4,
            p: 3e-6,
            p_adjusted: 4e-5,
            epsilon_squared: s.within(0.05, 0.5),
            eta_squared: 0.3,
        }),
        pairs: vec![pair("MI", told), pair("CD", 0.2)],
    }
}

pub fn faithfulness() -> Faithfulness {
    let mut s = Sequence::new(77);
    let row = |cluster: usize, replacement: &str, s: &mut Sequence| {
        let (change, random_change) = (s.within(0.0, 0.2), s.within(0.02, 0.08));
        let difference = change - random_change;
        MaskedCluster {
            cluster,
            replacement: replacement.into(),
            exemplar_of: (replacement == "exemplar").then_some((cluster + 1) % K),
            records: 20,
            masked_share: s.within(0.03, 0.2),
            change,
            random_change,
            difference,
            difference_ci95: Some([difference - 0.02, difference + 0.02]),
            flips: s.next(),
            random_flips: s.next(),
            by_class: CLASSES.map(|_| s.within(-0.1, 0.1)).into(),
        }
    };
    let share = |replacement: &str| FaithfulShare {
        replacement: replacement.into(),
        faithful: 6,
        less: 9,
        clusters: K,
    };
    Faithfulness {
        records_per_cluster: 20,
        controls: 2,
        faithful: vec![share("mean"), share("exemplar")],
        clusters: (0..K)
            .flat_map(|c| [row(c, "mean", &mut s), row(c, "exemplar", &mut s)])
            .collect(),
    }
}

pub fn sanity() -> Sanity {
    Sanity {
        records: 350,
        seed: 7,
        agreement: 0.913,
        random_agreement: 0.875,
        difference_ci95: Some([0.026, 0.053]),
        majority_agreement: Some(0.81),
        auroc_soft: Some(0.939),
        random_auroc_soft: Some(0.86),
        timelines_ari: 0.3,
        timelines_nmi: 0.54,
        uncertainty: 0.83,
        random_uncertainty: 0.66,
    }
}

pub fn stability() -> Stability {
    let refits = |change: &str, refits| Refits {
        change: change.into(),
        refits,
        ari: 0.68,
        ari_min: 0.61,
        nmi: 0.81,
        nmi_min: 0.77,
    };
    Stability {
        timestamps: 131_250,
        refits: vec![
            refits("seed", 3),
            refits("half of the patients", 3),
            refits("fold held out", 10),
        ],
        clusters: (0..K).map(|c| 0.3 + 0.6 * c as f64 / K as f64).collect(),
    }
}
