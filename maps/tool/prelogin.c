/* SPDX-License-Identifier: ISC */
/*
 * prelogin: the step before the password check, of a server that runs programs.  The
 * login continues after any error.  Errors are logged to syslog, since the client
 * may be at the other end of stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/handle.h"
#include "tool/client-keeper.h"
#include "tool/exec.h"

/* Password checkers use the descriptors below for their protocols. */
#define KEEPER_FD 10

int
tool_prelogin(struct tool *tool)
{
	int high = -1, keeper = client_keeper_start(tool);
	char number[16] = "";

	if (keeper != -1) {
		high = fcntl(keeper, F_DUPFD, KEEPER_FD);
		(void)close(keeper);
	}
	if (high != -1)
		(void)snprintf(number, sizeof number, "%d", high);
	else if (keeper != -1)
		log_say(&tool->am->log, LOG_ERR, "no descriptor for record "
		    "--env: %s", strerror(errno));
	/* Replace a value that the client's environment may have set. */
	if (setenv(KEEPER_VARIABLE, number, 1) == -1)
		(void)unsetenv(KEEPER_VARIABLE);
	return tool_exec(tool->argv);
}
