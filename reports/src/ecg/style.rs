//! The style of a picture of its own, made of the page's: what reads pictures knows no variables.

use std::collections::BTreeSet;
use std::fmt::Write;

use ecg_audit_engine::audit::Trace;

use crate::palette;

const DRAWING: &str = include_str!("../../assets/drawing.css");
const PAGE: &str = include_str!("../../assets/page.css");

/// The rules for a drawing of `trace`, in light colours.
pub(super) fn of(trace: &Trace) -> String {
    let clusters: BTreeSet<usize> = trace
        .clusters
        .iter()
        .flatten()
        .map(|k| palette::position(*k as usize))
        .collect();
    let variables = variables();
    let mut css = String::new();
    for (selectors, declarations) in rules(DRAWING) {
        if declarations.contains("var(--k") {
            for &cluster in &clusters {
                let class = palette::cluster_class(cluster);
                let selectors: Vec<String> = selectors
                    .split(',')
                    .map(|selector| format!("{}.{class}", selector.trim()))
                    .collect();
                let [colour, text] = palette::cluster_colours(cluster);
                let own = declarations
                    .replace("var(--kt)", &text)
                    .replace("var(--k)", &colour);
                let _ = write!(css, "{}{{{}}}", selectors.join(","), resolved(&own, &variables));
            }
        } else {
            let _ = write!(css, "{selectors}{{{}}}", resolved(declarations, &variables));
        }
    }
    css
}

/// The page's variables with their light values: the first `:root`.
fn variables() -> Vec<(&'static str, &'static str)> {
    let root = rules(PAGE).into_iter().find(|(selector, _)| *selector == ":root");
    root.map_or_else(Vec::new, |(_, declarations)| {
        declarations
            .split(';')
            .filter_map(|d| d.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, _)| name.starts_with("--"))
            .collect()
    })
}

fn resolved(declarations: &str, variables: &[(&str, &str)]) -> String {
    variables
        .iter()
        .fold(declarations.to_owned(), |text, (name, value)| {
            text.replace(&format!("var({name})"), value)
        })
}

/// Selectors and declarations of a sheet's rules up to its first nested one.
fn rules(sheet: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut rest = sheet;
    let mut rules = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        let Some((selectors, after)) = rest.split_once('{') else {
            return rules;
        };
        let Some((declarations, after)) = after.split_once('}') else {
            return rules;
        };
        rules.push((selectors.trim(), declarations.trim()));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecg::testing;

    #[test]
    fn nothing_is_left_to_be_resolved() {
        let trace = Trace {
            clusters: vec![Some(2), None, Some(50)],
            ..testing::trace()
        };
        let css = of(&trace);
        assert!(!css.contains("var("), "{css}");
        assert!(css.contains(".ecg .paper{fill: #"), "{css}");
        // Cluster 50 takes the colour of cluster 2.
        assert_eq!(css.matches(".timeline .ribbon path.k").count(), 1, "{css}");
        assert!(css.contains(".timeline .ribbon path.k2{fill: #009e73;}"), "{css}");
        assert!(css.contains("text.k2{fill: #"), "{css}");
    }

    #[test]
    fn rules_are_read_past_comments() {
        let sheet = "/* a { b } */\n.a, .b { c: d; }\n/* e */ .f{g:h}";
        assert_eq!(rules(sheet), [(".a, .b", "c: d;"), (".f", "g:h")]);
    }
}
