//! The table at the end.

use crate::card::Card;
use crate::config::Task;
use crate::pooled::Pooled;

/// A line per fold, and one for all.
pub(crate) fn table(cards: &[Card], pooled: &Pooled) -> String {
    let regression = cards.first().is_some_and(|card| card.task == Task::Regression);
    let names = if regression {
        ["MAE", "of mean"]
    } else {
        ["AUROC", "accuracy"]
    };
    let mut lines = vec![format!(
        "{:>5} {:>8} {:>6} {:>6} {:>9} {:>8} {:>8} {:>9} {:>9}",
        "fold", "records", "epochs", "best", "val. loss", names[0], names[1], "seconds", "windows/s"
    )];
    let figures = |metrics: &crate::metrics::Metrics| {
        let pair = if regression {
            [metrics.mae, metrics.mean_mae]
        } else {
            [metrics.auroc_soft, metrics.accuracy]
        };
        pair.map(|value| value.map_or("–".into(), |value| format!("{value:.3}")))
    };
    for card in cards {
        let [first, second] = figures(&card.metrics);
        let best = card.curve.iter().find(|point| point.epoch == card.best_epoch);
        lines.push(format!(
            "{:>5} {:>8} {:>6} {:>6} {:>9} {first:>8} {second:>8} {:>9.1} {:>9.1}",
            card.held_out,
            card.records.held_out,
            card.epochs,
            card.best_epoch,
            best.map_or("–".into(), |best| format!("{:.4}", best.validation_loss)),
            card.timing.seconds,
            card.timing.windows_per_second
        ));
    }
    let [first, second] = figures(&pooled.metrics);
    lines.push(format!(
        "{:>5} {:>8} {:>6} {:>6} {:>9} {first:>8} {second:>8}",
        "all", pooled.metrics.records, "", "", ""
    ));
    for (name, bounds) in &pooled.intervals {
        let [low, high] = bounds.ci95;
        lines.push(format!("{name} {:.3} [{low:.3}, {high:.3}]", bounds.estimate));
    }
    lines.join("\n")
}
