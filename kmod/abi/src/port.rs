//! Reserved ports.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Which protocols a reservation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocols {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Both, and any other protocol with ports.
    Both,
}

impl Protocols {
    /// Whether the two have a protocol in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Both, _) | (_, Self::Both) | (Self::Tcp, Self::Tcp) | (Self::Udp, Self::Udp)
        )
    }
}

/// Why a range of ports was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortError {
    /// Port 0 is "any".
    Zero,
    /// The first is above the last.
    Backwards,
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "port 0 cannot be reserved",
            Self::Backwards => "the first port is above the last",
        })
    }
}

impl core::error::Error for PortError {}

/// A range of ports, both ends included, that belongs to one cell, on every address and both IP versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Reservation {
    protocols: Protocols,
    first: u16,
    last: u16,
}

impl Reservation {
    /// The ports `first` to `last`.
    ///
    /// # Errors
    /// An end that is 0, or ends in the wrong order.
    pub const fn new(protocols: Protocols, first: u16, last: u16) -> Result<Self, PortError> {
        if first == 0 {
            return Err(PortError::Zero);
        }
        if first > last {
            return Err(PortError::Backwards);
        }
        Ok(Self {
            protocols,
            first,
            last,
        })
    }

    /// For which protocols.
    #[must_use]
    pub const fn protocols(self) -> Protocols {
        self.protocols
    }

    /// The lowest port.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest port.
    #[must_use]
    pub const fn last(self) -> u16 {
        self.last
    }

    /// Whether it covers this port of this protocol.
    #[must_use]
    pub const fn covers(self, protocol: Protocols, port: u16) -> bool {
        self.protocols.overlaps(protocol) && self.first <= port && port <= self.last
    }

    /// Whether some port is in both.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.protocols.overlaps(other.protocols)
            && self.first <= other.last
            && other.first <= self.last
    }
}

/// `80`, `tcp/80`, `udp/5000-5010`: as the tools print and read it.
impl fmt::Display for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocols {
            Protocols::Tcp => f.write_str("tcp/")?,
            Protocols::Udp => f.write_str("udp/")?,
            Protocols::Both => {}
        }
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl<'de> Deserialize<'de> for Reservation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (protocols, first, last) = <(Protocols, u16, u16)>::deserialize(deserializer)?;
        Self::new(protocols, first, last).map_err(|_| serde::de::Error::custom("port reservation"))
    }
}
