//! Hand-made layer lists of the architectures that people have.

mod network;

use ecg_audit_plugin::{Activation, Role};

use super::{Analysis, TapOrigin};
use network::Network;

fn taps(analysis: &Analysis) -> Vec<&str> {
    analysis.taps.iter().map(|tap| tap.name.as_str()).collect()
}

fn merges(analysis: &Analysis) -> Vec<&str> {
    analysis.blocks.iter().map(|block| block.merge.as_str()).collect()
}

/// torchvision's BasicBlock along one axis: conv-bn-relu-conv-bn, sum, relu; the first of a stage has a shortcut.
fn basic_block(net: &mut Network, name: &str, input: &str, stride: usize) -> String {
    let inner = net.cbr(&format!("{name}.conv1"), &[input], 3, stride);
    net.conv(&format!("{name}.conv2"), &[&inner], 3, 1);
    net.bn(&format!("{name}.bn2"), &format!("{name}.conv2"));
    let mut shortcut = input.to_owned();
    if stride > 1 {
        net.conv(&format!("{name}.down"), &[input], 1, stride);
        net.bn(&format!("{name}.downbn"), &format!("{name}.down"));
        shortcut = format!("{name}.downbn");
    }
    net.sum(&format!("{name}.add"), &[&format!("{name}.bn2"), &shortcut]);
    net.relu(&format!("{name}.out"), &format!("{name}.add"));
    format!("{name}.out")
}

#[test]
fn torchvision_basic_blocks() {
    let mut net = Network::default();
    let stem = net.cbr("stem", &[], 7, 2);
    net.pool("maxpool", &stem, 3, 2);
    let mut at = "maxpool".to_owned();
    for (name, stride) in [("a", 1), ("b", 1), ("c", 2), ("d", 2)] {
        at = basic_block(&mut net, name, &at, stride);
    }
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(merges(&analysis), ["a.add", "b.add", "c.add", "d.add"]);
    assert_eq!(taps(&analysis), ["b.out", "c.out", "d.out"]);
    assert!(analysis.notes.is_empty(), "{:?}", analysis.notes);
    assert_eq!(analysis.blocks[2].convolutions, 3);
    // By hand: 7, then 7 + 2·2 = 11, then two convolutions of 3 at step 4, twice.
    assert_eq!(net.step(&analysis, "stem"), (Some(2.0), Some(7)));
    assert_eq!(net.step(&analysis, "maxpool"), (Some(4.0), Some(11)));
    assert_eq!(net.step(&analysis, "a.out"), (Some(4.0), Some(11 + 2 * 2 * 4)));
    // conv1 at step 4, conv2 at step 8; the shortcut sees less.
    assert_eq!(
        net.step(&analysis, "c.out"),
        (Some(8.0), Some(43 + 2 * 4 + 2 * 8))
    );
    assert_eq!(net.step(&analysis, "pool"), (None, None));
    assert_eq!(net.step(&analysis, "logits"), (None, None));
}

#[test]
fn bottlenecks() {
    let mut net = Network::default();
    let mut at = net.cbr("stem", &[], 7, 2);
    for name in ["a", "b", "c"] {
        let reduced = net.cbr(&format!("{name}.1"), &[&at], 1, 1);
        let middle = net.cbr(&format!("{name}.2"), &[&reduced], 3, 2);
        net.conv(&format!("{name}.3"), &[&middle], 1, 1);
        net.bn(&format!("{name}.3bn"), &format!("{name}.3"));
        net.conv(&format!("{name}.down"), &[&at], 1, 2);
        net.bn(&format!("{name}.downbn"), &format!("{name}.down"));
        net.sum(
            &format!("{name}.add"),
            &[&format!("{name}.3bn"), &format!("{name}.downbn")],
        );
        net.relu(&format!("{name}.out"), &format!("{name}.add"));
        at = format!("{name}.out");
    }
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["a.out", "b.out", "c.out"]);
    assert_eq!(analysis.blocks[0].convolutions, 4);
    assert_eq!(
        net.step(&analysis, "c.out"),
        (Some(16.0), Some(7 + 2 * (2 + 4 + 8)))
    );
}

