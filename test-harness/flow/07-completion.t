#!/bin/sh
# SPDX-License-Identifier: ISC
# bash completes the tool's command line: verbs, options, and the addresses and
# users in the map.
# shellcheck disable=SC1003 # backslashes are meant
. "$(dirname "$0")/../lib/tap.sh"
uses servers

# completions LINE: print the words that bash offers at its end.
completions() {
	# shellcheck disable=SC2016 # the inner shell fills it in
	PATH=$O:$PATH bash --norc -c '. maps/tool/authmap.bash
		COMP_LINE=$1 COMP_POINT=${#1}
		$(complete -p authmap | sed "s/.* -F \([^ ]*\) .*/\1/")
		echo "${COMPREPLY[*]}"' bash "$1"
}

begin
authmap record 203.0.113.7 joe imap
authmap record 2001:db8::7 amy imap
# shellcheck disable=SC2016 # not to be expanded, ever
authmap record 2001:db8::8 'eve; $(reboot) *' imap

is "$(completions "authmap ")" \
	"list lookup record prelogin remove block unblock blocks import stats watch check config sweep relaylock help" \
	"verbs"
is "$(completions "authmap help re")" "record remove relaylock" \
	"  help takes a verb, too"
is "$(completions "authmap re")" "record remove relaylock" \
	"  that begin with the typed text"
# The verbs that the tool itself prints, and no others.
is "$(completions "authmap ")" \
	"$(authmap --help | awk 'NR > 1 && !seen[$1]++ {
		printf "%s%s", sep, $1; sep = " " }')" \
	"  all of them"
is "$(completions "authmap --j")" "--json" "options"
is "$(completions "authmap sweep -")" "-c --json --help --version" \
	"  after the verb, too"
is "$(completions "authmap list --")" \
	"--json --help --version --user --service --network" "  list's filters"
is "$(completions "authmap config -")" "-c --json --help --version -n" \
	"  and those of config"
is "$(completions "authmap remove --u")" "--user" "  and those of remove"
is "$(completions "authmap record --")" \
	"--json --help --version --env --pam --postlogin --user --service" "  and those of record"
is "$(completions "authmap stats --p") $(completions "authmap watch --i")" \
	"--prometheus --interval" "  and those of stats and watch"
is "$(completions "authmap import $S/authmap.c")" "$CONF" "import: files"
is "$(completions "authmap -c $S/authmap.c")" "$CONF" "-c: files"
is "$(completions "authmap -c $CONF lookup 2")" \
	"203.0.113.7 2001:db8::7 2001:db8::8" "lookup: addresses that may relay"
is "$(completions "authmap -c $CONF remove 203.0.113.7 203")" "203.0.113.7" \
	"remove: one more"
is "$(completions "authmap -c $CONF remove 2001:db8::")" "7 8" \
	"  IPv6: the text behind the last colon"
is "$(completions "authmap -c $CONF remove --user j")" "joe" "  users"
is "$(completions "authmap -c $CONF remove --user ")" "amy joe" \
	"  none that the shell would interpret"
is "$(completions "authmap -c $CONF list --user a")" "amy" "list: users"
is "$(completions "authmap -c $CONF list --network 203")" "203.0.113.7" \
	"  and addresses"
is "$(completions "authmap -c $CONF list --service ")" "" "  no services"
is "$(completions "authmap -c $CONF record ")" "" "record: nothing"
is "$(completions "authmap relaylock ")" "--" "relaylock: the words that begin a command"
like "$(completions "authmap relaylock -- ech")" "echo" "  and the command"
is "$(completions "authmap prelogin ")" "--" "prelogin: the same"
is "$(completions "authmap record --env ")" "--" "record --env, too"
authmap block 2001:db8:ff::/48
authmap block bob
is "$(completions "authmap -c $CONF block 200")" "2001:db8::7 2001:db8::8" \
	"block: addresses that may relay"
is "$(completions "authmap -c $CONF block joe --for ")" "" "  no times"
is "$(completions "authmap -c $CONF unblock ")" "2001:db8:ff::/48 bob" \
	"unblock: blocked networks"
is "$(completions "authmap -c $CONF unblock --user ")" "bob" "  users"
authmap block --user bo:b
authmap block --user -b
is "$(completions "authmap -c $CONF unblock ")" "2001:db8:ff::/48 bob" \
	"  but no user that looks like an option or an address"
is "$(completions "authmap -c $CONF unblock --user ")" "bob bo:b -b" \
	"  but with --user"

# Names with backslashes: doubled, or plain behind a single quote.
authmap record 203.0.113.20 'jürgen@example.org' imap
authmap record 203.0.113.21 'DOM\joe' imap
authmap record 203.0.113.22
offered() {		# offered LINE WANTED NAME
	is "$(completions "authmap -c $CONF remove --user $1")" "$2" "$3"
}
offered j 'j\\303\\274rgen@example.org joe' "a name is quoted for the shell"
offered 'j\\' 'j\\303\\274rgen@example.org' "  also if a part of it is typed"
offered "'j\\" 'j\303\274rgen@example.org' "  behind a single quote"
offered '"j\\' 'j\\303\\274rgen@example.org' "  behind a double quote"
offered D 'DOM\\\\joe' "a name with a backslash"
offered - '' "a record without a user is no name"

# Type a line in bash, complete it, and run it.
cat >"$S/bashrc" <<-EOF
	PATH=$O:\$PATH
	. $TOP/maps/tool/authmap.bash
	bind 'set bell-style none'
	PS1='ready '
	EOF
run() {			# run ADDRESS WORDS NAME
	"$TOP/test-harness/programs/screen" 24x200 'wait:^ready' \
		"key:authmap -c $CONF remove --user $2\t" "wait:$4" 'key:\n' \
		"wait:^removed|is not" show 'key:exit\n' -- env TERM=dumb \
		HISTFILE=/dev/null bash --noprofile --rcfile "$S/bashrc" -i \
		>"$S/screen" 2>&1
	like "$(cat "$S/screen")" "^removed $1 " "$3"
}
run 203.0.113.20 'j\\\\' 'typed: a name with backslashes is removed' 'org$'
authmap record 203.0.113.20 'jürgen@example.org' imap
run 203.0.113.20 "'j\\\\" 'typed: behind a quote' "org'"
authmap record 203.0.113.20 'jürgen@example.org' imap
run 203.0.113.20 'j\\\\303\\\\274rgen@e' 'typed: from an @ on' 'org$'
run 203.0.113.21 D 'typed: with a backslash of its own' 'joe$'
done_testing
