//! Dimensions from shapes and arguments, and what contradicts what.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// The weights' shapes of a network with these (filters, length) per block.
fn shapes(samples: usize, blocks: &[(usize, usize)], kernel: usize) -> Shapes {
    let mut shapes = Shapes::new();
    let norm = |shapes: &mut Shapes, name: String, filters: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            shapes.insert(format!("{name}.{part}"), vec![filters]);
        }
        shapes.insert(format!("{name}.num_batches_tracked"), vec![]);
    };
    let (mut before, mut length) = blocks[0];
    assert_eq!(samples % length, 0);
    shapes.insert("conv1.weight".into(), vec![before, 12, kernel]);
    norm(&mut shapes, "bn1".into(), before);
    for (i, &(filters, shorter)) in blocks.iter().enumerate() {
        shapes.insert(
            format!("resblock1d_{i}.conv1.weight"),
            vec![filters, before, kernel],
        );
        shapes.insert(
            format!("resblock1d_{i}.conv2.weight"),
            vec![filters, filters, kernel],
        );
        norm(&mut shapes, format!("resblock1d_{i}.bn1"), filters);
        norm(&mut shapes, format!("resblock1d_{i}.bn2"), filters);
        if filters != before {
            let position = usize::from(shorter < length);
            shapes.insert(
                format!("resblock1d_{i}.skip_connection.{position}.weight"),
                vec![filters, before, 1],
            );
        }
        (before, length) = (filters, shorter);
    }
    shapes.insert("lin.weight".into(), vec![6, before * length]);
    shapes.insert("lin.bias".into(), vec![6]);
    shapes
}

const PUBLISHED: [(usize, usize); 5] = [(64, 4096), (128, 1024), (196, 256), (256, 64), (320, 16)];

fn published_shapes() -> Shapes {
    shapes(4096, &PUBLISHED, 17)
}

fn arguments(lengths: &[usize]) -> Arguments {
    Arguments {
        file: "args.json".into(),
        seq_length: None,
        net_filter_size: None,
        net_seq_lengh: Some(lengths.to_vec()),
        kernel_size: None,
        n_leads: None,
    }
}

fn refusal(shapes: &Shapes, arguments: Option<&Arguments>) -> String {
    Plan::new(shapes, arguments).unwrap_err()
}

#[test]
fn the_published_network_needs_no_arguments() {
    let plan = Plan::new(&published_shapes(), None).unwrap();
    assert_eq!(
        (
            plan.leads,
            plan.samples,
            plan.kernel,
            plan.stem_stride,
            plan.outputs
        ),
        (12, 4096, 17, 1, 6)
    );
    let blocks: Vec<_> = plan
        .blocks
        .iter()
        .map(|b| (b.filters, b.length, b.stride))
        .collect();
    assert_eq!(
        blocks,
        [
            (64, 4096, 1),
            (128, 1024, 4),
            (196, 256, 4),
            (256, 64, 4),
            (320, 16, 4)
        ]
    );
    assert_eq!(
        (
            plan.padding(1),
            plan.padding(2),
            plan.padding(4),
            plan.padding(32)
        ),
        (8, 8, 7, 0)
    );
}

#[test]
fn arguments_decide_where_weights_do_not_tell() {
    let blocks = [(4, 64), (6, 64), (6, 32), (8, 8)];
    let shapes = shapes(128, &blocks, 5);
    let error = refusal(&shapes, None);
    assert!(error.contains("args.json"), "{error}");
    let said = Arguments {
        seq_length: Some(128),
        ..arguments(&[64, 64, 32, 8])
    };
    let plan = Plan::new(&shapes, Some(&said)).unwrap();
    assert_eq!((plan.samples, plan.stem_stride), (128, 2));
    assert_eq!(
        plan.blocks.iter().map(|b| b.stride).collect::<Vec<_>>(),
        [1, 1, 2, 4]
    );
    assert_eq!(
        plan.blocks.iter().map(|b| b.projection).collect::<Vec<_>>(),
        [None, Some(0), None, Some(1)]
    );
}

#[test]
fn contradictions_are_named() {
    let shapes = published_shapes();
    let lengths = [4096, 1024, 256, 64, 16];
    let cases = [
        (
            Arguments {
                kernel_size: Some(9),
                ..arguments(&lengths)
            },
            "kernel_size = 9, but the weights have 17",
        ),
        (
            Arguments {
                n_leads: Some(8),
                ..arguments(&lengths)
            },
            "n_leads = 8, but the weights have 12",
        ),
        (
            Arguments {
                net_filter_size: Some(vec![64, 128, 192, 256, 320]),
                ..arguments(&lengths)
            },
            "net_filter_size = [64, 128, 192, 256, 320], but the weights have [64, 128, 196, 256, 320]",
        ),
        (arguments(&[4096, 1024, 256, 64]), "but the weights have 5 blocks"),
        (
            arguments(&[4096, 1024, 256, 64, 8]),
            "but the weights end in a length of 16",
        ),
        (arguments(&[4096, 1024, 256, 60, 16]), "falls from 256 to 60"),
        (
            arguments(&[4096, 1024, 256, 16, 16]),
            "resblock1d_4 shortens its input 1-fold",
        ),
        (
            Arguments {
                seq_length: Some(4000),
                ..arguments(&lengths)
            },
            "falls from 4000 to 4096",
        ),
        (arguments(&[0, 0, 0, 0, 16]), "falls from"),
    ];
    for (said, expected) in cases {
        let error = refusal(&shapes, Some(&said));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn other_networks_are_refused() {
    let mut more = published_shapes();
    more.insert("attention.weight".into(), vec![3, 3]);
    assert!(refusal(&more, None).contains("attention.weight"));
    let mut less = published_shapes();
    less.remove("resblock1d_3.bn2.running_var");
    assert!(refusal(&less, None).contains("resblock1d_3.bn2.running_var is missing"));
    let mut wrong = published_shapes();
    wrong.insert("resblock1d_2.conv2.weight".into(), vec![196, 196, 9]);
    assert!(
        refusal(&wrong, None).contains("resblock1d_2.conv2.weight is [196, 196, 9], expected [196, 196, 17]")
    );
    let mut odd = published_shapes();
    odd.insert("lin.weight".into(), vec![6, 321]);
    assert!(refusal(&odd, None).contains("no multiple"));
    assert!(refusal(&self::shapes(4096, &PUBLISHED, 16), None).contains("an even kernel"));
}

proptest! {
    #[test]
    fn any_shapes_get_an_answer(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::collection::vec(any::<usize>(), 0..4)), 1..4),
        lengths in proptest::option::of(proptest::collection::vec(any::<usize>(), 0..7)),
        seq_length in proptest::option::of(any::<usize>()),
    ) {
        let mut shapes = published_shapes();
        let names: Vec<String> = shapes.keys().cloned().collect();
        for (at, shape) in changes {
            shapes.insert(at.get(&names).clone(), shape);
        }
        let said = lengths.map(|lengths| Arguments { seq_length, ..arguments(&lengths) });
        let _ = Plan::new(&shapes, said.as_ref());
    }
}
