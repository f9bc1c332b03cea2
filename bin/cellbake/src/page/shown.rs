//! Text of a definition as a reader is to see it.

use std::fmt::Write;

use maud::{Escaper, Markup, Render, html};

/// Text that came from a definition: markup in it is escaped, and what would not be seen, or would reorder what is seen
/// (control characters, direction marks, spaces other than the common one), stands as a boxed `\u{...}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'t>(pub(super) &'t str);

/// The same without the box, where no markup can be: in attributes, titles and drawings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bare<'t>(pub(super) &'t str);

impl Render for Shown<'_> {
    fn render_to(&self, page: &mut String) {
        render(self.0, page, ("<span class=\"code\">", "</span>"));
    }
}

impl Render for Bare<'_> {
    fn render_to(&self, page: &mut String) {
        render(self.0, page, ("", ""));
    }
}

fn render(text: &str, page: &mut String, (before, after): (&str, &str)) {
    for character in text.chars() {
        // a String takes everything
        let _ = if is_seen(character) {
            Escaper::new(page).write_char(character)
        } else {
            write!(page, "{before}{}{after}", character.escape_unicode())
        };
    }
}

/// Whether the character has a shape of its own, or belongs to the one before it.
fn is_seen(character: char) -> bool {
    match character {
        '\'' | '"' | '\\' | ' ' => true,
        other => {
            let mut escaped = other.escape_debug();
            escaped.next() == Some(other) || is_mark(other)
        }
    }
}

/// Combining marks, which `escape_debug` takes for unseen: accents of common scripts. Rarer ones are shown by number.
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{34e}' | '\u{350}'..='\u{36f}')
}

/// Words of a command, none broken where it need not be.
pub(super) fn words(words: &[&str]) -> Markup {
    html! {
        code {
            @for (position, word) in words.iter().enumerate() {
                @if position > 0 { " " }
                span.word { (Shown(&quoted(word))) }
            }
        }
    }
}

/// As it is, or in quotes if it could be taken for several words or none.
fn quoted(word: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || c == '"' || c == '\\';
    if word.is_empty() || word.contains(is_special) {
        let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> String {
        Shown(text).render().into_string()
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            page("<b a=\"1\">&amp;</b>"),
            "&lt;b a=&quot;1&quot;&gt;&amp;amp;&lt;/b&gt;"
        );
    }

    #[test]
    fn what_is_not_seen_is_shown_by_its_number() {
        for (text, number) in [
            ("\u{202e}", "202e"),
            ("\u{200b}", "200b"),
            ("\u{1}", "1"),
            ("\n", "a"),
            ("\u{a0}", "a0"),
            ("\u{feff}", "feff"),
            ("\u{34f}", "34f"),
            ("\u{e0041}", "e0041"),
            ("\u{fdd0}", "fdd0"),
        ] {
            let shown = format!("a<span class=\"code\">\\u{{{number}}}</span>b");
            assert_eq!(page(&format!("a{text}b")), shown);
        }
    }

    #[test]
    fn where_no_markup_can_be_there_is_none() {
        let bare = Bare("<a\u{202e}\">").render().into_string();
        assert_eq!(bare, "&lt;a\\u{202e}&quot;&gt;");
    }

    #[test]
    fn each_word_of_a_command_is_told_apart() {
        for (word, shown) in [
            ("-c", "-c"),
            ("exit 70", r#""exit 70""#),
            ("", r#""""#),
            (r#"a"b"#, r#""a\"b""#),
            (r"c\", r#""c\\""#),
        ] {
            assert_eq!(quoted(word), shown);
        }
        assert_ne!(
            words(&["a b"]).into_string(),
            words(&["a", "b"]).into_string()
        );
    }

    #[test]
    fn letters_of_any_script_stay() {
        for text in [
            "it's a \\ \"quote\"",
            "Größe",
            "e\u{301}",
            "温度",
            "°C → 🙂",
        ] {
            assert!(!page(text).contains("code"), "{text}");
        }
    }
}
