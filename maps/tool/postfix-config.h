/* SPDX-License-Identifier: ISC */
/* Read Postfix's configuration, as postconf(1) prints it. */
#ifndef TOOL_POSTFIX_CONFIG_H
#define TOOL_POSTFIX_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "tool/command.h"
#include "tool/postfix-restrictions.h"

/* Room for a list of restrictions; one that is longer is not examined. */
#define POSTFIX_LIST_BYTES 4096

enum postfix_list {
	CLIENT_LIST, HELO_LIST, SENDER_LIST, RELAY_LIST, RECIPIENT_LIST,
	POSTFIX_LISTS
};

struct postfix {
	char *value[POSTFIX_LISTS];	/* of main.cf, with each "$" expanded */
	char *relay_text;	/* smtpd_relay_restrictions as it is written there */
	struct restriction_classes classes;	/* of main.cf */
	size_t classes_unread;	/* how many more there are */
	char queue_directory[PATH_MAX];
	char owner[64];		/* Postfix's user */
	bool old_default;	/* compatibility_level is 0 */
	struct command_result overrides;	/* what postconf -Px prints */
	struct command_result services;	/* what postconf -M prints */
	char *rest;		/* of services, for postfix_service() */
};

/* A service of master.cf in which clients reach smtpd. */
struct postfix_service {
	char name[128];		/* as in smtp/inet */
	bool chrooted;
};

/* Return the name of the parameter LIST. */
const char *postfix_list_name(enum postfix_list list);

/*
 * Read the configuration into POSTFIX.  Return 1, or 0 if Postfix is not installed
 * or was never configured, or -1 if it has errors; the first one is then in WHY.
 * POSTFIX is to be given back with postfix_free() in any case.
 */
int postfix_read(struct postfix *postfix, char *why, size_t size);

/* Read the next service into SERVICE.  Return false if there is none. */
bool postfix_service(struct postfix *postfix, struct postfix_service *service);

/*
 * Write LIST as SERVICE has it to OUT.  Return whether master.cf sets it for this
 * service; *WHOLE tells whether it has fitted.
 */
bool postfix_list(const struct postfix *postfix,
    const struct postfix_service *service, enum postfix_list list,
    char out[POSTFIX_LIST_BYTES], bool *whole);

/* Return whether master.cf sets a class for SERVICE. */
bool postfix_has_class(const struct postfix *postfix,
    const struct postfix_service *service);

void postfix_free(struct postfix *postfix);

#endif
