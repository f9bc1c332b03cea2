//! "Did you mean": the closest of some words.

/// The word of `known` that `word` was probably meant to be: at most a third of its letters differ.
pub fn closest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let bearable = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(far, _)| *far <= bearable)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or the list of all.
pub fn hint<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    match closest(word, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let all: Vec<_> = known.into_iter().collect();
            if all.is_empty() {
                "there is none".to_owned()
            } else {
                format!("one of: {}", all.join(", "))
            }
        }
    }
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, letter) in a.chars().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX - 2);
            let mut best = (cell(&last, column) + usize::from(letter != *other))
                .min(cell(&last, column + 1) + 1)
                .min(cell(&line, column) + 1);
            let swapped =
                column > 0 && previous == Some(*other) && b.get(column - 1) == Some(&letter);
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            line.push(best);
        }
        previous = Some(letter);
        before = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
