#!/usr/bin/env python3
"""Lists what is in an FFS image, of either byte order, as scripts/rootfs --list wrote what should be.

usage: readback.py IMAGE le|be
A line for each thing: path, kind, mode, and size with digest or a link's target. What is not root's is named with its
owner, which no line of the list has. Exit status 1 for an image that is none."""

import hashlib
import stat
import struct
import sys

SUPERBLOCK, MAGIC = 8192, 0x011954  # UFS1: sys/ufs/ffs/fs.h
ROOT = 2


class Image:
    def __init__(self, data, order):
        self.data, self.order = data, order
        word = lambda at: self.unpack("i", SUPERBLOCK + at)[0]
        if len(data) < SUPERBLOCK + 1376 or word(1372) != MAGIC:
            raise ValueError("no FFS of this byte order")
        self.inodes_at, self.offset, self.mask = word(16), word(24), word(28)
        self.block, self.fragment, self.fragments = word(48), word(52), word(56)
        self.per_block, self.per_group, self.group = word(120), word(184), word(188)

    def unpack(self, what, at):
        return struct.unpack_from(self.order + what, self.data, at)

    def inode(self, number):
        group, index = divmod(number, self.per_group)
        start = self.group * group + self.offset * (group & ~self.mask)
        start += self.inodes_at + index // self.per_block * self.fragments
        return Inode(self, start * self.fragment + index % self.per_block * 128)


class Inode:
    def __init__(self, image, at):
        self.image, self.at = image, at
        self.mode, = image.unpack("H", at)
        self.size, = image.unpack("Q", at + 8)
        self.owner = image.unpack("II", at + 112)

    def blocks(self):
        yield from self.image.unpack("12I", self.at + 40)
        for depth, block in enumerate(self.image.unpack("3I", self.at + 88)):
            if block:
                yield from self.indirect(block, depth)

    def indirect(self, block, depth):
        image = self.image
        for number in image.unpack(f"{image.block // 4}I", block * image.fragment):
            if depth == 0 or number == 0:
                yield number
            else:
                yield from self.indirect(number, depth - 1)

    def content(self):
        if stat.S_ISLNK(self.mode) and self.size < 60:
            return self.image.data[self.at + 40 : self.at + 40 + self.size]
        parts, left = [], self.size
        for block in self.blocks():
            if left <= 0:
                break
            start, size = block * self.image.fragment, min(left, self.image.block)
            parts.append(self.image.data[start : start + size] if block else bytes(size))
            left -= size
        return b"".join(parts)

    def entries(self):
        content, at = self.content(), 0
        while at < len(content):
            number, length = struct.unpack_from(self.image.order + "IH", content, at)
            name = content[at + 8 : at + 8 + content[at + 7]].decode()
            if number and name not in (".", ".."):
                yield name, self.image.inode(number)
            at += length


def show(path, inode):
    kinds = {stat.S_IFDIR: "dir", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(inode.mode), "other")
    rest = ""
    if kind == "file":
        rest = f" {inode.size} {hashlib.sha256(inode.content()).hexdigest()}"
    elif kind == "link":
        rest = f" {inode.content().decode()}"
    if inode.owner != (0, 0):
        rest += f" owner {inode.owner}"
    yield f"{path} {kind} {inode.mode & 0o7777:o}{rest}"
    if kind == "dir":
        for name, below in inode.entries():
            yield from show(f"{path}/{name}", below)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("le", "be"):
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        image = Image(data, {"le": "<", "be": ">"}[sys.argv[2]])
        print("\n".join(sorted(show(".", image.inode(ROOT)))))
    except (ValueError, struct.error) as why:
        sys.exit(f"readback: {sys.argv[1]}: {why}")


if __name__ == "__main__":
    main()
