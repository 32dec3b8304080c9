/* config, sweep */
#include <stdio.h>

#include "../sweeper/pass.h"
#include "json.h"
#include "tool.h"

static void
print_origin(const struct config *config, enum config_setting i)
{
	if (config->origin[i].line == 0)
		(void)printf("default");
	else
		(void)printf("%s:%u", config->file, config->origin[i].line);
}

int
tool_config(struct tool *tool)
{
	const struct config *config = &tool->am->config;

	if (tool->json)
		(void)printf("{");
	for (int n = 0; n < CONFIG_COUNT; n++) {
		enum config_setting i = (enum config_setting)n;

		if (!tool->json) {
			(void)printf("%s = %s\t# ", config_name(i),
			    config_text(config, i));
			print_origin(config, i);
			(void)printf("\n");
			continue;
		}
		(void)printf("%s\n\"%s\": {\"value\": ", n > 0 ? "," : "",
		    config_name(i));
		json_string(stdout, config_text(config, i));
		(void)printf(", \"from\": \"");
		print_origin(config, i);
		(void)printf("\"}");
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

	if (sweep_pass(tool->am, &sweep, &report) == -1)
		return TOOL_TROUBLE;
	(void)printf("%u entries left, %u dropped\n", report.entries,
	    report.dropped);
	return TOOL_YES;
}
