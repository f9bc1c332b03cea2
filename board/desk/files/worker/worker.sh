#!/bin/sh
# Counts; each count replaces the file on the volume in one step, so that nobody reads half of one.
count=0
while :; do
	count=$((count + 1))
	date +%s >/scratch/alive
	echo "$count" >/status/.count.new
	mv /status/.count.new /status/count.txt
	echo "worker: count $count" | nc -w 1 127.0.0.1 5140 || echo "the logger does not answer" >&2
	sleep 5
done
