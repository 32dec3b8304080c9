/* SPDX-License-Identifier: ISC */
/* relaylock: qmail's way to let somebody relay. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ask.h"
#include "tool/exec.h"
#include "tool/output.h"
#include "tool/tool.h"

/* The client at ADDRESS relays if RELAYCLIENT is there, whatever it says. */
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
	/* Only we may say it. */
	(void)unsetenv("AUTHMAP_USER");
	if (getenv("RELAYCLIENT") == NULL)
		let_relay(tool, getenv("TCPREMOTEIP"));
	return tool_exec(tool->argv);
}
