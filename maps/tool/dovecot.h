/* SPDX-License-Identifier: ISC */
/* The version of Dovecot that is installed, and whether it runs. */
#ifndef TOOL_DOVECOT_H
#define TOOL_DOVECOT_H

#include <limits.h>
#include <stdbool.h>

/* Room for "2.3", and for "2.3.ABIv19(2.3.19.1)". */
#define DOVECOT_SERIES 8
#define DOVECOT_ABI 64

enum dovecot_state { DOVECOT_DOWN, DOVECOT_REPLACED, DOVECOT_UP };

/* Write "2.3" or "2.4", as dovecot --version says; "2.4" if it says nothing. */
void dovecot_series(char series[DOVECOT_SERIES]);

/*
 * Write to ABI the version of Dovecot's interface for plugins that the program or
 * module FILE was built for, or that the installed Dovecot has.  The part in
 * parentheses is left out.  Return false if the version is not known.
 */
bool dovecot_abi_of(const char *file, char abi[DOVECOT_ABI]);
bool dovecot_abi(char abi[DOVECOT_ABI]);

/*
 * Return whether the Dovecot with base_dir BASE runs, and whether its program was
 * replaced since it was started, as by an upgrade.  If the program cannot be
 * examined, Dovecot counts as up.
 */
enum dovecot_state dovecot_running(const char *base);

/*
 * Return whether a file of the configuration was changed after the Dovecot with
 * base_dir BASE read it, and write that file's name to FILE.  Dovecot makes its
 * sockets again each time it reads the configuration; return false if their time
 * cannot be read.
 */
bool dovecot_is_outdated(const char *base, char file[PATH_MAX]);

#endif
