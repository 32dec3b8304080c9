/* SPDX-License-Identifier: ISC */
/*
 * table-authmap(8), OpenSMTPD's way to the map: what is the same whether it is
 * asked in lines or in messages.
 */
#ifndef OPENSMTPD_TABLE_H
#define OPENSMTPD_TABLE_H

#include <stdbool.h>

#include "base/handle.h"

#define TABLE_NAME "table-authmap"

struct table {
	const char *file;	/* the configuration; NULL: the default */
	struct authmap *am;	/* NULL: the configuration is wrong */
	char trouble[512];	/* the last error that was logged */
};

/*
 * May the client that OpenSMTPD calls CLIENT relay?  1 yes, and its KEY is
 * told; 0 no, nor may what is no address; -1 trouble, see table->trouble.
 */
int table_ask(struct table *table, const char *client,
    char key[AUTHMAP_ADDRESS_SIZE]);

/*
 * Takes the configuration as the file has it now.  False: something is wrong
 * with it, see table->trouble; the old one goes on, if there was one.
 */
bool table_update(struct table *table);

/* Each serves OpenSMTPD on standard input and output until it leaves. */
void table_serve_lines(struct table *table);
void table_serve_messages(struct table *table);

/* OpenSMTPD said WHAT, which it may not: says so, and leaves. */
_Noreturn void table_garbage(const char *what);

#endif
