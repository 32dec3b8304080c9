/* SPDX-License-Identifier: ISC */
/*
 * table-authmap(8): the requests of OpenSMTPD, whether they come as lines or as
 * messages.
 */
#ifndef OPENSMTPD_TABLE_H
#define OPENSMTPD_TABLE_H

#include <stdbool.h>

#include "base/handle.h"

#define TABLE_NAME "table-authmap"

struct table {
	const char *file;	/* the configuration; NULL: the default */
	struct authmap *am;	/* NULL if the configuration has errors */
	char trouble[512];	/* the last error that was logged */
};

/*
 * Look up CLIENT, an address as OpenSMTPD writes it.  Return 1 with its KEY if it
 * may relay, 0 if it may not or is no address, -1 with table->trouble on an error.
 */
int table_ask(struct table *table, const char *client,
    char key[AUTHMAP_ADDRESS_SIZE]);

/*
 * Read the configuration again.  If it has errors, return false with
 * table->trouble, and keep the running configuration, if there is one.
 */
bool table_update(struct table *table);

/* Serve OpenSMTPD on standard input and output until it closes. */
void table_serve_lines(struct table *table);
void table_serve_messages(struct table *table);

/* Log the protocol error WHAT and exit. */
_Noreturn void table_garbage(const char *what);

#endif
