/* record, remove */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/tool.h"

/* The user that is meant by TEXT: USER as in a record, PLAIN decoded; "" is
 * nobody.  False: there is no memory, which was told. */
static bool
user_read(const struct tool *tool, const char *text,
    char user[RECORD_USER_SIZE], char plain[AUTHMAP_USER_SIZE])
{
	char room[RECORD_USER_SIZE];

	(void)strlcpy(user, "-", RECORD_USER_SIZE);
	if (text[0] != '\0' &&
	    !record_user_given(tool_name(tool, text, room), user)) {
		(void)tool_fail("no memory");
		return false;
	}
	record_plain_user(user, plain);
	return true;
}

int
tool_record(struct tool *tool)
{
	char user[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	char room[AUTHMAP_ADDRESS_SIZE];
	const struct authmap_login login = {
		.address = tool_address(tool, tool->argv[0], room),
		.user = plain,
		.service = tool->argc > 2 ? tool->argv[2] : NULL,
	};

	if (!user_read(tool, tool->argc > 1 ? tool->argv[1] : "", user, plain))
		return TOOL_TROUBLE;
	switch (authmap_record(tool->am, &login)) {
	case AUTHMAP_GRANTED:
	case AUTHMAP_REFRESHED:
		return TOOL_YES;
	case AUTHMAP_EXCLUDED:
		(void)tool_fail("%s: not recorded: it is in \"exclude\" of "
		    "%s, or link-local", login.address, tool->am->config.file);
		return TOOL_NO;
	case AUTHMAP_BLOCKED:
		(void)tool_fail("%s: not recorded: it, or its user, is "
		    "blocked: see authmap blocks", login.address);
		return TOOL_NO;
	case AUTHMAP_FULL:
		(void)tool_fail("%s: not recorded: there is no room: "
		    "see the log", login.address);
		return TOOL_NO;
	default:
		return TOOL_TROUBLE;
	}
}

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

	if (!user_read(tool, tool->user, user, plain))
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
