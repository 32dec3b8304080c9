/* SPDX-License-Identifier: ISC */
#include "revoked.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "store/change.h"
#include "base/event.h"
#include "store/feed.h"

void
taken_begin(struct taken *taken)
{
	memset(taken, 0, sizeof *taken);
	taken->lines = open_memstream(&taken->text, &taken->len);
}

void
taken_end(struct taken *taken)
{
	if (taken->lines != NULL)
		(void)fclose(taken->lines);
	free(taken->text);
}

void
taken_add(struct taken *taken, const char *key, const struct record *record)
{
	struct change change = { .op = CHANGE_REMOVE, .record = *record };
	char text[CHANGE_SIZE];

	if (taken->lines == NULL)
		return;
	(void)strlcpy(change.key, key, sizeof change.key);
	(void)change_encode(&change, text);
	(void)fputs(text, taken->lines);
}

/* The lines, to be read; NULL: there are none, or there is no memory. */
static FILE *
lines_of(const struct taken *taken)
{
	return taken->lines == NULL || fflush(taken->lines) == EOF ||
	    taken->len == 0 ? NULL : fmemopen(taken->text, taken->len, "r");
}

void
taken_feed(struct taken *taken, const struct authmap *am, int feed, time_t now)
{
	struct change change;
	FILE *in;

	if (feed == -1)
		return;
	in = lines_of(taken);
	/* Other hosts compare the whole map when the feed is missing. */
	if (in == NULL && (taken->lines == NULL || taken->len > 0))
		feed_drop(am);
	while (in != NULL && change_next(in, "-", &change, NULL)) {
		change.record.expires = 0;
		if (change.record.last < now)
			change.record.last = now;
		feed_note(am, feed, &change, &change.record);
	}
	if (in != NULL)
		(void)fclose(in);
}

void
taken_log(struct taken *taken, const struct authmap *am, map_each *each,
    void *arg)
{
	FILE *in = lines_of(taken);
	struct change change;

	while (in != NULL && change_next(in, "-", &change, NULL)) {
		event_log(&am->log, LOG_INFO, "removed", change.key,
		    &change.record, "blocked");
		if (each != NULL)
			(void)each(change.key, &change.record, arg);
	}
	if (in != NULL)
		(void)fclose(in);
}
