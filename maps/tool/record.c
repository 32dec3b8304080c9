/* SPDX-License-Identifier: ISC */
/* record */
#include <stddef.h>

#include "base/handle.h"
#include "tool/arguments.h"
#include "tool/output.h"
#include "tool/tool.h"

int
tool_record(struct tool *tool)
{
	char user[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	char room[AUTHMAP_ADDRESS_SIZE];
	const struct authmap_login login = {
		.address = tool_address(tool, tool->argv[0], room),
		.user = plain,
		.service = tool->argc > 2 ? tool->argv[2] : NULL,
	};

	if (!tool_user_read(tool, tool->argc > 1 ? tool->argv[1] : "", user, plain))
		return TOOL_TROUBLE;
	switch (authmap_record(tool->am, &login)) {
	case AUTHMAP_GRANTED:
	case AUTHMAP_REFRESHED:
		return TOOL_YES;
	case AUTHMAP_EXCLUDED:
		(void)tool_fail("%s: not recorded: it is in \"exclude\" of "
		    "%s, or link-local", login.address, tool->am->config.file);
		return TOOL_NO;
	case AUTHMAP_BLOCKED:
		(void)tool_fail("%s: not recorded: it, or its user, is "
		    "blocked: see authmap blocks", login.address);
		return TOOL_NO;
	case AUTHMAP_UNLISTED:
		(void)tool_fail("%s: not recorded: its user is not in \"users\""
		    " or \"users_file\" of %s", login.address,
		    tool->am->config.file);
		return TOOL_NO;
	case AUTHMAP_FULL:
		(void)tool_fail("%s: not recorded: there is no room: "
		    "see the log", login.address);
		return TOOL_NO;
	default:
		return TOOL_TROUBLE;
	}
}
