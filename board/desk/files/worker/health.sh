#!/bin/sh
# Well when it counted in the last 15 seconds.
alive=$(cat /scratch/alive) || exit 1
now=$(date +%s)
[ $((now - alive)) -lt 15 ]
