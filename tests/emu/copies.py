"""The copying and filling that ARM and MIPS files bring along, called with random blocks that overlap and do not."""

import random

from elftools.elf.elffile import ELFFile
from unicorn import arm_const as ARM
from unicorn import mips_const as MIPS

from machine import Armv7, Machine

ROUNDS = 500
AREA = 256
BACK = 0x1337_0000


class Caller:
    """Calls functions of an ELF file that has its symbols."""

    def __init__(self, elf):
        self.machine = Machine(elf, ["copies"], None)
        with open(elf, "rb") as file:
            symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()
            self.functions = {symbol.name: symbol["st_value"] for symbol in symbols}
        self.arm = isinstance(self.machine.cpu, Armv7)
        self.link = ARM.UC_ARM_REG_LR if self.arm else MIPS.UC_MIPS_REG_RA
        self.result = ARM.UC_ARM_REG_R0 if self.arm else MIPS.UC_MIPS_REG_V0
        self.area = self.machine.map(AREA)
        self.machine.uc.mem_map(BACK, 4096)

    def call(self, function, *arguments):
        uc = self.machine.uc
        for register, argument in zip(self.machine.cpu.registers, arguments):
            uc.reg_write(register, argument)
        uc.reg_write(self.link, BACK)
        uc.emu_start(self.functions[function], BACK, count=100_000)
        return uc.reg_read(self.result)


def wrong(elf):
    """What is wrong, None if nothing."""
    caller, chance = Caller(elf), random.Random(1)
    area = caller.area
    copies = ["memmove", "memcpy"] + (["__aeabi_memcpy4", "__aeabi_memmove"] if caller.arm else [])
    fills = ["memset"] + (["__aeabi_memset", "__aeabi_memclr"] if caller.arm else [])
    for _ in range(ROUNDS):
        data = bytearray(chance.randbytes(AREA))
        caller.machine.write(area, data)
        size = chance.choice([0, 1, 2, 3, 4, 7, 16, chance.randrange(100)])
        source = chance.randrange(1, 150)
        to = chance.choice([source - 1, source, source + 1, chance.randrange(150)])
        copy, fill, value = chance.choice(copies), chance.choice(fills), chance.randrange(256)
        answer = caller.call(copy, area + to, area + source, size)
        data[to:to + size] = data[source:source + size]
        if caller.machine.read(area, AREA) != data or (answer != area + to and copy.startswith("mem")):
            return f"{copy}: {size} bytes from {source} to {to}"
        if fill == "memset":
            # only the low byte of the value counts
            if caller.call(fill, area + to, value | 0x5500, size) != area + to:
                return f"{fill}: result"
        elif fill == "__aeabi_memset":
            caller.call(fill, area + to, size, value)
        else:
            value = 0
            caller.call(fill, area + to, size, 0x77)
        data[to:to + size] = bytes([value]) * size
        if caller.machine.read(area, AREA) != data:
            return f"{fill}: {size} bytes at {to}"
    return None
