/* Who is blocked is let in by nobody: neither by a login nor by what waits, a
 * session, the saved state or a sweep. */
#include "block.h"
#include "logins.h"
#include "pass.h"
#include "lock.h"
#include "tap.h"

static struct sweep sweep;
static struct sweep_report report;
static char taken[256];

static void
blocks(const char *lines)
{
	(void)scratch_file("state/relay.blocks", lines);
}

static int
remember(const char *key, const struct record *record, void *arg)
{
	(void)arg;
	(void)strlcat(taken, key, sizeof taken);
	(void)strlcat(taken, " ", sizeof taken);
	(void)strlcat(taken, record->user, sizeof taken);
	(void)strlcat(taken, ",", sizeof taken);
	return 0;
}

static int
pass(void)
{
	sweep.taken = remember;
	taken[0] = '\0';
	return sweep_pass(am, &sweep, &report);
}

static void
logins(void)
{
	blocks("0000000000 1700000000 user joe\n"
	    "1700000100 1700000000 user bob\n"
	    "0000000000 1700000000 network 198.51.100.0/24\n");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_BLOCKED, "a blocked user");
	ok(strstr(scratch_log, "blocked 192.0.2.1 service=imap user=joe: ")
	    != NULL, "  which is logged");
	is_int(record("192.0.2.1", "joel"), AUTHMAP_GRANTED, "not one like him");
	is_int(record("198.51.100.9", "amy"), AUTHMAP_BLOCKED, "a network");
	is_int(record("198.51.101.9", "amy"), AUTHMAP_GRANTED, "not the next");
	is_int(record("192.0.2.2", "bob"), AUTHMAP_BLOCKED, "for a while");
	scratch_now += 100;
	is_int(record("192.0.2.2", "bob"), AUTHMAP_GRANTED, "  and no longer");
	is_int(refresh("192.0.2.7", "joe"), AUTHMAP_BLOCKED,
	    "his session is not let in either");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 0, "  really");
}

/* He may have come before he was blocked. */
static void
earlier(void)
{
	int lock;

	blocks("");
	lock = lock_try(am);
	is_int(record("192.0.2.10", "joe"), AUTHMAP_WAITING, "one waits");
	lock_drop(lock);
	blocks("0000000000 1700000000 user joe\n");
	is_int(record("192.0.2.11", "amy"), AUTHMAP_GRANTED,
	    "the next writer, when he is blocked,");
	blocks("");
	is_int(authmap_lookup(am, "192.0.2.10", NULL), 0, "  leaves him out");

	is_int(record("192.0.2.12", "joe"), AUTHMAP_GRANTED, "another is in");
	blocks("0000000000 1700000000 user joe\n");
	is_int(authmap_lookup(am, "192.0.2.12", NULL), 0,
	    "blocked, he may not relay, even before the sweep");
	scratch_now += 10;
	is_int(refresh("192.0.2.12", "amy"), AUTHMAP_BLOCKED,
	    "his entry is prolonged by nobody");
	is_int(record("192.0.2.12", "amy"), AUTHMAP_GRANTED,
	    "another's login takes it over");
}

static void
swept(void)
{
	blocks("");
	(void)record("192.0.2.20", "joe");
	(void)record("192.0.2.21", "amy");
	(void)pass();
	is_str(taken, "", "a sweep takes nobody away");
	blocks("0000000000 1700000000 user joe\n");
	is_int(pass(), 0, "when one is blocked, though nothing else is new,");
	is_str(taken, "192.0.2.20 joe,", "  it does");
	ok(strstr(scratch_log, "removed 192.0.2.20 service=imap user=joe: "
	    "blocked\n") != NULL, "  which is logged");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 1, "  and only him");
	is_int(pass(), 0, "and then");
	is_str(taken, "", "  no more");
	for (int day = 0; day < 3; day++) {
		scratch_now += 23 * 3600;
		is_int(refresh("192.0.2.20", "joe"), AUTHMAP_REMOVED,
		    "his session keeps it removed");
		(void)pass();
	}
	blocks("");
	is_int(refresh("192.0.2.20", "joe"), AUTHMAP_REMOVED,
	    "also when he is blocked no longer");
}

static void
restored(void)
{
	save_state();
	blocks("0000000000 1700000000 network 198.51.100.1\n");
	(void)unlink(am->files.map);
	is_int(refresh("192.0.2.30", "amy"), AUTHMAP_GRANTED, "a lost map");
	blocks("");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 0,
	    "who is blocked is not restored");
}

/* Blocked no longer, he is let in by a login, not by an old session. */
static void
unblocked(void)
{
	char line[64];

	blocks("0000000000 1700000000 user joe\n");
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED, "a session");
	(void)snprintf(line, sizeof line, "%010lld 1700000000 user joe\n",
	    (long long)scratch_now);
	blocks(line);
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED,
	    "  brings nothing back when the block is over");
	is_int(refresh("192.0.2.51", "amy"), AUTHMAP_GRANTED,
	    "  another's does");
	is_int(record("192.0.2.50", "joe"), AUTHMAP_GRANTED, "  a login does");
	scratch_now += 60;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_REFRESHED,
	    "  whose session keeps it");
	scratch_now += 1860;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED,
	    "  but not once it was over");
	scratch_now += 23 * 3600;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED,
	    "this is remembered");
	scratch_now += 3600;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_GRANTED, "  for a day");
}

/* What cannot be read lets in nobody, and loses nothing. */
static void
broken(void)
{
	int lock;

	(void)record("192.0.2.40", "amy");
	lock = lock_try(am);
	is_int(record("192.0.2.41", "eve"), AUTHMAP_WAITING, "one waits");
	lock_drop(lock);
	blocks("0000000000 1700000000 user jos\303\251\n");
	is_int(record("192.0.2.42", "amy"), AUTHMAP_FAILED, "a bad line");
	ok(strstr(scratch_log, "relay.blocks:1: is no block") != NULL,
	    "  is told");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), -1, "nobody may relay");
	is_int(pass(), -1, "nothing is swept");
	blocks("");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), 1, "mended, they may");
	is_int(pass(), 0, "  and a sweep");
	is_int(authmap_lookup(am, "192.0.2.41", NULL), 1,
	    "  stores what waited");
}

int
main(void)
{
	am = scratch_authmap("");
	logins();
	earlier();
	swept();
	restored();
	unblocked();
	broken();
	authmap_free(am);
	return tap_done();
}
