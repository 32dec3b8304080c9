/* SPDX-License-Identifier: ISC */
/* Read an ACL of Exim in the output of "exim -bP config". */
#ifndef TOOL_EXIM_ACL_H
#define TOOL_EXIM_ACL_H

/*
 * Return the statements of the ACL NAME of CONFIG, or of the file NAME if it is a
 * path, followed by those of the ACLs that it calls.  The caller frees them.  Return
 * NULL if there is no such ACL.
 */
char *exim_acl(const char *config, const char *name);

#endif
