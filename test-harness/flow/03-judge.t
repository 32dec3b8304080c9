#!/bin/sh
# SPDX-License-Identifier: ISC
# libgdbm reads a new map before it is published, in authmap-judge, a confined
# process.  A map that it cannot read is not published.
. "$(dirname "$0")/../lib/tap.sh"
uses servers

[ -n "$AUTHMAP_JUDGE" ] || skip_all "authmap-judge was left out"
JUDGE=$AUTHMAP_JUDGE

# judge_is COMMAND ...: the sweeper runs COMMAND as authmap-judge, and then there is
# "$S/asked".
judge_is() {
	printf '#!/bin/sh\n: >"%s"\n%s\n' "$S/asked/judge" "$*" >"$S/judge"
	chmod 755 "$S/judge"
	AUTHMAP_JUDGE=$S/judge
}
mkdir -m 777 "$S/asked"
# Run a sweep that has an entry to remove.
swept() {
	rm -f "$S/asked/judge"
	authmap_conf
	authmap record 198.51.100.1 joe imap
	before=$(stat -c %i "$S/run/relay.gdbm")
	authmap_conf "exclude = 198.51.100.1"
	sweep 2>"$S/said"
	status=$?
	after=$(stat -c %i "$S/run/relay.gdbm")
	authmap_conf
}

begin
"$O/test/writer" "$CONF" 10.1 100 >"$S/written"

judge_is "exec $JUDGE"
swept
is "$status, $(cat "$S/said")" "0, " "libgdbm reads the new map"
[ "$before" != "$after" ] && [ -e "$S/asked/judge" ]
is $? 0 "  authmap-judge was asked, and the map is published"

refused() {			# refused WHY NAME
	swept
	is "$status" 1 "$2: the sweep fails"
	like "$(cat "$S/said")" "relay.gdbm: not swept: libgdbm cannot read the new file: $1" \
		"  and logs the reason"
	is "$after" "$before" "  the old map stays"
	is "$(ls "$S/run" | grep -c new)" 0 "  the new one is removed"
	authmap record 203.0.113.201 joe imap
	authmap lookup 203.0.113.201 >"$S/found"
	is $? 0 "  and logins are recorded"
}
judge_is 'printf "203.0.113.7: Item not found\n" >&1; exit 1'
refused '203.0.113.7: Item not found' "a judge that misses a key"
judge_is 'kill -SEGV $$'
refused 'killed by signal 11' "a judge that crashes"

# The sweeper would wait for ever.
judge_is 'exec sleep 600 </dev/null >/dev/null 2>&1'
refused 'killed by signal 9' "a judge that closes its end and does not end"

AUTHMAP_JUDGE=$S/nothing
swept
is "$status" 0 "a missing judge: the map is swept"
[ "$before" != "$after" ]
is $? 0 "  and published"
like "$(cat "$S/said")" "published without libgdbm's check: .*/nothing: No such file" \
	"  which is logged"
AUTHMAP_JUDGE=
swept
is "$status, $(cat "$S/said")" "0, " "built without a judge: nothing is logged"

# A member of the group writes the first bytes of a key in a bucket: libgdbm does not
# find the key then.
AUTHMAP_JUDGE=$JUDGE
authmap record 203.0.113.7 joe imap
authmap record 203.0.113.8 joe imap
python3 - "$S/run/relay.gdbm" <<'EOT'
import re, struct, sys
with open(sys.argv[1], 'r+b') as file:
    data = file.read()
    record = re.search(rb'203\.0\.113\.7(?=\d{10} \d{10} imap joe)', data)
    element = data.index(struct.pack('=q', record.start())) - 8
    file.seek(element + 4)
    file.write(b'XXXX')
EOT
authmap_conf "exclude = 203.0.113.8"
sweep 2>"$S/said"
is "$?, $(cat "$S/said")" "0, " \
	"a key whose first bytes are wrong in its bucket: the map is swept"
unlike "$(authmap list)" "203\.0\.113\.[78]" "  and the key is gone, as for libgdbm"
authmap record 203.0.113.7 joe imap
is "$(authmap lookup 203.0.113.7 | cut -f 1)" 203.0.113.7 "  until the next login"
authmap_conf

# ask MAP KEY ...: the reply of authmap-judge itself.
cat >"$S/ask" <<'EOT'
import os, resource, socket, subprocess, sys
ours, its = socket.socketpair()
with open(sys.argv[2], 'rb') as map:
    judge = subprocess.Popen([sys.argv[1]], stdin=map, stdout=its)
its.close()
# It is confined before it reads a key.
if sys.argv[3] == 'limits':
    import time
    for _ in range(1200):
        with open(f'/proc/{judge.pid}/limits') as file:
            limits = {line[:26].strip(): line.split()[-3:-1] for line in file}
        if limits['Max open files'][0] == '0':
            break
        time.sleep(0.05)
    for name in 'Max address space', 'Max cpu time', 'Max file size', \
            'Max processes', 'Max open files', 'Max core file size':
        line = [l for l in open(f'/proc/{judge.pid}/limits') if l.startswith(name)]
        print(name[4:], line[0][26:47].strip())
    print('user', os.stat(f'/proc/{judge.pid}').st_uid)
    with open(f'/proc/{judge.pid}/status') as file:
        print(*[line.split()[1] for line in file if line.startswith('NoNewPrivs')])
ours.sendall('\n'.join(sys.argv[3:]).encode())
ours.shutdown(socket.SHUT_WR)
said = ours.recv(1000).decode()
code = judge.wait()
if sys.argv[3] != 'limits':
    print(code, said)
EOT
ask() {
	python3 "$S/ask" "$JUDGE" "$@" 2>&1
}
is "$(ask "$S/run/relay.gdbm" 10.1.0.0 10.1.0.99)" "0 " \
	"authmap-judge finds existing keys"
is "$(ask "$S/run/relay.gdbm" 10.1.0.0 192.0.2.1)" \
	"1 192.0.2.1: Item not found" "  not a missing one"
is "$(ask /dev/null 192.0.2.1 | cut -c 1)" 1 "  and nothing without a map"
limits=$(ask "$S/run/relay.gdbm" limits)
# AddressSanitizer needs more address space than any limit.
space=268435456
! nm "$JUDGE" 2>/dev/null | grep -q __asan_init ||
	space=$(echo "$limits" | sed -n 's/^address space //p')
is "$(echo "$limits" | tr '\n' ',')" \
	"address space $space,cpu time 10,file size 0,processes 0,open files 0,core file size 0,user 65534,1," \
	"  its memory and time are bounded, and it can open and write no file"
# A directory of a gigabyte that is a hole.
python3 - "$S/planted" <<'EOT'
import struct, sys
bits = 27
with open(sys.argv[1], 'wb') as file:
    file.write(struct.pack('<IiqiiiiqiiqQ', 0x13579acf, 4096, 4096,
        8 << bits, bits, 4096, 166, (9 << bits) + 8192, 252, 0, 0, 0))
    file.truncate((9 << bits) + 8192)
EOT
is "$(ask "$S/planted" 192.0.2.1 | cut -c 1)" 1 \
	"  it refuses a directory of a gigabyte"
done_testing
