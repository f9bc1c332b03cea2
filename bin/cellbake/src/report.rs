//! Mistakes, collected until all are known, and how they are shown.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::files::{Files, Span};

/// A mistake somewhere in the definitions.
#[derive(Debug)]
pub struct Mistake {
    span: Span,
    what: String,
    label: String,
    also: Option<(Span, String)>,
    help: Option<String>,
    kind: Kind,
}

/// Whether there is an image in spite of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wrong,
    OverBudget,
}

impl Mistake {
    /// At this place, this.
    pub fn at(span: &Span, what: impl Into<String>) -> Self {
        Self {
            span: span.clone(),
            what: what.into(),
            label: String::new(),
            also: None,
            help: None,
            kind: Kind::Wrong,
        }
    }

    /// What to say beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// A second place that has to do with it.
    #[must_use]
    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.also = Some((span.clone(), label.into()));
        self
    }

    /// Nothing is wrong but that it does not fit.
    #[must_use]
    pub const fn over_budget(mut self) -> Self {
        self.kind = Kind::OverBudget;
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The mistakes so far.
#[derive(Debug)]
pub struct Report<'f> {
    files: &'f Files,
    mistakes: RefCell<Vec<Mistake>>,
    total: Cell<usize>,
}

impl<'f> Report<'f> {
    /// None yet.
    #[must_use]
    pub const fn new(files: &'f Files) -> Self {
        Self {
            files,
            mistakes: RefCell::new(Vec::new()),
            total: Cell::new(0),
        }
    }

    /// The files it is about.
    #[must_use]
    pub const fn files(&self) -> &'f Files {
        self.files
    }

    /// One more.
    pub fn add(&self, mistake: Mistake) {
        self.total.set(self.total.get() + 1);
        self.mistakes.borrow_mut().push(mistake);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.total.get()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether what there is, if anything, is budgets that do not hold.
    #[must_use]
    pub fn is_only_budgets(&self) -> bool {
        let mistakes = self.mistakes.borrow();
        mistakes.iter().all(|one| one.kind == Kind::OverBudget)
    }

    /// All of them, by file and place.
    #[must_use]
    pub fn into_mistakes(self) -> Mistakes {
        let mut mistakes = self.mistakes.into_inner();
        let place = |mistake: &Mistake| {
            (
                self.files.get(mistake.span.file).path.clone(),
                mistake.span.range.start,
                mistake.span.range.end,
            )
        };
        mistakes.sort_by_cached_key(place);
        let named: BTreeSet<_> = mistakes
            .iter()
            .map(|mistake| self.files.get(mistake.span.file).path.clone())
            .collect();
        let files = named.len();
        let renderer = Renderer::plain();
        let shown = mistakes
            .iter()
            .map(|mistake| show(self.files, &renderer, mistake))
            .collect();
        Mistakes { shown, files }
    }
}

fn show(files: &Files, renderer: &Renderer, mistake: &Mistake) -> String {
    let file = files.get(mistake.span.file);
    let mut primary = AnnotationKind::Primary.span(fit(&file.text, &mistake.span));
    if !mistake.label.is_empty() {
        primary = primary.label(&mistake.label);
    }
    let mut snippet = Snippet::source(&file.text)
        .path(&file.path)
        .annotation(primary);
    let mut second = None;
    let other;
    if let Some((span, label)) = &mistake.also {
        other = files.get(span.file);
        let context = AnnotationKind::Context
            .span(fit(&other.text, span))
            .label(label);
        if span.file == mistake.span.file {
            snippet = snippet.annotation(context);
        } else {
            second = Some(
                Snippet::source(&other.text)
                    .path(&other.path)
                    .annotation(context),
            );
        }
    }
    let mut group: Group<'_> = Level::ERROR
        .primary_title(mistake.what.as_str())
        .element(snippet);
    if let Some(second) = second {
        group = group.element(second);
    }
    if let Some(help) = &mistake.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The range within the text, on character boundaries.
fn fit(text: &str, span: &Span) -> std::ops::Range<usize> {
    let mut start = span.range.start.min(text.len());
    let mut end = span.range.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// All mistakes of a board, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// Each with its file, line, column, the line, a caret and what to do.
    pub shown: Vec<String>,
    /// In how many files.
    pub files: usize,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.shown {
            writeln!(f, "{mistake}\n")?;
        }
        Ok(())
    }
}
