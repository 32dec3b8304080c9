/* SPDX-License-Identifier: ISC */
/* record --pam: a login, as pam_exec(8) describes it in the environment. */
#include <stdlib.h>
#include <string.h>

#include "tool/tool.h"

int
tool_record_pam(struct tool *tool)
{
	const char *type = getenv("PAM_TYPE");
	const struct authmap_login login = {
		.address = getenv("PAM_RHOST"),
		.user = getenv("PAM_USER"),
		.service = tool->service != NULL ? tool->service :
		    getenv("PAM_SERVICE"),
	};

	/* Without a host, the user has logged in at a terminal of this host. */
	if (tool->errors == 0 && type != NULL &&
	    strcmp(type, "open_session") == 0 && login.address != NULL &&
	    login.address[0] != '\0')
		(void)authmap_record(tool->am, &login);
	return TOOL_YES;
}
