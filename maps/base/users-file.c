/* SPDX-License-Identifier: ISC */
#include "base/users-file.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/read-file.h"
#include "base/text-lines.h"

/* Add the lines of the LEN bytes TEXT, of the file PATH, to USERS.  Log an error,
 * and return the number of errors: the rest is not read after the first. */
static int
read_lines(struct users *users, char *text, size_t len, const char *path,
    const struct log *log)
{
	struct text_lines lines = { .next = text, .end = text + len };
	const char *wrong;
	char *line, *comment;

	while ((line = text_lines_next(&lines, &wrong)) != NULL) {
		if (wrong == NULL)
			wrong = text_line_cut_comment(line, &comment);
		if (wrong == NULL)
			wrong = users_add(users, line);
		if (wrong != NULL) {
			log_say(log, LOG_ERR, "%s:%u: %s", path, lines.number,
			    wrong);
			return 1;
		}
	}
	return 0;
}

int
users_file_read(struct config *config, const struct log *log)
{
	const char *path = config->users_file;
	char why[READ_FILE_WHY_BYTES], *text;
	int errors;
	size_t len;

	/* Call stat(2) before the file is read, so that a later change is seen. */
	if (stat(path, &config->users_read_as) == -1)
		memset(&config->users_read_as, 0, sizeof config->users_read_as);
	text = read_whole_file(path, &len, why);
	if (text == NULL && why[0] == '\0')
		(void)strlcpy(why, "does not exist: make it, or unset users_file",
		    sizeof why);
	else if (text != NULL && text[strspn(text, " \t\r\n")] == '\0')
		(void)strlcpy(why, "is empty, as a file is while it is saved: "
		    "to record no login, write a comment into it",
		    sizeof why);
	if (why[0] != '\0') {
		log_say(log, LOG_ERR, "%s:%u: users_file: %s: %s", config->file,
		    config->origin[CONFIG_USERS_FILE].line, path, why);
		free(text);
		return 1;
	}
	errors = read_lines(&config->users_of_file, text, len, path, log);
	free(text);
	return errors;
}
