#!/bin/sh
# One connection: its lines go to the log. Standard output is the connection, so they go to standard error.
exec cat >&2
