#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins and sweeps are killed before each of their system calls; each call and each
# allocation fails; each file is damaged in each way.  FAULTS=all: the whole table, as
# "make faults" prints it.
[ "${FAULTS:-}" = all ] || set -- --brief
exec "$(dirname "$0")/../fault-table/run" --tap "$@"
