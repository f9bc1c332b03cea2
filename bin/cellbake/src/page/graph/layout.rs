//! Where the boxes and lines of a graph of dependencies go. Pure: cells in, coordinates out.
//!
//! Cells stand in rows, a start wave above the next; a wave that is too wide takes several rows. Between the rows are
//! channels, between the columns gutters. A line leaves its box below, runs along a channel, goes down through a gutter
//! if it has rows to pass, along the channel above its end, and enters there from above. The lines of one box share
//! lanes, those of different boxes never do: what crosses is not joined, and no line passes through a box.

use super::grid::{Spot, place, waves};
use super::lanes::{Extent, pack};

/// What a line may take across.
const WIDTH: i32 = 700;
/// Between lanes.
const LANE: i32 = 6;
/// Around the lanes of a channel or gutter.
const MARGIN: i32 = 11;
/// Left of everything, for the names of the waves.
pub(super) const LABELS: i32 = 58;
/// Of a box.
pub(super) const HEIGHT: i32 = 32;
/// Widest place of a character of a name.
const CHARACTER: i32 = 8;
/// Narrowest box: what is said below its name fits, and so do 63 ends of lines.
const NARROWEST: i32 = 132;

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// A line from the cell that is waited for to the one that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub from: usize,
    pub to: usize,
    /// Its corners; each step is along one axis, never up.
    pub points: Vec<(i32, i32)>,
}

/// Everything placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub width: i32,
    pub height: i32,
    /// By cell.
    pub boxes: Vec<Rectangle>,
    /// By cell.
    pub waves: Vec<usize>,
    pub lines: Vec<Line>,
}

/// Lays out cells by what each waits for (see [`waves`]); `longest` is the length of the longest name.
pub(super) fn layout(depends: &[Vec<usize>], longest: usize) -> Layout {
    let waves = waves(depends);
    let depends: Vec<Vec<usize>> = depends
        .iter()
        .enumerate()
        .map(|(cell, before)| {
            let mut known: Vec<_> = before.iter().copied().filter(|one| *one < cell).collect();
            known.sort_unstable();
            known.dedup();
            known
        })
        .collect();
    let box_width = i32::try_from(longest)
        .unwrap_or(WIDTH / CHARACTER)
        .saturating_mul(CHARACTER)
        .saturating_add(20)
        .clamp(NARROWEST, WIDTH / 2);
    let fit = usize::try_from((WIDTH - LABELS) / (box_width + 2 * MARGIN)).unwrap_or(1);
    let (spots, columns, rows) = place(&depends, &waves, fit);
    Router {
        depends: &depends,
        spots: &spots,
        columns,
        rows,
        box_width,
    }
    .route(waves)
}

/// The way of the lines of one cell through gutters.
#[derive(Clone, Copy, Debug)]
struct Trunk {
    gutter: usize,
    lane: usize,
}

struct Router<'r> {
    depends: &'r [Vec<usize>],
    spots: &'r [Spot],
    columns: usize,
    rows: usize,
    box_width: i32,
}

