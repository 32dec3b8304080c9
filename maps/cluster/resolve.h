/* SPDX-License-Identifier: ISC */
/*
 * Look up the addresses of a host without waiting.  Name servers may take long, so a
 * child process asks them.  It is killed if it takes too long.
 */
#ifndef CLUSTER_RESOLVE_H
#define CLUSTER_RESOLVE_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* The most addresses of a host, and the size of an address with its interface. */
#define RESOLVE_MAX 8
#define RESOLVE_ADDRESS_BYTES 80

struct resolve {
	pid_t child;			/* 0: none */
	int from;			/* its output */
	long long until;		/* when it is killed, in ms */
	char output[RESOLVE_MAX * RESOLVE_ADDRESS_BYTES];
	size_t len;
	unsigned int count;
	char address[RESOLVE_MAX][RESOLVE_ADDRESS_BYTES];
	const char *why;		/* why there is no address */
};

/* Begin to look up HOST, and stop looking up any other.  If HOST is an address, the
 * result is there at once. */
void resolve_begin(struct resolve *r, const char *host);

/* Set POLL to the events that poll(2) has to wait for. */
void resolve_poll(const struct resolve *r, struct pollfd *poll);

/* Continue to look up.  Return true when it is done: R has COUNT addresses, or COUNT
 * is 0 and WHY says why. */
bool resolve_turn(struct resolve *r);

/* Stop looking up. */
void resolve_end(struct resolve *r);

#endif
