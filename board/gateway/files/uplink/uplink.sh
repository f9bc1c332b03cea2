#!/bin/sh
sleep 2
echo "no carrier" >&2
exit 1
