/* SPDX-License-Identifier: ISC */
/* sweep: sweep once, as the sweeper does. */
#include <stdio.h>

#include "daemon/account.h"
#include "sweeper/sweep.h"
#include "tool/tool.h"

int
tool_sweep(struct tool *tool)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	struct account account;

	/* Become the sweeper's user: it could not replace a file that root has
	 * saved. */
	if (!account_find(tool->am, &account) ||
	    !account_become(tool->am, &account))
		return TOOL_TROUBLE;
	if (sweep_run(tool->am, &sweep, &report) == -1)
		return TOOL_TROUBLE;
	(void)printf(tool->json ? "{\"expired\": %u, \"remain\": %u}\n" :
	    "expired %u entries, %u remain\n", report.expired, report.entries);
	return report.unsaved ? TOOL_TROUBLE : TOOL_YES;
}
