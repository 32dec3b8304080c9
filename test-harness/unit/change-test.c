/* SPDX-License-Identifier: ISC */
/* A change as a line, and its result for an entry. */
#include <unistd.h>

#include "base/clock.h"
#include "store/change.h"
#include "tap.h"

#define NOW 1700000000

static struct change change;
static struct record old, result;

static void
line(void)
{
	char text[CHANGE_SIZE];
	struct change out;
	size_t len;

	change.op = CHANGE_LOGIN;
	(void)strcpy(change.key, "2001:db8:1:2::/64");
	record_fill(&change.record, NOW, 1800, "imap", "j oe\n");
	len = change_encode(&change, text);
	is_str(text, "\n+ 2001:db8:1:2::/64 1700001800 1700000000 imap "
	    "j\\soe\\n\n", "a line has a newline on either side");
	ok(change_decode(text + 1, len - 2, "+", &out), "  is read");
	is_str(out.record.user, change.record.user, "  as it was");
}

static void
refused(void)
{
	static const char *const bad[] = { "", "+", "+ ", "+ 192.0.2.1",
	    "+ 192.0.2.1 1700001800 1700000000 imap",
	    "* 192.0.2.1 1700001800 1700000000 imap joe",
	    "+192.0.2.1 1700001800 1700000000 imap joe",
	    "+  192.0.2.1 1700001800 1700000000 imap joe",
	    "+ 192.0.2.1  1700001800 1700000000 imap joe",
	    "+ 192.0.2.0/24x 1700001800 1700000000 imap joe",
	    "+ example.org 1700001800 1700000000 imap joe",
	    "+ 2001:DB8::1 1700001800 1700000000 imap joe",
	    "+ ::ffff:192.0.2.1 1700001800 1700000000 imap joe" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!change_decode(bad[i], strlen(bad[i]), "+", &change),
		    bad[i]);
	ok(!change_decode("! 192.0.2.1 1700001800 1700000000 imap joe", 43,
	    LOGIN_OPS, &change), "a line that relay.feed may not have");
}

static void
from_file(void)
{
	static const char text[] =
	    "\n+ 192.0.2.1 1700001800 1700000000 imap joe\n"
	    "half a li"
	    "\n+ 192.0.2.2 1700001800 1700000000 imap amy\n"
	    "a NUL \0 in a line\n"
	    "= 192.0.2.3 1700001800 1700000000 pop3 bob\n"
	    "+ 192.0.2.4 1700001800 1700000000 imap ev";
	FILE *in = tmpfile();
	unsigned int bad = 0;
	long at;

	ok(in != NULL && fwrite(text, 1, sizeof text - 1, in) ==
	    sizeof text - 1 && fseek(in, 0, SEEK_SET) == 0, "a file");
	ok(change_next(in, LOGIN_OPS, &change, &bad), "the first line");
	ok(change_next(in, LOGIN_OPS, &change, &bad) &&
	    strcmp(change.key, "192.0.2.2") == 0, "one after half a line");
	ok(change_next(in, LOGIN_OPS, &change, &bad) && change.op == CHANGE_REFRESH,
	    "one after a NUL");
	ok(!change_next(in, LOGIN_OPS, &change, &bad), "an unfinished line is left");
	is_int(bad, 2, "a line that is no change is counted");
	at = ftell(in);
	ok(fseek(in, 0, SEEK_END) == 0 && fputs("e\n", in) >= 0 &&
	    fseek(in, at, SEEK_SET) == 0, "the line is finished");
	ok(change_next(in, LOGIN_OPS, &change, &bad) &&
	    strcmp(change.record.user, "eve") == 0, "and read completely");
	(void)fclose(in);
}

/* Resolve an OP by USER at LAST against an entry of joe at NOW. */
static enum change_effect
resolve(enum change_op op, const char *user, time_t last, time_t now)
{
	change.op = op;
	change.retried = op == CHANGE_LOGIN && last < now;
	record_fill(&change.record, last, 1800, "imap", user);
	return change_resolve(&change, &old, now, &result);
}

