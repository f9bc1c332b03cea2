use std::collections::BTreeMap;

use proptest::prelude::*;

use super::grid::waves;
use super::layout::{HEIGHT, LABELS, Layout, Rectangle, layout};

/// Up to 64 cells, each waiting for some of those before it.
fn graphs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (0usize..=64, 0u32..=100).prop_flat_map(|(cells, density)| {
        let chance = f64::from(density) / 100.0;
        (0..cells)
            .map(|cell| {
                proptest::collection::vec(proptest::bool::weighted(chance), cell).prop_map(
                    |picked| {
                        let picked = picked.into_iter().enumerate();
                        picked
                            .filter(|(_, yes)| *yes)
                            .map(|(cell, _)| cell)
                            .collect()
                    },
                )
            })
            .collect::<Vec<_>>()
    })
}

fn overlap(a: &Rectangle, b: &Rectangle) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// A step of a line, as the rectangle without area that it is.
fn steps(points: &[(i32, i32)]) -> impl Iterator<Item = ((i32, i32), (i32, i32))> {
    points.iter().copied().zip(points.iter().copied().skip(1))
}

fn check(depends: &[Vec<usize>], longest: usize) -> Layout {
    let placed = layout(depends, longest);
    assert_eq!(placed.boxes.len(), depends.len());
    for (position, one) in placed.boxes.iter().enumerate() {
        assert!(one.x >= LABELS && one.y >= 0 && one.height == HEIGHT);
        assert!(one.x + one.width <= placed.width && one.y + one.height <= placed.height);
        for other in &placed.boxes[position + 1..] {
            assert!(!overlap(one, other), "{one:?} {other:?}");
        }
    }
    let wanted: usize = depends.iter().map(Vec::len).sum();
    assert_eq!(placed.lines.len(), wanted);
    for line in &placed.lines {
        let (from, to) = (placed.boxes[line.from], placed.boxes[line.to]);
        assert!(placed.waves[line.from] < placed.waves[line.to]);
        let (first, last) = (line.points[0], *line.points.last().unwrap());
        assert_eq!(first, (from.x + from.width / 2, from.y + from.height));
        assert_eq!(last.1, to.y);
        assert!(to.x < last.0 && last.0 < to.x + to.width);
        for (a, b) in steps(&line.points) {
            assert!(a.1 <= b.1, "up: {line:?}");
            assert!((a.0 == b.0) != (a.1 == b.1), "not along one axis: {line:?}");
            let (left, right) = (a.0.min(b.0), a.0.max(b.0));
            for one in &placed.boxes {
                let beside = right < one.x || one.x + one.width < left;
                let above_or_below = b.1 <= one.y || one.y + one.height <= a.1;
                assert!(beside || above_or_below, "{line:?} through {one:?}");
            }
        }
    }
    no_two_run_together(&placed);
    placed
}

/// Lines of different cells may cross, and share no piece.
fn no_two_run_together(placed: &Layout) {
    // by the place across: from, to, and whose
    let (mut down, mut along) = (BTreeMap::new(), BTreeMap::new());
    for line in &placed.lines {
        for (a, b) in steps(&line.points) {
            let (runs, place, run) = if a.0 == b.0 {
                (&mut down, a.0, (a.1, b.1, line.from))
            } else {
                (&mut along, a.1, (a.0.min(b.0), a.0.max(b.0), line.from))
            };
            runs.entry(place).or_insert_with(Vec::new).push(run);
        }
    }
    for (place, mut on_it) in down.into_iter().chain(along) {
        on_it.sort_unstable();
        let mut furthest: Option<(i32, usize)> = None;
        for (from, to, whose) in on_it {
            if let Some((end, other)) = furthest {
                assert!(
                    other == whose || end <= from,
                    "{place:?}: {other} and {whose}"
                );
            }
            furthest = Some(furthest.map_or((to, whose), |before| before.max((to, whose))));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_boxes_overlap_and_every_line_goes_forward_between_them(
        depends in graphs(),
        longest in 0usize..=31,
    ) {
        check(&depends, longest);
    }
}

#[test]
fn a_wave_is_one_after_the_last_that_is_waited_for() {
    let depends = vec![vec![], vec![0], vec![], vec![0, 1], vec![2]];
    assert_eq!(waves(&depends), [0, 1, 0, 2, 1]);
}

#[test]
fn the_extremes_have_room() {
    let chain: Vec<_> = (0..64usize)
        .map(|cell| cell.checked_sub(1).into_iter().collect())
        .collect();
    assert_eq!(check(&chain, 6).waves[63], 63);
    let everything: Vec<_> = (0..64).map(|cell| (0..cell).collect()).collect();
    check(&everything, 31);
    let none = vec![Vec::new(); 64];
    assert!(check(&none, 31).lines.is_empty());
    let star: Vec<_> = (0..64usize)
        .map(|cell| if cell == 0 { vec![] } else { vec![0] })
        .collect();
    check(&star, 8);
    let sink: Vec<_> = (0..64usize)
        .map(|cell| {
            if cell == 63 {
                (0..63).collect()
            } else {
                vec![]
            }
        })
        .collect();
    check(&sink, 8);
    check(&[], 0);
}

#[test]
fn a_cell_stands_below_the_one_it_waits_for() {
    let placed = check(&[vec![], vec![], vec![1], vec![0]], 4);
    assert_eq!(placed.boxes[2].x, placed.boxes[1].x);
    assert_eq!(placed.boxes[3].x, placed.boxes[0].x);
}

#[test]
fn what_is_not_a_cell_before_it_is_not_waited_for() {
    let placed = layout(&[vec![7], vec![1, 0, 0]], 4);
    assert_eq!(placed.lines.len(), 1);
}
