//! Lanes for things that lie side by side.

/// From where to where something lies; both ends are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    from: i32,
    to: i32,
}

impl Extent {
    /// The shortest that has all of these.
    pub(super) fn of(places: impl IntoIterator<Item = i32>) -> Self {
        let mut places = places.into_iter();
        let first = places.next().unwrap_or_default();
        places.fold(
            Self {
                from: first,
                to: first,
            },
            |extent, place| Self {
                from: extent.from.min(place),
                to: extent.to.max(place),
            },
        )
    }
}

/// A lane for each extent that there is, so that two in one lane are at least `apart` from each other, and how many
/// lanes that takes.
pub(super) fn pack(extents: &[Option<Extent>], apart: i32) -> (Vec<Option<usize>>, usize) {
    let mut by_start: Vec<(Extent, usize)> = extents
        .iter()
        .enumerate()
        .filter_map(|(which, extent)| extent.map(|extent| (extent, which)))
        .collect();
    by_start.sort_by_key(|(extent, which)| (extent.from, extent.to, *which));
    let mut lanes = vec![None; extents.len()];
    let mut ends: Vec<i32> = Vec::new();
    for (extent, which) in by_start {
        let free = ends
            .iter()
            .position(|end| end.saturating_add(apart) <= extent.from);
        let lane = free.unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(end) => *end = extent.to,
            None => ends.push(extent.to),
        }
        if let Some(slot) = lanes.get_mut(which) {
            *slot = Some(lane);
        }
    }
    (lanes, ends.len())
}
