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
 * Read the user's name TEXT, "" for nobody: USER as in a record, PLAIN decoded.
 * Return false if there is no memory, which was printed.
 */
bool tool_user_read(const struct tool *tool, const char *text,
    char user[RECORD_USER_SIZE], char plain[AUTHMAP_USER_SIZE]);

/*
 * Return TEXT, or, if it is a key of the map as list prints it, 2001:db8:1:2::/64,
 * one of its addresses, in ROOM.
 */
const char *tool_address(const struct tool *tool, const char *text,
    char room[AUTHMAP_ADDRESS_SIZE]);

/*
 * Read TEXT, a network or an address, into NETWORK.  Return false if it is none,
 * which was printed.
 */
bool tool_network_read(const char *text, struct network *network);

/* Say whether KEY, of the map, has an address in common with NETWORK. */
bool tool_key_in(const char *key, const struct network *network);

/*
 * Say how to give the user whose name is TEXT itself, as DOM\ted, if TEXT was
 * taken for USER, of whom nothing was found, and who is hardly anybody.
 */
void tool_name_hint(const char *text, const char *user);

/*
 * Print what is wrong with VALUE of OPTION, for which a setting's reader has
 * returned WHY.  Return TOOL_TROUBLE.
 */
int tool_time_wrong(const char *option, const char *value, const char *why);

#endif
