//! The control socket: who is connected, what they ask, how far their answers have got.
//!
//! Nobody is waited for. A client has one request under way at a time; what it sends meanwhile is held up to
//! [`client::INPUT_MAX`], what it does not read up to [`client::OUTPUT_MAX`]. More than that, and it is closed.

mod client;
mod order;

use alloc::vec::Vec;

use libcell::control::{Reply, Why};
use libcell::platform::{Errno, Platform, Token};

use client::Client;
pub(crate) use client::{Job, OUTPUT_MAX, Then};
pub(crate) use order::Order;

/// Clients at a time. One more, and the one that was idle longest goes.
const CLIENTS_MAX: usize = 8;

/// How long nobody is let in when there is no descriptor for one: whoever waits to be let in would wake us all the time.
const PAUSE_MS: u64 = 1000;

/// The listening socket and its clients.
#[derive(Debug)]
pub(crate) struct Server<'p, P: Platform> {
    platform: &'p P,
    listener: P::Fd,
    token: Token,
    /// When the listener is watched again; `None` while it is.
    paused_until: Option<u64>,
    clients: Vec<Option<Client<P>>>,
    /// Token of the first client; the others follow.
    base: Token,
}

impl<'p, P: Platform> Server<'p, P> {
    /// Listens at `path`. The listener has the token `token`, the clients those from `base`.
    pub(crate) fn new(
        platform: &'p P,
        path: &str,
        token: Token,
        base: Token,
    ) -> Result<Self, Errno> {
        let listener = platform.listen(path, 0o600)?;
        platform.watch_read(&listener, token)?;
        Ok(Self {
            platform,
            listener,
            token,
            paused_until: None,
            clients: (0..CLIENTS_MAX).map(|_| None).collect(),
            base,
        })
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.clients.capacity() * size_of::<Option<Client<P>>>()
    }

    /// When [`Self::resume`] has something to do.
    pub(crate) const fn deadline(&self) -> Option<u64> {
        self.paused_until
    }

    /// Lets clients in again, if it is time.
    pub(crate) fn resume(&mut self, now: u64) {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = match self.platform.watch_read(&self.listener, self.token) {
                Ok(()) => None,
                Err(_) => Some(now + PAUSE_MS),
            };
        }
    }

    /// Takes a connection, if there is one and it is root's.
    pub(crate) fn accept(&mut self, now: u64) {
        let fd = match self.platform.accept(&self.listener) {
            Ok(fd) => fd,
            Err(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => {
                let _ = self.platform.unwatch(&self.listener);
                self.paused_until = Some(now + PAUSE_MS);
                return;
            }
            Err(_) => return,
        };
        let mut client = Client::new(fd, now);
        if self.platform.peer(client.fd()).map(|peer| peer.uid) != Ok(0) {
            client.reply(&Reply::Refused(Why::NotPermitted));
            // what does not fit into an empty socket buffer is not worth waiting for
            let _ = client.flush(self.platform, 0);
            return;
        }
        let slot = match self.clients.iter().position(Option::is_none) {
            Some(slot) => slot,
            None => self.idlest(),
        };
        self.close(slot);
        let Ok(token) = Token::try_from(slot).map(|slot| self.base + slot) else {
            return;
        };
        if self.platform.watch_read(client.fd(), token).is_ok()
            && let Some(place) = self.clients.get_mut(slot)
        {
            *place = Some(client);
        }
    }

    /// Cells have other indices: what clients wait for follows them. `None` is a cell that there is not any more.
    pub(crate) fn renumber(&mut self, index_of: impl Fn(usize) -> Option<usize>) {
        // beyond every index: there is no such cell
        let moved = |index| index_of(index).unwrap_or(usize::MAX);
        for client in self.clients.iter_mut().flatten() {
            client.set_job(match client.job() {
                Job::Stop(index) => Job::Stop(moved(index)),
                Job::Log {
                    cell,
                    position,
                    then,
                } => Job::Log {
                    cell: cell.map(moved),
                    position,
                    then,
                },
                job @ (Job::None | Job::Shutdown | Job::Reload) => job,
            });
        }
    }

    /// The numbers that clients may have.
    pub(crate) fn slots(&self) -> core::ops::Range<usize> {
        0..self.clients.len()
    }

    /// Reads what a client sent; closes it at its end.
    pub(crate) fn fill(&mut self, slot: usize, now: u64) {
        if let Some(client) = self.client(slot)
            && client.fill(now).is_err()
        {
            self.close(slot);
        }
    }

    /// The next request of a client that has none under way.
    pub(crate) fn take(
        &mut self,
        slot: usize,
        index_of: impl Fn(&str) -> Option<usize>,
    ) -> Option<Order> {
        self.client(slot)?.client.take(index_of)
    }

    /// What a client waits for.
    pub(crate) fn job(&self, slot: usize) -> Option<Job> {
        let client = self.clients.get(slot)?.as_ref()?;
        Some(client.job())
    }

    /// Lets a client wait for something.
    pub(crate) fn set_job(&mut self, slot: usize, job: Job) {
        if let Some(entry) = self.client(slot) {
            entry.client.set_job(job);
        }
    }

    /// Whether a client can take another reply now.
    pub(crate) fn is_drained(&self, slot: usize) -> bool {
        let client = self.clients.get(slot).and_then(Option::as_ref);
        client.is_some_and(Client::is_drained)
    }

    /// Answers a client.
    pub(crate) fn reply(&mut self, slot: usize, reply: &Reply<'_>) {
        if let Some(entry) = self.client(slot) {
            entry.client.reply(reply);
            self.flush(slot);
        }
    }

    /// Answers a client and has nothing more to do with it.
    pub(crate) fn dismiss(&mut self, slot: usize, reply: &Reply<'_>) {
        self.reply(slot, reply);
        self.close(slot);
    }

    /// Sends what a client has not got yet.
    pub(crate) fn flush(&mut self, slot: usize) {
        let base = self.base;
        let platform = self.platform;
        let token = Token::try_from(slot).map_or(base, |slot| base + slot);
        if let Some(entry) = self.client(slot)
            && entry.client.flush(platform, token).is_err()
        {
            self.close(slot);
        }
    }

    /// Closes a client.
    pub(crate) fn close(&mut self, slot: usize) {
        if let Some(client) = self.clients.get_mut(slot).and_then(Option::take) {
            let _ = self.platform.unwatch(client.fd());
        }
    }

    fn client(&mut self, slot: usize) -> Option<Entry<'_, P>> {
        let client = self.clients.get_mut(slot)?.as_mut()?;
        Some(Entry {
            platform: self.platform,
            client,
        })
    }

    fn idlest(&self) -> usize {
        let active = |slot: &usize| {
            let client = self.clients.get(*slot).and_then(Option::as_ref);
            client.map_or(0, Client::active)
        };
        self.slots().min_by_key(active).unwrap_or(0)
    }
}

/// A client and what it is reached through.
struct Entry<'a, P: Platform> {
    platform: &'a P,
    client: &'a mut Client<P>,
}

impl<P: Platform> Entry<'_, P> {
    fn fill(self, now: u64) -> Result<(), Errno> {
        self.client.fill(self.platform, now)
    }
}
