//! Pages of audits with a network for every fold.

use super::markup::{assert_nested, assert_only_numbers, assert_unique_ids};
use super::{page, sample};

#[test]
fn the_page_of_a_network_per_fold_is_well_formed() {
    let page = page(&sample::networks());
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
}
