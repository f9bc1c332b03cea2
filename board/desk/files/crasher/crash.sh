#!/bin/sh
sleep 1
echo "failing on purpose" >&2
exit 3
