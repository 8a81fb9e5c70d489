//! Pages of audits of a continuous target.

use super::markup::{assert_nested, assert_only_numbers, assert_unique_ids};
use super::{page, sample};

#[test]
fn the_page_of_a_continuous_target_is_well_formed() {
    let page = page(&sample::regression());
    assert_nested(&page);
    assert_unique_ids(&page);
    assert_only_numbers(&page);
}
