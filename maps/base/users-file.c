/* SPDX-License-Identifier: ISC */
#include "base/users-file.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/whole.h"

#define BLANKS " \t\r"

/* Add LINE, without its newline, to USERS.  Return NULL, or what is wrong. */
static const char *
line_take(struct users *users, char *line)
{
	char *comment = strchr(line, '#');

	if (comment != NULL && comment != line &&
	    strchr(BLANKS, comment[-1]) == NULL)
		return "\"#\" directly behind other text: put a blank before "
		    "it, which begins a comment";
	if (comment != NULL)
		*comment = '\0';
	line[strcspn(line, "\r")] = '\0';
	return users_add(users, line);
}

/* Add the lines of the LEN bytes TEXT, of the file PATH, to USERS.  Log each error,
 * and return their number. */
static int
lines_take(struct users *users, char *text, size_t len, const char *path,
    const struct log *log)
{
	char *end = text + len, *newline;
	const char *wrong;

	for (unsigned int line = 1; text < end; line++, text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			wrong = "the file ends within this line, as if it was "
			    "cut: end the line with a newline";
		else {
			*newline = '\0';
			wrong = strlen(text) != (size_t)(newline - text) ?
			    "has a NUL byte: it must be text" :
			    line_take(users, text);
		}
		if (wrong != NULL) {
			log_say(log, LOG_ERR, "%s:%u: %s", path, line, wrong);
			return 1;
		}
	}
	return 0;
}

int
users_file_read(struct config *config, const struct log *log)
{
	const char *path = config->users_file;
	char why[WHOLE_WHY_BYTES], *text;
	int errors;
	size_t len;

	/* Call stat(2) before the file is read, so that a later change is seen. */
	if (stat(path, &config->users_read_as) == -1)
		memset(&config->users_read_as, 0, sizeof config->users_read_as);
	text = whole_read(path, &len, why);
	if (text == NULL && why[0] == '\0')
		(void)strlcpy(why, "does not exist: make it, or unset users_file",
		    sizeof why);
	else if (text != NULL && text[strspn(text, BLANKS "\n")] == '\0')
		(void)strlcpy(why, "is empty, as files are while they are "
		    "saved: to record nobody, write a comment into it",
		    sizeof why);
	if (why[0] != '\0') {
		log_say(log, LOG_ERR, "%s:%u: users_file: %s: %s", config->file,
		    config->origin[CONFIG_USERS_FILE].line, path, why);
		free(text);
		return 1;
	}
	errors = lines_take(&config->users_of_file, text, len, path, log);
	free(text);
	return errors;
}
