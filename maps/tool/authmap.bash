# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# Complete authmap's command line in bash: verbs, options, addresses and users.

# Print the lines of standard input that are safe in a command line: names come from
# the network.  Double each backslash, except within single quotes.
_authmap_words() {
	grep -x '[[:alnum:]@._+=:/\-]*' |
		if [[ $quote == "'" ]]; then cat; else sed 's/\\/&&/g'; fi
}

# _authmap_blocked KIND: print the blocked users or networks.
_authmap_blocked() {
	authmap "${config[@]}" blocks 2>/dev/null | grep "^$1	" | cut -f 2 |
		_authmap_words
}

# Print what may replace $word, one a line.
_authmap_offers() {
	if [[ $before == -- ]]; then
		compgen -c -- "$word"
	elif [[ $verb == relaylock || $verb == prelogin || $before =~ ^--(env|postlogin)$ ]]; then
		echo --
	elif [[ $before == -c || ($verb == import && $word != -*) ]]; then
		compgen -f -- "$word"
	elif [[ $verb == unblock && $before == --user ]]; then
		_authmap_blocked user
	elif [[ $verb =~ ^(list|record|remove|block)$ && $before == --user ]]; then
		authmap "${config[@]}" list 2>/dev/null | cut -f 2 | sort -u |
			grep -vx - | _authmap_words
	elif [[ $word == -* ]]; then
		printf '%s\n' -c --json --help --version
		case $verb in
		list) printf '%s\n' --user --service --network ;;
		remove | unblock) echo --user ;;
		block) printf '%s\n' --user --for ;;
		record) printf '%s\n' --env --pam --postlogin --user --service ;;
		config) printf "%s\n" -n ;;
		import) echo --login-times ;;
		stats) echo --prometheus ;;
		watch) echo --interval ;;
		check) echo --probe ;;
		esac
	elif [[ -z $verb || $verb == help ]]; then
		printf '%s\n' list lookup record prelogin remove block unblock \
			blocks import stats watch check config sweep relaylock \
			help
	elif [[ $verb == unblock ]]; then
		_authmap_blocked network
		# Leave out names that would be taken for something else without --user.
		_authmap_blocked user | grep -vx -e '-.*' -e '.*:.*' \
			-e '[0-9./]*'
	elif [[ $before =~ ^--(for|interval|service)$ ]]; then
		:
	elif [[ $verb =~ ^(lookup|remove|block)$ || $before == --network ]]; then
		authmap "${config[@]}" list 2>/dev/null | cut -f 1
	fi
}

_authmap() {
	local line=${COMP_LINE:0:COMP_POINT} verb='' config=() words word before i
	local quote='' breaks=${COMP_WORDBREAKS//[!:=@]/}
	# Split at blanks only: bash also splits an IPv6 address at its colons.
	read -ra words <<<"$line"
	[[ $line != *[[:blank:]] ]] || words+=('')
	word=${words[-1]} before=${words[-2]}
	[[ $word != [\'\"]* ]] || quote=${word:0:1} word=${word:1}
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		-c) config=(-c "${words[++i]}") ;;
		-*) ;;
		*) verb=${verb:-${words[i]}} ;;
		esac
	done
	COMPREPLY=()
	[[ $before != -c && $verb != import ]] || compopt -o filenames 2>/dev/null
	while IFS= read -r line; do
		[[ $line != "$word"* ]] || COMPREPLY+=("$line")
	done < <(_authmap_offers)
	# Outside of quotes, bash replaces only the text after the last of these
	# characters, or from the last "@" on.
	if [[ -z $quote && -n $breaks ]]; then
		word=${word%"${word##*["$breaks"]}"}
		COMPREPLY=("${COMPREPLY[@]#"${word%@}"}")
	fi
}

complete -F _authmap authmap
