//! The made-up audit with a network for every fold.

use ecg_audit_engine::audit::*;

use super::{K, Sequence};

pub fn audit() -> Audit {
    let mut audit = super::audit();
    let mut s = Sequence::new(41);
    let networks: Vec<FoldNetwork> = (1..=10).map(|fold| network(fold, &mut s)).collect();
    audit.name = "ptb-xl-ten-networks".into();
    audit.provenance.model_sha256 = None;
    audit.cross_validation = Some(CrossValidation {
        overlap: Some(0.682),
        networks,
        reference_fold: 1,
        matched_records: 344,
    });
    audit
}

fn network(fold: u32, s: &mut Sequence) -> FoldNetwork {
    let matching = |s: &mut Sequence| FoldMatching {
        overlap: s.within(0.58, 0.78),
        ari: s.within(0.41, 0.63),
        // The last cluster is one that only the reference has.
        clusters: (0..K)
            .map(|k| if k + 1 == K { 0.03 } else { s.within(0.3, 0.92) })
            .collect(),
    };
    FoldNetwork {
        fold,
        model: format!("models/fold{fold}.onnx"),
        sha256: Some(format!(
            "{fold:02x}946ac92492d2347c6235b4d2611184c7f1a2f0ad43c3a6a4f0a6cbd2b1e9fa"
        )),
        matching: (fold != 1).then(|| matching(s)),
    }
}
