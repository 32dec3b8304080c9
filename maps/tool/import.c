/* SPDX-License-Identifier: ISC */
/* import: add the entries of the map of another system. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handle.h"
#include "store/blocklist.h"
#include "store/writer.h"
#include "tool/import-lines.h"
#include "tool/output.h"
#include "tool/tool.h"

/* The most lines that are reported; further lines are only counted. */
#define REPORTED 10

/* The most characters of a line that are shown. */
#define SHOWN 60

/* The entries that are stored each time the lock is held: enough to be fast, and few
 * enough that no login waits for long. */
#define BATCH_ENTRIES 1000

/* How long to wait for other writers, in milliseconds.  No login waits meanwhile. */
#define PATIENCE_MS 10000

struct progress {
	struct tool *tool;
	const char *file;
	unsigned long line;
	struct map *before;	/* as it was at the start; NULL: there was none */
	FILE *batch;		/* the entries to be stored next */
	unsigned int waiting;	/* their number */
	unsigned long taken, over, wrong, others, full;
};

/* Print WHY with the beginning of LINE, which may have NULs. */
static void
report(const struct progress *p, const char *line, size_t len,
    const char *why)
{
	char start[SHOWN + 1], shown[SHOWN + 1];

	if (p->wrong + p->others > REPORTED)
		return;
	if (len > sizeof start)
		len = sizeof start;
	memcpy(start, line, len);
	/* A tab separates two fields. */
	for (size_t i = 0; i < len; i++)
		if (start[i] == '\t')
			start[i] = ' ';
	(void)encode_bytes(start, len, shown, sizeof shown);
	(void)tool_fail("%s:%lu: \"%s\" %s", p->file, p->line, shown, why);
}

/* Fill RECORD from the time of ENTRY.  Return false if it has expired, or, with
 * *WHY, if it is not valid. */
static bool
record_of(const struct progress *p, const struct import_entry *entry,
    struct record *record, const char **why)
{
	bool login = p->tool->login_times && entry->time != 0;
	time_t now = p->tool->am->clock(NULL);
	time_t last = login ? entry->time : now;
	long long left = (long long)authmap_window(p->tool->am);

	if (entry->time != 0 && !login)
		left = entry->time - now;
	if (last > now + RECORD_SLACK_SECS)
		*why = "is a login in the future: leave out --login-times";
	else if (left > AUTHMAP_WINDOW_MAX)
		*why = "expires more than 31 days from now";
	if (*why != NULL || left <= 0)
		return false;
	record_fill(record, last, (unsigned int)left, "import", NULL);
	return record->expires > now;
}

static bool
was_removed(const struct progress *p, const char *key)
{
	struct record record;

	return p->before != NULL &&
	    map_get(p->before, key, &record) == MAP_OK &&
	    record_removed(&record);
}

/* Store the batch.  Return an exit status. */
static int
store(struct progress *p)
{
	struct authmap *am = p->tool->am;
	unsigned int count = p->waiting, refused = 0;
	enum map_status status;
	struct writer w;
	bool more;
	int lock;

	if (count == 0)
		return TOOL_YES;
	p->waiting = 0;
	if (fseek(p->batch, 0, SEEK_SET) == -1)
		return tool_fail("temporary file: %s", strerror(errno));
	lock = lock_wait(am, deadline_in(PATIENCE_MS));
	if (lock == -1 && errno == EWOULDBLOCK)
		return tool_fail("%s: another process holds it: run authmap "
		    "check", am->files.lock);
	if (lock == -1)
		return tool_fail("%s: cannot be opened: %s: run authmap check",
		    am->files.lock, strerror(errno));
	writer_begin(&w, am, lock, deadline_in(PATIENCE_MS));
	status = writer_apply_file(&w, p->batch, SAVED_OPS, count, &refused,
	    &more);
	writer_end(&w);
	if (status == MAP_TIMEOUT)
		(void)tool_fail("%s: cannot be written: %s", am->files.map,
		    map_error());
	if (status != MAP_OK)
		return tool_fail("the map cannot be written: run authmap "
		    "check, then import again");
	p->taken += count - refused;
	p->full += refused;
	if (refused > 0)
		(void)tool_fail("%s: %u lines were skipped: max_entries is "
		    "reached", p->file, refused);
	return fseek(p->batch, 0, SEEK_SET) == -1 ||
	    ftruncate(fileno(p->batch), 0) == -1 ?
	    tool_fail("temporary file: %s", strerror(errno)) : TOOL_YES;
}

/* Add an entry to the batch, as a refresh, not as a login.  So an entry in the map
 * keeps its user and a later expiry, and a removed address stays removed. */