static void
resolving(void)
{
	record_fill(&old, NOW, 1800, "imap", "joe");
	change.op = CHANGE_LOGIN;
	record_fill(&change.record, NOW, 1800, "imap", "joe");
	is_int(change_resolve(&change, NULL, NOW, &result), EFFECT_STORE,
	    "a new address is stored");
	is_int(change_resolve(&change, NULL, NOW + 1800, &result),
	    EFFECT_NOTHING, "unless it has expired");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 9, NOW + 9), EFFECT_TIMES,
	    "a login of the same user is stored in place");
	is_int(result.expires, NOW + 1809, "  for a window from then");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW, NOW), EFFECT_NOTHING,
	    "in the same second: nothing to do");
	is_int(resolve(CHANGE_LOGIN, "amy", NOW + 9, NOW + 9), EFFECT_STORE,
	    "two users of the address: the entry stays");
	is_str(result.user, "amy", "  with the user of the last login");
	is_int(resolve(CHANGE_LOGIN, "amy", NOW - 9, NOW), EFFECT_NOTHING,
	    "an older login changes nothing");
	is_int(resolve(CHANGE_REFRESH, "amy", NOW + 9, NOW + 9), EFFECT_TIMES,
	    "a session of another user extends the entry");
	is_str(result.user, "joe", "  and keeps the user");
	is_int(resolve(CHANGE_REFRESH, "joe", NOW, NOW), EFFECT_NOTHING,
	    "nothing new");
	old.expires = NOW + 60;
	is_int(resolve(CHANGE_REFRESH, "joe", NOW, NOW), EFFECT_TIMES,
	    "a known login with a later expiry");
	is_int(result.expires, NOW + 1800, "  that wins");
	is_int(resolve(CHANGE_LOGIN, "amy", NOW - 1, NOW), EFFECT_TIMES,
	    "an older login with a later expiry");
	is_int(result.expires, NOW + 1799, "  that wins");
	is_str(result.user, "joe", "  with the user of the last login");
	old.expires = NOW + 7200;
	(void)resolve(CHANGE_REFRESH, "joe", NOW + 9, NOW + 9);
	is_int(result.expires, NOW + 7200, "the later expiry wins");
	(void)resolve(CHANGE_LOGIN, "amy", NOW + 9, NOW + 9);
	is_int(result.expires, NOW + 7200, "also for another user");
}

/* An expired entry that comes back counts as one more entry. */
static void
over(void)
{
	record_fill(&old, NOW, 1800, "imap", "joe");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 1799, NOW + 1799),
	    EFFECT_TIMES, "a login in the last second is a refresh");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 1800, NOW + 1800),
	    EFFECT_STORE, "a login after it has expired is not a refresh");
	is_int(resolve(CHANGE_REFRESH, "joe", NOW + 1800, NOW + 1800),
	    EFFECT_STORE, "  by a session, too");
}

static void
removing(void)
{
	record_fill(&old, NOW, 1800, "imap", "joe");
	is_int(resolve(CHANGE_REMOVE, NULL, NOW + 9, NOW + 9), EFFECT_STORE,
	    "removed");
	ok(record_removed(&result) && result.last == NOW + 9, "  at its time");
	old = result;
	is_int(resolve(CHANGE_REMOVE, NULL, NOW + 9, NOW + 9), EFFECT_NOTHING,
	    "once");
	is_int(resolve(CHANGE_REFRESH, "joe", NOW + 60, NOW + 60), EFFECT_TIMES,
	    "a session does not bring it back");
	ok(record_removed(&result) && result.last == NOW + 60,
	    "  but keeps it removed");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 60, NOW + 60), EFFECT_STORE,
	    "a login does");
	ok(record_valid(&result, NOW + 60), "  for good");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW - 21, NOW - 21), EFFECT_STORE,
	    "also when the clock was set back a little");
	ok(record_valid(&result, NOW - 21), "  the address may relay again");
	ok(resolve(CHANGE_LOGIN, "joe", NOW + 9, NOW + 9) != EFFECT_NOTHING,
	    "a login of the same second does");
}

