"""Fits the weights of core/ecg/src/quality/placement.rs and writes placement_weights.rs.

    python code15_npz.py SHARED /tmp/code15.npz       # needs h5py
    cargo run --example quality_features -p ecg-audit-ecg -- SHARED /tmp/code15.npz > /tmp/features.csv
    python fit_placement.py /tmp/features.csv core/ecg/src/quality/placement_weights.rs

Fitted on PTB-XL's records with odd numbers and CODE-15% (both CC BY 4.0, which allows fitted coefficients to be
passed on with attribution). PTB-XL's even records and LUDB are never seen. Needs numpy and scipy.

Model: a conditional logit over {as recorded, undone by each exchange}: maximise
sum_r [ s(x_r) - log(exp s(x_r) + sum_h exp s(h x_r)) ] - RIDGE/2 |w|^2, with s(x) = w . features(x).
"""

import sys

import numpy as np
from scipy.optimize import minimize

RIDGE = 1.0
BINS, SEGMENTS = 9, 3
UPPER = np.triu_indices(8)


def limb(electrodes):
    potential = np.array([[-1, -1], [2, -1], [-1, 2]]) / 3
    ra, la, ll = potential[electrodes]
    m = np.eye(8)
    m[0, :2], m[1, :2] = la - ra, ll - ra
    return m


def chest(electrodes):
    m = np.eye(8)
    m[2:, 2:] = np.eye(6)[electrodes]
    return m


EXCHANGES = [limb(e) for e in ([1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0], [2, 0, 1])] + [
    chest(e)
    for e in (
        [1, 0, 2, 3, 4, 5], [0, 2, 1, 3, 4, 5], [0, 1, 3, 2, 4, 5], [0, 1, 2, 4, 3, 5], [0, 1, 2, 3, 5, 4],
        [2, 1, 0, 3, 4, 5], [0, 1, 2, 5, 4, 3], [5, 4, 3, 2, 1, 0],
    )
]


def transformed(x, m):
    """Features of the record whose leads are m times those of the record with features x."""
    means = m @ x[: 8 * BINS].reshape(8, BINS)
    out = [means.ravel()]
    for upper in x[8 * BINS :].reshape(SEGMENTS, -1):
        gram = np.zeros((8, 8))
        gram[UPPER] = upper
        gram = gram + np.triu(gram, 1).T
        out.append((m @ gram @ m.T)[UPPER])
    return np.concatenate(out)


def fit(differences, scale):
    z = differences / scale

    def loss(w):
        s = z @ w
        top = np.maximum(s.max(1), 0)
        e = np.exp(s - top[:, None])
        total = np.exp(-top) + e.sum(1)
        value = (top + np.log(total)).sum() + RIDGE / 2 * w @ w
        return value, np.einsum("rh,rhf->f", e / total[:, None], z) + RIDGE * w

    return minimize(loss, np.zeros(z.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x / scale


def main():
    rows = [line.rstrip("\n").split(",") for line in open(sys.argv[1])]
    train = [r for r in rows if r[0] == "code15" or (r[0] == "ptb-xl" and int(r[1]) % 2 == 1)]
    x = np.array([r[2:] for r in train], float)
    differences = np.array([[transformed(v, m) - v for m in EXCHANGES] for v in x])
    scale = np.sqrt((differences**2).mean((0, 1))) + 1e-3
    w = fit(differences, scale)
    fold = np.random.default_rng(0).integers(0, 5, len(x))
    held_out = np.zeros(differences.shape[:2])
    for k in range(5):
        held_out[fold == k] = differences[fold == k] @ fit(differences[fold != k], scale)
    margin = np.log(19)
    print("cross-validated: false alarms limb %.3f, chest %.3f; sensitivity" % (
        (held_out[:, :5].max(1) > margin).mean(), (held_out[:, 5:].max(1) > margin).mean()),
        (-held_out > margin).mean(0).round(3), file=sys.stderr)
    with open(sys.argv[2], "w") as out:
        out.write(
            "//! Weights of the model in [`super::placement`], in the order of its features.\n//!\n"
            f"//! Written by `benches/peers/quality/fit_placement.py` from {len(x)} records: PTB-XL's odd numbers among\n"
            "//! its first 350 (Wagner et al. 2020) and 260 of CODE-15% (Ribeiro et al. 2021), both CC BY 4.0.\n\n"
            "#[rustfmt::skip]\n"
            "pub(super) const WEIGHTS: [f64; super::placement::FEATURES] = [\n"
        )
        for i in range(0, len(w), 9):
            out.write("    " + " ".join(f"{v:.4f}," for v in w[i : i + 9]) + "\n")
        out.write("];\n")


if __name__ == "__main__":
    main()
