/* SPDX-License-Identifier: ISC */
#include "base/config-file.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/config-parse.h"
#include "base/read-file.h"
#include "base/settings.h"
#include "base/users-file.h"

/* Read the file into CONFIG.  Return how many errors were logged. */
static int
file_read(struct config *config, bool must_exist, const struct log *log)
{
	char why[READ_FILE_WHY_BYTES], *text;
	size_t len;
	int errors;

	text = read_whole_file(config->file, &len, why);
	if (text == NULL && why[0] == '\0' && must_exist)
		(void)strlcpy(why, "cannot be opened: No such file or directory",
		    sizeof why);
	else if (text == NULL && why[0] == '\0' &&
	    file_may_be_mid_save(config->file))
		(void)strlcpy(why, "does not exist, and its folder was changed "
		    "just now, as when a file is saved: try again in some "
		    "seconds", sizeof why);
	if (why[0] != '\0') {
		log_say(log, LOG_ERR, "%s: %s", config->file, why);
		return 1;
	}
	if (text == NULL)
		return 0;
	errors = config_parse(config, text, len, log);
	free(text);
	return errors;
}

int
config_read(struct config *config, const char *file, const struct log *log)
{
	int errors;

	memset(config, 0, sizeof *config);
	config->file = strdup(config_path(file));
	if (config->file == NULL)
		return -1;
	for (int i = 0; i < CONFIG_COUNT; i++)
		if (config_set(config, (enum config_setting)i,
		    settings[i].standard, 0) != NULL)
			return -1;
	errors = file_read(config, file != NULL, log);
	if (config->users_file[0] != '\0' && users_file_read(config, log) > 0) {
		errors++;
		if (config_set(config, CONFIG_USERS_FILE, "", 0) != NULL)
			return -1;
	}
	config->unsafe = errors > 0;
	return errors;
}