/* A login that is recorded late counts with its own time. */
static void
late(void)
{
	record_fill(&old, NOW + 10, 0, "imap", "joe");
	old.expires = 0;
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 9, NOW + 60), EFFECT_NOTHING,
	    "a late login does not undo a later removal");
	is_int(change_result(&change, EFFECT_NOTHING, &old, NOW + 60),
	    AUTHMAP_REMOVED, "  which is its result");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 10, NOW + 60), EFFECT_NOTHING,
	    "  nor one of the same second");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 11, NOW + 60), EFFECT_STORE,
	    "a late login that came after the removal is granted");
	change.retried = false;
	change.record.last = NOW + 9;
	is_int(change_resolve(&change, &old, NOW + 60, &result), EFFECT_STORE,
	    "a login that is not late is granted, whatever its time");
	old.last = NOW + 7200;
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 9, NOW + 60), EFFECT_NOTHING,
	    "the clock was set back after the removal: it stays removed");
	record_fill(&old, NOW + 10, 1800, "imap", "amy");
	is_int(resolve(CHANGE_LOGIN, "joe", NOW + 9, NOW + 60), EFFECT_NOTHING,
	    "a late login does not replace the user of a later one");
}

/* An entry that is absent or has expired can be removed; a second removal moves the
 * time of the first. */
static void
removing_absent(void)
{
	change.op = CHANGE_REMOVE;
	record_fill(&change.record, NOW, 0, NULL, NULL);
	is_int(change_resolve(&change, NULL, NOW, &result), EFFECT_STORE,
	    "a missing entry can be removed");
	ok(record_removed(&result) && result.last == NOW, "  at that time");
	old = result;
	is_int(resolve(CHANGE_REMOVE, NULL, NOW + 30, NOW + 30), EFFECT_TIMES,
	    "removed again");
	ok(record_removed(&result) && result.last == NOW + 30,
	    "  the later time counts");
	record_fill(&old, NOW, 1800, "imap", "joe");
	is_int(resolve(CHANGE_REMOVE, NULL, NOW + 1800, NOW + 1800),
	    EFFECT_STORE, "an expired entry can be removed");
	ok(record_removed(&result) && result.last == NOW + 1800,
	    "  at that time");
}

static void
clock_set_back(void)
{
	record_fill(&old, NOW, 1800, "imap", "joe");
	is_int(resolve(CHANGE_REFRESH, "joe", NOW - 3600, NOW - 3600),
	    EFFECT_STORE, "a sooner expiry is not a refresh");
	is_int(result.expires, NOW - 1800,
	    "a refresh corrects an entry from the future");
	(void)resolve(CHANGE_LOGIN, "joe", NOW - 3600, NOW - 3600);
	is_int(result.expires, NOW - 1800, "so does a login");
	is_int(resolve(CHANGE_REMOVE, NULL, NOW - 3600, NOW - 3600),
	    EFFECT_STORE, "an entry from the future can be removed");
	change.op = CHANGE_REFRESH;
	record_fill(&change.record, NOW, 1800, "imap", "joe");
	(void)change_resolve(&change, NULL, NOW - 3600, &result);
	is_int(result.expires, NOW - 1800,
	    "a saved entry from the future gets a window from now");
}

/* Other processes may append to the file while it is read. */
static void
bounded(void)
{
	static const char good[] =
	    "\n+ 192.0.2.1 1700001800 1700000000 imap joe\n";
	FILE *in = tmpfile();
	unsigned int bad = 0;

	if (in == NULL || fputs(good, in) == EOF || fputs(good, in) == EOF ||
	    fflush(in) == EOF || ftruncate(fileno(in), (off_t)1 << 40) == -1) {
		ok(false, "a long file");
		return;
	}
	rewind(in);
	(void)alarm(60);
	ok(change_next_until(in, 20, LOGIN_OPS, &change, &bad) &&
	    !change_next_until(in, 20, LOGIN_OPS, &change, &bad),
	    "no line after the end is begun");
	ok(change_next_until(in, 1 << 20, LOGIN_OPS, &change, &bad),
	    "  the next one is before a later end");
	ok(!change_next_until(in, 1 << 20, LOGIN_OPS, &change, &bad),
	    "a terabyte without a newline is not read beyond it");
	is_int(bad, 16, "  and is not a line");
	(void)alarm(0);
	(void)fclose(in);
}

