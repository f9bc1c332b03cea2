//! Keys of VT100, VT220 and xterm, out of the bytes that come, however they are split.
//!
//! Sequences are those of the VT220 Programmer Reference (chapter 3) and of xterm's ctlseqs, in 7 and 8 bits. What is
//! none is passed over: noise on the line is no key but where its bytes are letters.

#[cfg(test)]
mod tests;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable letter of ASCII.
    Letter(u8),
    /// Return, or line feed.
    Enter,
    /// Escape, alone: [`Decoder::pause`] told so.
    Escape,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Rubout or backspace.
    Erase,
    /// Control and this letter, in lower case.
    Control(u8),
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// Previous screen.
    PageUp,
    /// Next screen.
    PageDown,
    /// Home, or find.
    Home,
    /// End, or select.
    End,
    /// Insert here.
    Insert,
    /// Remove.
    Delete,
    /// A function key by its number; those of a VT100's keypad are 1 to 4.
    Function(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ground,
    /// After ESC.
    Escape,
    /// After SS3.
    Single,
    /// After CSI: the first parameter, and whether it is over.
    Control {
        number: u8,
        over: bool,
    },
}

/// Takes keys out of bytes.
#[derive(Debug)]
pub struct Decoder(State);

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Nothing has come.
    #[must_use]
    pub const fn new() -> Self {
        Self(State::Ground)
    }

    /// Whether the key that is under way could be Escape: after a tenth of a second without a byte, [`Self::pause`].
    #[must_use]
    pub fn waits(&self) -> bool {
        self.0 != State::Ground
    }

    /// Nothing came for a while.
    pub fn pause(&mut self) -> Option<Key> {
        let was = core::mem::replace(&mut self.0, State::Ground);
        (was == State::Escape).then_some(Key::Escape)
    }

    /// A byte came.
    pub fn feed(&mut self, byte: u8) -> Option<Key> {
        let was = core::mem::replace(&mut self.0, State::Ground);
        match (was, byte) {
            // these begin anew wherever they come
            (State::Escape, 0x1b) => {
                self.0 = State::Escape;
                Some(Key::Escape)
            }
            (_, 0x1b) => {
                self.0 = State::Escape;
                None
            }
            (_, 0x9b) | (State::Escape, b'[') => {
                self.0 = State::Control {
                    number: 0,
                    over: false,
                };
                None
            }
            (_, 0x8f) | (State::Escape, b'O') => {
                self.0 = State::Single;
                None
            }
            (State::Ground, _) => ground(byte),
            (State::Escape, _) => None,
            (State::Single, _) => single(byte),
            (State::Control { number, over }, b'0'..=b'9') => {
                let digit = byte - b'0';
                let number = if over {
                    number
                } else {
                    number.saturating_mul(10).saturating_add(digit)
                };
                self.0 = State::Control { number, over };
                None
            }
            // further parameters are of modifiers, which no key here has
            (State::Control { number, .. }, 0x20..=0x3f) => {
                self.0 = State::Control { number, over: true };
                None
            }
            (State::Control { number, .. }, _) => control(number, byte),
        }
    }
}

const fn ground(byte: u8) -> Option<Key> {
    match byte {
        b'\r' | b'\n' => Some(Key::Enter),
        b'\t' => Some(Key::Tab),
        8 | 0x7f => Some(Key::Erase),
        1..0x1b => Some(Key::Control(byte + 0x60)),
        0x20..0x7f => Some(Key::Letter(byte)),
        _ => None,
    }
}

const fn single(byte: u8) -> Option<Key> {
    match byte {
        b'P'..=b'S' => Some(Key::Function(byte - b'P' + 1)),
        b'M' => Some(Key::Enter),
        _ => cursor(byte),
    }
}

const fn cursor(byte: u8) -> Option<Key> {
    match byte {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        _ => None,
    }
}

const fn control(number: u8, byte: u8) -> Option<Key> {
    match (number, byte) {
        (1 | 7, b'~') => Some(Key::Home),
        (2, b'~') => Some(Key::Insert),
        (3, b'~') => Some(Key::Delete),
        (4 | 8, b'~') => Some(Key::End),
        (5, b'~') => Some(Key::PageUp),
        (6, b'~') => Some(Key::PageDown),
        (11..=15, b'~') => Some(Key::Function(number - 10)),
        (17..=21, b'~') => Some(Key::Function(number - 11)),
        (23..=26, b'~') => Some(Key::Function(number - 12)),
        (28 | 29, b'~') => Some(Key::Function(number - 13)),
        (31..=34, b'~') => Some(Key::Function(number - 14)),
        (_, b'Z') => Some(Key::BackTab),
        (0 | 1, b'P'..=b'S') => Some(Key::Function(byte - b'P' + 1)),
        (0 | 1, _) => cursor(byte),
        _ => None,
    }
}
