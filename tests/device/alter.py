#!/usr/bin/env python3
"""Turns a bit of every copy of a file that is in an image, behind its header.

usage: alter.py IMAGE FILE
What is looked for is the file's first 512 bytes, which lie together in a file system. Exit status 1 when there is none."""

import sys

if len(sys.argv) != 3:
    sys.exit(__doc__)
with open(sys.argv[2], "rb") as file:
    begins = file.read(512)
with open(sys.argv[1], "r+b") as image:
    data = image.read()
    at, found = data.find(begins), 0
    while at >= 0:
        image.seek(at + 100)
        image.write(bytes([data[at + 100] ^ 1]))
        found += 1
        at = data.find(begins, at + 1)
print(f"{found} copies altered")
sys.exit(found == 0)
