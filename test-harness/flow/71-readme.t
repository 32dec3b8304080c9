#!/bin/sh
# SPDX-License-Identifier: ISC
# The commands of README.md are run on a bare Debian that has booted, with Dovecot and
# Postfix, git and make: installed from source, the first mail relayed, a reboot, removed,
# and then all of this with the packages.  The time of each step is printed.
. "$(dirname "$0")/../lib/tap.sh"
uses servers booted

README=$TOP/README.md
# A block of commands in README.md has a name in a comment before it:
# <!-- block: NAME -->.  These are run here, in this order.  "make check-fresh" runs
# "demo" and "check", and flow/28-users is about "users".
BLOCKS="source postfix remove-postfix remove-source
	packages postfix remove-postfix remove-packages"
ELSEWHERE="demo check users"

# blocks: print each line of a block after the block's name, "-" if it has none.
blocks() {
	awk '/^<!-- block: .* -->$/ { name = $3; next }
		/^```/ { fenced = !fenced; if (!fenced) name = ""; next }
		fenced || /^    [^ ]/ || (/^    / && within) {
			sub(/^    /, ""); within = 1
			print (name == "" ? "-" : name) "\t" $0; next
		}
		/^$/ { next }
		{ name = ""; within = 0 }' "$README"
}
block() {
	blocks | sed -n "s/^$1	//p"
}

# ----- README's blocks -----------------------------------------------------
is "$(blocks | cut -f 1 | sort -u)" \
	"$(echo "$BLOCKS $ELSEWHERE" | tr -s '[:space:]' '\n' | sort -u)" \
	"README.md has the blocks that are run here, and no others"

boot_start

# typed: run the lines of the input as a new user types them.  "authmap check" may report
# that no MTA asks yet.
typed() {
	sed 's/^authmap check$/& || :/' |
		inside env MAKEFLAGS=-j2 sh -c 'cd /root/authmap && exec sh -e' \
			>"$S/out" 2>&1
}
# done_as NAME TEXT: run the block NAME of README.md.
done_as() {
	begun=$(date +%s)
	block "$1" | typed
	set -- $? "$@"
	ok "$1" "$3"
	[ "$1" = 0 ] || tail -n 40 "$S/out" | sed 's/^/# /'
	echo "# $2: $(($(date +%s) - begun)) s"
}
# refuses NAME: a block that removes authmap is refused.
refuses() {
	! block "$1" | grep -E '^(make uninstall|apt purge) ' | typed
}

login() {		# login ADDRESS: log in as joe from there
	in_network "$CLIENT" imap --tls "$1" 993 >"$S/login"
}
relay() {
	in_network "$CLIENT" smtp 127.0.0.1 25 --from "$@"
}
may_relay() {
	relay "$1" | grep -q "^250"
}
sent() {
	inside journalctl -q -g "to=<$1@example.net>.*status=sent"
}
left() {
	inside find / -xdev -name '*authmap*' -not -path '/root/authmap*' \
		-not -path '/test*' -not -path '/proc/*' -not -path '/var/log/*'
	inside find /run -name '*authmap*' -not -path '/run/systemd/*'
	inside find /run/systemd /etc/systemd -name '*authmap*' -xtype l
	inside getent passwd authmap
	inside getent group authmap
}

# story WAY NAME: all steps.
story() {
	inside systemd-run -q smtp-sink -u nobody 127.0.0.1:2526 10
	like "$(relay 203.0.113.7)" "^[45]54 " "$2: a client that has not logged in is refused"
	done_as "$1" "$2: installed"
	done_as postfix "  Postfix asks"
	login 203.0.113.7
	ok $? "  joe logs in"
	within 5 may_relay 203.0.113.7
	ok $? "  and may relay"
	relay 203.0.113.7 --rcpt "$1@example.net" --send >/dev/null
	within 10 sent "$1"
	ok $? "  the first mail is relayed"
	like "$(relay 203.0.113.8)" "^[45]54 " "  another address is refused"
	inside authmap check >"$S/check" 2>&1
	is $? 0 "  authmap check" || sed 's/^/# /' "$S/check"

	reboot_it
	ok $? "$2: a reboot"
	may_relay 203.0.113.7
	ok $? "  joe may still relay"
	login 198.51.100.7
	ok $? "  the next login"
	may_relay 198.51.100.7
	ok $? "  may relay, too"

	refuses "remove-$1"
	ok $? "$2: it is not removed while Postfix asks"
	like "$(cat "$S/out")" "^Postfix: smtpd_relay_restrictions = .*authmap" \
		"  and the line is shown"
	[ "$1" != source ] || like "$(cat "$S/out")" "^Dovecot: .*authmap" \
		"  and so are Dovecot's lines"
	login 203.0.113.9
	ok $? "  logins succeed"
	may_relay 198.51.100.7
	ok $? "  joe may still relay"
	done_as remove-postfix "  Postfix does not ask any more"
	like "$(relay 198.51.100.7)" "^[45]54 " "  and refuses"
	done_as "remove-$1" "  all files are removed"
	[ "$1" != source ] || like "$(cat "$S/out")" \
		"^to remove the configuration, .*: $(block remove-source |
		grep '^rm -rf')" "  make uninstall has told the last commands"
	login 203.0.113.9
	ok $? "  logins succeed"
	is "$(left | sort -u)" "" "  nothing is left"
	reboot_it
	login 203.0.113.9
	ok $? "  also after a reboot"
	like "$(relay 203.0.113.9)" "^[45]54 " "  and Postfix refuses"
}

# ----- a mail server -------------------------------------------------------
printf '%s\n' 'APT::Get::Assume-Yes "true";' 'Acquire::Retries "0";' |
	inside tee /etc/apt/apt.conf.d/90test >/dev/null
inside apt-get -q install git make dovecot-imapd dovecot-pop3d postfix \
	>"$S/out" 2>&1
ok $? "Dovecot and Postfix are installed" || sed 's/^/# /' "$S/out"
inside useradd -m joe
echo joe:pw | inside chpasswd
inside postconf -e 'relayhost = [127.0.0.1]:2526'
inside systemctl restart dovecot postfix
inside mkdir /root/authmap
tar -c --exclude './build*' --exclude ./.cache --exclude ./.git . |
	inside tar -x -C /root/authmap

story source "from source"
story packages "the packages"
done_testing
