"""A processor with a NetBSD program in it: loads a static ELF file, runs it, hands its system calls to a system.

What NetBSD's kernel does to registers is done here too, its bad habits included: on MIPS $1 and $v1 come back from a
system call with something else in them, on the others the second result register does.
"""

import struct

import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm64_const as A64
from unicorn import arm_const as ARM
from unicorn import mips_const as MIPS
from unicorn import x86_const as X86

GARBAGE = 0x0BAD0BAD
PAGE = 0x1000
STACK_SIZE = 256 << 10


class Refused(Exception):
    """A system call failed with this errno, by name."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


class Crash(Exception):
    """The program did what a process dies of."""


class Processor:
    """What differs between architectures. `slots` are the words of a system call's arguments."""

    def __init__(self, uc):
        self.uc = uc


class Amd64(Processor):
    kind = (unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
    pc, sp = X86.UC_X86_REG_RIP, X86.UC_X86_REG_RSP
    registers = (X86.UC_X86_REG_RDI, X86.UC_X86_REG_RSI, X86.UC_X86_REG_RDX,
                 X86.UC_X86_REG_R10, X86.UC_X86_REG_R8, X86.UC_X86_REG_R9)
    strings = X86.UC_X86_REG_RBX
    stack_slots = 8

    def hook(self, call):
        self.uc.hook_add(unicorn.UC_HOOK_INSN, lambda *_: call(), None, 1, 0, X86.UC_X86_INS_SYSCALL)

    def number(self):
        return self.uc.reg_read(X86.UC_X86_REG_RAX)

    def answer(self, value, failed):
        flags = self.uc.reg_read(X86.UC_X86_REG_EFLAGS)
        self.uc.reg_write(X86.UC_X86_REG_EFLAGS, (flags | 1) if failed else (flags & ~1))
        self.uc.reg_write(X86.UC_X86_REG_RAX, value)
        for register in (X86.UC_X86_REG_RDX, X86.UC_X86_REG_RCX, X86.UC_X86_REG_R11):
            self.uc.reg_write(register, GARBAGE)


class Interrupted(Processor):
    """System calls come as an exception of this number."""

    exception = 2

    def hook(self, call):
        def interrupt(_uc, number, _data):
            if number != self.exception:
                raise Crash(f"exception {number} at {self.uc.reg_read(self.pc):#x}")
            call()

        self.uc.hook_add(unicorn.UC_HOOK_INTR, interrupt)

    def instruction(self):
        at = self.uc.reg_read(self.pc) - 4
        return struct.unpack("<I", self.uc.mem_read(at, 4))[0]


class Aarch64(Interrupted):
    kind = (unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
    pc, sp = A64.UC_ARM64_REG_PC, A64.UC_ARM64_REG_SP
    registers = tuple(A64.UC_ARM64_REG_X0 + index for index in range(8))
    strings = A64.UC_ARM64_REG_X2
    stack_slots = 0

    def number(self):
        instruction = self.instruction()
        assert instruction & 0xFFE0001F == 0xD4000001, hex(instruction)
        return (instruction >> 5) & 0xFFFF

    def answer(self, value, failed):
        flags = self.uc.reg_read(A64.UC_ARM64_REG_NZCV)
        carry = 1 << 29
        self.uc.reg_write(A64.UC_ARM64_REG_NZCV, (flags | carry) if failed else (flags & ~carry))
        self.uc.reg_write(A64.UC_ARM64_REG_X0, value)
        self.uc.reg_write(A64.UC_ARM64_REG_X1, GARBAGE)


class Armv7(Interrupted):
    kind = (unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
    pc, sp = ARM.UC_ARM_REG_PC, ARM.UC_ARM_REG_SP
    registers = (ARM.UC_ARM_REG_R0, ARM.UC_ARM_REG_R1, ARM.UC_ARM_REG_R2, ARM.UC_ARM_REG_R3)
    strings = ARM.UC_ARM_REG_R0
    stack_slots = 0

    def number(self):
        instruction = self.instruction()
        assert instruction & 0x0FF00000 == 0x0FA00000, hex(instruction)
        return instruction & 0xFFFFF

    def answer(self, value, failed):
        flags = self.uc.reg_read(ARM.UC_ARM_REG_CPSR)
        carry = 1 << 29
        self.uc.reg_write(ARM.UC_ARM_REG_CPSR, (flags | carry) if failed else (flags & ~carry))
        self.uc.reg_write(ARM.UC_ARM_REG_R0, value)
        self.uc.reg_write(ARM.UC_ARM_REG_R1, GARBAGE)


class Mips(Interrupted):
    kind = (unicorn.UC_ARCH_MIPS, unicorn.UC_MODE_MIPS32)
    exception = 17
    pc, sp = MIPS.UC_MIPS_REG_PC, MIPS.UC_MIPS_REG_SP
    registers = (MIPS.UC_MIPS_REG_A0, MIPS.UC_MIPS_REG_A1, MIPS.UC_MIPS_REG_A2, MIPS.UC_MIPS_REG_A3)
    strings = MIPS.UC_MIPS_REG_A3
    stack_slots = 16

    def number(self):
        return self.uc.reg_read(MIPS.UC_MIPS_REG_V0)

    def answer(self, value, failed):
        self.uc.reg_write(MIPS.UC_MIPS_REG_AT, GARBAGE)
        self.uc.reg_write(MIPS.UC_MIPS_REG_V1, GARBAGE)
        self.uc.reg_write(MIPS.UC_MIPS_REG_V0, value)
        self.uc.reg_write(MIPS.UC_MIPS_REG_A3, int(failed))
        # without this the emulator makes the call again
        self.uc.reg_write(self.pc, self.uc.reg_read(self.pc))


PROCESSORS = {"x64": Amd64, "AArch64": Aarch64, "ARM": Armv7, "MIPS": Mips}


class Machine:
    """A process: memory, processor, and the system that it calls."""

    def __init__(self, path, arguments, system):
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.wide = elf.elfclass == 64
            self.order = "<" if elf.little_endian else ">"
            processor = PROCESSORS[elf.get_machine_arch()]
            arch, mode = processor.kind
            big = unicorn.UC_MODE_BIG_ENDIAN if self.order == ">" else 0
            self.uc = unicorn.Uc(arch, mode | big)
            self.cpu = processor(self.uc)
            self.entry = elf["e_entry"]
            self._load(elf)
        self.word = 8 if self.wide else 4
        self.next_mapping = 0x7000_0000_0000 if self.wide else 0x2000_0000
        self.system = system
        self.status = None
        self._start(arguments)
        self.cpu.hook(self._call)

    def _load(self, elf):
        pages = {}
        segments = [part for part in elf.iter_segments() if part["p_type"] == "PT_LOAD"]
        for part in segments:
            permission = 0
            for flag, meaning in ((4, unicorn.UC_PROT_READ), (2, unicorn.UC_PROT_WRITE), (1, unicorn.UC_PROT_EXEC)):
                permission |= meaning if part["p_flags"] & flag else 0
            end = part["p_vaddr"] + part["p_memsz"]
            for page in range(part["p_vaddr"] & -PAGE, end, PAGE):
                pages[page] = pages.get(page, 0) | permission
        for page, permission in pages.items():
            self.uc.mem_map(page, PAGE, permission)
        for part in segments:
            self.uc.mem_write(part["p_vaddr"], part.data())

    def _start(self, arguments):
        """The stack as exec leaves it, and struct ps_strings, whose address is what the program begins with."""
        top = 0x7F7F_FF00_0000 if self.wide else 0x7FFF_0000
        read_write = unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE
        self.uc.mem_map(top - STACK_SIZE, STACK_SIZE, read_write)
        at = top - 4 * self.word
        strings = at
        pointers = []
        for argument in arguments:
            text = argument.encode() + b"\0"
            at -= len(text)
            self.uc.mem_write(at, text)
            pointers.append(at)
        vector = self.words(len(arguments), *pointers, 0, 0, 0, 0)
        at = (at - len(vector)) & -16
        self.uc.mem_write(at, vector)
        count = struct.pack(self.order + ("ixxxx" if self.wide else "i"), len(arguments))
        after = at + self.word * (len(arguments) + 2)
        none = self.words(0)
        self.uc.mem_write(strings, self.words(at + self.word) + count + self.words(after) + none)
        self.uc.reg_write(self.cpu.sp, at)
        self.uc.reg_write(self.cpu.strings, strings)

    def run(self):
        """Runs to the end; the exit status."""
        try:
            self.uc.emu_start(self.entry, 0)
        except unicorn.UcError as error:
            raise Crash(f"{error} at {self.uc.reg_read(self.cpu.pc):#x}") from error
        if self.status is None:
            raise Crash(f"stopped at {self.uc.reg_read(self.cpu.pc):#x}")
        return self.status

    def exit(self, status):
        self.status = status
        self.uc.emu_stop()

    def _call(self):
        try:
            value = self.system.call(self, self.cpu.number())
        except Refused as refused:
            self.cpu.answer(self.system.errno(refused.name), True)
            return
        if self.status is None:
            self.cpu.answer(value & (1 << 8 * self.word) - 1, False)

    def private(self):
        """Bytes of the pages that are the process's own: writable, and written to."""
        empty = bytes(PAGE)
        size = 0
        for begin, end, permission in self.uc.mem_regions():
            if permission & unicorn.UC_PROT_WRITE:
                pages = range(begin, end + 1, PAGE)
                size += sum(PAGE for page in pages if self.uc.mem_read(page, PAGE) != empty)
        return size

    # arguments

    def slot(self, index):
        """A word of the arguments, without sign."""
        registers = self.cpu.registers
        if index < len(registers):
            return self.uc.reg_read(registers[index]) & (1 << 8 * self.word) - 1
        at = self.uc.reg_read(self.cpu.sp) + self.cpu.stack_slots
        return self.read_word(at + self.word * (index - len(registers)))

    def integer(self, index):
        """An int."""
        value = self.slot(index) & 0xFFFF_FFFF
        return value - (1 << 32) if value >> 31 else value

    def long(self, index):
        """A 64-bit argument that begins at this slot: one of the wide machines', an even pair of the narrow ones'."""
        if self.wide:
            return self.slot(index)
        assert index % 2 == 0
        pair = self.slot(index), self.slot(index + 1)
        low, high = pair if self.order == "<" else pair[::-1]
        return low | high << 32

    # memory

    def words(self, *values):
        return struct.pack(f"{self.order}{len(values)}{'Q' if self.wide else 'I'}", *values)

    def read_word(self, at):
        return struct.unpack(self.order + ("Q" if self.wide else "I"), self.read(at, self.word))[0]

    def read(self, at, size):
        try:
            return bytes(self.uc.mem_read(at, size)) if size else b""
        except unicorn.UcError:
            raise Refused("EFAULT") from None

    def write(self, at, data):
        try:
            self.uc.mem_write(at, bytes(data))
        except unicorn.UcError:
            raise Refused("EFAULT") from None

    def text(self, at, limit=1024):
        """A string that ends in NUL."""
        found = b""
        while len(found) < limit:
            part = self.read(at + len(found), min(64, PAGE - (at + len(found)) % PAGE))
            if b"\0" in part:
                return (found + part[: part.index(b"\0")]).decode()
            found += part
        raise Refused("ENAMETOOLONG")

    def texts(self, at):
        """A list of pointers to strings, ended by null."""
        found = []
        while pointer := self.read_word(at):
            found.append(self.text(pointer, 65536))
            at += self.word
        return found

    def map(self, size):
        size = (size + PAGE - 1) & -PAGE
        at = self.next_mapping
        self.next_mapping += size + PAGE
        self.uc.mem_map(at, size, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        return at
