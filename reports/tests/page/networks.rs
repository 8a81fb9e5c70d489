//! Pages of audits with a network for every fold.

use super::markup::{assert_nested, assert_only_numbers, assert_unique_ids};
use super::{page, sample, section};

#[test]
fn every_network_is_named_and_its_clusters_are_matched() {
    let audit = sample::networks();
    let page = page(&audit);
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
    let provenance = section(&page, "provenance");
    let networks = &audit.cross_validation.as_ref().unwrap().networks;
    for network in networks {
        assert!(provenance.contains(&network.model));
        assert!(provenance.contains(network.sha256.as_ref().unwrap()));
    }
    assert!(provenance.contains("one per fold, see Networks"));
    let clusters = section(&page, "clusters");
    assert!(clusters.contains("68.2\u{202f}% of the timestamps lie in matched clusters"));
    let (_, table) = clusters.split_once("data-name=\"networks\"").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    // Nine networks beside the reference, and their mean.
    assert_eq!(table.matches("<td class=\"heat").count(), 10 * sample::K);
    assert_eq!(table.matches(">0.03<").count(), 10, "what only the reference has");
}

#[test]
fn figures_by_fold_stand_beside_those_of_all_records() {
    let page = page(&sample::networks());
    let fidelity = section(&page, "fidelity");
    // Over folds, under the figure of all records.
    assert!(fidelity.contains("0.922<span class=\"sub\">0.916 ± 0.015</span>"));
    let (_, table) = fidelity.split_once("<h3>By fold</h3>").unwrap();
    assert!(table.contains("Every fold has its own network"));
    let (body, foot) = table.split_once("<tfoot>").unwrap();
    let (_, body) = body.split_once("<tbody>").unwrap();
    assert_eq!(body.matches("<tr>").count(), 10);
    // In the fifth fold no class has both values: one cell of each group, and hard and soft of the network.
    assert_eq!(body.matches(">–<").count(), 6);
    assert!(foot.contains("0.874 ± 0.019") && foot.contains("<td class=\"number\">0.874</td>"));
}
