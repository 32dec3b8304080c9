/* SPDX-License-Identifier: ISC */
/* The sockets on which the responder listens. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "daemon/account.h"
#include "base/endpoint.h"

struct listeners {
	int fd[ENDPOINTS_MAX];
	unsigned int count;
	struct own {
		char path[sizeof ((struct sockaddr_un *)NULL)->sun_path];
		struct stat st;
	} own[ENDPOINTS_MAX];	/* made by this process, to be unlinked */
	unsigned int own_count;
};

/*
 * Use the sockets that a service manager passes, see sd_listen_fds(3), or else
 * make those of the setting `socket`, with socket_mode and socket_group.  The
 * folder of a socket is made for ACCOUNT if it is missing.  A socket on which no
 * process listens is replaced, any other file is not.  If one of the sockets
 * cannot be used, log it and return false.
 */
bool listen_all(const struct authmap *am, const struct account *account,
    struct listeners *listeners);

/* Close LISTENERS, and unlink the sockets that listen_all() made. */
void listen_end(struct listeners *listeners, const struct account *account);

#endif
