/* SPDX-License-Identifier: ISC */
/* check: from the server that checks the password to the MTA. */
#include "tool/check.h"

#include "tool/probe.h"

int
tool_check(struct tool *tool)
{
	struct check check = { .tool = tool, .am = tool->am };

	/* check reports errors of the map itself. */
	authmap_set_log(tool->am, NULL, NULL);
	check_config(&check);
	check_users(&check);
	check_dovecot(&check);
	check_folder(&check);
	check_map(&check);
	check_lock(&check);
	check_logins(&check);
	check_failures(&check);
	check_sweeper(&check);
	check_state(&check);
	check_blocks(&check);
	if (tool->probe != NULL && probe_begin(&check, tool->probe)) {
		check_mtas(&check);
		probe_end(&check);
	} else {
		check_mtas(&check);
	}
	check_responder(&check);
	check_cluster(&check);
	return check_print(&check);
}
