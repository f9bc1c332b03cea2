#!/bin/sh
# Well when it sampled in the last three minutes.
read -r alive </tmp/alive || exit 1
[ $(($(date +%s) - alive)) -lt 180 ]
