/* SPDX-License-Identifier: ISC */
#include "daemon/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/netstring.h"

/* How long a request may take in total. */
#define PATIENCE_MS 2000
#define LOOK_MS 20		/* between two looks at the time */

/* Wait until FD is ready.  Return false with errno if it is not by END. */
static bool
ready(int fd, short events, deadline end)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int result;

	do {
		if (deadline_passed(end)) {
			errno = ETIMEDOUT;
			return false;
		}
		result = poll(&poll_fd, 1, LOOK_MS);
	} while (result == 0 || (result == -1 && errno == EINTR));
	return result == 1;
}

/* Connect FD.  TCP may need some time.  A UNIX socket connects at once, or fails
 * with EAGAIN while too many other clients wait to be accepted. */
static bool
reach(int fd, const struct endpoint *endpoint, deadline end)
{
	socklen_t len = sizeof errno;
	int error = 0, result;

	while ((result = connect(fd, &endpoint->address.any, endpoint->len)) ==
	    -1 && errno == EAGAIN && !deadline_passed(end))
		(void)poll(NULL, 0, LOOK_MS);
	if (result == 0)
		return true;
	if (errno != EINPROGRESS || !ready(fd, POLLOUT, end) ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return false;
	errno = error;
	return error == 0;
}

static bool
read_reply(int fd, deadline end, char out[SOCKETMAP_REPLY_BYTES])
{
	char in[SOCKETMAP_REPLY_BYTES + NETSTRING_FRAME_BYTES];
	size_t have = 0, len, taken;
	const char *text;
	ssize_t n;

	while (ready(fd, POLLIN, end)) {
		n = recv(fd, in + have, sizeof in - have, 0);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			return false;
		have += (size_t)n;
		switch (netstring_find(in, have, SOCKETMAP_REPLY_BYTES - 1,
		    &text, &len, &taken)) {
		case NETSTRING_WHOLE:
			memcpy(out, text, len);
			out[len] = '\0';
			return true;
		case NETSTRING_PART:
			if (n > 0)
				continue;
			/* FALLTHROUGH */
		case NETSTRING_BAD:
			errno = EPROTO;
			return false;
		}
	}
	return false;
}

int
ask_responder(const struct endpoint *endpoint, const char *map,
    const char *key, deadline end, char out[SOCKETMAP_REPLY_BYTES])
{
	char text[128], frame[sizeof text + NETSTRING_FRAME_BYTES + 1];
	int fd = endpoint_socket(endpoint), saved;
	size_t len;
	bool heard;

	if (fd == -1)
		return -1;
	(void)snprintf(text, sizeof text, "%s %s", map, key);
	len = netstring_put(frame, text, strlen(text));
	/* A new socket always takes a request of this size. */
	heard = reach(fd, endpoint, end) &&
	    send(fd, frame, len, MSG_NOSIGNAL) == (ssize_t)len &&
	    read_reply(fd, end, out);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return heard ? 0 : -1;
}

/* Ask at each socket of the configuration until one replies. */
static bool
ask_any(const struct authmap *am, const char *map, const char *key,
    deadline end, char out[SOCKETMAP_REPLY_BYTES])
{
	const char *sockets = config_text(&am->config, CONFIG_SOCKET);
	struct endpoint endpoint;

	while (endpoint_next(&sockets, &endpoint)) {
		if (ask_responder(&endpoint, map, key, end, out) == 0)
			return true;
		log_say(&am->log, LOG_ERR, "%s: no answer from "
		    "authmap-socketmapd: %s", endpoint.text, strerror(errno));
	}
	return false;
}

static int
may_relay_asked(const struct authmap *am, const char *key,
    char user[RECORD_USER_SIZE])
{
	deadline end = deadline_in(PATIENCE_MS);
	char text[SOCKETMAP_REPLY_BYTES];

	if (!ask_any(am, "relay", key, end, text))
		return -1;
	if (strncmp(text, "NOTFOUND ", strlen("NOTFOUND ")) == 0)
		return 0;
	if (strncmp(text, "OK ", strlen("OK ")) != 0) {
		log_say(&am->log, LOG_ERR, "authmap-socketmapd: %s", text);
		return -1;
	}
	/* The responder may refuse names, and only a valid name is passed on. */
	if (!ask_any(am, "user", key, end, text) ||
	    strncmp(text, "OK ", strlen("OK ")) != 0 ||
	    !record_decode_user(text + strlen("OK "),
	    strlen(text + strlen("OK ")), user))
		(void)strlcpy(user, "-", RECORD_USER_SIZE);
	return 1;
}

int
ask_may_relay(struct authmap *am, const char *address,
    char user[RECORD_USER_SIZE])
{
	struct authmap_entry entry;
	struct address parsed;
	char key[AUTHMAP_ADDRESS_SIZE];
	int found;

	if (!address_read(address, &parsed)) {
		log_say(&am->log, LOG_ERR, "\"%s\" is not an address",
		    ENCODED(address, 64));
		return -1;
	}
	address_key(&parsed, 128, key);
	if (access(am->files.map, R_OK) == -1 && errno == EACCES)
		return may_relay_asked(am, key, user);
	found = authmap_lookup(am, key, &entry);
	if (found == 1)
		record_vis_user(entry.user, user);
	return found;
}
