#!/bin/sh
# SPDX-License-Identifier: ISC
# Every man page fits into a terminal of 80 columns, with groff, which Debian's man
# uses: a table whose text does not fit is garbled there.
. "$(dirname "$0")/../lib/tap.sh"

command -v nroff >/dev/null || skip_all "there is no groff"
for page in "$TOP"/maps/*/*.[578] "$TOP"/sweeper/*.8; do
	is "$(nroff -mandoc -rLL=78n "$page" 2>&1 >"$S/page" |
		grep "break line" | head -n 3)" "" \
		"${page##*/}: each line can be broken, or fits"
done
sed 's/^\(.Bl -column "OpenSMTPD" "\)/&0123456789/' \
	"$TOP/maps/man/authmap-migrate.7" >"$S/wide.7"
like "$(nroff -mandoc -rLL=78n "$S/wide.7" 2>&1 >/dev/null)" "(can't|cannot) break line" \
	"groff tells of a table that is too wide"
done_testing
