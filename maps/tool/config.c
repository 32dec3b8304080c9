/* config, sweep */
#include <stdio.h>
#include <string.h>

#include "../sweeper/sweep.h"
#include "base/settings.h"
#include "daemon/account.h"
#include "tool/json.h"
#include "tool/tool.h"

/* "default", or file:line. */
static void
origin_text(const struct config *config, enum config_setting i,
    char text[FILES_PATH])
{
	if (config->origin[i].line == 0)
		(void)strlcpy(text, "default", FILES_PATH);
	else
		(void)snprintf(text, FILES_PATH, "%s:%u", config->file,
		    config->origin[i].line);
}

int
tool_config(struct tool *tool)
{
	const struct config *config = &tool->am->config;

	if (tool->json)
		(void)printf("{");
	for (int n = 0; n < CONFIG_COUNT; n++) {
		enum config_setting i = (enum config_setting)n;
		char origin[FILES_PATH];

		origin_text(config, i, origin);
		if (!tool->json) {
			print(stdout, "%s = %s\t# %s\n", config_name(i),
			    config_text(config, i), origin);
			continue;
		}
		print(stdout, "%s\n\"%s\": {\"value\": ", n > 0 ? "," : "",
		    config_name(i));
		json_string(stdout, config_text(config, i));
		(void)printf(", \"from\": ");
		json_string(stdout, origin);
		(void)printf("}");
	}
	if (tool->json)
		(void)printf("\n}\n");
	return TOOL_YES;
}

int
tool_sweep(struct tool *tool)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	struct account account;

	/* What root saved, the sweeper could not replace. */
	if (!account_find(tool->am, &account) ||
	    !account_become(tool->am, &account))
		return TOOL_TROUBLE;
	if (sweep_pass(tool->am, &sweep, &report) == -1)
		return TOOL_TROUBLE;
	(void)printf("expired %u entries, %u remain\n", report.expired,
	    report.entries);
	return report.unsaved ? TOOL_TROUBLE : TOOL_YES;
}
