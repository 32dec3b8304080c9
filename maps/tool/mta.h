/* SPDX-License-Identifier: ISC */
/* What check knows of each kind of MTA, and how it asks. */
#ifndef TOOL_CHECK_MTA_H
#define TOOL_CHECK_MTA_H

#include "tool/check-say.h"

struct mta {
	const char *name;
	const char *recipe;		/* in the folder of the recipes */
	/*
	 * Look how the MTA of this host is configured, and report it.  If it asks,
	 * and there is an address to probe, have it ask about that, and report its
	 * answer.  Return false, without a word, if there is no such MTA.
	 */
	bool (*check)(struct check *check, const struct mta *mta);
};

extern const struct mta mta_postfix, mta_exim, mta_sendmail, mta_opensmtpd,
    mta_qmail;

/* Report that MTA does not ask, and what to do. */
void mta_say_silent(struct check *check, const struct mta *mta);

/*
 * Report that MTA asks the responder at SOCKET, a path on this host or
 * "inet:ADDRESS:PORT", as PLACE of its configuration says; and whether it gets an
 * answer there as USER (NULL: root).
 */
void mta_say_asks(struct check *check, const struct mta *mta, const char *place,
    const char *socket, const char *user);

/* Report that MTA lets the address that is probed relay, or else its ANSWER. */
void mta_say_probed(struct check *check, const struct mta *mta, bool lets,
    const char *answer);

/*
 * Find in TEXT, the text of a configuration, the first PATH of BEFORE PATH AFTER,
 * such as "{" PATH "}" with BEFORE "readsocket{".  Return its length, and where it
 * is in *PATH; 0: there is none.
 */
size_t mta_text_between(const char *text, const char *before,
    const char *after, const char **path);

/* Return the text of the file PATH without comments ("#"), to be freed; or NULL. */
char *mta_text_read(const char *path);

#endif
