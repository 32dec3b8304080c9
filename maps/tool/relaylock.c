/* SPDX-License-Identifier: ISC */
/* relaylock: let a client relay through qmail. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ask.h"
#include "tool/exec.h"
#include "tool/output.h"
#include "tool/tool.h"

/* Set RELAYCLIENT if ADDRESS may relay.  Its value does not matter, only that it is
 * set. */
static void
let_relay(struct tool *tool, const char *address)
{
	char user[RECORD_USER_SIZE];

	if (address == NULL)
		(void)tool_fail("TCPREMOTEIP is not set: run it under "
		    "tcpserver");
	else if (tool->errors == 0 &&
	    ask_may_relay(tool->am, address, user) == 1 &&
	    (setenv("AUTHMAP_USER", user, 1) == -1 ||
	    setenv("RELAYCLIENT", "", 1) == -1))
		(void)tool_fail("no memory");
}

int
tool_relaylock(struct tool *tool)
{
	/* AUTHMAP_USER must not come from the caller. */
	(void)unsetenv("AUTHMAP_USER");
	if (getenv("RELAYCLIENT") == NULL)
		let_relay(tool, getenv("TCPREMOTEIP"));
	return tool_exec(tool->argv);
}