/* Return the results of A and B on two hosts, of which each has received the
 * other's. */
static void
both_ways(const char *a_user, time_t a_last, time_t a_ends,
    const char *b_user, time_t b_last, time_t b_ends, enum change_op op,
    const char *what)
{
	struct record a, b, one;

	record_fill(&a, a_last, 0, "imap", a_user);
	record_fill(&b, b_last, 0, "imap", b_user);
	a.expires = a_ends;
	b.expires = b_ends;
	change.op = op;
	change.record = b;
	if (change_resolve(&change, &a, NOW + 9, &one) == EFFECT_NOTHING)
		one = a;
	change.record = a;
	if (change_resolve(&change, &b, NOW + 9, &result) == EFFECT_NOTHING)
		result = b;
	ok(one.expires == result.expires && one.last == result.last &&
	    record_same_name(&one, &result), what);
}

static void
elsewhere(void)
{
	both_ways("joe", NOW, NOW + 1800, "amy", NOW + 5, NOW + 1805,
	    CHANGE_PEER, "hosts agree on two users of an address");
	is_str(result.user, "amy", "  the later");
	both_ways("joe", NOW, NOW + 9000, "amy", NOW + 5, NOW + 1805,
	    CHANGE_PEER, "  and on the later expiry");
	ok(result.expires == NOW + 9000, "  of either user");
	both_ways("joe", NOW, NOW + 1800, "amy", NOW, NOW + 1800,
	    CHANGE_PEER, "  and of one second");
	both_ways("joe", NOW, NOW + 1800, "joe", NOW + 5, 0,
	    CHANGE_PEER, "they agree on a removal");
	ok(record_removed(&result), "  of an earlier entry");
	both_ways("joe", NOW, NOW + 1800, "joe", NOW, 0,
	    CHANGE_PEER_LOGIN, "  or in the same second");
	ok(record_removed(&result), "  is removed");
	both_ways("joe", NOW + 5, NOW + 1805, "joe", NOW, 0,
	    CHANGE_PEER_LOGIN, "they agree on a login after it");
	ok(record_valid(&result, NOW + 9), "  which brings it back");

	record_fill(&old, NOW, 0, "imap", "joe");
	old.expires = 0;
	is_int(resolve(CHANGE_PEER, "joe", NOW + 5, NOW + 9),
	    EFFECT_NOTHING, "a session on another host brings nothing back");
	is_int(resolve(CHANGE_PEER_LOGIN, "joe", NOW, NOW + 9),
	    EFFECT_NOTHING, "  nor does an earlier login");
	record_fill(&old, NOW + 30, 1800, "imap", "joe");
	(void)resolve(CHANGE_REMOVE, NULL, NOW, NOW);
	is_int(result.last, NOW + 30, "a removal is no older than its entry");
	old = result;
	(void)resolve(CHANGE_LOGIN, "joe", NOW + 1, NOW + 1);
	is_int(result.last, NOW + 31, "a login after it is newer");
	ok(record_valid(&result, NOW + 1), "  and grants");
	is_int(result.expires, NOW + 1 + 1800, "  for a window from now");

	old.last = NOW + 3600;
	is_int(resolve(CHANGE_PEER, "joe", NOW, NOW), EFFECT_STORE,
	    "an entry from the future wins over no other");
	change.op = CHANGE_PEER_LOGIN;
	is_int(change_resolve(&change, NULL, NOW + 1800, &result),
	    EFFECT_NOTHING, "no expired entry comes back");
}

int
main(void)
{
	elsewhere();
	line();
	refused();
	from_file();
	bounded();
	resolving();
	over();
	removing();
	removing_absent();
	late();
	clock_set_back();
	return tap_done();
}