#[test]
fn pre_activation_blocks_tap_the_activation_of_what_they_sum() {
    let mut net = Network::default();
    net.conv("stem", &[], 3, 1);
    let mut at = "stem".to_owned();
    for name in ["a", "b", "c"] {
        net.bn(&format!("{name}.bn"), &at);
        net.relu(&format!("{name}.relu"), &format!("{name}.bn"));
        net.conv(&format!("{name}.conv"), &[&format!("{name}.relu")], 3, 1);
        net.sum(&format!("{name}.add"), &[&at, &format!("{name}.conv")]);
        at = format!("{name}.add");
    }
    net.bn("last.bn", &at);
    net.relu("last.relu", "last.bn");
    net.head("last.relu");
    let analysis = net.analysis();
    assert_eq!(merges(&analysis), ["a.add", "b.add", "c.add"]);
    assert_eq!(taps(&analysis), ["b.relu", "c.relu", "last.relu"]);
}

#[test]
fn blocks_without_an_activation_tap_the_sum() {
    let mut net = Network::default();
    net.conv("stem", &[], 3, 1);
    let mut at = "stem".to_owned();
    for name in ["a", "b", "c"] {
        let inner = net.cbr(&format!("{name}.expand"), &[&at], 1, 1);
        net.conv(&format!("{name}.project"), &[&inner], 3, 1);
        net.sum(&format!("{name}.add"), &[&at, &format!("{name}.project")]);
        at = format!("{name}.add");
    }
    net.head(&at);
    assert_eq!(taps(&net.analysis()), ["a.add", "b.add", "c.add"]);
}

#[test]
fn the_ribeiro_resnet() {
    let mut net = Network::default();
    net.conv("conv1", &[], 17, 1);
    net.bn("bn1", "conv1");
    let (mut x, mut y) = ("bn1".to_owned(), "bn1".to_owned());
    for i in 0..5 {
        let n = |part: &str| format!("resblock1d_{i}.{part}");
        net.pool(&n("maxpool"), &y, 4, 4);
        net.conv(&n("skip"), &[&n("maxpool")], 1, 1);
        let inner = net.cbr(&n("conv1"), &[&x], 17, 1);
        net.add(&n("drop1"), "Dropout", Role::Other, &[&inner]);
        net.conv(&n("conv2"), &[&n("drop1")], 17, 4);
        net.sum(&n("add"), &[&n("conv2"), &n("skip")]);
        net.bn(&n("bn2"), &n("add"));
        net.relu(&n("relu2"), &n("bn2"));
        net.add(&n("drop2"), "Dropout", Role::Other, &[&n("relu2")]);
        (x, y) = (n("drop2"), n("add"));
    }
    net.add("view", "Reshape", Role::Other, &[&x]).shape = Some(vec![5120]);
    net.add("lin", "Gemm", Role::Linear, &["view"]).shape = Some(vec![1]);
    let analysis = net.analysis();
    assert_eq!(
        taps(&analysis),
        ["resblock1d_2.relu2", "resblock1d_3.relu2", "resblock1d_4.relu2"]
    );
    assert_eq!(analysis.blocks.len(), 5);
    // 17, then per block two convolutions of 17 at the block's incoming step.
    let field = 17 + 32 * (1 + 4 + 16);
    assert_eq!(
        net.step(&analysis, "resblock1d_2.relu2"),
        (Some(64.0), Some(field))
    );
    assert_eq!(net.step(&analysis, "view"), (None, None));
}

/// One of InceptionTime's modules: bottleneck, three convolutions and a pooled one, concatenated.
fn inception_module(net: &mut Network, name: &str, input: &[&str]) -> String {
    let n = |part: &str| format!("{name}.{part}");
    net.conv(&n("bottleneck"), input, 1, 1);
    for kernel in [39, 19, 9] {
        net.conv(&n(&kernel.to_string()), &[&n("bottleneck")], kernel, 1);
    }
    net.windowed(&n("pool"), "MaxPool", Role::Pooling, input, (3, 1, 1));
    net.conv(&n("pooled"), &[&n("pool")], 1, 1);
    net.concat(&n("concat"), &[&n("39"), &n("19"), &n("9"), &n("pooled")]);
    net.bn(&n("bn"), &n("concat"));
    net.relu(&n("relu"), &n("bn"));
    n("relu")
}

