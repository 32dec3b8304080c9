#!/bin/sh
# SPDX-License-Identifier: ISC
# Each login is killed before each of its system calls, and each of these fails;
# memory runs out at each allocation; each file is damaged in every way.
# FAULTS=all: the whole table, that of "make faults".
[ "${FAULTS:-}" = all ] || set -- --brief
exec "$(dirname "$0")/../fault-table/run" --tap "$@"
