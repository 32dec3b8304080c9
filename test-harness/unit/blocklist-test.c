/* SPDX-License-Identifier: ISC */
/* Who is blocked is let in by nobody: neither by a login nor by what waits, a
 * session, the saved state or a sweep. */
#include "store/blocklist-edit.h"
#include "logins.h"
#include "sweeper/sweep.h"
#include "store/lock.h"
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
	sweep.each_revoked = remember;
	taken[0] = '\0';
	return sweep_run(am, &sweep, &report);
}

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

static void
restored(void)
{
	save_state();
	blocks("0000000000 1700000000 network 198.51.100.1\n");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "a lost map");
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

/* LINES, of blocks that end now. */
static void
unblock(const char *kind, const char *what)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%010lld 1700000000 %s %s\n",
	    (long long)scratch_now, kind, what);
	blocks(line);
}

/* Entries by a login after a block was lifted are restored, others are not. */
static void
restored_after(const char *kind, const char *what, bool login_first)
{
	char line[64];

	blocks("");
	(void)record("203.0.113.60", "eve");
	(void)record("203.0.113.61", "eve");
	is_int(pass(), 0, "two entries are saved");
	(void)snprintf(line, sizeof line, "0000000000 1700000000 %s %s\n",
	    kind, what);
	blocks(line);
	is_int(pass(), 0, "a block takes them away");
	scratch_now += 5;
	unblock(kind, what);
	is_int(record("203.0.113.60", "eve"), AUTHMAP_GRANTED,
	    "  and a login after it was lifted brings one back");
	is_int(pass(), 0, "  which is saved");
	scratch_now += 60;
	(void)unlink(am->files.map);
	is_int(login_first ? record("192.0.2.99", "amy") : 0, 0,
	    login_first ? "a login makes a map" : "no login makes a map");
	is_int(pass(), 0, "  and the sweeper restores it");
	is_int(authmap_lookup(am, "203.0.113.60", NULL), 1,
	    "  with the entry of the login");
	is_int(authmap_lookup(am, "203.0.113.61", NULL), 0,
	    "  and without the one that was taken away");
	is_int(refresh("203.0.113.61", "eve"), AUTHMAP_REMOVED,
	    "  which a session does not bring back either");
	scratch_now += 2 * 24 * 3600;
	(void)pass();
}

/* The state was saved last before the block. */
static void
restored_from_before(void)
{
	char line[128];

	(void)snprintf(line, sizeof line, "= 203.0.113.62 %010lld %010lld imap "
	    "eve\n", (long long)scratch_now + 1800, (long long)scratch_now);
	(void)unlink(am->files.map);
	(void)scratch_file("state/relay.saved", line);
	scratch_now += 60;
	unblock("user", "eve");
	is_int(pass(), 0, "a state that was saved before a block");
	is_int(authmap_lookup(am, "203.0.113.62", NULL), 0,
	    "  does not bring back its user");
	blocks("");
	(void)unlink(am->files.map);
	(void)scratch_file("state/relay.saved", line);
	is_int(pass(), 0, "  who was not blocked then");
	is_int(authmap_lookup(am, "203.0.113.62", NULL), 1, "  may relay");
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

/* What is made of an entry of joe's on another host, where it was seen LAST. */
static enum change_effect
told_of(char op, time_t last)
{
	struct change change = { .op = (enum change_op)op, .key = "192.0.2.80" };
	struct record result;

	record_fill(&change.record, last, 1800, "imap", "joe");
	(void)blocks_renew(am);
	return blocks_resolve(am, &change, NULL, scratch_now, &result);
}

/* What the hosts keep of the lines that they hear, one after the other. */
static const char *
merged(const char *const lines[], const int order[3])
{
	static char text[256];
	FILE *in;
	size_t len;

	blocks("");
	for (int i = 0; i < 3; i++) {
		struct block block;
		char line[64];

		(void)strlcpy(line, lines[order[i]], sizeof line);
		if (!block_decode(line, strlen(line), &block) ||
		    block_merge(am, &block, 1) == -1)
			return "no";
	}
	in = fopen(am->files.blocks, "r");
	len = in == NULL ? 0 : fread(text, 1, sizeof text - 1, in);
	text[len] = '\0';
	if (in != NULL)
		(void)fclose(in);
	return text;
}

static void
in_any_order(const char *a, const char *b, const char *c, const char *name)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
	    { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	const char *const lines[] = { a, b, c };
	char wanted[64];
	int good = 0;

	(void)snprintf(wanted, sizeof wanted, "%s\n", c);
	for (int i = 0; i < 6; i++)
		good += strcmp(merged(lines, orders[i]), wanted) == 0;
	is_int(good, 6, name);
}

/* Of the lines of several hosts, the last given counts on each. */
static void
elsewhere(void)
{
	struct block block = { .user = true, .what = NULL };

	scratch_now = 1700000000;
	in_any_order("0000000000 1699999000 user joe",
	    "1700009000 1699999000 user joe", "1699999900 1699999000 user joe",
	    "hosts agree on a block that was lifted");
	in_any_order("0000000000 1699999000 user Joe",
	    "1699999500 1699999000 user joe", "0000000000 1699999600 user JOE",
	    "  and on the next, however the name is written");
	in_any_order("0000000000 1699999000 network 192.0.2.0/24",
	    "1699999500 1699999500 network 192.0.2.0/24",
	    "1700000900 1699999501 network 192.0.2.0/24",
	    "  and on a network that was blocked anew");
	blocks("0000000000 1699900000 user joe\n");
	(void)blocks_renew(am);
	is_int(block_parse("joe", true, &block) == NULL &&
	    block_remove(am, &block) == 1, true, "a block is lifted");
	block.since = 1699900000;
	is_int(block_add(am, &block), 1, "  and made anew");
	(void)blocks_renew(am);
	ok(blocked(am, "192.0.2.1", "joe", scratch_now) &&
	    am->blocks->list[0].since > 1699900000,
	    "  which is later, whatever the clock says");
	free(block.what);
	blocks("1699999000 1699900000 user joe\n");
	is_int(told_of('~', 1699998999), CHANGE_BLOCKED,
	    "an entry elsewhere from before it was lifted is not let in");
	is_int(told_of('~', 1699999000), CHANGE_STORE, "  one from then on is");
	is_int(told_of('>', 1699998999), CHANGE_STORE, "  and so is a login");
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
	aliases();
	alias_unblocked();
	late();
	restored_after("user", "eve", true);
	restored_after("user", "eve", false);
	restored_after("network", "203.0.113.0/24", true);
	restored_from_before();
	broken();
	elsewhere();
	authmap_free(am);
	return tap_done();
}
