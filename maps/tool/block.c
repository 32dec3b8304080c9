/* SPDX-License-Identifier: ISC */
/* block, unblock, blocks: change and print the block list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/handle.h"
#include "base/settings-time.h"
#include "daemon/account.h"
#include "store/blocklist-edit.h"
#include "sweeper/sweep.h"
#include "tool/arguments.h"
#include "tool/json.h"
#include "tool/output.h"
#include "tool/tool.h"

static const char *
kind(const struct block *block)
{
	return block->user ? "user" : "network";
}

/* Return the name, address or network of the command line, as it was given. */
static const char *
given(const struct tool *tool)
{
	return tool->user != NULL ? tool->user : tool->argv[0];
}

/* Fill BLOCK from the argument or --user.  Return false after an error was printed.
 * Otherwise the caller frees BLOCK->what. */
static bool
block_read(struct tool *tool, struct block *block)
{
	char room[RECORD_USER_SIZE];
	const char *wrong;

	if ((tool->user != NULL) == (tool->argc > 0)) {
		(void)tool_fail("block and unblock need one user, address or "
		    "network");
		return false;
	}
	wrong = block_parse(tool_name(tool, given(tool), room),
	    tool->user != NULL, block);
	if (wrong != NULL)
		(void)tool_fail("%s: %s", given(tool), wrong);
	return wrong == NULL;
}

/*
 * Become the daemons' user: mail processes could not read a file that root has made.
 */
static bool
act_as_daemon(const struct tool *tool)
{
	struct account account;

	return account_find(tool->am, &account) &&
	    account_become(tool->am, &account);
}

/* Print BLOCK as a JSON object without its closing brace.  As in list, the name of a
 * user is decoded. */
static void
print_json(const struct block *block)
{
	char plain[AUTHMAP_USER_SIZE];

	print(stdout, "{\"kind\": \"%s\", \"what\": ", kind(block));
	if (block->user)
		record_plain_user(block->what, plain);
	json_string(stdout, block->user ? plain : block->what);
	(void)printf(", \"since\": %lld, \"until\": ",
	    (long long)block->since);
	if (block->until == 0)
		(void)printf("null");
	else
		(void)printf("%lld", (long long)block->until);
}

/* The entries that a sweep removes after a block. */
struct revoked {
	const struct block *block;
	bool any;		/* an entry of BLOCK was removed */
	bool json;
	unsigned int printed;
};

static int
print_revoked(const char *key, const struct record *record, void *arg)
{
	struct revoked *revoked = arg;

	/*
	 * The entry may be of another block, which came from another host meanwhile.
	 */
	if (!revoked->block->user ||
	    strcasecmp(revoked->block->what, record->user) == 0)
		revoked->any = true;
	if (revoked->json) {
		struct authmap_entry entry;

		record_to_entry(record, key, &entry);
		(void)printf(revoked->printed++ > 0 ? ",\n" : "\n");
		tool_json_entry(&entry, time(NULL));
	} else {
		print(stdout, "removed %s %s %s\n", key, record->user,
		    record->service);
	}
	return 0;
}

/* Print that the block has removed no entry.  It is in force, but its name may be
 * mistyped, or be another than the one under which the logins are recorded. */
static void
warn_no_entry(const struct tool *tool, const struct block *block)
{
	(void)tool_fail("note: %s %s: is blocked, but has no entry in the map: "
	    "compare with authmap list", kind(block), block->what);
	if (block->user && !tool->json)
		tool_name_hint(given(tool), block->what);
}

/* Remove the entries of BLOCK, by a sweep. */
static int
revoke_entries(const struct tool *tool, const struct block *block)
{
	struct revoked revoked = { .block = block, .json = tool->json };
	struct sweep sweep = { .each_revoked = print_revoked, .arg = &revoked };
	struct sweep_report report;
	int swept;

	if (tool->json) {
		print_json(block);
		(void)printf(", \"removed\": [");
	}
	swept = sweep_run(tool->am, &sweep, &report);
	if (tool->json)
		(void)printf("]}\n");
	if (swept == 0 && !revoked.any)
		warn_no_entry(tool, block);
	if (swept == 0)
		return TOOL_YES;
	return tool_fail("blocked, but its entries could not be removed: run "
	    "authmap sweep");
}

