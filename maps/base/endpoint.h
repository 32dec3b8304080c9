/* SPDX-License-Identifier: ISC */
/* Where the responder listens: the words of the setting `socket`. */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <stdbool.h>

#include "base/config.h"

#define ENDPOINTS_MAX 16

/* Where the responder listens, unless the setting says otherwise. */
#define SOCKET_STANDARD "/run/authmap-socketmapd/sock"

/*
 * Where it listened before, in the map's folder: any member of the group can put
 * an own responder in its place.  In this release only, it still listens there,
 * too, if the setting is not set or names it.
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
 * Read WORD: the absolute path of a UNIX socket, or inet:127.0.0.1:PORT or
 * inet:[::1]:PORT.  Only root may listen on a PORT below 1024, so every other
 * one is refused.  Return NULL, or what is wrong: "must be …".
 */
const char *endpoint_parse(const char *word, struct endpoint *endpoint);

/*
 * Reads the next of TEXT, a setting that was found to be right, and moves TEXT
 * behind it.  False: there is none.
 */
bool endpoint_next(const char **text, struct endpoint *endpoint);

/* Does the responder listen on SOCKET_OLD? */
bool sockets_have_old(const struct config *config);

/* Is it a UNIX socket's path? */
bool endpoint_is_path(const struct endpoint *endpoint);

/* Returns a new socket for ENDPOINT, non-blocking, or -1 with errno. */
int endpoint_socket(const struct endpoint *endpoint);

#endif
