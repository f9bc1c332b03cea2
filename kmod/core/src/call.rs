//! What is asked, read where it lies.

use cell_abi::frame::{self, FrameError};
use cell_abi::wire::Reader;
use cell_abi::{Handle, Refusal};

use crate::plan::Plan;
use crate::{Kernel, Subject};

/// A [`Request`](cell_abi::Request), without what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is documented there")]
pub enum Verb {
    Hello,
    Create,
    Destroy,
    Enter,
    Kill,
    Lookup,
    List,
    Stats,
    Policy,
    Seal,
}

impl Verb {
    const fn from_position(position: u32) -> Option<Self> {
        match position {
            0 => Some(Self::Hello),
            1 => Some(Self::Create),
            2 => Some(Self::Destroy),
            3 => Some(Self::Enter),
            4 => Some(Self::Kill),
            5 => Some(Self::Lookup),
            6 => Some(Self::List),
            7 => Some(Self::Stats),
            8 => Some(Self::Policy),
            9 => Some(Self::Seal),
            _ => None,
        }
    }
}

/// A request as the kernel reads it, so that nothing large stands on the stack: text stays in its buffer, and the
/// policy of a new cell is put together in the kernel.
#[derive(Clone, Copy)]
pub struct Call<'b> {
    /// Which it is.
    pub verb: Verb,
    /// The cell it is about; the host where it names none.
    pub cell: Handle,
    /// The signal of a Kill.
    pub signal: u8,
    /// The cell of a Create; of a Lookup, its name.
    plan: Plan<'b>,
}

impl<'b> Call<'b> {
    /// The path of a new cell's root.
    #[must_use]
    pub const fn root(&self) -> &'b [u8] {
        self.plan.root
    }
}

impl Kernel {
    /// Reads the request in an ioctl's buffer. Table lock, until it is answered.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes; nothing is read past the length.
    pub fn read_call<'b>(&'b self, buffer: &'b [u8]) -> Result<Call<'b>, FrameError> {
        let mut reader = Reader::new(frame::body(buffer)?);
        let verb = Verb::from_position(reader.number()).ok_or(FrameError::Malformed)?;
        let mut call = Call {
            verb,
            cell: Handle::HOST,
            signal: 0,
            plan: Plan::new(&self.draft),
        };
        match verb {
            Verb::Hello | Verb::Seal => {}
            Verb::Create => call.plan.read(&mut reader),
            Verb::Lookup => call.plan.name = reader.name(),
            Verb::Destroy | Verb::Enter | Verb::Kill | Verb::List | Verb::Stats | Verb::Policy => {
                call.cell = reader.handle()
            }
        }
        if verb == Verb::Kill {
            call.signal = reader.byte();
        }
        reader.end()?;
        Ok(call)
    }

    /// [`Kernel::create`] of a call.
    ///
    /// # Errors
    /// As there.
    pub fn create_called(
        &self,
        who: Subject,
        call: &Call<'_>,
        now_s: u32,
    ) -> Result<Handle, Refusal> {
        self.create_planned(who, &call.plan, now_s)
    }

    /// [`Kernel::lookup`] of a call.
    ///
    /// # Errors
    /// As there.
    pub fn lookup_called(&self, who: Subject, call: &Call<'_>) -> Result<Handle, Refusal> {
        self.lookup_bytes(who, call.plan.name)
    }
}