static int
add_entry(struct progress *p, const struct import_entry *entry,
    const struct record *record, const char **why)
{
	struct change change = { .op = CHANGE_REFRESH, .record = *record };
	const struct config *config = &p->tool->am->config;
	char text[CHANGE_SIZE];

	address_key(&entry->address, config->ipv6_prefix, change.key);
	if (config_excludes(config, &entry->address))
		*why = "is in exclude, or link-local";
	else if (was_removed(p, change.key))
		*why = "was removed: only a new login brings it back";
	else if (blocked(p->tool->am, change.key, record->user,
	    p->tool->am->clock(NULL)))
		*why = "is blocked";
	if (*why != NULL) {
		p->others++;
		return TOOL_YES;
	}
	(void)change_encode(&change, text);
	if (fputs(text, p->batch) == EOF)
		return tool_fail("temporary file: %s", strerror(errno));
	p->waiting++;
	return p->waiting < BATCH_ENTRIES ? TOOL_YES : store(p);
}

/* Import one line.  Return TOOL_TROUBLE if the rest cannot be imported either. */
static int
import_one(struct progress *p, struct import *import, const char *line,
    size_t len)
{
	struct import_entry entry;
	const char *why = NULL;
	struct record record;
	int status = TOOL_YES;

	switch (import_line(import, line, len, &entry, &why)) {
	case IMPORT_HOPELESS:
		return tool_fail("%s:%lu: %s", p->file, p->line, why);
	case IMPORT_NOTHING:
		return TOOL_YES;
	case IMPORT_WRONG:
		p->wrong++;
		break;
	case IMPORT_ENTRY:
		if (record_of(p, &entry, &record, &why))
			status = add_entry(p, &entry, &record, &why);
		else if (why == NULL)
			p->over++;
		else
			p->wrong++;
		break;
	}
	if (why != NULL)
		report(p, line, len, why);
	return status;
}

/* Read a line, without its newline and cut if it is too long.  Return its length, or
 * -1 at the end. */
static int
read_line(FILE *in, char line[IMPORT_LINE_BYTES])
{
	int c, len = 0;

	while ((c = getc_unlocked(in)) != EOF && c != '\n')
		if (len < IMPORT_LINE_BYTES)
			line[len++] = (char)c;
	return c == EOF && len == 0 ? -1 : len;
}

/* Import all lines of IN.  An error in a line does not stop the others. */
static int
import_all(struct progress *p, FILE *in)
{
	char line[IMPORT_LINE_BYTES];
	struct import import;
	const char *why;
	int len, status = TOOL_YES;

	import_begin(&import);
	while (status == TOOL_YES && (len = read_line(in, line)) != -1) {
		p->line++;
		status = import_one(p, &import, line, (size_t)len);
	}
	if (ferror(in))
		status = tool_fail("%s: %s", p->file, strerror(errno));
	if (status == TOOL_YES && !import_end(&import, &why)) {
		(void)tool_fail("%s: %s", p->file, why);
		status = TOOL_NO;
	}
	return status;
}

/* Print what was imported and what was not. */
static void
summary(const struct progress *p)
{
	unsigned long out = p->wrong + p->others;

	if (out > REPORTED)
		(void)tool_fail("%s: %lu more lines were skipped", p->file,
		    out - REPORTED);
	(void)printf(p->tool->json ? "{\"imported\": %lu, \"expired\": %lu, "
	    "\"left_out\": %lu}\n" : "imported %lu entries, %lu had "
	    "expired, %lu were skipped\n", p->taken, p->over, out + p->full);
	if (p->over > 0 && p->taken == 0 && !p->tool->login_times)
		(void)tool_fail("all entries have expired: if their times are "
		    "those of logins, as poprelayd writes them, use "
		    "--login-times");
}

int
tool_import(struct tool *tool)
{
	const char *name = tool->argv[0];
	bool standard = strcmp(name, "-") == 0;
	struct progress p = {
		.tool = tool,
		.file = standard ? "standard input" : name,
		.batch = tmpfile(),
	};
	FILE *in = standard ? stdin : fopen(name, "r");
	int status = TOOL_TROUBLE, stored;

	/* The users of imported addresses are not known. */
	if (config_limits_users(&tool->am->config))
		(void)tool_fail("users or users_file is set in %s, and an "
		    "imported entry has no user: import before you set it",
		    tool->am->config.file);
	else if (p.batch == NULL)
		(void)tool_fail("temporary file: %s", strerror(errno));
	else if (in == NULL)
		(void)tool_fail("%s: %s", name, strerror(errno));
	else {
		(void)map_open(&p.before, tool->am->files.map, MAP_READ);
		/*
		 * An error of the block list is reported when the batch is stored.
		 */
		(void)blocks_renew(tool->am);
		status = import_all(&p, in);
		stored = store(&p);
		status = stored == TOOL_YES ? status : stored;
		map_close(p.before);
		summary(&p);
	}
	if (in != NULL && !standard)
		(void)fclose(in);
	if (p.batch != NULL)
		(void)fclose(p.batch);
	return status == TOOL_YES && p.wrong > 0 ? TOOL_NO : status;
}
