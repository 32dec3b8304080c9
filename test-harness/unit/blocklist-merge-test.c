/* SPDX-License-Identifier: ISC */
/* Neither the saved state nor another host brings back a blocked entry, and hosts
 * agree on their blocks. */
#include "blocks.h"

static void
restored(void)
{
	save_state();
	blocks("0000000000 1700000000 network 198.51.100.1\n");
	(void)unlink(am->files.map);
	is_int(pass(), 0, "a lost map");
	blocks("");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 0,
	    "the entry of a blocked user is not restored");
}

/* Store LINES of blocks that expire now. */
static void
unblock(const char *kind, const char *what)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%010lld 1700000000 %s %s\n",
	    (long long)scratch_now, kind, what);
	blocks(line);
}

/* Only entries of logins after a block was lifted are restored. */
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
	is_int(pass(), 0, "a block removes them");
	scratch_now += 5;
	unblock(kind, what);
	is_int(record("203.0.113.60", "eve"), AUTHMAP_GRANTED,
	    "  a login after it was lifted makes one again");
	is_int(pass(), 0, "  which is saved");
	scratch_now += 60;
	(void)unlink(am->files.map);
	is_int(login_first ? record("192.0.2.99", "amy") : 0, 0,
	    login_first ? "a login makes a map" : "no login makes a map");
	is_int(pass(), 0, "  and the sweeper restores it");
	is_int(authmap_lookup(am, "203.0.113.60", NULL), 1,
	    "  with the entry of the login");
	is_int(authmap_lookup(am, "203.0.113.61", NULL), 0,
	    "  and without the one that the block removed");
	is_int(refresh("203.0.113.61", "eve"), AUTHMAP_REMOVED,
	    "  which a session does not bring back");
	scratch_now += 2 * 24 * 3600;
	(void)pass();
}

/* The state was last saved before the block. */
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
	    "  does not bring back the user's entry");
	blocks("");
	(void)unlink(am->files.map);
	(void)scratch_file("state/relay.saved", line);
	is_int(pass(), 0, "  although the user was not blocked then");
	is_int(authmap_lookup(am, "203.0.113.62", NULL), 1, "  may relay");
}

/* Return the result of an entry of joe from another host, with this LAST. */
static enum change_effect
told_of(char op, time_t last)
{
	struct change change = { .op = (enum change_op)op, .key = "192.0.2.80" };
	struct record result;

	record_fill(&change.record, last, 1800, "imap", "joe");
	(void)blocks_renew(am);
	return blocks_resolve(am, &change, NULL, scratch_now, &result);
}

/* Return what a host keeps after it received the lines in this order. */
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

/* All hosts keep the latest of several hosts' lines. */
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
	    "  and on a later one, in upper or lower case");
	in_any_order("0000000000 1699999000 network 192.0.2.0/24",
	    "1699999500 1699999500 network 192.0.2.0/24",
	    "1700000900 1699999501 network 192.0.2.0/24",
	    "  and on a network that was blocked again");
	blocks("0000000000 1699900000 user joe\n");
	(void)blocks_renew(am);
	is_int(block_parse("joe", true, &block) == NULL &&
	    block_remove(am, &block) == 1, true, "a block is lifted");
	block.since = 1699900000;
	is_int(block_add(am, &block), 1, "  and made again");
	(void)blocks_renew(am);
	ok(blocked(am, "192.0.2.1", "joe", scratch_now) &&
	    am->blocks->list[0].since > 1699900000,
	    "  which counts as later, even if the clock is not");
	free(block.what);
	blocks("1699999000 1699900000 user joe\n");
	is_int(told_of('~', 1699998999), EFFECT_BLOCKED,
	    "an entry of another host from before it was lifted is not stored");
	is_int(told_of('~', 1699999000), EFFECT_STORE, "  a later one is");
	is_int(told_of('>', 1699998999), EFFECT_STORE, "  and so is a login");
}

int
main(void)
{
	am = scratch_authmap("");
	restored();
	restored_after("user", "eve", true);
	restored_after("user", "eve", false);
	restored_after("network", "203.0.113.0/24", true);
	restored_from_before();
	elsewhere();
	authmap_free(am);
	return tap_done();
}
