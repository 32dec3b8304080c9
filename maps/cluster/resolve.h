/* SPDX-License-Identifier: ISC */
/*
 * The addresses of a host.  Name servers may keep one waiting for long, so a
 * child asks them, which is killed when it takes too long.
 */
#ifndef CLUSTER_RESOLVE_H
#define CLUSTER_RESOLVE_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* How many addresses are tried, and the longest: one with its interface. */
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
	const char *why;		/* there is none */
};

/* Begins to look up HOST, in place of another; one that is an address is known
 * at once. */
void resolve_begin(struct resolve *r, const char *host);

/* What poll(2) is to wait for. */
void resolve_poll(const struct resolve *r, struct pollfd *poll);

/* Goes on with it; true: it is done, R has COUNT addresses, or tells why none. */
bool resolve_turn(struct resolve *r);

/* Ends it, if it goes on. */
void resolve_end(struct resolve *r);

#endif
