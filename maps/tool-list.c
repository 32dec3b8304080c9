/* list, lookup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define USER_WORD (4 * AUTHMAP_USER_SIZE)

/* An entry as it is printed; the user's name takes what it needs. */
struct row {
	time_t last, expires;
	char address[AUTHMAP_ADDRESS_SIZE];
	char service[AUTHMAP_SERVICE_SIZE];
	char *user;		/* as it logged in */
};

struct rows {
	struct row **list;
	size_t count, room;
};

static int
rows_add(const struct authmap_entry *entry, void *arg)
{
	struct rows *rows = arg;
	struct row *row = calloc(1, sizeof *row), **grown;

	if (row == NULL)
		return 1;
	row->last = entry->last;
	row->expires = entry->expires;
	(void)strlcpy(row->address, entry->address, sizeof row->address);
	(void)strlcpy(row->service, entry->service, sizeof row->service);
	row->user = strdup(entry->user);
	if (rows->count == rows->room) {
		size_t room = rows->room == 0 ? 64 : 2 * rows->room;

		grown = reallocarray(rows->list, room, sizeof *grown);
		if (grown != NULL) {
			rows->list = grown;
			rows->room = room;
		}
	}
	if (row->user == NULL || rows->count == rows->room) {
		free(row->user);
		free(row);
		return 1;
	}
	rows->list[rows->count++] = row;
	return 0;
}

static void
rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i]->user);
		free(rows->list[i]);
	}
	free(rows->list);
}

static int
row_compare(const void *a, const void *b)
{
	return address_key_compare((*(struct row *const *)a)->address,
	    (*(struct row *const *)b)->address);
}

static void
row_to_entry(const struct row *row, struct authmap_entry *entry)
{
	memset(entry, 0, sizeof *entry);
	(void)strlcpy(entry->address, row->address, sizeof entry->address);
	(void)strlcpy(entry->service, row->service, sizeof entry->service);
	(void)strlcpy(entry->user, row->user, sizeof entry->user);
	entry->last = row->last;
	entry->expires = row->expires;
}

static void
print_json(const struct rows *rows, time_t now)
{
	struct authmap_entry entry;

	(void)printf("[");
	for (size_t i = 0; i < rows->count; i++) {
		(void)printf(i == 0 ? "\n" : ",\n");
		row_to_entry(rows->list[i], &entry);
		tool_json_entry(&entry, now);
	}
	(void)printf("\n]\n");
}

/* For scripts: fields parted by one tab, times in seconds. */
static void
print_fields(const struct authmap_entry *entry, time_t now)
{
	char user[USER_WORD];

	tool_user(entry, user);
	(void)printf("%s\t%s\t%s\t%lld\t%lld\n", entry->address, user,
	    entry->service, (long long)entry->last,
	    entry->expires == 0 ? 0LL : (long long)(entry->expires - now));
}

/* For people: columns as wide as they must be. */
static void
print_table(const struct rows *rows, time_t now)
{
	int address = 7, name = 4, service = 7;
	struct authmap_entry entry;
	char user[USER_WORD], last[32], left[32];

	for (size_t i = 0; i < rows->count; i++) {
		row_to_entry(rows->list[i], &entry);
		tool_user(&entry, user);
		if ((int)strlen(entry.address) > address)
			address = (int)strlen(entry.address);
		if ((int)strlen(user) > name)
			name = (int)strlen(user);
		if ((int)strlen(entry.service) > service)
			service = (int)strlen(entry.service);
	}
	(void)printf("%-*s  %-*s  %-*s  %-19s  %s\n", address, "ADDRESS",
	    name, "USER", service, "SERVICE", "LAST SEEN", "LEFT");
	for (size_t i = 0; i < rows->count; i++) {
		row_to_entry(rows->list[i], &entry);
		tool_user(&entry, user);
		tool_time(entry.last, last);
		tool_duration(entry.expires - now, left);
		(void)printf("%-*s  %-*s  %-*s  %s  %s\n", address,
		    entry.address, name, user, service, entry.service, last,
		    left);
	}
}

int
tool_list(struct tool *tool)
{
	struct rows rows = { NULL, 0, 0 };
	time_t now = time(NULL);
	struct authmap_entry entry;
	int walked = authmap_walk(tool->am, rows_add, &rows);

	if (walked == 0) {
		if (rows.count > 0)
			qsort(rows.list, rows.count, sizeof *rows.list,
			    row_compare);
		if (tool->json)
			print_json(&rows, now);
		else if (isatty(STDOUT_FILENO))
			print_table(&rows, now);
		else for (size_t i = 0; i < rows.count; i++) {
			row_to_entry(rows.list[i], &entry);
			print_fields(&entry, now);
		}
	}
	rows_free(&rows);
	if (walked > 0)
		return tool_fail("no memory for so many entries");
	return walked == 0 ? TOOL_YES : TOOL_TROUBLE;
}

int
tool_lookup(struct tool *tool)
{
	struct authmap_entry entry;
	int found = authmap_lookup(tool->am, tool->argv[0], &entry);

	if (found == -1)
		return TOOL_TROUBLE;
	if (found == 1 && tool->json) {
		tool_json_entry(&entry, time(NULL));
		(void)printf("\n");
	} else if (found == 1)
		print_fields(&entry, time(NULL));
	else if (tool->json)
		(void)printf("null\n");
	return found == 1 ? TOOL_YES : TOOL_NO;
}
