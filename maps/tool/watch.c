/* SPDX-License-Identifier: ISC */
/* watch: show the addresses that may relay, the newest at the top; without a
 * terminal, print a line for each change. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/settings-time.h"
#include "store/counters.h"
#include "tool/arguments.h"
#include "tool/entries.h"
#include "tool/output.h"
#include "tool/screen.h"
#include "tool/tool.h"

#define INTERVAL_SECS 2		/* seconds */

/* The smallest width of a column that is narrowed. */
#define USER_LEAST 11
#define ADDRESS_LEAST 15

struct watch {
	struct tool *tool;
	unsigned int interval;	/* seconds */
	struct entries entries;
	struct counters counts;
	long long counted_at;	/* monotonic_us(); 0: not yet */
	double grants, refreshes;	/* a second */
	char trouble[1024];	/* the last error; "": none */
};

static void
cut(char *word, int columns)
{
	char whole[4 * AUTHMAP_USER_SIZE];

	(void)strlcpy(whole, word, sizeof whole);
	(void)encode_column(whole, word, (size_t)columns + 1, SCREEN_CUT);
}

static void
keep_trouble(void *arg, int priority, const char *line)
{
	struct watch *watch = arg;

	(void)priority;
	(void)strlcpy(watch->trouble, line, sizeof watch->trouble);
}

static double
per_second(const struct counters *now, const struct counters *before,
    enum counter what, long long us)
{
	long long n = now->of[what] - before->of[what];

	return n > 0 && us > 0 ? (double)n * 1e6 / (double)us : 0;
}

static void
look_at_counts(struct watch *watch)
{
	const struct counters before = watch->counts;
	long long now = monotonic_us(), passed = now - watch->counted_at;

	if (counters_read(watch->tool->am, &watch->counts) == -1)
		return;
	if (watch->counted_at != 0) {
		watch->grants = per_second(&watch->counts, &before,
		    COUNT_GRANTS, passed);
		watch->refreshes = per_second(&watch->counts, &before,
		    COUNT_REFRESHES, passed);
	}
	watch->counted_at = now;
}

/* Read the map into ENTRIES.  Return false, with the reason in trouble, if it cannot
 * be read. */
static bool
look(struct watch *watch, struct entries *entries)
{
	int status;

	watch->trouble[0] = '\0';
	status = entries_read(entries, watch->tool->am);
	if (status > 0)
		(void)strlcpy(watch->trouble, "no memory",
		    sizeof watch->trouble);
	if (status != 0)
		entries_free(entries);
	return status == 0;
}

/* The widths of the columns of the table. */
struct widths {
	int address, user;
};

/* Fit the columns into the width that the service, two times and blanks leave. */
static void
fit(struct widths *widths, int columns)
{
	int room = columns - (8 + 7 + 7 + 4 * 2);

	if (room < ADDRESS_LEAST + USER_LEAST)
		room = ADDRESS_LEAST + USER_LEAST;
	if (widths->address + widths->user <= room)
		return;
	if (widths->user > USER_LEAST && widths->address <= room - USER_LEAST)
		widths->user = room - widths->address;
	else if (widths->user > USER_LEAST)
		widths->user = USER_LEAST;
	widths->address = room - widths->user;
}

/* Set WIDTHS to the widest of the first MOST entries. */
static void
measure(struct widths *widths, const struct entries *entries, size_t most)
{
	struct authmap_entry entry;
	char user[4 * AUTHMAP_USER_SIZE];

	widths->address = (int)strlen("ADDRESS");
	widths->user = (int)strlen("USER");
	for (size_t i = 0; i < entries->count && i < most; i++) {
		entry_export(entries->list[i], &entry);
		tool_user(&entry, user);
		if ((int)strlen(entry.address) > widths->address)
			widths->address = (int)strlen(entry.address);
		if ((int)strlen(user) > widths->user)
			widths->user = (int)strlen(user);
	}
}

static void
draw_row(struct screen *screen, const struct entry *row,
    const struct widths *widths, time_t now)
{
	char user[4 * AUTHMAP_USER_SIZE], seen[32], left[32];
	struct authmap_entry entry;

	entry_export(row, &entry);
	tool_user(&entry, user);
	cut(entry.address, widths->address);
	cut(user, widths->user);
	cut(entry.service, 8);
	tool_duration(now > entry.last ? now - entry.last : 0, seen);
	tool_duration(now < entry.expires ? entry.expires - now : 0, left);
	screen_line(screen, "%-*s  %-*s  %-8s  %7s  %7s", widths->address,
	    entry.address, widths->user, user, entry.service, seen, left);
}

