/* SPDX-License-Identifier: ISC */
/* A blocked user or network is not recorded, neither by a login nor by a session,
 * and a sweep removes existing entries. */
#include "blocks.h"

static void
logins(void)
{
	is_int(pass(), 0, "a map");
	blocks("0000000000 1700000000 user joe\n"
	    "1700000100 1700000000 user bob\n"
	    "0000000000 1700000000 network 198.51.100.0/24\n");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_BLOCKED,
	    "a blocked user is not recorded");
	ok(strstr(scratch_log, "blocked 192.0.2.1 service=imap user=joe: ")
	    != NULL, "  which is logged");
	is_int(record("192.0.2.1", "joel"), AUTHMAP_GRANTED,
	    "a user with a similar name is recorded");
	is_int(record("198.51.100.9", "amy"), AUTHMAP_BLOCKED, "a network");
	is_int(record("198.51.101.9", "amy"), AUTHMAP_GRANTED, "not the next");
	is_int(record("192.0.2.2", "bob"), AUTHMAP_BLOCKED, "for a while");
	scratch_now += 100;
	is_int(record("192.0.2.2", "bob"), AUTHMAP_GRANTED, "  and no longer");
	is_int(refresh("192.0.2.7", "joe"), AUTHMAP_BLOCKED,
	    "a session of the blocked user does not record it either");
	is_int(authmap_lookup(am, "192.0.2.7", NULL), 0, "  really");
}

/* A user may have an entry before being blocked. */
static void
earlier(void)
{
	blocks("");
	is_int(record("192.0.2.12", "joe"), AUTHMAP_GRANTED,
	    "an entry of another user");
	blocks("0000000000 1700000000 user joe\n");
	is_int(authmap_lookup(am, "192.0.2.12", NULL), 0,
	    "a blocked user may not relay, even before the sweep");
	scratch_now += 10;
	is_int(refresh("192.0.2.12", "amy"), AUTHMAP_BLOCKED,
	    "the blocked user's entry is not refreshed");
	is_int(record("192.0.2.12", "amy"), AUTHMAP_GRANTED,
	    "another user's login takes it over");
}

static void
swept(void)
{
	blocks("");
	(void)record("192.0.2.20", "joe");
	(void)record("192.0.2.21", "amy");
	(void)pass();
	is_str(taken, "", "a sweep removes no entry");
	blocks("0000000000 1700000000 user joe\n");
	is_int(pass(), 0, "when a user is blocked, even without another change,");
	is_str(taken, "192.0.2.20 joe,", "  it does");
	ok(strstr(scratch_log, "removed 192.0.2.20 service=imap user=joe: "
	    "blocked\n") != NULL, "  which is logged");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 1, "  and only that user's");
	is_int(pass(), 0, "and then");
	is_str(taken, "", "  no more");
	for (int day = 0; day < 3; day++) {
		scratch_now += 23 * 3600;
		is_int(refresh("192.0.2.20", "joe"), AUTHMAP_REMOVED,
		    "the user's session does not bring it back");
		(void)pass();
	}
	blocks("");
	is_int(refresh("192.0.2.20", "joe"), AUTHMAP_REMOVED,
	    "not even after the block was lifted");
}

/* After a block was lifted, only a login makes an entry, not an old session. */
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
	    "  brings nothing back when the block has expired");
	is_int(refresh("192.0.2.51", "amy"), AUTHMAP_GRANTED,
	    "  another user's session does");
	is_int(record("192.0.2.50", "joe"), AUTHMAP_GRANTED, "  a login does");
	scratch_now += 60;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_REFRESHED,
	    "  whose session refreshes it");
	scratch_now += 1860;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED,
	    "  but not after it has expired");
	scratch_now += 23 * 3600;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_BLOCKED,
	    "this is remembered");
	scratch_now += 3600;
	is_int(refresh("192.0.2.50", "joe"), AUTHMAP_GRANTED, "  for a day");
}

