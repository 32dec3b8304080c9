#!/bin/sh
# SPDX-License-Identifier: ISC
# A host with "users" stores only entries of these users from other hosts.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

engine_net
engine_start
hosts_start 1
on 1
authmap record 203.0.113.1 amy imap
authmap record 203.0.113.2 joe imap
hosts_start 2 "users = joe"
ok $? "two hosts are connected, one of them with users"
within 10 may 203.0.113.2 1 2
ok $? "it stores the existing entry of a listed user"
may_not 203.0.113.1 2
ok $? "  and not that of another"
on 1
authmap record 203.0.113.3 amy imap
authmap record 203.0.113.4 joe imap
within 10 may 203.0.113.4 1 2
ok $? "it stores a login of a listed user"
may_not 203.0.113.3 2
ok $? "  and not one of another"
may 203.0.113.3 1
ok $? "  which the host without users stores"
authmap remove 203.0.113.4 >/dev/null
within 10 may_not 203.0.113.4 1 2
ok $? "a removal is applied"
on 2
unlike "$(authmap check)" "rejected" "nothing is rejected"
done_testing
