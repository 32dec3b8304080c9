/* SPDX-License-Identifier: ISC */
/* list, lookup */
#include <stdio.h>
#include <string.h>
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

/* For people: columns as wide as they must be. */
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

int
tool_list(struct tool *tool)
{
	struct entries entries = { NULL, 0, 0 };
	time_t now = time(NULL);
	struct authmap_entry entry;
	int walked = entries_read(&entries, tool->am);

	if (walked == 0) {
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
		return tool_fail("no memory for so many entries");
	return walked == 0 ? TOOL_YES : TOOL_TROUBLE;
}

int
tool_lookup(struct tool *tool)
{
	char room[AUTHMAP_ADDRESS_SIZE];
	struct authmap_entry entry;
	int found = authmap_lookup(tool->am,
	    tool_address(tool, tool->argv[0], room), &entry);

	if (found == -1)
		return TOOL_TROUBLE;
	if (found == 1 && tool->json) {
		tool_json_entry(&entry, time(NULL));
		(void)printf("\n");
	} else if (found == 1)
		tool_fields(&entry, time(NULL));
	else if (tool->json)
		(void)printf("null\n");
	return found == 1 ? TOOL_YES : TOOL_NO;
}