static int
block(struct tool *tool, struct block *block)
{
	unsigned int seconds = 0;
	const char *wrong = tool->how_long == NULL ? NULL :
	    settings_time(tool->how_long, &seconds);

	if (wrong != NULL)
		return tool_time_wrong("--for", tool->how_long, wrong);
	block->since = time(NULL);
	if (seconds != 0)
		block->until = block->since + (time_t)seconds;
	if (block_add(tool->am, block) == -1)
		return tool_fail("%s", tool->am->blocks->trouble);
	log_say(&tool->am->log, LOG_INFO, "blocked %s %s %s%s",
	    kind(block), ENCODED(block->what, 512),
	    tool->how_long == NULL ? "permanently" : "for ",
	    tool->how_long == NULL ? "" : tool->how_long);
	return revoke_entries(tool, block);
}

int
tool_block(struct tool *tool)
{
	struct block new;
	int status = TOOL_TROUBLE;

	if (!block_read(tool, &new))
		return TOOL_TROUBLE;
	if (act_as_daemon(tool))
		status = block(tool, &new);
	free(new.what);
	return status;
}

int
tool_unblock(struct tool *tool)
{
	struct block old;
	int removed = -1;

	if (!block_read(tool, &old))
		return TOOL_TROUBLE;
	if (act_as_daemon(tool)) {
		removed = block_remove(tool->am, &old);
		if (removed == -1)
			(void)tool_fail("%s", tool->am->blocks->trouble);
	}
	if (removed == 1)
		log_say(&tool->am->log, LOG_INFO, "unblocked %s %s",
		    kind(&old), ENCODED(old.what, 512));
	else if (removed == 0)
		(void)tool_fail("%s %s: is not blocked", kind(&old), old.what);
	if (removed == 0 && old.user && !tool->json)
		tool_name_hint(given(tool), old.what);
	if (removed != -1 && tool->json)
		(void)printf(removed == 1 ? "{\"unblocked\": true}\n" :
		    "{\"unblocked\": false}\n");
	free(old.what);
	return removed == -1 ? TOOL_TROUBLE :
	    removed == 1 ? TOOL_YES : TOOL_NO;
}

static void
print_json_row(const struct block *block, bool first)
{
	(void)printf(first ? "\n" : ",\n");
	print_json(block);
	(void)printf("}");
}

/* Print BLOCK for scripts: times in seconds, "-" if it is permanent. */
static void
print_fields(const struct block *block, time_t now)
{
	print(stdout, "%s\t%s\t%lld\t", kind(block), block->what,
	    (long long)block->since);
	if (block->until == 0)
		(void)printf("-\n");
	else
		(void)printf("%lld\n", (long long)(block->until - now));
}

static void
print_row(const struct block *block, time_t now)
{
	char since[32], left[32] = "permanent";

	tool_date(block->since, since);
	if (block->until != 0)
		tool_duration(block->until - now, left);
	print(stdout, "%-7s  %s  %-10s  %s\n", kind(block), since, left,
	    block->what);
}

int
tool_blocks(struct tool *tool)
{
	const struct blocks *blocks = tool->am->blocks;
	bool table = isatty(STDOUT_FILENO) != 0;
	time_t now = time(NULL);
	bool first = true;

	if (blocks_renew(tool->am) == -1)
		return tool_fail("%s", blocks->trouble);
	if (tool->json)
		(void)printf("[");
	else if (table)
		print(stdout, "%-7s  %-19s  %-10s  %s\n", "KIND", "SINCE",
		    "LEFT", "WHAT");
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->list[i];

		if (block_expired(block, now))
			continue;
		if (tool->json)
			print_json_row(block, first);
		else if (table)
			print_row(block, now);
		else
			print_fields(block, now);
		first = false;
	}
	if (tool->json)
		(void)printf("\n]\n");
	return TOOL_YES;
}
