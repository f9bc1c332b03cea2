#!/bin/sh
# Well when something was measured in the last minute.
read -r alive </tmp/alive || exit 1
[ $(($(date +%s) - alive)) -lt 60 ]
