#!/bin/sh
# SPDX-License-Identifier: ISC
# spin(1) tries every order of the steps in a model of the store's protocol, with
# kills, a lost map and a replaced lock.  It also finds each of the mistakes that are
# put into the model.  MODEL=long searches more, as "make model" does.
. "$(dirname "$0")/../lib/tap.sh"

command -v spin >/dev/null || skip_all "no spin"
"$TOP/test-harness/model/run" "$S" "${MODEL:-}" >"$S/said" 2>&1
status=$?
while read -r line; do
	case $line in
	"ok "*) ok 0 "${line#ok }" ;;
	"not ok "*) ok 1 "${line#not ok }" ;;
	*) echo "# $line" ;;
	esac
done <"$S/said"
is $status 0 "the whole of it"
done_testing
