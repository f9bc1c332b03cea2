//! Start waves, and the rows and columns that cells stand in.

/// The wave each cell starts in: 0 waits for nothing, and each other is one after the last that it waits for.
///
/// `depends` has for each cell the ones it waits for, all before it; others are not looked at.
pub(super) fn waves(depends: &[Vec<usize>]) -> Vec<usize> {
    let mut waves: Vec<usize> = Vec::with_capacity(depends.len());
    for before in depends {
        let wave = before
            .iter()
            .filter_map(|one| waves.get(*one))
            .max()
            .map_or(0, |last| last + 1);
        waves.push(wave);
    }
    waves
}

/// A cell's place in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub row: usize,
    pub column: usize,
}

/// Each cell's row and column, and how many of them there are: columns at most `fit`, each cell below what it waits for
/// as far as there is room.
pub(super) fn place(
    depends: &[Vec<usize>],
    waves: &[usize],
    fit: usize,
) -> (Vec<Spot>, usize, usize) {
    let last = waves.iter().copied().max().unwrap_or_default();
    let in_wave = |wave: usize| -> Vec<usize> {
        (0..waves.len())
            .filter(|cell| waves.get(*cell) == Some(&wave))
            .collect()
    };
    let widest = (0..=last).map(|wave| in_wave(wave).len()).max();
    let columns = widest.unwrap_or(1).min(fit).max(1);
    let mut spots = vec![Spot { row: 0, column: 0 }; waves.len()];
    let mut row = 0;
    for wave in 0..=last {
        let mut members: Vec<(usize, usize)> = in_wave(wave)
            .into_iter()
            .map(|cell| (wanted(depends, &spots, cell), cell))
            .collect();
        members.sort_by_key(|(column, _)| *column);
        for in_row in members.chunks(columns) {
            let mut free = if wave == 0 {
                (columns - in_row.len()) / 2
            } else {
                0
            };
            for (position, (column, cell)) in in_row.iter().enumerate() {
                let last = columns - (in_row.len() - position);
                let column = (*column).max(free).min(last);
                free = column + 1;
                if let Some(spot) = spots.get_mut(*cell) {
                    *spot = Spot { row, column };
                }
            }
            row += 1;
        }
    }
    (spots, columns, row)
}

/// The column in the middle of what a cell waits for.
fn wanted(depends: &[Vec<usize>], spots: &[Spot], cell: usize) -> usize {
    let columns: Vec<usize> = depends
        .get(cell)
        .into_iter()
        .flatten()
        .filter_map(|one| spots.get(*one))
        .map(|spot| spot.column)
        .collect();
    columns
        .iter()
        .sum::<usize>()
        .checked_div(columns.len())
        .unwrap_or_default()
}
