//! Tests and corrections against SciPy and statsmodels (values: `reference/make_values.py`).
//!
//! Tolerance 1e-10 absolute; p-values of the t distribution also 1e-8 relative, far into the tail.

mod common;

use common::{Bits, all_close, close, close_option, matrix, problems};
use ecg_audit_stats::association::{spearman_p_value, spearman_table};
use ecg_audit_stats::correction::{benjamini_hochberg, holm};
use ecg_audit_stats::kruskal::kruskal_wallis;
use ecg_audit_stats::mann_whitney::{all_pairs, mann_whitney};
use ndarray::{Array1, ArrayView1, Axis, s, stack};
use serde::Deserialize;

#[test]
fn spearman_tables_equal_scipy() {
    #[derive(Deserialize)]
    struct Problem {
        n: usize,
        x: Vec<Vec<f64>>,
        y: Vec<Vec<f64>>,
        rho: Vec<Vec<Option<f64>>>,
        p: Vec<Vec<Option<f64>>>,
        p_adjusted: Vec<Vec<Option<f64>>>,
    }
    let mut undefined = 0;
    for p in problems::<Problem>("association") {
        assert_eq!(p.x.len(), p.n);
        let table = spearman_table(matrix(&p.x).view(), matrix(&p.y).view()).unwrap();
        assert_eq!(table.dim(), matrix(&p.rho).dim());
        for ((k, c), pair) in table.indexed_iter() {
            close_option(pair.map(|pair| pair.rho), p.rho[k][c], "rho");
            // ρ = ±1 up to rounding: SciPy's p is then rounding error of the order of √ε, ours too.
            let certain = pair.is_some_and(|pair| 1.0 - pair.rho.abs() < 1e-12);
            if certain {
                assert!(pair.unwrap().p < 1e-6 && p.p[k][c].unwrap() < 1e-6);
            } else {
                close_option(pair.map(|pair| pair.p), p.p[k][c], "p");
                close_option(pair.map(|pair| pair.p_adjusted), p.p_adjusted[k][c], "adjusted p");
            }
            undefined += usize::from(pair.is_none());
        }
    }
    assert!(undefined > 0, "the values must hold constant columns");
}

#[test]
fn spearman_p_values_hold_for_all_sizes() {
    #[derive(Deserialize)]
    struct Problem {
        n: usize,
        rho: f64,
        p: f64,
    }
    for p in problems::<Problem>("spearman_p_values") {
        let found = spearman_p_value(p.rho, p.n).unwrap();
        close(found, p.p, "p");
        assert!(
            (found / p.p - 1.0).abs() < 1e-8,
            "n = {}, ρ = {}: {found} for {}",
            p.n,
            p.rho,
            p.p
        );
    }
}

#[test]
fn corrections_equal_scipy_and_statsmodels() {
    #[derive(Deserialize)]
    struct Problem {
        p: Vec<f64>,
        bh: Vec<f64>,
        holm: Vec<f64>,
    }
    for problem in problems::<Problem>("correction") {
        let p = ArrayView1::from(&problem.p);
        all_close(&benjamini_hochberg(p).unwrap(), &problem.bh, "Benjamini–Hochberg");
        all_close(&holm(p).unwrap(), &problem.holm, "Holm");
    }
}

#[test]
fn group_tests_equal_scipy_and_statsmodels() {
    #[derive(Deserialize)]
    struct Problem {
        samples: Vec<Vec<f64>>,
        h: f64,
        p: f64,
        epsilon2: f64,
        eta2: f64,
        u: Vec<f64>,
        pair_p: Vec<f64>,
        holm: Vec<f64>,
        delta: Vec<f64>,
    }
    for problem in problems::<Problem>("groups") {
        let samples: Vec<ArrayView1<'_, f64>> = problem.samples.iter().map(ArrayView1::from).collect();
        let test = kruskal_wallis(&samples).unwrap();
        close(test.h, problem.h, "H");
        close(test.p, problem.p, "p of H");
        close(test.epsilon_squared, problem.epsilon2, "ε²");
        close(test.eta_squared, problem.eta2, "η²");
        let pairs = all_pairs(&samples).unwrap();
        let of = |value: fn(&ecg_audit_stats::mann_whitney::Comparison) -> f64| {
            pairs.iter().map(value).collect::<Vec<f64>>()
        };
        all_close(&of(|pair| pair.test.u), &problem.u, "U");
        all_close(&of(|pair| pair.test.p), &problem.pair_p, "p of U");
        all_close(&of(|pair| pair.p_adjusted), &problem.holm, "Holm");
        all_close(&of(|pair| pair.test.cliffs_delta), &problem.delta, "Cliff's δ");
    }
}

#[test]
fn tests_of_twenty_thousand_records_equal_scipy() {
    #[derive(Deserialize)]
    struct Problem {
        spearman: [[f64; 2]; 3],
        auroc: f64,
        mann_whitney: [f64; 2],
        kruskal: [f64; 2],
    }
    let (a, b) = (large(7, 10_007), large(3, 97));
    let c = &a + &(400.0 * &b);
    for problem in problems::<Problem>("large_tables") {
        let x = stack![Axis(1), a, b];
        let table = spearman_table(x.view(), stack![Axis(1), b, c].view()).unwrap();
        for (pair, [rho, p]) in [table[[0, 0]], table[[0, 1]], table[[1, 1]]]
            .iter()
            .zip(problem.spearman)
        {
            close(pair.unwrap().rho, rho, "ρ");
            close(pair.unwrap().p, p, "p of ρ");
        }
        let labels = b.mapv(|b| b % 3.0 == 0.0);
        close(
            ecg_audit_stats::auroc::auroc(labels.view(), c.view()).unwrap(),
            problem.auroc,
            "AUROC",
        );
        let test = mann_whitney(a.slice(s![..9_000]), c.slice(s![9_000..])).unwrap();
        close(test.u, problem.mann_whitney[0], "U");
        close(test.p, problem.mann_whitney[1], "p of U");
        let groups = [
            a.slice(s![..5_000]),
            c.slice(s![5_000..9_000]),
            a.slice(s![9_000..]),
        ];
        let test = kruskal_wallis(&groups).unwrap();
        assert!(
            (test.h / problem.kruskal[0] - 1.0).abs() < 1e-12,
            "H: {} for {}",
            test.h,
            problem.kruskal[0]
        );
        close(test.p, problem.kruskal[1], "p of H");
    }
}

/// The same integers as `large` in the script.
fn large(multiplier: i64, modulus: i64) -> Array1<f64> {
    (0..20_000_i64)
        .map(|i| ((i * i % modulus) * multiplier + i) % modulus)
        .map(|v| v as f64)
        .collect()
}

#[test]
fn bits_are_read_as_written() {
    let bits: Bits = serde_json::from_str("\"0110\"").unwrap();
    assert_eq!(bits.matrix(2), ndarray::array![[false, true], [true, false]]);
    assert_eq!(bits.vector().len(), 4);
}
