/* SPDX-License-Identifier: ISC */
#include "base/event.h"

/* The user is cut to this many characters, so that WHY is not cut. */
#define USER_SHOWN 512

void
event_log(const struct log *log, int priority, const char *what,
    const char *key, const struct record *record, const char *why)
{
	log_say(log, priority, "%s %s service=%s user=%s%s%s", what, key,
	    record->service, ENCODED(record->user, USER_SHOWN),
	    why == NULL ? "" : ": ", why == NULL ? "" : why);
}
