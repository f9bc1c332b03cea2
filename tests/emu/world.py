"""A kernel with nothing in it, and the two ways to run a program before it: the Linux build, and the device's file in
the emulator. Both give a Result, in which what differs from run to run is masked."""

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import nbrun

PATIENCE_S = 30


@dataclasses.dataclass
class Result:
    status: int
    out: str
    err: str


#: Architectures whose pointers have 64 bits.
WIDE = ("amd64", "aarch64")


class World:
    """A sandbox directory with roots for cells, and the hosted kernel."""

    #: Whether pointers have 64 bits.
    wide = True

    def __init__(self, kernel, busybox):
        self.place = tempfile.mkdtemp(prefix="picocell-emu.")
        os.mkdir(f"{self.place}/dev")
        for name in ("a", "b"):
            os.makedirs(f"{self.place}/cells/{name}/bin")
            shutil.copy(busybox, f"{self.place}/cells/{name}/bin/busybox")
            for applet in ("sh", "id", "env", "echo", "sleep", "ulimit"):
                os.symlink("busybox", f"{self.place}/cells/{name}/bin/{applet}")
        self.cell = f"{self.place}/dev/cell"
        self.kernel = subprocess.Popen([kernel, self.cell], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.kernel.stdout.readline() != b"ready\n":
            raise RuntimeError("the hosted kernel does not start")
        self.headings = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kernel.communicate()
        shutil.rmtree(self.place)

    def start(self, arguments, stdin=b""):
        """A running program: finish() gives its result."""
        # a pipe, because not every host can wait for a file
        source, sink = os.pipe()
        with open(sink, "wb") as pipe:
            pipe.write(stdin)
        files = [open(source, "rb"), tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        arguments = [argument.replace("@", self.place) for argument in arguments]
        return Running(self.spawn(arguments, files), files)

    def private(self):
        """Bytes of memory that were the last program's own, where that was measured."""
        try:
            with open(f"{self.place}/private", encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return 0

    def run(self, arguments, stdin=b""):
        return self.start(arguments, stdin).finish()

    def masked(self, case, result):
        """Without what differs between two runs that are the same."""
        out = result.out.replace(self.place, "@")
        if case.json:
            out = masked_json(out, case.mask)
        elif case.mask:
            out = self.masked_table(case, out)
        for pattern in case.patterns:
            out = re.sub(pattern, "*", out)
        return Result(result.status, out, result.err.replace(self.place, "@"))

    def masked_plain(self, result):
        """Without the name of the sandbox."""
        return Result(result.status, *(text.replace(self.place, "@") for text in (result.out, result.err)))

    def masked_table(self, case, out):
        """Columns by their headings; a table without has those that the one before it had."""
        lines = [re.split(r"\t|\s{2,}", line.strip()) for line in out.splitlines()]
        key = case.arguments[0], "-T" in case.arguments
        if "-H" in case.arguments:
            headings = self.headings[key]
        else:
            headings = self.headings[key] = lines[0]
        hidden = {headings.index(name) for name in case.mask if name in headings}
        return "\n".join(
            "\t".join("*" if index in hidden and field not in (headings[index], "-") else field
                      for index, field in enumerate(line))
            for line in lines)


def masked_json(out, mask):
    def hide(value):
        if isinstance(value, dict):
            return {key: "*" if key.upper() in mask else hide(inner) for key, inner in value.items()}
        return [hide(inner) for inner in value] if isinstance(value, list) else value

    try:
        return json.dumps(hide(json.loads(out)), indent=1)
    except ValueError:
        return "\n".join(json.dumps(hide(json.loads(line))) for line in out.splitlines())


class Running:
    """A program that was started."""

    def __init__(self, pid, files):
        self.pid, self.files = pid, files

    def finish(self):
        end = time.monotonic() + PATIENCE_S
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        while not pid:
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.002)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        self.files[0].close()
        out, err = (self._text(file) for file in self.files[1:])
        return Result(os.waitstatus_to_exitcode(status), out, err)

    @staticmethod
    def _text(file):
        file.seek(0)
        text = file.read().decode(errors="backslashreplace")
        file.close()
        return text


class LinuxWorld(World):
    """Runs the build host's programs."""

    def __init__(self, kernel, busybox, directory):
        super().__init__(kernel, busybox)
        self.directory = directory

    def spawn(self, arguments, files):
        program = f"{self.directory}/{arguments[0]}"
        environment = {"PICOCELL_PREFIX": self.place, "PATH": "/bin"}
        actions = [(os.POSIX_SPAWN_DUP2, file.fileno(), number) for number, file in enumerate(files)]
        return os.posix_spawn(program, arguments, environment, file_actions=actions)


class DeviceWorld(World):
    """Runs a device's files. The emulator is forked, not started: loading it takes longer than running a program."""

    def __init__(self, kernel, busybox, directory, release):
        super().__init__(kernel, busybox)
        self.directory, self.release = directory, release
        self.wide = os.path.basename(directory) in WIDE

    def spawn(self, arguments, files):
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 127
        try:
            for number, file in enumerate(files):
                os.dup2(file.fileno(), number)
            elf = f"{self.directory}/{arguments[0]}"
            # open before, because the program may end up in a root of its own
            measured = open(f"{self.place}/private", "w", encoding="ascii")
            status = nbrun.run(elf, arguments, self.place, self.cell, self.release, measured)
        except BaseException as error:  # whatever it is, the parent is to hear of it and not to run twice
            os.write(2, f"emulator: {error!r}\n".encode())
        os._exit(status)
