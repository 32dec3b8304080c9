/* SPDX-License-Identifier: ISC */
/* The addresses on which the responder listens: the setting `socket`. */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <stdbool.h>

#include "base/config.h"

#define ENDPOINTS_MAX 16

/* The default of the setting. */
#define SOCKET_STANDARD "/run/authmap-socketmapd/sock"

/*
 * The default of version 0.1, in the map's folder, where any member of the group can
 * replace it.  In this release, the responder still listens there if `socket` is not
 * set or names it.
 */
#define SOCKET_OLD "/run/authmap/socketmap/sock"

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_un local;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address;
	socklen_t len;
	char text[sizeof ((struct sockaddr_un *)NULL)->sun_path + 1];
};

/*
 * Parse WORD: the absolute path of a UNIX socket, or inet:127.0.0.1:PORT or
 * inet:[::1]:PORT.  A PORT of 1024 or above is refused, because any user may listen
 * there.  Return NULL, or what is wrong: "must be …".
 */
const char *endpoint_parse(const char *word, struct endpoint *endpoint);

/*
 * Parse the next endpoint of TEXT, a valid value of the setting, and move TEXT
 * behind it.  Return false if there is no other.
 */
bool endpoint_next(const char **text, struct endpoint *endpoint);

/* Return whether the responder listens on SOCKET_OLD. */
bool sockets_have_old(const struct config *config);

/* Return whether ENDPOINT is the path of a UNIX socket. */
bool endpoint_is_path(const struct endpoint *endpoint);

/* Return a new non-blocking socket for ENDPOINT, or -1 with errno. */
int endpoint_socket(const struct endpoint *endpoint);

#endif
