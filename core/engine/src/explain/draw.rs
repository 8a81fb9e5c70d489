//! Seeded samples of records.

use rand::SeedableRng;
use rand::seq::{SliceRandom, index};
use rand_chacha::ChaCha8Rng;

/// `count` of `rows`, in their order; all where there are no more. `stream` keeps the draws of one seed apart.
pub(crate) fn draw(rows: &[usize], count: usize, seed: u64, stream: u64) -> Vec<usize> {
    if rows.len() <= count {
        return rows.to_vec();
    }
    let mut drawn = index::sample(&mut random(seed, stream), rows.len(), count).into_vec();
    drawn.sort_unstable();
    drawn.into_iter().map(|i| rows[i]).collect()
}

/// The rows of whole groups, drawn until `count` rows are reached, ascending.
pub(crate) fn draw_groups(groups: &[String], count: usize, seed: u64, stream: u64) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (row, group) in groups.iter().enumerate() {
        let place = *known.entry(group).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[place].push(row);
    }
    if groups.len() > count {
        members.shuffle(&mut random(seed, stream));
    }
    let mut rows: Vec<usize> = Vec::with_capacity(count);
    for own in members {
        if rows.len() >= count {
            break;
        }
        rows.extend(own);
    }
    rows.sort_unstable();
    rows
}

fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_seeded_sorted_and_of_whole_groups() {
        let rows: Vec<usize> = (10..30).collect();
        let drawn = draw(&rows, 5, 1, 0);
        assert_eq!(drawn, draw(&rows, 5, 1, 0));
        assert_ne!(drawn, draw(&rows, 5, 1, 1));
        assert!(drawn.len() == 5 && drawn.is_sorted());
        assert_eq!(draw(&rows, 20, 1, 0), rows);

        let groups: Vec<String> = (0..20).map(|i| format!("{}", i / 2)).collect();
        let drawn = draw_groups(&groups, 7, 3, 0);
        assert!(drawn.is_sorted() && drawn.len() == 8);
        assert!(drawn.chunks(2).all(|pair| pair[0] / 2 == pair[1] / 2));
        assert_eq!(draw_groups(&groups, 20, 3, 0), (0..20).collect::<Vec<_>>());
    }
}
