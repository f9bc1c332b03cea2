//! What services print.

use libcell::platform::{Errno, Platform};

use super::unit::{Channel, Stream, Unit};
use super::{Init, STDERR, STDOUT};
use crate::log::{Fate, Priority, Source};

/// Bytes read at a time.
const CHUNK: usize = 1024;

/// Reads made of a pipe whose writer has gone: what a pipe holds.
const LAST_READS: usize = 65_536 / CHUNK;

/// What a read of a pipe brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Something; there may be more.
    Some,
    /// Nothing now.
    Dry,
    /// Nothing any more.
    Ended,
}

impl<P: Platform> Init<'_, '_, P> {
    /// A pipe can be read, or has ended.
    pub(super) fn read_output(&mut self, index: usize, channel: Channel) {
        match self.read_once(index, channel) {
            Flow::Some | Flow::Dry => {}
            Flow::Ended => self.close_output(index, channel),
        }
    }

    /// Takes what the pipes hold.
    pub(super) fn drain(&mut self, index: usize) {
        for channel in Channel::ALL {
            for _ in 0..LAST_READS {
                match self.read_once(index, channel) {
                    Flow::Some => {}
                    Flow::Dry => break,
                    Flow::Ended => {
                        self.close_output(index, channel);
                        break;
                    }
                }
            }
        }
    }

    /// Takes what the pipes hold and closes them: the cell is empty.
    pub(super) fn close_outputs(&mut self, index: usize) {
        self.drain(index);
        for channel in Channel::ALL {
            self.close_output(index, channel);
        }
    }

    /// Watches a pipe as the output of a cell.
    pub(super) fn watch_output(
        &mut self,
        index: usize,
        channel: Channel,
        fd: P::Fd,
    ) -> Result<(), Errno> {
        let base = match channel {
            Channel::Stdout => STDOUT,
            Channel::Stderr => STDERR,
        };
        let token = u32::try_from(index).map_or(base, |index| base + index);
        self.platform.watch_read(&fd, token)?;
        if let Some(unit) = self.units.get_mut(index) {
            unit.stream(channel).fd = Some(fd);
        }
        Ok(())
    }

    /// Watches again what was watched under another index.
    pub(super) fn watch_again(&mut self, index: usize) {
        for channel in Channel::ALL {
            let unit = self.units.get_mut(index);
            if let Some(fd) = unit.and_then(|unit| unit.stream(channel).fd.take())
                && self.watch_output(index, channel, fd).is_err()
            {
                self.voice
                    .say(format_args!("output of a cell: cannot be watched"));
            }
        }
    }

    fn close_output(&mut self, index: usize, channel: Channel) {
        let Some(fd) = self
            .units
            .get_mut(index)
            .and_then(|unit| unit.stream(channel).fd.take())
        else {
            return;
        };
        let _ = self.platform.unwatch(&fd);
        drop(fd);
        self.lines(index, channel, |stream, line| stream.lines.flush(line));
    }

    fn read_once(&mut self, index: usize, channel: Channel) -> Flow {
        let Some(fd) = self
            .units
            .get_mut(index)
            .and_then(|unit| unit.stream(channel).fd.as_ref())
        else {
            return Flow::Dry;
        };
        let mut bytes = [0; CHUNK];
        match self.platform.read(fd, &mut bytes) {
            Ok(0) => Flow::Ended,
            Ok(count) => {
                let read = bytes.get(..count).unwrap_or_default();
                self.lines(index, channel, |stream, line| stream.lines.feed(read, line));
                Flow::Some
            }
            Err(Errno::EAGAIN) => Flow::Dry,
            Err(_) => Flow::Ended,
        }
    }

    /// Has `cut` cut lines, and puts each into the ring and to syslogd.
    fn lines(
        &mut self,
        index: usize,
        channel: Channel,
        cut: impl FnOnce(&mut Stream<P>, &mut dyn FnMut(&[u8])),
    ) {
        let now = self.platform.monotonic_ms();
        let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
        else {
            return;
        };
        let source = Source {
            tag: cell.log.tag,
            pid: unit.pid,
            cell: Some((cell.name.as_str(), unit.room.handle().raw())),
            stream: channel.name(),
        };
        let priority = Priority {
            facility: cell.log.facility,
            level: match channel {
                Channel::Stdout => cell.log.stdout,
                Channel::Stderr => cell.log.stderr,
            },
        };
        let Unit {
            stdout,
            stderr,
            ring,
            budget,
            ..
        } = unit;
        let stream = match channel {
            Channel::Stdout => stdout,
            Channel::Stderr => stderr,
        };
        let syslog = &mut self.syslog;
        cut(stream, &mut |line| {
            ring.push(channel.name(), line);
            match budget.line(now) {
                Fate::Sent(withheld) => {
                    if withheld > 0 {
                        syslog.tell_withheld(&source, withheld, now);
                    }
                    syslog.send(priority, &source, line, now);
                }
                Fate::Withheld => syslog.count(),
            }
        });
    }
}

impl<P: Platform> Unit<P> {
    fn stream(&mut self, channel: Channel) -> &mut Stream<P> {
        match channel {
            Channel::Stdout => &mut self.stdout,
            Channel::Stderr => &mut self.stderr,
        }
    }
}