static void
draw_rows(struct screen *screen, const struct entries *entries, time_t now)
{
	size_t room = screen->rows > 2 ? (size_t)screen->rows - 2 : 0;
	size_t shown = entries->count <= room ? entries->count :
	    room > 0 ? room - 1 : 0;
	struct widths widths;

	measure(&widths, entries, shown);
	fit(&widths, screen->columns);
	screen_line(screen, "%-*s  %-*s  %-8s  %7s  %7s", widths.address,
	    "ADDRESS", widths.user, "USER", "SERVICE", "SEEN", "LEFT");
	for (size_t i = 0; i < shown; i++)
		draw_row(screen, entries->list[i], &widths, now);
	if (shown < entries->count)
		screen_line(screen, "and %zu more", entries->count - shown);
}

/* Show the entries.  Return false if the terminal is gone. */
static bool
draw(struct watch *watch)
{
	struct screen screen;
	size_t users;
	bool known = look(watch, &watch->entries);

	look_at_counts(watch);
	if (!screen_begin(&screen)) {
		entries_free(&watch->entries);
		return false;
	}
	users = entries_users(&watch->entries);
	entries_sort_by_age(&watch->entries);
	if (known)
		screen_line(&screen, "entries %zu, users %zu, grants %.1f/s, "
		    "refreshes %.1f/s", watch->entries.count, users,
		    watch->grants, watch->refreshes);
	else
		screen_line(&screen, "%s", watch->trouble);
	draw_rows(&screen, &watch->entries, time(NULL));
	entries_free(&watch->entries);
	return screen_end(&screen);
}

static int
watch_screen(struct watch *watch)
{
	enum screen_event event;
	bool good;

	screen_enter();
	do {
		good = draw(watch);
		event = good ? screen_wait(watch->interval) : SCREEN_QUIT;
	} while (event != SCREEN_QUIT);
	screen_leave();
	return good ? TOOL_YES : TOOL_TROUBLE;
}

static void
print_event(const struct watch *watch, const char *event,
    const struct entry *row)
{
	struct authmap_entry entry;

	entry_export(row, &entry);
	if (watch->tool->json) {
		print(stdout, "{\"event\": \"%s\", \"entry\": ", event);
		tool_json_entry(&entry, time(NULL));
		(void)printf("}\n");
	} else {
		print(stdout, "%s\t", event);
		tool_fields(&entry, time(NULL));
	}
}

/* Return what has happened to an entry, or NULL if nothing has. */
static const char *
event_between(const struct entry *before, const struct entry *now)
{
	if (strcmp(before->user, now->user) != 0 ||
	    strcmp(before->service, now->service) != 0)
		return "granted";
	return before->last != now->last ? "refreshed" : NULL;
}

/* Print what has changed.  Both lists are sorted by address. */
static void
print_events(const struct watch *watch, const struct entries *now)
{
	const struct entries *before = &watch->entries;
	size_t b = 0, n = 0;

	while (b < before->count || n < now->count) {
		const struct entry *old = b < before->count ?
		    before->list[b] : NULL;
		const struct entry *new = n < now->count ? now->list[n] : NULL;
		int order = old == NULL ? 1 : new == NULL ? -1 :
		    address_key_compare(old->address, new->address);
		const char *event = order < 0 ? "gone" : order > 0 ?
		    "granted" : event_between(old, new);

		if (event != NULL)
			print_event(watch, event, order < 0 ? old : new);
		b += order <= 0;
		n += order >= 0;
	}
}

/*
 * Print changes until a signal arrives.  An error is printed once, until it changes.
 */
static int
watch_lines(struct watch *watch)
{
	char said[sizeof watch->trouble] = "";
	struct entries now = { NULL, 0, 0 };
	bool first = true;

	do {
		if (!look(watch, &now)) {
			if (strcmp(said, watch->trouble) != 0)
				(void)tool_fail("%s", watch->trouble);
			/* Continue only if the map could be read before: then it may
			 * come back. */
			if (first)
				return TOOL_TROUBLE;
			(void)strlcpy(said, watch->trouble, sizeof said);
			continue;
		}
		said[0] = '\0';
		entries_sort_by_address(&now);
		if (!first)
			print_events(watch, &now);
		first = false;
		entries_free(&watch->entries);
		watch->entries = now;
		memset(&now, 0, sizeof now);
		if (fflush(stdout) == EOF)
			break;
	} while (screen_wait(watch->interval) != SCREEN_QUIT);
	entries_free(&watch->entries);
	return TOOL_YES;
}

int
tool_watch(struct tool *tool)
{
	struct watch watch = { .tool = tool, .interval = INTERVAL_SECS };
	const char *wrong = NULL;
	int status;

	if (tool->interval != NULL)
		wrong = settings_set_seconds(&watch.interval, tool->interval);
	if (wrong != NULL)
		return tool_time_wrong("--interval", tool->interval, wrong);
	authmap_set_log(tool->am, keep_trouble, &watch);
	screen_signals();
	status = screen_there() && !tool->json ? watch_screen(&watch) :
	    watch_lines(&watch);
	authmap_set_log(tool->am, NULL, NULL);
	return status;
}
