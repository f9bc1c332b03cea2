//! How a terminal is set: termios(4), of which both systems have the same words.

/// What takes the terminal's XOFF and XON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The line, if it did before: what is paced by the screen at its end.
    Kept,
    /// The program: what is bytes of any kind.
    Off,
}

/// The modes of a terminal, to be given back as they were.
#[derive(Clone, Copy)]
pub struct TerminalModes(pub(super) libc::termios);

impl core::fmt::Debug for TerminalModes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TerminalModes")
    }
}

impl TerminalModes {
    /// Every byte as it comes and as it is written: no lines, no echo, no signals by keys.
    #[must_use]
    pub fn raw(mut self, flow: Flow) -> Self {
        let modes = &mut self.0;
        let flowing = modes.c_iflag & libc::IXON;
        modes.c_iflag &= !(libc::IGNBRK
            | libc::BRKINT
            | libc::PARMRK
            | libc::INLCR
            | libc::IGNCR
            | libc::ICRNL
            | libc::IXON
            | libc::IXOFF
            | libc::IXANY);
        modes.c_oflag &= !libc::OPOST;
        modes.c_lflag &= !(libc::ECHO | libc::ECHONL | libc::ICANON | libc::ISIG | libc::IEXTEN);
        match flow {
            // noise that reads as XOFF holds the line up to the next byte only
            Flow::Kept if flowing != 0 => modes.c_iflag |= libc::IXON | libc::IXANY,
            Flow::Kept => {}
            Flow::Off => {
                modes.c_iflag &= !libc::ISTRIP;
                modes.c_cflag &= !(libc::CSIZE | libc::PARENB);
                modes.c_cflag |= libc::CS8;
            }
        }
        for (which, value) in [(libc::VMIN, 1), (libc::VTIME, 0)] {
            if let Some(place) = modes.c_cc.get_mut(which) {
                *place = value;
            }
        }
        self
    }
}

#[cfg(target_os = "netbsd")]
impl TerminalModes {
    /// Bits in a second; 0 for a line that was hung up.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.0.c_ospeed as u32
    }

    /// At another speed, of a line of which nobody waits for a carrier.
    #[must_use]
    pub fn at_speed(mut self, speed: u32) -> Option<Self> {
        self.0.c_ispeed = speed as _;
        self.0.c_ospeed = speed as _;
        self.0.c_cflag |= libc::CLOCAL | libc::CREAD;
        Some(self)
    }
}

/// Speeds by the numbers that stand for them.
#[cfg(target_os = "linux")]
const SPEEDS: [(u32, libc::speed_t); 15] = [
    (0, libc::B0),
    (300, libc::B300),
    (600, libc::B600),
    (1200, libc::B1200),
    (2400, libc::B2400),
    (4800, libc::B4800),
    (9600, libc::B9600),
    (19200, libc::B19200),
    (38400, libc::B38400),
    (57600, libc::B57600),
    (115_200, libc::B115200),
    (230_400, libc::B230400),
    (460_800, libc::B460800),
    (921_600, libc::B921600),
    (1_500_000, libc::B1500000),
];

#[cfg(target_os = "linux")]
impl TerminalModes {
    /// Bits in a second; 0 for a line that was hung up.
    #[must_use]
    pub fn speed(&self) -> u32 {
        // SAFETY: reads the structure.
        let number = unsafe { libc::cfgetospeed(&self.0) };
        let mut speeds = SPEEDS.iter();
        speeds
            .find(|(_, one)| *one == number)
            .map_or(0, |(speed, _)| *speed)
    }

    /// At another speed, of a line of which nobody waits for a carrier. `None` for one that there is not.
    #[must_use]
    pub fn at_speed(mut self, speed: u32) -> Option<Self> {
        let (_, number) = SPEEDS.iter().find(|(one, _)| *one == speed)?;
        // SAFETY: changes the structure.
        if unsafe { libc::cfsetspeed(&mut self.0, *number) } != 0 {
            return None;
        }
        self.0.c_cflag |= libc::CLOCAL | libc::CREAD;
        Some(self)
    }
}
