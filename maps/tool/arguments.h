/* SPDX-License-Identifier: ISC */
/* Users and addresses from the command line. */
#ifndef TOOL_ARGUMENTS_H
#define TOOL_ARGUMENTS_H

#include "base/address.h"
#include "base/record.h"
#include "tool/tool.h"

/*
 * Return TEXT, a user's name from the command line, as record_user_given() takes
 * it.  With --json it is the name itself, as JSON has it, and comes back encoded,
 * in ROOM.
 */
const char *tool_name(const struct tool *tool, const char *text,
    char room[RECORD_USER_SIZE]);

/*
 * Read the user's name TEXT: write it to USER as in a record, and decoded to PLAIN.
 * "" is the unknown user.  Return false, after an error was printed, if there is no
 * memory.
 */
bool tool_user_read(const struct tool *tool, const char *text,
    char user[RECORD_USER_SIZE], char plain[AUTHMAP_USER_SIZE]);

/* Return TEXT.  If it is a network as list prints it, such as 2001:db8:1:2::/64,
 * write one of its addresses to ROOM and return that. */
const char *tool_address(const struct tool *tool, const char *text,
    char room[AUTHMAP_ADDRESS_SIZE]);

/* Read TEXT, a network or an address, into NETWORK.  Return false, after an error
 * was printed, if it is neither. */
bool tool_network_read(const char *text, struct network *network);

/* Return whether KEY, of the map, has an address in common with NETWORK. */
bool tool_key_in(const char *key, const struct network *network);

/* Print a note if no entry of USER was found and the name TEXT, such as DOM\ted, was
 * probably not meant to be decoded to USER. */
void tool_name_hint(const char *text, const char *user);

/*
 * Print what is wrong with VALUE of OPTION, for which a setting's reader has
 * returned WHY.  Return TOOL_TROUBLE.
 */
int tool_time_wrong(const char *option, const char *value, const char *why);

#endif