#[test]
fn inception_time_has_two_blocks_and_gets_a_third_tap_between_them() {
    let mut net = Network::default();
    let mut at: Vec<String> = Vec::new();
    for block in ["a", "b"] {
        let start = at.clone();
        for module in 1..=3 {
            let input: Vec<&str> = at.iter().map(String::as_str).collect();
            at = vec![inception_module(&mut net, &format!("{block}{module}"), &input)];
        }
        let start: Vec<&str> = start.iter().map(String::as_str).collect();
        net.conv(&format!("{block}.short"), &start, 1, 1);
        net.bn(&format!("{block}.shortbn"), &format!("{block}.short"));
        net.sum(&format!("{block}.add"), &[&at[0], &format!("{block}.shortbn")]);
        net.relu(&format!("{block}.out"), &format!("{block}.add"));
        at = vec![format!("{block}.out")];
    }
    net.head(&at[0]);
    let analysis = net.analysis();
    // The first block starts at the network's own input.
    assert_eq!(merges(&analysis), ["a.add", "b.add"]);
    assert_eq!(taps(&analysis), ["a.out", "b2.relu", "b.out"]);
    assert_eq!(analysis.taps[1].origin, TapOrigin::Convolution);
    assert_eq!(
        analysis.notes,
        ["2 residual blocks were recognised; 1 convolution stage is proposed beside them"]
    );
    assert_eq!(net.step(&analysis, "b.out"), (Some(1.0), Some(1 + 6 * 38)));
}

#[test]
fn xresnet_with_squeeze_and_excitation() {
    let mut net = Network::default();
    let mut at = net.cbr("stem", &[], 5, 2);
    for name in ["a", "b", "c"] {
        let n = |part: &str| format!("{name}.{part}");
        let inner = net.cbr(&n("conv1"), &[&at], 5, 2);
        net.conv(&n("conv2"), &[&inner], 5, 1);
        net.bn(&n("bn2"), &n("conv2"));
        net.add(
            &n("squeeze"),
            "GlobalAveragePool",
            Role::GlobalPooling,
            &[&n("bn2")],
        );
        net.conv(&n("fc"), &[&n("squeeze")], 1, 1);
        net.add(&n("gate"), "Sigmoid", Role::Activation, &[&n("fc")]);
        net.add(&n("scaled"), "Mul", Role::Other, &[&n("bn2"), &n("gate")]);
        // xresnet pools before the shortcut's convolution.
        net.windowed(&n("avg"), "AveragePool", Role::Pooling, &[&at], (2, 2, 1));
        net.conv(&n("id"), &[&n("avg")], 1, 1);
        net.sum(&n("add"), &[&n("scaled"), &n("id")]);
        net.relu(&n("out"), &n("add"));
        at = n("out");
    }
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["a.out", "b.out", "c.out"]);
    // The gate looks at the whole record, and so does what it scales; the time axis stays.
    assert_eq!(net.step(&analysis, "a.bn2"), (Some(4.0), Some(5 + 4 * 2 + 4 * 4)));
    assert_eq!(net.step(&analysis, "a.fc"), (None, None));
    assert_eq!(net.step(&analysis, "a.out"), (Some(4.0), None));
}

