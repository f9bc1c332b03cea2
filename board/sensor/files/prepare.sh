#!/bin/sh
set -eu
mkdir -p "/records/$(date +%Y-%m-%d)"