static struct authmap_login
as(const char *address, const char *alias)
{
	struct authmap_login l = login(address, "joe");

	l.alias = alias;
	return l;
}

/* The client gives a name other than the recorded one. */
static void
aliases(void)
{
	struct authmap_login l = as("192.0.2.60", "DOM\\joe");
	struct authmap_entry entry;
	char both[128];

	blocks("0000000000 1700000000 user dom\\\\JOE\n");
	is_int(authmap_record(am, &l), AUTHMAP_BLOCKED,
	    "a blocked alias is not recorded");
	ok(strstr(scratch_log, "blocked 192.0.2.60 service=imap user=DOM\\\\joe: ")
	    != NULL, "  which is logged with the blocked name");
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "  nor refreshed by its session");
	is_int(authmap_lookup(am, "192.0.2.60", NULL), 0, "  really");
	is_int(record("192.0.2.61", "joe"), AUTHMAP_GRANTED,
	    "a login with the user's own name is recorded");
	l = as("192.0.2.61", "DOM\\joe");
	scratch_now += 10;
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "  and not refreshed by the alias's session");
	l = as("192.0.2.62", "DOM\\ted");
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "another alias is recorded");
	ok(authmap_lookup(am, "192.0.2.62", &entry) == 1 &&
	    strcmp(entry.user, "joe") == 0, "  is recorded under the user's name");
	is_int(authmap_remove(am, "192.0.2.62", NULL), 1, "  removed");
	blocks("0000000000 1700000000 user dom\\\\ted\n");
	for (int day = 0; day < 3; day++) {
		scratch_now += 23 * 3600;
		is_int(authmap_refresh(am, &l), AUTHMAP_REMOVED,
		    "  it stays removed while the alias is blocked");
		(void)pass();
	}
	blocks("");
	l = as("192.0.2.66", "DOM\\ted");
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED,
	    "an unblocked user is recorded");
	(void)snprintf(both, sizeof both, "%010lld 1700000000 user joe\n"
	    "0000000000 1700000000 user dom\\\\ted\n", (long long)scratch_now);
	blocks(both);
	scratch_now += 10;
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "an expired block of the user does not hide the alias's");
	blocks("0000000000 1700000000 network 192.0.2.64/26\n");
	l = as("192.0.2.65", "DOM\\joe");
	scratch_log[0] = '\0';
	is_int(authmap_record(am, &l), AUTHMAP_BLOCKED,
	    "a blocked network is not recorded");
	ok(strstr(scratch_log, " user=joe: ") != NULL,
	    "  the log has the user's name");
}

/* An expired block of an alias is remembered for a day, like a user's. */
static void
alias_unblocked(void)
{
	struct authmap_login l = as("192.0.2.63", "ted");
	char line[64];

	(void)snprintf(line, sizeof line, "%010lld 1700000000 user ted\n",
	    (long long)scratch_now - 3600);
	blocks(line);
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "an alias is unblocked: its session brings nothing back");
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "  a login does");
	scratch_now += 60;
	is_int(authmap_refresh(am, &l), AUTHMAP_REFRESHED, "  and is refreshed");
	scratch_now += 25 * 3600;
	is_int(authmap_refresh(am, &l), AUTHMAP_GRANTED, "  after a day, it may");
	blocks("");
	l = as("192.0.2.63", "");
	is_int(authmap_record(am, &l), AUTHMAP_REFRESHED, "an empty alias");
}

/* Store a block of joe that was lifted AGO seconds before now. */
static void
lifted(time_t ago)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%010lld 1700000000 user joe\n",
	    (long long)(scratch_now - ago));
	blocks(line);
}

