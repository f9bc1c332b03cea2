#!/bin/sh
# Once a minute: a line with time and temperature. The file is cut to a day and replaced in one step.
day=/samples/day.tsv
while :; do
	temperature=$(envstat -d thermal0 2>/dev/null | tail -n 1) || temperature=unknown
	date +%s >/tmp/alive
	{
		tail -n 1439 "$day"
		printf '%s\t%s\n' "$(date +%s)" "$temperature"
	} >/samples/.day.new && mv /samples/.day.new "$day"
	sleep 60
done
