/* SPDX-License-Identifier: ISC */
/* check: looks at everything, and says how to mend what is wrong. */
#include <stdio.h>

#include "tool/check.h"

int
tool_check(struct tool *tool)
{
	struct check check = { tool, tool->am, 0, TOOL_YES };

	if (tool->json)
		(void)printf("[");
	check_config(&check);
	check_users(&check);
	check_folder(&check);
	check_map(&check);
	check_lock(&check);
	check_sweeper(&check);
	check_state(&check);
	check_blocks(&check);
	check_mtas(&check);
	check_cluster(&check);
	if (tool->json)
		(void)printf("\n]\n");
	return check.worst;
}
