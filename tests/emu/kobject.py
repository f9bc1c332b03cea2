"""A kernel with a module's object in it: loads a relocatable file as NetBSD's kobj(9) does, and calls its functions.

Every call checks what a kernel relies on: registers that are the caller's come back unchanged, on MIPS $24 (the current
LWP) and $28 are what they were after every instruction, and nothing is kept below the stack pointer, where an interrupt
would put its frame. Library functions destroy every register that a call may.
"""

import struct

import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm64_const as A64
from unicorn import arm_const as ARM
from unicorn import mips_const as MIPS
from unicorn import x86_const as X86

GARBAGE = 0x0BAD0BAD
#: Below the stack pointer an interrupt may write at any time.
BELOW = 256
STACK_SIZE = 64 << 10
SCRATCH_SIZE = 64 << 10


class Broken(Exception):
    """The object did what a kernel does not survive."""


class Long(int):
    """An argument of 64 bits."""


class Amd64:
    kind = (unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
    pc, sp, result = X86.UC_X86_REG_RIP, X86.UC_X86_REG_RSP, X86.UC_X86_REG_RAX
    arguments = (X86.UC_X86_REG_RDI, X86.UC_X86_REG_RSI, X86.UC_X86_REG_RDX,
                 X86.UC_X86_REG_RCX, X86.UC_X86_REG_R8, X86.UC_X86_REG_R9)
    kept = (X86.UC_X86_REG_RBX, X86.UC_X86_REG_RBP, X86.UC_X86_REG_R12, X86.UC_X86_REG_R13,
            X86.UC_X86_REG_R14, X86.UC_X86_REG_R15)
    lost = (*arguments, X86.UC_X86_REG_R10, X86.UC_X86_REG_R11)
    always = ()
    home = 0
    back = b"\xc3"
    # within 31 bits, which extended by their sign are the code model's addresses; the emulator has no others
    text, library, data = 0x4100_0000, 0x4020_0000, 0x7000_0000_0000

    @staticmethod
    def enter(uc, stop, sp):
        uc.mem_write(sp - 8, struct.pack("<Q", stop))
        return sp - 8


class Linked:
    """A call leaves where it came from in a register."""

    @classmethod
    def enter(cls, uc, stop, sp):
        uc.reg_write(cls.link, stop)
        return sp


class Aarch64(Linked):
    kind = (unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
    pc, sp, link = A64.UC_ARM64_REG_PC, A64.UC_ARM64_REG_SP, A64.UC_ARM64_REG_X30
    result = A64.UC_ARM64_REG_X0
    arguments = tuple(A64.UC_ARM64_REG_X0 + index for index in range(8))
    kept = tuple(A64.UC_ARM64_REG_X0 + index for index in range(19, 29)) + (A64.UC_ARM64_REG_X29,)
    lost = tuple(A64.UC_ARM64_REG_X0 + index for index in range(19))
    always = ()
    home = 0
    back = struct.pack("<I", 0xD65F03C0)
    text, library, data = 0xFFFF_C000_0100_0000, 0xFFFF_C000_0020_0000, 0xFFFF_0000_0000_0000


class Armv7(Linked):
    kind = (unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
    pc, sp, link = ARM.UC_ARM_REG_PC, ARM.UC_ARM_REG_SP, ARM.UC_ARM_REG_LR
    result = ARM.UC_ARM_REG_R0
    arguments = (ARM.UC_ARM_REG_R0, ARM.UC_ARM_REG_R1, ARM.UC_ARM_REG_R2, ARM.UC_ARM_REG_R3)
    kept = tuple(ARM.UC_ARM_REG_R4 + index for index in range(8))
    lost = (*arguments, ARM.UC_ARM_REG_R12)
    always = ()
    home = 0
    back = struct.pack("<I", 0xE12FFF1E)
    text, library, data = 0x8100_0000, 0x8020_0000, 0xC000_0000


class Mips(Linked):
    kind = (unicorn.UC_ARCH_MIPS, unicorn.UC_MODE_MIPS32)
    pc, sp, link = MIPS.UC_MIPS_REG_PC, MIPS.UC_MIPS_REG_SP, MIPS.UC_MIPS_REG_RA
    result = MIPS.UC_MIPS_REG_V0
    arguments = (MIPS.UC_MIPS_REG_A0, MIPS.UC_MIPS_REG_A1, MIPS.UC_MIPS_REG_A2, MIPS.UC_MIPS_REG_A3)
    kept = tuple(MIPS.UC_MIPS_REG_S0 + index for index in range(8)) + (MIPS.UC_MIPS_REG_FP,)
    lost = (*arguments, MIPS.UC_MIPS_REG_AT, MIPS.UC_MIPS_REG_V1, MIPS.UC_MIPS_REG_T9,
            *(MIPS.UC_MIPS_REG_T0 + index for index in range(8)))
    always = (MIPS.UC_MIPS_REG_T8, MIPS.UC_MIPS_REG_GP, MIPS.UC_MIPS_REG_K0, MIPS.UC_MIPS_REG_K1)
    home = 16
    back = bytes(8)
    # in another 256 MiB than what it calls, as kseg2 is from kseg0
    text, library, data = 0x4030_0000, 0x0010_0000, 0x6000_0000


PROCESSORS = {"x64": Amd64, "AArch64": Aarch64, "ARM": Armv7, "MIPS": Mips}


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Kernel:
    """The object of a policy core, loaded; `call` calls its functions."""

    def __init__(self, path):
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.order = "<" if elf.little_endian else ">"
            self.word = elf.elfclass // 8
            self.cpu = PROCESSORS[elf.get_machine_arch()]
            self._load(elf)
        self.deepest = 0
        self.instructions = 0
        self.fault = None
        self.uc.hook_add(unicorn.UC_HOOK_CODE, self._step)

    def _load(self, elf):
        cpu = self.cpu
        memory = bytearray()
        places = {}
        for index, section in enumerate(elf.iter_sections()):
            if section["sh_flags"] & 2 and section["sh_type"] in ("SHT_PROGBITS", "SHT_NOBITS"):
                memory += bytes(-len(memory) % max(section["sh_addralign"], 1))
                places[index] = cpu.text + len(memory)
                memory += section.data() if section["sh_type"] == "SHT_PROGBITS" else bytes(section["sh_size"])
        self.functions, self.library, values = {}, {}, []
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            home = symbol["st_shndx"]
            if home in places:
                values.append(places[home] + symbol["st_value"])
                self.functions[symbol.name] = values[-1]
            elif home == "SHN_UNDEF" and symbol.name:
                values.append(cpu.library + 16 * len(self.library))
                self.library[values[-1]] = getattr(self, f"_{symbol.name.lstrip('_')}", None)
                if self.library[values[-1]] is None:
                    raise Broken(f"calls {symbol.name}, which nobody here knows")
            else:
                values.append(0)
        for section in elf.iter_sections():
            if section["sh_type"] in ("SHT_REL", "SHT_RELA") and section["sh_info"] in places:
                for entry in section.iter_relocations():
                    at = places[section["sh_info"]] + entry["r_offset"]
                    addend = entry["r_addend"] if section["sh_type"] == "SHT_RELA" else None
                    self._relocate(memory, at, entry["r_info_type"], values[entry["r_info_sym"]], addend)
        big = unicorn.UC_MODE_BIG_ENDIAN if self.order == ">" else 0
        self.uc = unicorn.Uc(cpu.kind[0], cpu.kind[1] | big)
        self.uc.mem_map(cpu.text, (len(memory) + 0xFFFF) & ~0xFFFF)
        self.uc.mem_write(cpu.text, bytes(memory))
        self.uc.mem_map(cpu.library, 0x1000)
        back = cpu.back
        if cpu is Mips:
            back = struct.pack(self.order + "II", 0x03E00008, 0)
        for place in [*self.library, cpu.library + 0xFF0]:
            self.uc.mem_write(place, back)
        self.uc.mem_map(cpu.data, STACK_SIZE + SCRATCH_SIZE)
        self.top = cpu.data + STACK_SIZE - 256
        self.scratch = cpu.data + STACK_SIZE

    def _relocate(self, memory, at, kind, value, addend):
        """What kobj_reloc() of each processor does."""
        offset = at - self.cpu.text
        (here,) = struct.unpack_from(self.order + "I", memory, offset)
        store = lambda form, number: struct.pack_into(self.order + form, memory, offset, number)
        if self.cpu is Amd64:
            total = value + addend
            if kind == 1:
                store("Q", total)
            elif kind == 2:
                store("i", total - at)
            elif kind == 10:
                store("I", total)
            elif kind == 11:
                store("i", signed(total, 64))
            else:
                raise Broken(f"relocation {kind}")
        elif self.cpu is Aarch64:
            total = value + addend
            scaled = {277: 0, 278: 0, 284: 1, 285: 2, 286: 3}
            if kind == 257:
                store("Q", total)
            elif kind in scaled:
                low = (total & 0xFFF) >> scaled[kind]
                store("I", (here & ~(0xFFF << 10)) | low << 10)
            elif kind == 275:
                pages = (total >> 12) - (at >> 12)
                store("I", (here & 0x9F00001F) | (pages & 3) << 29 | ((pages >> 2) & 0x7FFFF) << 5)
            elif kind in (282, 283):
                store("I", (here & 0xFC000000) | ((total - at) >> 2) & 0x03FFFFFF)
            else:
                raise Broken(f"relocation {kind}")
        elif self.cpu is Armv7:
            if kind == 2:
                store("I", (here + value) & 0xFFFFFFFF)
            elif kind == 3:
                store("I", (here + value - at) & 0xFFFFFFFF)
            elif kind in (28, 29):
                distance = (signed(here, 24) << 2) + value - at
                store("I", (here & 0xFF000000) | (distance >> 2) & 0x00FFFFFF)
            else:
                raise Broken(f"relocation {kind}")
        else:
            total = value + addend
            if kind == 2:
                store("I", total & 0xFFFFFFFF)
            elif kind in (5, 6) and here & 0xFFFF == 0:
                store("I", here | ((total + 0x8000) >> 16 if kind == 5 else total) & 0xFFFF)
            else:
                raise Broken(f"relocation {kind} on {here:#x}")

    # What libkern has.

    def _memcpy(self, to, source, count):
        self.uc.mem_write(to, bytes(self.uc.mem_read(source, count)))
        return to

    _memmove = _memcpy

    def _memset(self, to, byte, count):
        self.uc.mem_write(to, bytes([byte & 0xFF]) * count)
        return to

    def _memcmp(self, one, other, count):
        one, other = self.uc.mem_read(one, count), self.uc.mem_read(other, count)
        return (one > other) - (one < other)

    def _step(self, uc, at, _size, _data):
        self.instructions += 1
        stack = uc.reg_read(self.cpu.sp)
        self.deepest = max(self.deepest, self.top - stack)
        uc.mem_write(stack - BELOW, self.noise)
        for register, value in self.fixed:
            if uc.reg_read(register) != value:
                self.fault = f"register {register} changed before {at - self.cpu.text:#x}"
                uc.emu_stop()
        function = self.library.get(at)
        if function is not None:
            result = function(*(uc.reg_read(register) for register in self.cpu.arguments[:3]))
            for register in self.cpu.lost:
                uc.reg_write(register, GARBAGE)
            uc.reg_write(self.cpu.result, result & (1 << 8 * self.word) - 1)

    def _place(self, arguments):
        """The arguments' words by the C ABI: in registers, then on the stack."""
        words = []
        for argument in arguments:
            if self.word == 8 or not isinstance(argument, Long):
                words.append(int(argument))
                continue
            if len(words) % 2:
                words.append(GARBAGE)
            low, high = argument & 0xFFFFFFFF, argument >> 32
            words += [low, high] if self.order == "<" else [high, low]
        count = len(self.cpu.arguments)
        for register, word in zip(self.cpu.arguments, words):
            self.uc.reg_write(register, word)
        form = self.order + ("Q" if self.word == 8 else "I")
        for index, word in enumerate(words[count:]):
            self.uc.mem_write(self.top + self.cpu.home + index * self.word, struct.pack(form, word))

    def call(self, name, *arguments):
        """Calls a function; the result is a word."""
        cpu = self.cpu
        keep = [(register, 0x5AA5_0000 + index) for index, register in enumerate((*cpu.kept, *cpu.always))]
        for register, value in keep:
            self.uc.reg_write(register, value)
        self.fixed = [pair for pair in keep if pair[0] in cpu.always]
        self.noise = bytes([0xA5]) * BELOW
        self._place(arguments)
        stop = cpu.library + 0xFF0
        self.uc.reg_write(cpu.sp, cpu.enter(self.uc, stop, self.top))
        self.fault = None
        try:
            self.uc.emu_start(self.functions[name], stop, count=2_000_000)
        except unicorn.UcError as error:
            raise Broken(f"{name}: {error} at {self.uc.reg_read(cpu.pc) - cpu.text:#x}") from error
        if self.fault is None and self.uc.reg_read(cpu.pc) != stop:
            self.fault = "does not return"
        for register, value in keep:
            if self.uc.reg_read(register) != value:
                self.fault = self.fault or f"register {register} not kept"
        if self.uc.reg_read(cpu.sp) != self.top:
            self.fault = self.fault or "the stack is not where it was"
        if self.fault is not None:
            raise Broken(f"{name}: {self.fault}")
        return self.uc.reg_read(cpu.result)