impl Router<'_> {
    fn route(&self, waves: Vec<usize>) -> Layout {
        let (trunks, gutters) = self.trunks();
        let lefts = self.lefts(&gutters);
        let left = |column: usize| lefts.get(column).copied().unwrap_or_default();
        let trunk_x = |cell: usize| -> Option<i32> {
            let trunk = trunks.get(cell).copied().flatten()?;
            let gutter_end = left(trunk.gutter) - MARGIN;
            Some(gutter_end - offset(trunk.lane))
        };
        let (sources, ports) = self.ports(&lefts, &trunk_x);
        let port = |from: usize, to: usize| -> i32 {
            let all = ports.get(to).map_or(&[][..], Vec::as_slice);
            let found = all.iter().find(|(cell, _)| *cell == from);
            found.map_or(0, |(_, x)| *x)
        };
        let source = |cell: usize| sources.get(cell).copied().unwrap_or_default();

        let channels: Vec<(Vec<Option<usize>>, usize)> = (0..self.rows)
            .map(|row| pack(&self.extents(row, &source, &port, &trunk_x), LANE))
            .collect();
        let mut tops = Vec::with_capacity(self.rows);
        let mut y = MARGIN;
        for (_, lanes) in &channels {
            tops.push(y);
            y += HEIGHT + 2 * MARGIN + offset(*lanes);
        }
        let top = |row: usize| tops.get(row).copied().unwrap_or_default();
        let lane_y = |cell: usize, row: usize| -> i32 {
            let lanes = channels.get(row).map(|(lanes, _)| lanes);
            let lane = lanes.and_then(|lanes| lanes.get(cell).copied().flatten());
            top(row) + HEIGHT + MARGIN + offset(lane.unwrap_or_default())
        };

        let mut lines = Vec::new();
        for (to, spot) in self.spots.iter().enumerate() {
            for from in self.depends.get(to).into_iter().flatten().copied() {
                let begins = self.spots.get(from).map_or(0, |spot| spot.row);
                let above = spot.row.saturating_sub(1);
                let (x, end) = (source(from), port(from, to));
                let mut points = vec![(x, top(begins) + HEIGHT), (x, lane_y(from, begins))];
                if let Some(trunk) = trunk_x(from).filter(|_| above > begins) {
                    points.push((trunk, lane_y(from, begins)));
                    points.push((trunk, lane_y(from, above)));
                }
                points.push((end, lane_y(from, above)));
                points.push((end, top(spot.row)));
                points.dedup();
                lines.push(Line { from, to, points });
            }
        }
        let boxes = self
            .spots
            .iter()
            .map(|spot| Rectangle {
                x: left(spot.column),
                y: top(spot.row),
                width: self.box_width,
                height: HEIGHT,
            })
            .collect();
        Layout {
            width: left(self.columns),
            // below the last row is nothing to route
            height: self.rows.checked_sub(1).map_or(0, top) + HEIGHT + MARGIN,
            boxes,
            waves,
            lines,
        }
    }

    /// Those that wait for `cell`.
    fn waiting(&self, cell: usize) -> impl Iterator<Item = (usize, Spot)> {
        self.depends
            .iter()
            .zip(self.spots)
            .enumerate()
            .filter(move |(_, (before, _))| before.contains(&cell))
            .map(|(to, (_, spot))| (to, *spot))
    }

    /// The gutter and lane of each cell that is waited for beyond the next row, and how many lanes each gutter has.
    fn trunks(&self) -> (Vec<Option<Trunk>>, Vec<usize>) {
        let nominal = |column: usize| {
            let column = i32::try_from(column).unwrap_or_default();
            column * (self.box_width + 2 * MARGIN)
        };
        let middle = |column: usize| nominal(column) + self.box_width / 2;
        let mut extents: Vec<Vec<Option<Extent>>> =
            vec![vec![None; self.spots.len()]; self.columns + 1];
        for (cell, spot) in self.spots.iter().enumerate() {
            let far: Vec<Spot> = self
                .waiting(cell)
                .map(|(_, other)| other)
                .filter(|other| other.row > spot.row + 1)
                .collect();
            let Some(last) = far.iter().map(|other| other.row).max() else {
                continue;
            };
            let cost = |gutter: usize| {
                let x = nominal(gutter) - MARGIN;
                let ends = far.iter().map(|other| (middle(other.column) - x).abs());
                ends.sum::<i32>() + (middle(spot.column) - x).abs()
            };
            let best = (0..=self.columns).min_by_key(|gutter| cost(*gutter));
            let lane = best.and_then(|best| extents.get_mut(best)?.get_mut(cell));
            if let Some(lane) = lane {
                let rows = [spot.row, last - 1].map(|row| i32::try_from(row).unwrap_or(i32::MAX));
                *lane = Some(Extent::of(rows));
            }
        }
        let mut trunks = vec![None; self.spots.len()];
        let mut widths = Vec::new();
        for (gutter, extents) in extents.iter().enumerate() {
            let (lanes, count) = pack(extents, 1);
            for (trunk, lane) in trunks.iter_mut().zip(lanes) {
                *trunk = trunk.or(lane.map(|lane| Trunk { gutter, lane }));
            }
            widths.push(count);
        }
        (trunks, widths)
    }

    /// Where each column begins, and the end of everything.
    fn lefts(&self, gutters: &[usize]) -> Vec<i32> {
        let mut x = LABELS;
        gutters
            .iter()
            .map(|lanes| {
                x += 2 * MARGIN + offset(*lanes);
                let left = x;
                x += self.box_width;
                left
            })
            .collect()
    }

    /// Where the lines of each cell begin, and where each ends at each cell.
    fn ports(
        &self,
        lefts: &[i32],
        trunk_x: &impl Fn(usize) -> Option<i32>,
    ) -> (Vec<i32>, Vec<Vec<(usize, i32)>>) {
        let left = |spot: &Spot| lefts.get(spot.column).copied().unwrap_or_default();
        let sources: Vec<i32> = self
            .spots
            .iter()
            .map(|spot| left(spot) + self.box_width / 2)
            .collect();
        let ports = self
            .spots
            .iter()
            .zip(self.depends)
            .map(|(spot, before)| {
                let mut coming: Vec<(i32, usize)> = before
                    .iter()
                    .map(|from| {
                        let begins = self.spots.get(*from).map_or(0, |spot| spot.row);
                        let trunk = trunk_x(*from).filter(|_| spot.row > begins + 1);
                        let source = sources.get(*from).copied().unwrap_or_default();
                        (trunk.unwrap_or(source), *from)
                    })
                    .collect();
                coming.sort_unstable();
                let count = i32::try_from(coming.len()).unwrap_or(i32::MAX - 1) + 1;
                (1..)
                    .zip(coming)
                    .map(|(place, (_, from))| {
                        let x = left(spot) + place * self.box_width / count;
                        let taken = x == left(spot) + self.box_width / 2
                            && self.leaves_above(spot).is_some_and(|above| above != from);
                        let aside = (self.box_width / count / 2).clamp(1, 8);
                        (from, if taken { x + aside } else { x })
                    })
                    .collect()
            })
            .collect();
        (sources, ports)
    }

    /// The cell right above, if lines leave it.
    fn leaves_above(&self, spot: &Spot) -> Option<usize> {
        let row = spot.row.checked_sub(1)?;
        let above = Spot { row, ..*spot };
        let cell = self.spots.iter().position(|other| *other == above)?;
        self.waiting(cell).next().map(|_| cell)
    }

    /// What the lines of each cell need of the channel below `row`.
    fn extents(
        &self,
        row: usize,
        source: &impl Fn(usize) -> i32,
        port: &impl Fn(usize, usize) -> i32,
        trunk_x: &impl Fn(usize) -> Option<i32>,
    ) -> Vec<Option<Extent>> {
        self.spots
            .iter()
            .enumerate()
            .map(|(cell, spot)| {
                let ends = self
                    .waiting(cell)
                    .filter(|(_, other)| other.row == row + 1)
                    .map(|(to, _)| port(cell, to));
                let mut xs: Vec<i32> = ends.collect();
                let begins = spot.row == row && self.waiting(cell).next().is_some();
                if xs.is_empty() && !begins {
                    return None;
                }
                if begins {
                    xs.push(source(cell));
                }
                let passes = spot.row < row || self.waiting(cell).any(|(_, o)| o.row > row + 1);
                xs.extend(trunk_x(cell).filter(|_| passes));
                Some(Extent::of(xs))
            })
            .collect()
    }
}

/// How far in a lane is.
fn offset(lane: usize) -> i32 {
    i32::try_from(lane).unwrap_or_default() * LANE
}
