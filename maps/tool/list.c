/* SPDX-License-Identifier: ISC */
/* list, lookup: print entries. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "tool/arguments.h"
#include "tool/entries.h"
#include "tool/output.h"
#include "tool/tool.h"

static void
print_json(const struct entries *entries, time_t now)
{
	struct authmap_entry entry;

	(void)printf("[");
	for (size_t i = 0; i < entries->count; i++) {
		(void)printf(i == 0 ? "\n" : ",\n");
		entry_export(entries->list[i], &entry);
		tool_json_entry(&entry, now);
	}
	(void)printf("\n]\n");
}

/* Print a table with columns that are as wide as needed. */
static void
print_table(const struct entries *entries, time_t now)
{
	int address = 7, name = 4, service = 7;
	struct authmap_entry entry;
	char user[TOOL_USER_SIZE], last[32], left[32];

	for (size_t i = 0; i < entries->count; i++) {
		entry_export(entries->list[i], &entry);
		tool_user(&entry, user);
		if ((int)strlen(entry.address) > address)
			address = (int)strlen(entry.address);
		if ((int)strlen(user) > name)
			name = (int)strlen(user);
		if ((int)strlen(entry.service) > service)
			service = (int)strlen(entry.service);
	}
	print(stdout, "%-*s  %-*s  %-*s  %-19s  %s\n", address, "ADDRESS",
	    name, "USER", service, "SERVICE", "LAST SEEN", "LEFT");
	for (size_t i = 0; i < entries->count; i++) {
		entry_export(entries->list[i], &entry);
		tool_user(&entry, user);
		tool_date(entry.last, last);
		tool_duration(entry.expires - now, left);
		print(stdout, "%-*s  %-*s  %-*s  %s  %s\n", address,
		    entry.address, name, user, service, entry.service, last,
		    left);
	}
}

/* The entries that list shows; NULL: any. */
struct filter {
	const char *user, *service;
	const struct network *network;
};

static bool
is_wanted(const struct entry *entry, const void *arg)
{
	const struct filter *filter = arg;

	return (filter->user == NULL ||
	    strcasecmp(entry->user, filter->user) == 0) &&
	    (filter->service == NULL ||
	    strcmp(entry->service, filter->service) == 0) &&
	    (filter->network == NULL ||
	    tool_key_in(entry->address, filter->network));
}

int
tool_list(struct tool *tool)
{
	char user[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	struct filter filter = { .service = tool->service };
	struct entries entries = { NULL, 0, 0 };
	time_t now = time(NULL);
	struct authmap_entry entry;
	struct network network;
	int walked;

	if (tool->network != NULL) {
		if (!tool_network_read(tool->network, &network))
			return TOOL_TROUBLE;
		filter.network = &network;
	}
	if (tool->user != NULL) {
		if (!tool_user_read(tool, tool->user, user, plain))
			return TOOL_TROUBLE;
		filter.user = plain;
	}
	walked = entries_read(&entries, tool->am);
	if (walked == 0) {
		entries_keep(&entries, is_wanted, &filter);
		entries_sort_by_address(&entries);
		if (tool->json)
			print_json(&entries, now);
		else if (isatty(STDOUT_FILENO))
			print_table(&entries, now);
		else for (size_t i = 0; i < entries.count; i++) {
			entry_export(entries.list[i], &entry);
			tool_fields(&entry, now);
		}
	}
	entries_free(&entries);
	if (walked > 0)
		return tool_fail("no memory");
	return walked == 0 ? TOOL_YES : TOOL_TROUBLE;
}

/* Print the entry of an address if it may relay.  Return an exit status. */
static int
lookup_one(const struct tool *tool, const char *text)
{
	char room[AUTHMAP_ADDRESS_SIZE];
	struct authmap_entry entry;
	int found = authmap_lookup(tool->am, tool_address(tool, text, room),
	    &entry);

	if (found == 1 && tool->json)
		tool_json_entry(&entry, time(NULL));
	else if (found == 1)
		tool_fields(&entry, time(NULL));
	else if (tool->json)
		(void)printf("null");
	return found == 1 ? TOOL_YES : found == 0 ? TOOL_NO : TOOL_TROUBLE;
}

/* In JSON, several addresses are an array in the order of the arguments. */
int
tool_lookup(struct tool *tool)
{
	bool array = tool->json && tool->argc > 1;
	int worst = TOOL_YES;

	for (int i = 0; i < tool->argc; i++) {
		int status;

		if (array)
			(void)printf(i == 0 ? "[\n" : ",\n");
		status = lookup_one(tool, tool->argv[i]);
		if (status > worst)
			worst = status;
	}
	if (tool->json)
		(void)printf(array ? "\n]\n" : "\n");
	return worst;
}