#[test]
fn a_densenet_has_no_sum_and_gets_its_stages() {
    let mut net = Network::default();
    let mut at = net.cbr("stem", &[], 7, 2);
    for stage in ["a", "b", "c"] {
        for layer in 1..=2 {
            let n = |part: &str| format!("{stage}{layer}.{part}");
            net.bn(&n("bn"), &at);
            net.relu(&n("relu"), &n("bn"));
            net.conv(&n("conv"), &[&n("relu")], 3, 1);
            net.concat(&n("cat"), &[&at, &n("conv")]);
            at = n("cat");
        }
        if stage != "c" {
            let n = |part: &str| format!("{stage}.{part}");
            net.bn(&n("bn"), &at);
            net.relu(&n("relu"), &n("bn"));
            net.conv(&n("transition"), &[&n("relu")], 1, 1);
            net.windowed(
                &n("pool"),
                "AveragePool",
                Role::Pooling,
                &[&n("transition")],
                (2, 2, 1),
            );
            at = n("pool");
        }
    }
    net.bn("last.bn", &at);
    net.relu("last.relu", "last.bn");
    net.head("last.relu");
    let analysis = net.analysis();
    assert!(analysis.blocks.is_empty());
    assert_eq!(taps(&analysis), ["a.relu", "b.relu", "last.relu"]);
    assert_eq!(
        analysis.notes,
        ["no residual blocks were recognised; the last three convolution stages are proposed instead"]
    );
}

#[test]
fn plain_networks_with_and_without_strides() {
    let mut net = Network::default();
    let mut at = net.cbr("1", &[], 9, 2);
    for name in ["2", "3", "4"] {
        at = net.cbr(name, &[&at], 9, 2);
    }
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["2.relu", "3.relu", "4.relu"]);
    assert!(
        analysis
            .taps
            .iter()
            .all(|tap| tap.origin == TapOrigin::ConvolutionStage)
    );
    assert_eq!(net.step(&analysis, "4"), (Some(16.0), Some(9 + 8 * (2 + 4 + 8))));

    // One time step throughout is one stage; its single convolutions fill up.
    let mut net = Network::default();
    let mut at = net.cbr("1", &[], 9, 1);
    for name in ["2", "3", "4"] {
        at = net.cbr(name, &[&at], 9, 1);
    }
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["2.relu", "3.relu", "4.relu"]);

    let mut net = Network::default();
    let at = net.cbr("1", &[], 9, 1);
    net.head(&at);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["1.relu"]);
    assert_eq!(
        analysis.notes,
        [
            "no residual blocks were recognised; 1 convolution stage is proposed instead",
            "1 tap in all: nothing else in the network is convolved over time"
        ]
    );
}

#[test]
fn a_stem_stands_beside_two_blocks() {
    let mut net = Network::default();
    let stem = net.cbr("stem", &[], 7, 1);
    net.pool("maxpool", &stem, 3, 2);
    let a = basic_block(&mut net, "a", "maxpool", 1);
    let b = basic_block(&mut net, "b", &a, 2);
    net.head(&b);
    let analysis = net.analysis();
    assert_eq!(taps(&analysis), ["stem.relu", "a.out", "b.out"]);
    assert_eq!(
        analysis.notes,
        ["2 residual blocks were recognised; 1 convolution stage is proposed beside them"]
    );
}

#[test]
fn an_activation_of_several_layers_is_tapped_whole() {
    let mut net = Network::default();
    net.conv("1", &[], 3, 1);
    net.add("1.sigmoid", "Sigmoid", Role::Activation, &["1"]);
    net.add("1.silu", "Mul", Role::Other, &["1", "1.sigmoid"]);
    net.conv("2", &["1.silu"], 3, 2);
    net.add("2.softplus", "Softplus", Role::Activation, &["2"]);
    net.add("2.tanh", "Tanh", Role::Activation, &["2.softplus"]);
    net.add("2.mish", "Mul", Role::Other, &["2", "2.tanh"]);
    net.conv("3", &["2.mish"], 3, 2);
    net.head("3");
    assert_eq!(taps(&net.analysis()), ["1.silu", "2.mish", "3"]);
}

#[test]
fn sums_that_are_no_residual_blocks() {
    let mut net = Network::default();
    // A bias, two residual additions in a row (one block of three branches), and a sum behind the pooling.
    let mut at = net.cbr("1", &[], 3, 1);
    net.sum("bias", &[&at]);
    net.conv("2", &["bias"], 3, 1);
    net.conv("3", &["bias"], 3, 1);
    net.sum("partial", &["2", "3"]);
    net.sum("whole", &["partial", "bias"]);
    at = "whole".to_owned();
    net.add("pool", "GlobalAveragePool", Role::GlobalPooling, &[&at]);
    net.add("fc", "Gemm", Role::Linear, &["pool"]);
    net.sum("skip", &["pool", "fc"]);
    assert_eq!(merges(&net.analysis()), ["whole"]);
}

