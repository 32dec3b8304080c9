/* SPDX-License-Identifier: ISC */
/* A blocked user or network is not recorded, neither by a login nor by a session,
 * and a sweep removes the entries there are. */
#include "blocks.h"

static void
logins(void)
{
	is_int(pass(), 0, "a map");
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
	blocks("");
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

static struct authmap_login
as(const char *address, const char *alias)
{
	struct authmap_login l = login(address, "joe");

	l.alias = alias;
	return l;
}

/* The client gives another name than that under which it is recorded. */
static void
aliases(void)
{
	struct authmap_login l = as("192.0.2.60", "DOM\\joe");
	struct authmap_entry entry;
	char both[128];

	blocks("0000000000 1700000000 user dom\\\\JOE\n");
	is_int(authmap_record(am, &l), AUTHMAP_BLOCKED, "a blocked alias");
	ok(strstr(scratch_log, "blocked 192.0.2.60 service=imap user=DOM\\\\joe: ")
	    != NULL, "  which is logged, as it is blocked");
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED, "  nor its session");
	is_int(authmap_lookup(am, "192.0.2.60", NULL), 0, "  really");
	is_int(record("192.0.2.61", "joe"), AUTHMAP_GRANTED,
	    "who gives the user's own name is let in");
	l = as("192.0.2.61", "DOM\\joe");
	scratch_now += 10;
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "  and not refreshed by the alias's session");
	l = as("192.0.2.62", "DOM\\ted");
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "another alias");
	ok(authmap_lookup(am, "192.0.2.62", &entry) == 1 &&
	    strcmp(entry.user, "joe") == 0, "  stands under the user's name");
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
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "unblocked, he is in");
	(void)snprintf(both, sizeof both, "%010lld 1700000000 user joe\n"
	    "0000000000 1700000000 user dom\\\\ted\n", (long long)scratch_now);
	blocks(both);
	scratch_now += 10;
	is_int(authmap_refresh(am, &l), AUTHMAP_BLOCKED,
	    "a block of the user that is over does not hide the alias's");
	blocks("0000000000 1700000000 network 192.0.2.64/26\n");
	l = as("192.0.2.65", "DOM\\joe");
	scratch_log[0] = '\0';
	is_int(authmap_record(am, &l), AUTHMAP_BLOCKED, "a blocked network");
	ok(strstr(scratch_log, " user=joe: ") != NULL,
	    "  the log has the user's name");
}

/* As of a user's, a block of an alias that is over is remembered for a day. */
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

/* A block of joe that was lifted AGO seconds before now. */
static void
lifted(time_t ago)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%010lld 1700000000 user joe\n",
	    (long long)(scratch_now - ago));
	blocks(line);
}

/* A login that comes late does not bring back what a block has taken since. */
static void
late(void)
{
	lifted(10);
	is_int(retry("192.0.2.60", "joe", scratch_now - 20), AUTHMAP_BLOCKED,
	    "a login before a block was lifted, retried");
	is_int(retry("192.0.2.60", "joe", scratch_now - 10), AUTHMAP_BLOCKED,
	    "  or in that second");
	is_int(retry("192.0.2.60", "amy", scratch_now - 20), AUTHMAP_GRANTED,
	    "  another user's is let in");
	is_int(retry("192.0.2.61", "joe", scratch_now - 8), AUTHMAP_GRANTED,
	    "one after it is let in");
	blocks("");
}

/* What cannot be read lets in nobody, and loses nothing. */
static void
broken(void)
{
	(void)record("192.0.2.40", "amy");
	blocks("0000000000 1700000000 user jos\303\251\n");
	is_int(record("192.0.2.42", "amy"), AUTHMAP_FAILED, "a bad line");
	ok(strstr(scratch_log, "relay.blocks:1: is no block") != NULL,
	    "  is told");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), -1, "nobody may relay");
	is_int(pass(), -1, "nothing is swept");
	blocks("");
	is_int(authmap_lookup(am, "192.0.2.40", NULL), 1, "mended, they may");
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
	broken();
	authmap_free(am);
	return tap_done();
}
