#include "tool/entries.h"

#include <stdlib.h>
#include <string.h>

static int
row_add(const struct authmap_entry *entry, void *arg)
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

int
rows_read(struct rows *rows, struct authmap *am)
{
	return authmap_walk(am, row_add, rows);
}

void
rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i]->user);
		free(rows->list[i]);
	}
	free(rows->list);
	memset(rows, 0, sizeof *rows);
}

static int
compare_addresses(const void *a, const void *b)
{
	return address_key_compare((*(struct row *const *)a)->address,
	    (*(struct row *const *)b)->address);
}

static int
compare_ages(const void *a, const void *b)
{
	time_t x = (*(struct row *const *)a)->last;
	time_t y = (*(struct row *const *)b)->last;

	return x != y ? (x < y) - (x > y) : compare_addresses(a, b);
}

static int
compare_users(const void *a, const void *b)
{
	return strcmp((*(struct row *const *)a)->user,
	    (*(struct row *const *)b)->user);
}

static void
sort(struct rows *rows, int (*compare)(const void *, const void *))
{
	if (rows->count > 0)
		qsort(rows->list, rows->count, sizeof *rows->list, compare);
}

void
rows_by_address(struct rows *rows)
{
	sort(rows, compare_addresses);
}

void
rows_by_age(struct rows *rows)
{
	sort(rows, compare_ages);
}

size_t
rows_users(struct rows *rows)
{
	const char *before = "";
	size_t users = 0;

	sort(rows, compare_users);
	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(rows->list[i]->user, before) != 0)
			users++;
		before = rows->list[i]->user;
	}
	return users;
}

void
row_to_entry(const struct row *row, struct authmap_entry *entry)
{
	memset(entry, 0, sizeof *entry);
	(void)strlcpy(entry->address, row->address, sizeof entry->address);
	(void)strlcpy(entry->service, row->service, sizeof entry->service);
	(void)strlcpy(entry->user, row->user, sizeof entry->user);
	entry->last = row->last;
	entry->expires = row->expires;
}
