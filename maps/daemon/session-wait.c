/* SPDX-License-Identifier: ISC */
#include "daemon/session-wait.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <syslog.h>

/* How long the keeper of an ended session may stay, if its process serves others. */
#define SESSION_LOOK_SECS 30

/* Return whether SESSION is known to be open; log why it is not known. */
static bool
session_goes_on(const struct log *log, const struct session *session)
{
	enum session_state state = session_state(session);

	if (state == SESSION_UNKNOWN)
		log_say(log, LOG_WARNING, "entry is not refreshed: the "
		    "system does not say whether its session is open: %s",
		    strerror(errno));
	return state == SESSION_OPEN;
}

/* Wait for SECS seconds, or until FD is ready for EVENTS.  Return as poll(2). */
static int
wait_for(int fd, short events, int secs)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&poll_fd, 1, secs * 1000);
	while (ready == -1 && errno == EINTR);
	return ready;
}

int
session_wait(const struct log *log, int *watched,
    const struct session *session, int after)
{
	int ready;

	if (session == NULL)
		return wait_for(*watched, 0, after);
	/* A process that serves many sessions does not end with this one: look
	 * often, so that keepers of ended sessions do not pile up. */
	do {
		int secs = after < SESSION_LOOK_SECS ? after : SESSION_LOOK_SECS;

		ready = wait_for(*watched, POLLIN, secs);
		if (ready == 1)
			*watched = -1;
		/* Another process may have taken it over: a hibernated session. */
		if (ready != -1 && !session_goes_on(log, session))
			return ready == 1 ? 1 : -1;
		after -= secs;
	} while (ready == 0 && after > 0);
	return ready == -1 ? -1 : 0;
}
