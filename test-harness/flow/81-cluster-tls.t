#!/bin/sh
# SPDX-License-Identifier: ISC
# The engine over TLS: its certificate must be for the configured name, and of the
# configured CA.  If hiredis was built without TLS, authmap-cluster says so.
. "$(dirname "$0")/../lib/tap.sh"
uses cluster

# certificate NAME SUBJECT-ALTERNATIVE-NAME: make a self-signed certificate.
certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
		-addext "subjectAltName=$2" -keyout "$BASE/$1.key" \
		-out "$BASE/$1.pem" 2>/dev/null
	chmod 644 "$BASE/$1.pem"
}
certificate good IP:10.99.0.1
certificate other IP:10.99.0.2

URL=rediss://authmap@10.99.0.1:6390
engine_net
if ! pkg-config --exists hiredis_ssl; then
	host_start 1
	"$O/authmap-cluster" -f -c "$CONF" >"$BASE/out" 2>&1
	is $? 78 "this hiredis has no TLS: it does not start"
	like "$(cat "$BASE/out")" "this hiredis was built without TLS: use stunnel" \
		"  and gives the reason"
	done_testing
fi

engine_start good 6379 --tls-port 6390 --tls-auth-clients no \
	--tls-cert-file "$BASE/good.pem" --tls-key-file "$BASE/good.key"
hosts_start "1 2" "cluster_tls_ca = $BASE/good.pem"
ok $? "two hosts are connected to the engine over TLS"
on 1
for n in $(seq 300); do
	echo "10.0.$((n / 250)).$((n % 250)) ok"
done | authmap import - >/dev/null
authmap record 203.0.113.7 joe imap
within 10 may 203.0.113.7 1 2
ok $? "a login on one is replicated to the other"
agree "all maps are the same"

# why TEXT: wait until relay.cluster has this reason.
why() {
	within 15 grep -q "^why .*$1" "$S/run/relay.cluster"
}
on 2
sed -i "s,^cluster_tls_ca = .*,cluster_tls_ca = $BASE/other.pem," "$CONF"
kill -HUP "$cluster_2"
why "its certificate is not valid: self.signed"
ok $? "a certificate of another CA is refused"
sed -i "s,^cluster_tls_ca = .*,cluster_tls_ca = $BASE/missing," "$CONF"
kill -HUP "$cluster_2"
why "is cluster_tls_ca a file of certificates"
ok $? "a missing CA file is reported"

engine_start other 6391 --tls-port 6392 --tls-auth-clients no \
	--tls-cert-file "$BASE/other.pem" --tls-key-file "$BASE/other.key"
sed -i -e "s,^cluster_tls_ca = .*,cluster_tls_ca = $BASE/other.pem," \
	-e "s,:6390,:6392," "$CONF"
kill -HUP "$cluster_2"
why "its certificate is not valid: IP address mismatch"
ok $? "a certificate for another name is refused"
like "$(authmap check)" "^wrong +cluster .*IP address mismatch" \
	"  check reports the reason"
sed -i "s,:6392,:6391," "$CONF"
kill -HUP "$cluster_2"
why "it does not answer over TLS"
ok $? "a server without TLS is reported"
sed -i "s,:6391,:6392," "$CONF"

# The engine accepts connections and sends nothing.
kill -STOP "$engine"
rm "$S/run/relay.cluster"
kill -HUP "$cluster_2"
why "it does not answer"
ok $? "an engine that hangs before the TLS handshake is given up"
used=$(awk '{ print $14 + $15 }' "/proc/$cluster_2/stat")
[ "$used" -lt 100 ]
ok $? "  and the wait costs little processor time"

# ----- Sentinels -----------------------------------------------------------
mkdir "$BASE/sentinel"
cat >"$BASE/sentinel/conf" <<-EOF
	port 0
	tls-port 26390
	bind 0.0.0.0
	protected-mode no
	dir $BASE/sentinel
	tls-cert-file $BASE/good.pem
	tls-key-file $BASE/good.key
	tls-ca-cert-file $BASE/good.pem
	tls-auth-clients no
	tls-replication yes
	sentinel monitor mymaster 10.99.0.1 6390 1
	EOF
nsenter -t "$engine_net" -n "$ENGINE" "$BASE/sentinel/conf" --sentinel \
	>"$BASE/sentinel/log" 2>&1 &
started $!
sed -i -e "s,^cluster = .*,cluster = sentinels://authmap@10.99.0.1:26390/mymaster," \
	-e "s,^cluster_tls_ca = .*,cluster_tls_ca = $BASE/good.pem," "$CONF"
kill -HUP "$cluster_2"
within 20 state ready 2
ok $? "a Sentinel over TLS names a master over TLS"
authmap record 203.0.113.8 joe imap
within 10 may 203.0.113.8 1 2
ok $? "  which is the other host's engine"
sed -i "s,^cluster = .*,cluster = sentinel://authmap@10.99.0.1:26390/mymaster," \
	"$CONF"
kill -HUP "$cluster_2"
within 20 state waiting 2
ok $? "  but not without its certificate"
done_testing
