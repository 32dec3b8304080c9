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
	} own[ENDPOINTS_MAX];	/* those that we made, to be unlinked */
	unsigned int own_count;
};

/*
 * Takes the sockets that a service manager hands over, see sd_listen_fds(3),
 * or makes those of the setting `socket`: for ACCOUNT, with socket_mode and
 * socket_group, in a folder of ACCOUNT's, that is made if only it is missing.
 * A socket on which nobody listens any more is replaced, nothing else.  Returns
 * false when one of them cannot be had, which was logged.
 */
bool listen_all(const struct authmap *am, const struct account *account,
    struct listeners *listeners);

/* Closes them, and unlinks what is still ours. */
void listen_end(struct listeners *listeners, const struct account *account);

#endif
