/* SPDX-License-Identifier: ISC */
#include "sweeper/revoked.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "store/change.h"
#include "base/event.h"
#include "store/feed.h"

void
revoked_begin(struct revoked *revoked)
{
	memset(revoked, 0, sizeof *revoked);
	revoked->lines = open_memstream(&revoked->text, &revoked->len);
}

void
revoked_end(struct revoked *revoked)
{
	if (revoked->lines != NULL)
		(void)fclose(revoked->lines);
	free(revoked->text);
}

void
revoked_add(struct revoked *revoked, const char *key, const struct record *record)
{
	struct change change = { .op = CHANGE_REMOVE, .record = *record };
	char text[CHANGE_SIZE];

	if (revoked->lines == NULL)
		return;
	(void)strlcpy(change.key, key, sizeof change.key);
	(void)change_encode(&change, text);
	(void)fputs(text, revoked->lines);
}

/* Open the lines for reading.  Return NULL if there are none, or no memory. */
static FILE *
lines_of(const struct revoked *revoked)
{
	return revoked->lines == NULL || fflush(revoked->lines) == EOF ||
	    revoked->len == 0 ? NULL : fmemopen(revoked->text, revoked->len, "r");
}

void
revoked_feed(struct revoked *revoked, const struct authmap *am, int feed, time_t now)
{
	struct change change;
	FILE *in;

	if (feed == -1)
		return;
	in = lines_of(revoked);
	/* Without the feed, the hosts of a cluster compare their whole maps. */
	if (in == NULL && (revoked->lines == NULL || revoked->len > 0))
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
revoked_log(struct revoked *revoked, const struct authmap *am, map_each *each,
    void *arg)
{
	FILE *in = lines_of(revoked);
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
