"""cellmgr before a cellinit that runs: what is looked at, changed, applied and undone."""

import os
import re
import stat

from world import Result

#: Most memory that a look may take, in bytes.
MEMORY = 2 << 20

#: Frames of the asks that libcell's tests have the bytes of, all with the number 3: Hello, Fields of cells, Bye.
ASKS = bytes.fromhex("02 03 04 01 dd 57 02 8a 00  03 03 02 05 c9 05 31 cf 00  07 03 08 0e c9 2f 64 00")

#: In this order.
COMMANDS = (
    "help", "help cell set", "cell frob", "cell list -o name,state,service,ready,profile,restarts,last_exit",
    "cell list -T -o name,root,procs,enforced,drift,denials,volume_mounts", "cell list -J -o name,state",
    "cell show stays --view desired", "cell fields", "cell fields -T -H --view runtime", "volume list -T",
    "volume show keep --view runtime -o name,refs,mode_there,owner_there", "volume fields -J", "apply --all --dry-run -v",
    # definitions
    "cell set stays --rlimit-nofile 32 --restart on-failure", "cell list stays -T -H -o state,drift,origin",
    "apply --dry-run stays", "apply stays", "apply --all --restart-changed", "cell set stays --rlimit-nofile none",
    "cell set stays --cmd /bin/none", "cell set stays --device nothing", "cell set nobody --autostart NO",
    "cell set stays --as-built --scope both", "apply --all --restart-changed",
    # one of the device's own
    "cell create twin --like stays --scope both", "cell show twin -o state,supervise_run_as,root,origin",
    "cell shell twin /bin/sh -c true", "cell shell twin /bin/none", "cell stop twin", "cell start twin",
    "cell restart twin", "cell list twin -T -H -o state,origin", "logs nobody",
    "cell create ..  --like stays", "cell create -x --like stays", "cell create other --root /elsewhere",
    "cell remove twin --scope both", "cell list twin",
    # plans and volumes
    "cell plan run stays", "cell plan run stays --dry-run", "volume create extra --mode 0700 --scope both",
    "volume create .state", "volume set extra --mode 0750", "apply --all --dry-run", "apply --all",
    "volume remove keep --scope both --yes", "volume remove extra --scope both", "volume remove extra --scope both --yes",
    "volume list -T -o name,state", "system reset --scope desired --yes", "apply --all --dry-run", "ipc",
)


def masked(world, result):
    """Without what differs from run to run: numbers of operations and processes, times, the sandbox."""
    plain = world.masked_plain(result)
    text = re.sub(r"\bop [0-9a-f]{8}\b", "op *", plain.out)
    text = re.sub(r"\bpid \d+", "pid *", text)
    return Result(plain.status, text, plain.err)


def files(path):
    """What is below a directory: modes, owners and contents."""
    found = []
    for place, directories, names in os.walk(path):
        for name in sorted(directories + names):
            full = os.path.join(place, name)
            of = os.lstat(full)
            content = ""
            if stat.S_ISLNK(of.st_mode):
                content = os.readlink(full)
            elif stat.S_ISREG(of.st_mode):
                with open(full, encoding="ascii") as file:
                    content = file.read()
            found.append((os.path.relpath(full, path), oct(of.st_mode), of.st_uid, of.st_gid, content))
    return sorted(found)


def headings(text):
    """The first word of each line: what follows differs from run to run."""
    return [line.split(" ")[0] for line in text.splitlines()]


def scenario(world):
    """(what, result) of each step."""
    for command in COMMANDS:
        yield f"cellmgr {command}", masked(world, world.run(["cellmgr", *command.split()]))
    look = "cell list --view merged -T"
    result = world.run(["cellmgr", *look.split()])
    private = world.private()
    if private:
        print(f"cellmgr {look}: {private} bytes of memory of its own")
    yield f"cellmgr {look}", (result.status, result.out.splitlines()[0], private <= MEMORY)
    yield "cellmgr system status", headings(world.run(["cellmgr", "system", "status"]).out)
    events = masked(world, world.run(["cellmgr", "events"])).out
    yield "cellmgr events", [line for line in events.splitlines() if " op * " in line][-3:]
    yield "cellmgr ipc", masked(world, world.run(["cellmgr", "ipc", "--stdio"], ASKS))
    state = f"{world.place}/volumes/.state"
    yield "files of the state", sorted(os.listdir(state))
    for name in os.listdir(state):
        with open(f"{state}/{name}", "r+b") as slot:
            slot.write(b"damaged!")
    yield "cellmgr with a damaged store", masked(world, world.run(["cellmgr", "cell", "list", "-o", "name,state"]))
    yield "cellmgr system reset", masked(world, world.run(["cellmgr", "system", "reset", "--scope", "desired", "--yes"]))
    yield "cellmgr after reset", masked(world, world.run(["cellmgr", "apply", "--all", "--dry-run"]))
