"""Numbers of signals: NetBSD's (sys/sys/signal.h) and the host's."""

import signal

NAMES = {1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 8: "FPE", 9: "KILL", 10: "BUS", 11: "SEGV",
         12: "SYS", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "URG", 17: "STOP", 18: "TSTP", 19: "CONT", 20: "CHLD",
         21: "TTIN", 22: "TTOU", 23: "IO", 24: "XCPU", 25: "XFSZ", 26: "VTALRM", 27: "PROF", 28: "WINCH", 30: "USR1",
         31: "USR2"}
OURS = {number: getattr(signal, "SIG" + name) for number, name in NAMES.items()}
THEIRS = {int(ours): number for number, ours in OURS.items()}


def ours(number):
    """The host's number for one of NetBSD's; 0 and what the host does not have stay."""
    return OURS.get(number, number)


def theirs(number):
    return THEIRS.get(number, number)
