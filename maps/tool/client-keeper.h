/* SPDX-License-Identifier: ISC */
/*
 * The keeper of a connection to a server that runs programs, such as tcpserver or
 * couriertcpd: prelogin, or record --env, starts it.
 */
#ifndef TOOL_CLIENT_KEEPER_H
#define TOOL_CLIENT_KEEPER_H

#include "tool/tool.h"

/* The variable in which prelogin passes the number of the descriptor to record
 * --env. It is empty if prelogin started no keeper. */
#define KEEPER_VARIABLE "AUTHMAP_KEEPER"

/*
 * Start a keeper for the client of this connection, whose address the server has
 * put into TCPREMOTEIP.  Return its descriptor, or -1, after an error was logged or
 * if the address is excluded.
 */
int client_keeper_start(struct tool *tool);

#endif
