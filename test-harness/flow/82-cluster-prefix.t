#!/bin/sh
# SPDX-License-Identifier: ISC
# Two sites share an engine, each with its own prefix and user, one of them in
# another database.  Neither site gets the logins of the other, or may write its
# keys.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

engine_net
engine_start
# The ACL of authmap-cluster(8), for another prefix.
rights=$(acl | sed -e 's/^user authmap/two/' -e 's/~authmap:\*/~two:*/')
# shellcheck disable=SC2086 # words are meant
engine_cli acl setuser $rights >/dev/null
hosts_start "1 2"
URL=redis://two@10.99.0.1/3
hosts_start "3 4" "cluster_prefix = two:"
ok $? "two sites are connected to one engine"
on 1
authmap record 203.0.113.1 joe imap
on 3
authmap record 203.0.113.3 amy imap
within 5 may 203.0.113.1 1 2 && within 5 may 203.0.113.3 3 4
ok $? "a login is replicated to all hosts of its site"
may_not 203.0.113.1 3 4 && may_not 203.0.113.3 1 2
ok $? "  and to none of the other site"
authmap block joe >/dev/null
within 5 blocked_on 4 joe
ok $? "a user is blocked on one site"
may 203.0.113.1 1 2
ok $? "  and not on the other"
is "$(engine_cli --raw -n 3 exists two:e:203.0.113.3 two:b:user:joe)" 2 \
	"all of that is under the site's prefix, in its database"
is "$(engine_cli --raw -n 3 keys '*' | grep -vc '^two:')" 0 "  and nothing else"
like "$(engine_cli --user two --pass secret --no-auth-warning \
	set authmap:e:203.0.113.9 x 2>&1)" "NOPERM" \
	"a site's user may not write keys of the other site"
done_testing
