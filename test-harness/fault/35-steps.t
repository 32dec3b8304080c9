#!/bin/sh
# SPDX-License-Identifier: ISC
# Each login is killed before each of its system calls, and each of these fails;
# memory runs out at each allocation; each file is damaged in every way.  The
# whole table is that of "make faults".
exec "$(dirname "$0")/../fault-table/run" --tap --brief
