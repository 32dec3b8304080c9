/* SPDX-License-Identifier: ISC */
/* Where the engine is that hosts share their maps through: `cluster`. */
#ifndef BASE_CLUSTER_URL_H
#define BASE_CLUSTER_URL_H

#include <stdbool.h>
#include <stddef.h>

#define CLUSTER_HOSTS_MAX 8
#define CLUSTER_TEXT_BYTES 256

struct cluster_host {
	char name[CLUSTER_TEXT_BYTES];	/* a name or an address, no brackets */
	unsigned int port;
};

/* Is NAME, of LEN bytes, what such a name may be?  It says nothing to a shell,
 * a terminal or a log. */
bool cluster_host_is(const char *name, size_t len);

struct cluster_url {
	unsigned int count;		/* 0: there is no cluster */
	struct cluster_host host[CLUSTER_HOSTS_MAX];	/* Sentinels, or one */
	char master[CLUSTER_TEXT_BYTES];	/* as Sentinels call it; "": none */
	char user[CLUSTER_TEXT_BYTES];	/* "": the default user */
	unsigned int db;
	bool tls;
};

/*
 * Reads TEXT, "" for none:
 *
 *	redis://[user@]host[:port][/db]		rediss:// over TLS
 *	sentinel://[user@]host[:port],.../name[/db]
 *	sentinels://				likewise, all of it over TLS
 *
 * Returns NULL, or what is wrong with it: "must be ...".
 */
const char *cluster_url_parse(const char *text, struct cluster_url *url);

#endif
