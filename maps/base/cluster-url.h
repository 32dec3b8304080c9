/* SPDX-License-Identifier: ISC */
/* The setting `cluster`: the address of the engine. */
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

/* Return whether NAME, of LEN bytes, is a valid name or address of a host.  A valid
 * name is harmless to a shell, a terminal or a log. */
bool cluster_host_is(const char *name, size_t len);

struct cluster_url {
	unsigned int count;		/* 0: there is no cluster */
	struct cluster_host host[CLUSTER_HOSTS_MAX];	/* Sentinels, or one */
	char master[CLUSTER_TEXT_BYTES];	/* "" without Sentinels */
	char user[CLUSTER_TEXT_BYTES];	/* "": the default user */
	unsigned int db;
	bool tls;
};

/*
 * Parse TEXT into URL.  "" means that there is no cluster.  The forms are:
 *
 *	redis://[user@]host[:port][/db]		rediss:// over TLS
 *	sentinel://[user@]host[:port],.../name[/db]
 *	sentinels://				with TLS to Sentinels and master
 *
 * Return NULL, or what is wrong: "must be ...".
 */
const char *cluster_url_parse(const char *text, struct cluster_url *url);

#endif
