/* SPDX-License-Identifier: ISC */
/* remove: remove entries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/handle.h"
#include "tool/arguments.h"
#include "tool/output.h"
#include "tool/tool.h"

struct removal {
	const struct tool *tool;
	unsigned int removed;
	int worst;		/* the exit status */
};

static void
worsen(struct removal *removal, int status)
{
	if (status > removal->worst)
		removal->worst = status;
}

/* Print ENTRY, which was removed, and count it. */
static void
print_removed(struct removal *removal, const struct authmap_entry *entry)
{
	char user[TOOL_USER_SIZE];

	if (removal->tool->json) {
		(void)printf(removal->removed == 0 ? "\n" : ",\n");
		tool_json_entry(entry, removal->tool->am->clock(NULL));
	} else {
		tool_user(entry, user);
		print(stdout, "removed %s %s %s\n", entry->address, user,
		    entry->service);
	}
	removal->removed++;
}

static void
remove_one(struct removal *removal, const char *address)
{
	struct authmap_entry entry;
	int removed = authmap_remove(removal->tool->am, address, &entry);

	if (removed == 1)
		print_removed(removal, &entry);
	else if (removed == 0)
		(void)tool_fail("%s: is not in the map", address);
	worsen(removal, removed == 1 ? TOOL_YES : removed == 0 ? TOOL_NO :
	    TOOL_TROUBLE);
}

/* The addresses of a user or network, which are collected before any is removed. */
struct found {
	const char *user;	/* NULL: any */
	const struct network *network;	/* NULL: any */
	char **address;
	int count;
};

static int
find(const struct authmap_entry *entry, void *arg)
{
	struct found *found = arg;
	char **grown;

	if ((found->user != NULL &&
	    strcasecmp(entry->user, found->user) != 0) ||
	    (found->network != NULL &&
	    !tool_key_in(entry->address, found->network)))
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

/* Remove the addresses of FOUND.  Return false if there was none. */
static bool
remove_found(struct removal *removal, struct found *found)
{
	int walked = authmap_walk(removal->tool->am, find, found);

	if (walked > 0)
		(void)tool_fail("no memory");
	if (walked != 0)
		worsen(removal, TOOL_TROUBLE);
	for (int i = 0; i < found->count; i++) {
		if (walked == 0)
			remove_one(removal, found->address[i]);
		free(found->address[i]);
	}
	free(found->address);
	return walked != 0 || found->count > 0;
}

static void
remove_user(struct removal *removal, const char *text)
{
	char user[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	const struct tool *tool = removal->tool;
	struct found found = { .user = plain };

	if (!tool_user_read(tool, text, user, plain)) {
		worsen(removal, TOOL_TROUBLE);
	} else if (!remove_found(removal, &found)) {
		(void)tool_fail("user %s: is not in the map: compare with "
		    "authmap list", user);
		if (!tool->json)
			tool_name_hint(text, user);
		worsen(removal, TOOL_NO);
	}
}

/* Remove the address or network TEXT.  An address that is not in the map gets a
 * tombstone, too; of a network, only the addresses in the map do. */
static void
remove_network(struct removal *removal, const char *text)
{
	unsigned int prefix = removal->tool->am->config.ipv6_prefix;
	char key[AUTHMAP_ADDRESS_SIZE];
	struct network network;
	struct found found = { .network = &network };

	if (address_text_to_key(text, prefix, key)) {
		remove_one(removal, text);
	} else if (!tool_network_read(text, &network)) {
		worsen(removal, TOOL_TROUBLE);
	} else if (!remove_found(removal, &found)) {
		(void)tool_fail("%s: is not in the map", text);
		worsen(removal, TOOL_NO);
	}
}

int
tool_remove(struct tool *tool)
{
	struct removal removal = { .tool = tool };

	if ((tool->user != NULL) == (tool->argc > 0))
		return tool_fail("remove needs addresses, networks or --user "
		    "user");
	if (tool->json)
		(void)printf("[");
	if (tool->user != NULL)
		remove_user(&removal, tool->user);
	/* An error with one does not stop the others. */
	for (int i = 0; i < tool->argc; i++)
		remove_network(&removal, tool->argv[i]);
	if (tool->json)
		(void)printf("\n]\n");
	return removal.worst;
}
