/* SPDX-License-Identifier: ISC */
#include "tool/entries.h"

#include <stdlib.h>
#include <string.h>

static int
entry_add(const struct authmap_entry *entry, void *arg)
{
	struct entries *entries = arg;
	struct entry *row = calloc(1, sizeof *row), **grown;

	if (row == NULL)
		return 1;
	row->last = entry->last;
	row->expires = entry->expires;
	(void)strlcpy(row->address, entry->address, sizeof row->address);
	(void)strlcpy(row->service, entry->service, sizeof row->service);
	row->user = strdup(entry->user);
	if (entries->count == entries->room) {
		size_t room = entries->room == 0 ? 64 : 2 * entries->room;

		grown = reallocarray(entries->list, room, sizeof *grown);
		if (grown != NULL) {
			entries->list = grown;
			entries->room = room;
		}
	}
	if (row->user == NULL || entries->count == entries->room) {
		free(row->user);
		free(row);
		return 1;
	}
	entries->list[entries->count++] = row;
	return 0;
}

int
entries_read(struct entries *entries, struct authmap *am)
{
	return authmap_walk(am, entry_add, entries);
}

static void
entry_free(struct entry *entry)
{
	free(entry->user);
	free(entry);
}

void
entries_keep(struct entries *entries,
    bool (*wanted)(const struct entry *entry, const void *arg),
    const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < entries->count; i++)
		if (wanted(entries->list[i], arg))
			entries->list[kept++] = entries->list[i];
		else
			entry_free(entries->list[i]);
	entries->count = kept;
}

void
entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_free(entries->list[i]);
	free(entries->list);
	memset(entries, 0, sizeof *entries);
}

static int
compare_addresses(const void *a, const void *b)
{
	return address_key_compare((*(struct entry *const *)a)->address,
	    (*(struct entry *const *)b)->address);
}

static int
compare_ages(const void *a, const void *b)
{
	time_t x = (*(struct entry *const *)a)->last;
	time_t y = (*(struct entry *const *)b)->last;

	return x != y ? (x < y) - (x > y) : compare_addresses(a, b);
}

static int
compare_users(const void *a, const void *b)
{
	return strcmp((*(struct entry *const *)a)->user,
	    (*(struct entry *const *)b)->user);
}

static void
sort(struct entries *entries, int (*compare)(const void *, const void *))
{
	if (entries->count > 0)
		qsort(entries->list, entries->count, sizeof *entries->list, compare);
}

void
entries_sort_by_address(struct entries *entries)
{
	sort(entries, compare_addresses);
}

void
entries_sort_by_age(struct entries *entries)
{
	sort(entries, compare_ages);
}

size_t
entries_users(struct entries *entries)
{
	const char *before = "";
	size_t users = 0;

	sort(entries, compare_users);
	for (size_t i = 0; i < entries->count; i++) {
		if (strcmp(entries->list[i]->user, before) != 0)
			users++;
		before = entries->list[i]->user;
	}
	return users;
}

void
entry_export(const struct entry *from, struct authmap_entry *entry)
{
	memset(entry, 0, sizeof *entry);
	(void)strlcpy(entry->address, from->address, sizeof entry->address);
	(void)strlcpy(entry->service, from->service, sizeof entry->service);
	(void)strlcpy(entry->user, from->user, sizeof entry->user);
	entry->last = from->last;
	entry->expires = from->expires;
}
