/* SPDX-License-Identifier: ISC */
/* config: print the settings. */
#include <stdio.h>
#include <string.h>

#include "base/handle.h"
#include "base/settings.h"
#include "tool/json.h"
#include "tool/output.h"
#include "tool/tool.h"

/* Write to TEXT where the setting I was set: "default", or FILE:LINE. */
static void
origin_text(const struct config *config, enum config_setting i,
    char text[FILES_PATH_BYTES])
{
	if (config->origin[i].line == 0)
		(void)strlcpy(text, "default", FILES_PATH_BYTES);
	else
		(void)snprintf(text, FILES_PATH_BYTES, "%s:%u", config->file,
		    config->origin[i].line);
}

/* Print TEXT as JSON: a number as a number, modes (which begin with 0) and times as
 * strings. */
static void
print_value(const char *text)
{
	if (text[0] >= '1' && text[0] <= '9' &&
	    text[strspn(text, "0123456789")] == '\0')
		print(stdout, "%s", text);
	else
		json_string(stdout, text);
}

/* Return whether the setting I differs from its default. */
static bool
is_changed(const struct config *config, enum config_setting i)
{
	return strcmp(config_text(config, i), settings[i].standard) != 0;
}

int
tool_config(struct tool *tool)
{
	const struct config *config = &tool->am->config;
	bool any = false;

	if (tool->json)
		(void)printf("{");
	for (int n = 0; n < CONFIG_COUNT; n++) {
		enum config_setting i = (enum config_setting)n;
		char origin[FILES_PATH_BYTES];

		if (tool->changed && !is_changed(config, i))
			continue;
		origin_text(config, i, origin);
		if (!tool->json) {
			print(stdout, "%s = %s\t# %s\n", config_name(i),
			    config_text(config, i), origin);
			continue;
		}
		print(stdout, "%s\n\"%s\": {\"value\": ", any ? "," : "",
		    config_name(i));
		any = true;
		print_value(config_text(config, i));
		(void)printf(", \"from\": ");
		json_string(stdout, origin);
		(void)printf("}");
	}
	if (tool->json)
		(void)printf("\n}\n");
	return TOOL_YES;
}
