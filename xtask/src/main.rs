//! The one door to build, demo and test.
fn main() {}
