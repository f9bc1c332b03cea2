"""kqueue(2) over poll(2)."""

import os
import select
import signal
import struct

import signals

READ, WRITE, SIGNAL = 0, 1, 5
ADD, DELETE, END = 1, 2, 0x8000


class Queue:
    """One queue. Signals that it watches are the emulator's own."""

    came = []
    wake = None

    def __init__(self):
        self.filters = {}

    @staticmethod
    def block(signals, replace):
        """What is blocked has no action; the default comes back with an empty mask."""
        for number in range(1, 32):
            if number in (signal.SIGKILL, signal.SIGSTOP):
                continue
            if number in signals:
                signal.signal(number, lambda came, _frame: Queue.came.append(came))
            elif replace:
                signal.signal(number, signal.SIG_DFL)
        if signals and Queue.wake is None:
            Queue.wake, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def forget(self, number):
        for which in (READ, WRITE):
            self.filters.pop((which, number), None)

    def call(self, system, m, extended):
        from machine import Refused
        form = m.order + ("QIII4xqQ" if m.wide else "IIIIqI4x") + ("32x" if extended else "")
        size = struct.calcsize(form)
        for index in range(m.slot(2)):
            ident, which, flags, _, _, token = struct.unpack(form, m.read(m.slot(1) + index * size, size))
            if which != SIGNAL:
                system.file(ident)
            if flags & ADD:
                self.filters[which, ident] = token
            elif flags & DELETE and self.filters.pop((which, ident), None) is None:
                raise Refused("ENOENT")
        room = m.slot(4)
        if not room:
            return 0
        timeout = None
        if m.slot(5):
            seconds, rest = struct.unpack(m.order + ("qq" if m.wide else "qi4x"), m.read(m.slot(5), 16))
            timeout = seconds * 1000 + rest // 1_000_000
        events = self.wait(system, timeout)[:room]
        for index, (ident, which, flags, data) in enumerate(events):
            token = self.filters[which, ident]
            m.write(m.slot(3) + index * size, struct.pack(form, ident, which, flags, 0, data, token))
        return len(events)

    def wait(self, system, timeout):
        poll = select.poll()
        wanted = {}
        for which, ident in self.filters:
            if which == SIGNAL:
                continue
            fd = system.file(ident).fd
            wanted.setdefault(fd, []).append((which, ident))
        for fd, filters in wanted.items():
            asked = [select.POLLIN if which == READ else select.POLLOUT for which, _ in filters]
            poll.register(fd, sum(set(asked)))
        if Queue.wake is not None:
            poll.register(Queue.wake, select.POLLIN)
        if not Queue.came:
            ready = poll.poll(timeout)
        else:
            ready = poll.poll(0)
        if Queue.wake is not None:
            try:
                os.read(Queue.wake, 4096)
            except BlockingIOError:
                pass
        events = []
        came, Queue.came = [signals.theirs(number) for number in Queue.came], []
        for number in sorted(set(came)):
            if (SIGNAL, number) in self.filters:
                events.append((number, SIGNAL, 0, came.count(number)))
        for fd, how in ready:
            for which, ident in wanted.get(fd, ()):
                bit = select.POLLIN if which == READ else select.POLLOUT
                ended = how & (select.POLLHUP | select.POLLERR)
                if how & bit or ended:
                    events.append((ident, which, END if ended else 0, 1))
        return events