#[test]
fn only_what_leads_to_the_output_is_proposed() {
    let mut net = Network::default();
    let stem = net.cbr("stem", &[], 7, 2);
    let a = basic_block(&mut net, "a", &stem, 2);
    let b = basic_block(&mut net, "b", &a, 2);
    let c = basic_block(&mut net, "c", &a, 2);
    net.add("pool.b", "GlobalAveragePool", Role::GlobalPooling, &[&b]);
    net.add("age", "Gemm", Role::Linear, &["pool.b"]);
    net.add("pool.c", "GlobalAveragePool", Role::GlobalPooling, &[&c]);
    net.add("sex", "Gemm", Role::Linear, &["pool.c"]);
    let age = Analysis::of(&net.0, Some("age"));
    assert_eq!(taps(&age), ["stem.relu", "a.out", "b.out"]);
    let sex = Analysis::of(&net.0, Some("sex"));
    assert_eq!(taps(&sex), ["stem.relu", "a.out", "c.out"]);
}

#[test]
fn transposed_dilated_and_interpolated() {
    let mut net = Network::default();
    net.windowed("1", "Conv", Role::Convolution, &[], (3, 4, 2));
    net.windowed("2", "ConvTranspose", Role::Convolution, &["1"], (4, 2, 1));
    net.add("2.x", "Relu", Role::Activation, &["2"]).shape = Some(vec![8, 50]);
    net.add("3", "Resize", Role::Other, &["2.x"]).shape = Some(vec![8, 100]);
    let analysis = net.analysis();
    assert_eq!(net.step(&analysis, "1"), (Some(4.0), Some(5)));
    assert_eq!(net.step(&analysis, "2"), (Some(2.0), Some(5 + 4)));
    assert_eq!(net.step(&analysis, "3"), (Some(1.0), Some(9)));
}

#[test]
fn what_a_network_ends_in() {
    for (operator, expected) in [
        ("Sigmoid", Some(Activation::Sigmoid)),
        ("Softmax", Some(Activation::Softmax)),
        ("aten::softmax", Some(Activation::Softmax)),
        ("LogSoftmax", None),
        ("Relu", None),
    ] {
        let mut net = Network::default();
        let at = net.cbr("1", &[], 3, 1);
        net.head(&at);
        net.add("end", operator, Role::Activation, &["logits"]);
        net.add("out", "Identity", Role::Other, &["end"]);
        let ending = net.analysis().ending.unwrap();
        assert_eq!(ending.layer, "out");
        assert_eq!(ending.activation, expected, "{operator}");
        assert_eq!(ending.raw.as_deref(), expected.map(|_| "logits"));
    }
}

#[test]
fn lists_that_say_nothing_or_the_wrong_thing() {
    let analysis = Analysis::of(&[], None);
    assert!(analysis.taps.is_empty() && analysis.notes.is_empty());

    let mut net = Network::default();
    net.add("a", "?", Role::Other, &["b", "a", "nowhere"]);
    net.add("b", "?", Role::Other, &["a"]);
    let analysis = net.analysis();
    assert_eq!(
        analysis.notes,
        ["no convolution was recognised: no taps can be proposed"]
    );

    // Two-dimensional activations cannot be tapped.
    let mut net = Network::default();
    net.conv("a", &[], 3, 1);
    net.0[0].shape = Some(vec![8, 12, 1000]);
    assert!(net.analysis().notes[0].contains("[channels, timestamps]"));

    // A window of nonsense overflows nothing.
    let mut net = Network::default();
    net.windowed(
        "a",
        "Conv",
        Role::Convolution,
        &[],
        (usize::MAX, usize::MAX, usize::MAX),
    );
    net.windowed("b", "Conv", Role::Convolution, &["a"], (usize::MAX, 0, 0));
    let _ = net.analysis();
}
