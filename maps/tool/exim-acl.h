/* SPDX-License-Identifier: ISC */
/* Reads an ACL of Exim, as "exim -bP config" prints it. */
#ifndef TOOL_EXIM_ACL_H
#define TOOL_EXIM_ACL_H

/*
 * Return the statements of the ACL NAME of CONFIG, or of the file NAME if it is a
 * path, and behind them those of the ACLs that it calls; to be freed.  Return NULL
 * if there is no such ACL.
 */
char *exim_acl(const char *config, const char *name);

#endif
