//! What a tokenizer of HTML makes of a page, with every mistake in it a failure.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

/// Elements that a page may have. None runs, loads or submits anything.
const ELEMENTS: &str = "html head meta title link style body header nav main section article h1 h2 h3 h4 p ul ol li \
    dl div dt dd a span strong em code table caption thead tbody tr th td \
    svg desc defs marker path g rect text";

/// Attributes that it may have.
const ATTRIBUTES: &str = "lang charset http-equiv content name rel href id class aria-label role scope rowspan \
    viewbox width height x y rx d transform marker-end refx refy markerwidth markerheight orient";

/// Elements that have no end.
const VOID: &str = "meta link";

pub(super) struct Parsed {
    /// In order, names in lower case.
    pub elements: Vec<(String, BTreeMap<String, String>)>,
    /// All of it, outside of `style`.
    pub text: String,
    problems: Vec<String>,
}

fn listed(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|one| one == name)
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

impl Parsed {
    pub(super) fn of(page: &str) -> Self {
        let mut emitter = DefaultEmitter::default();
        // style and title: a page has no markup in those
        emitter.naively_switch_states(true);
        let mut parsed = Self {
            elements: Vec::new(),
            text: String::new(),
            problems: Vec::new(),
        };
        let mut open: Vec<String> = Vec::new();
        for token in Tokenizer::new_with_emitter(page, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = utf8(&tag.name);
                    let attributes = tag
                        .attributes
                        .iter()
                        .map(|(name, value)| (utf8(name), utf8(value)))
                        .collect();
                    if !listed(VOID, &name) {
                        open.push(name.clone());
                    }
                    parsed.elements.push((name, attributes));
                }
                Token::EndTag(tag) => {
                    let name = utf8(&tag.name);
                    let closes = open.pop();
                    if closes.as_ref() != Some(&name) {
                        parsed.problems.push(format!("</{name}> in {closes:?}"));
                    }
                }
                Token::String(text) => {
                    if open.last().map(String::as_str) != Some("style") {
                        parsed.text.push_str(&utf8(&text));
                    }
                }
                Token::Comment(_) => parsed.problems.push("a comment".to_owned()),
                Token::Doctype(doctype) => assert_eq!(utf8(&doctype.name), "html"),
                Token::Error(error) => parsed.problems.push(format!("{:?}", error.value)),
            }
        }
        if !open.is_empty() {
            parsed.problems.push(format!("open at the end: {open:?}"));
        }
        parsed
    }

    /// Well formed, and nothing of it that could run, or be fetched, or that was not meant.
    pub(super) fn assert_harmless(&self) {
        assert!(self.problems.is_empty(), "{:?}", self.problems);
        for (name, attributes) in &self.elements {
            assert!(listed(ELEMENTS, name), "<{name}>");
            for attribute in attributes.keys() {
                assert!(listed(ATTRIBUTES, attribute), "<{name} {attribute}>");
            }
        }
    }

    /// The values of all attributes of that name.
    pub(super) fn values<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.elements
            .iter()
            .filter_map(move |(_, attributes)| attributes.get(name))
            .map(String::as_str)
    }

    /// How many elements of that name.
    pub(super) fn count(&self, name: &str) -> usize {
        let of_name = |(one, _): &&(String, _)| one == name;
        self.elements.iter().filter(of_name).count()
    }
}
