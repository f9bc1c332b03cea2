#!/bin/sh
# A line of the probe is a measurement; each goes into the day's record with its time.
while :; do
	while read -r measurement; do
		printf '%s\t%s\n' "$(date +%s)" "$measurement" >>"/records/$(date +%Y-%m-%d)/probe.tsv"
		date +%s >/tmp/alive
	done </dev/tty01
	echo "the probe's line was closed" >&2
	sleep 1
done