/* A late login does not bring back an entry that a block has removed since. */
static void
late(void)
{
	lifted(10);
	is_int(retry("192.0.2.60", "joe", scratch_now - 20), AUTHMAP_BLOCKED,
	    "a retried login from before the block was lifted is refused");
	is_int(retry("192.0.2.60", "joe", scratch_now - 10), AUTHMAP_BLOCKED,
	    "  or in that second");
	is_int(retry("192.0.2.60", "amy", scratch_now - 20), AUTHMAP_GRANTED,
	    "  another user's is recorded");
	is_int(retry("192.0.2.61", "joe", scratch_now - 8), AUTHMAP_GRANTED,
	    "a later login is recorded");
	blocks("");
}

/* A second begins each time that the clock is read. */
static time_t
ticking_clock(time_t *t)
{
	scratch_now++;
	return scratch_clock(t);
}

/* A login after a block was lifted or an entry was removed is recorded, even if its
 * second ends meanwhile. */
static void
lifted_now(void)
{
	struct authmap_entry entry;

	lifted(-1);
	am->clock = ticking_clock;
	is_int(record("192.0.2.67", "joe"), AUTHMAP_GRANTED,
	    "a login in the second in which the block is lifted");
	am->clock = scratch_clock;
	is_int(authmap_lookup(am, "192.0.2.67", &entry), 1, "  may relay");
	is_int(entry.expires - entry.last, 1800, "  for a window");
	blocks("");
	scratch_now += 5;
	is_int(authmap_remove(am, "192.0.2.67", NULL), 1, "its entry is removed");
	scratch_now -= 3;
	am->clock = ticking_clock;
	is_int(record("192.0.2.67", "joe"), AUTHMAP_GRANTED,
	    "after the clock was set back, the next login is recorded, too");
	am->clock = scratch_clock;
	scratch_now += 5;
}

static struct authmap *other;	/* NULL: the block is lifted */

/* When the sweep copies the first entry, lift the block, and let the user log in. */
static time_t
lifting_clock(time_t *t)
{
	char address[16], text[128];

	if (other == NULL || access(am->files.next, F_OK) == -1)
		return scratch_clock(t);
	(void)snprintf(text, sizeof text, "%010lld 1700000000 user joe\n"
	    "0000000000 1700000000 user bob\n", (long long)scratch_now);
	blocks(text);
	for (int i = 0; i < 30; i++) {
		const struct authmap_login l = login(address, "joe");

		(void)snprintf(address, sizeof address, "192.0.2.%d", 70 + i);
		is_int(authmap_record(other, &l), AUTHMAP_GRANTED, address);
	}
	authmap_free(other);
	other = NULL;
	return scratch_clock(t);
}

/* A sweep does not report entries as removed that were recorded after the block. */
static void
lifted_meanwhile(void)
{
	(void)record("192.0.2.68", "joe");
	(void)pass();
	blocks("0000000000 1700000000 user joe\n");
	scratch_now += 5;
	other = scratch_authmap("");
	am->clock = lifting_clock;
	is_int(pass(), 0, "a block is lifted while its sweep copies the map");
	am->clock = scratch_clock;
	ok(other == NULL, "  really");
	is_str(taken, "", "  nothing is removed after that");
	is_int(authmap_lookup(am, "192.0.2.99", NULL), 1, "  a login may relay");
	blocks("");
}

/* With an unreadable block list, no client may relay, and no entry is lost. */
static void
broken(void)
{
	(void)record("192.0.2.40", "amy");
	blocks("0000000000 1700000000 user jos\303\251\n");
	is_int(record("192.0.2.42", "amy"), AUTHMAP_FAILED, "a bad line");
	ok(strstr(scratch_log, "relay.blocks:1: is not a block") != NULL,
	    "  is reported");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), -1, "no client may relay");
	is_int(pass(), -1, "nothing is swept");
	blocks("");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), 1,
	    "after it was corrected, they may");
	is_int(pass(), 0, "  and the map is swept");
}

int
main(void)
{
	am = scratch_authmap("");
	logins();
	earlier();
	swept();
	unblocked();
	aliases();
	alias_unblocked();
	late();
	lifted_now();
	lifted_meanwhile();
	broken();
	authmap_free(am);
	return tap_done();
}
