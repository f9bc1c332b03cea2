"""What cellctl is run with, in this order, before one kernel. `@` is the sandbox."""

import dataclasses

AGES = {"AGE"}
LOAD = {"AGE", "CPU", "CPU1S", "CPU10S", "RSS", "MEMORY", "VSIZE"}


@dataclasses.dataclass
class Case:
    arguments: list
    stdin: bytes = b""
    #: Columns (or keys) that differ from run to run.
    mask: frozenset = frozenset()
    #: The same for text that is no table.
    patterns: tuple = ()
    json: bool = False
    #: Started before; what it is waiting for is what the case does.
    during: list = None
    #: The file, or the file and the program in it.
    program: tuple = ("cellctl",)

    @property
    def name(self):
        return " ".join([*self.program, *self.arguments])


def case(line, **more):
    arguments = line.split(" ") if isinstance(line, str) else line
    return Case([argument for argument in arguments if argument], **more)


COMMANDS = "create destroy enter exec kill list stats policy events seal".split()


def tables(command, mask, *more):
    """A table in all its forms."""
    tail = " ".join(more)
    for flags in ("", "-T", "-T -H"):
        yield case(f"{command} {flags} {tail}".strip(), mask=mask)
    yield case(f"{command} -J {tail}".strip(), mask=mask, json=True)


def everything():
    yield case("")
    yield case("--help")
    yield case("frob")
    for command in COMMANDS:
        yield case(f"{command} --help")
        yield case(f"{command} --frob")
    # all programs in one
    box = ("cellbox",)
    yield case("", program=box)
    yield case("frob", program=box)
    yield case("cellctl list", program=box)
    yield case("cellctl frob", program=box)
    yield case("cellinit --frob", program=box)
    yield case("cellui --help", program=box)
    yield case("cellui --speed fast", program=box)
    # no terminal there
    yield case("cellui", program=box)
    # nothing there
    yield from tables("list", AGES)
    yield case("stats")
    yield case("stats -P", patterns=(r"(?m)^cell_age_seconds\S* \d+",))
    yield case("exec nobody /bin/id")
    yield case("policy 256")
    yield case("destroy 4096")
    # made
    yield case("create -n alpha @/cells/a")
    yield case("create -n alpha @/cells/a")
    yield case("create -l low -n beta @/cells/b")
    yield case("create -l medium -r 80,tcp/443,udp/5000-5010 -N 64 -A 16M -C unlimited -P 4 -n gamma.1 @/cells/a")
    yield case("create -d null:r -d /dev/zero:w -n delta @/cells/a")
    # refused, with nothing made
    yield case("create -r 443 -n epsilon @/cells/a")
    yield case("create -r 443-442 -n epsilon @/cells/a")
    yield case("create -r 0 -n epsilon @/cells/a")
    yield case("create -l extreme -n epsilon @/cells/a")
    yield case("create -n .. @/cells/a")
    yield case("create -n epsilon relative")
    yield case("create -n epsilon @/cells/none")
    yield case("create -n epsilon @/dev/cell")
    yield case("create -d nothing -n epsilon @/cells/a")
    yield case("create -A 99999999999999999999 -n epsilon @/cells/a")
    yield from tables("list", AGES)
    yield from tables("stats", LOAD)
    yield case("stats -v", mask=LOAD)
    yield case("stats -P", patterns=(r"(?m)^cell_age_seconds\S* \d+",))
    yield case("stats -P -h", patterns=(r"(?m)^cell_age_seconds\S* \d+",))
    for cell in ("alpha", "beta", "gamma.1", "delta", "256"):
        yield case(f"policy {cell}")
    yield case("policy -v beta")
    yield case("policy -T alpha")
    yield case("policy -T -H gamma.1")
    yield case("policy -J delta", json=True)
    # entered: programs of the host, members of the cell
    yield case("exec beta /bin/id")
    yield case("exec -u 1000:1001,7 beta /bin/id")
    yield case(["exec", "beta", "sh", "-c", "exit 3"])
    yield case("exec -e A=1 -e B=two beta env", patterns=(r"(?m)^(PWD|SHLVL|_)=.*\n",))
    yield case("create -l low -N 33 -A 64M -C 0 -n bounded @/cells/b")
    yield case(["exec", "bounded", "sh", "-c", "ulimit -H -n; ulimit -v; ulimit -c"])
    yield case("destroy bounded")
    yield case("exec beta /bin/none")
    yield case("exec beta /bin")
    yield case("exec gamma.1 /bin/id")
    yield case("enter beta", stdin=b"echo in; exit 4\n")
    yield case("exec beta cat", stdin=b"from outside")
    yield case("policy -T beta")
    yield case("stats -T", mask=LOAD | {"REFS", "PROCS"})
    # signals
    yield case("kill -s 0 beta")
    yield case("kill -s frob beta")
    yield case("kill -s KILL beta", during=["exec", "beta", "sleep", "20"])
    # events
    yield case("destroy delta", during=["events", "-n", "1", "-T"])
    yield case("create -l low -n zeta @/cells/b", during=["events", "-n", "1", "-J"])
    # gone
    yield case("destroy alpha")
    yield case("destroy alpha")
    yield case("destroy 256")
    yield case("seal")
    yield case("seal --yes")
    yield case("create -n eta @/cells/a")
    yield case("destroy zeta")
    yield from tables("list", AGES)
