/* SPDX-License-Identifier: ISC */
/* remove */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/arguments.h"
#include "tool/output.h"
#include "tool/tool.h"

/* Tells what was removed, as list would have shown it. */
static int
remove_one(struct tool *tool, const char *address)
{
	struct authmap_entry entry;
	char user[4 * AUTHMAP_USER_SIZE];
	int removed = authmap_remove(tool->am, address, &entry);

	if (removed == -1)
		return TOOL_TROUBLE;
	if (removed == 0) {
		(void)tool_fail("%s: is not in the map", address);
		return TOOL_NO;
	}
	tool_user(&entry, user);
	print(stdout, "removed %s %s %s\n", entry.address, user,
	    entry.service);
	return TOOL_YES;
}

/* All of them, whatever becomes of each; returns the worst that did. */
static int
remove_all(struct tool *tool, char *const *address, int count)
{
	int worst = TOOL_YES;

	for (int i = 0; i < count; i++) {
		int status = remove_one(tool, address[i]);

		if (status > worst)
			worst = status;
	}
	return worst;
}

/* The addresses of one user, gathered before any is removed. */
struct found {
	const char *user;
	char **address;
	int count;
};

static int
find_user(const struct authmap_entry *entry, void *arg)
{
	struct found *found = arg;
	char **grown;

	if (strcmp(entry->user, found->user) != 0)
		return 0;
	grown = reallocarray(found->address, (size_t)found->count + 1,
	    sizeof *grown);
	if (grown == NULL)
		return 1;
	found->address = grown;
	grown[found->count] = strdup(entry->address);
	if (grown[found->count] == NULL)
		return 1;
	found->count++;
	return 0;
}

static int
remove_user(struct tool *tool)
{
	char user[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	struct found found = { plain, NULL, 0 };
	int walked, worst = TOOL_TROUBLE;

	if (!tool_user_read(tool, tool->user, user, plain))
		return TOOL_TROUBLE;
	walked = authmap_walk(tool->am, find_user, &found);
	if (walked > 0)
		(void)tool_fail("no memory for so many entries");
	else if (walked == 0 && found.count == 0) {
		(void)tool_fail("user %s: is not in the map: compare with "
		    "authmap list", user);
		if (!tool->json)
			tool_name_hint(tool->user, user);
		worst = TOOL_NO;
	} else if (walked == 0)
		worst = remove_all(tool, found.address, found.count);
	for (int i = 0; i < found.count; i++)
		free(found.address[i]);
	free(found.address);
	return worst;
}

int
tool_remove(struct tool *tool)
{
	if ((tool->user != NULL) == (tool->argc > 0))
		return tool_fail("remove wants addresses, or --user user");
	if (tool->user != NULL)
		return remove_user(tool);
	return remove_all(tool, tool->argv, tool->argc);
}
