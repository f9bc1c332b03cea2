#!/bin/sh
# Well when it accepts a connection.
exec nc -w 1 127.0.0.1 5140 </dev/null
