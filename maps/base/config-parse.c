/* SPDX-License-Identifier: ISC */
#include "base/config-parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/settings-time.h"
#include "base/settings.h"
#include "base/text-lines.h"

/* The number of errors that are logged.  A file that is no configuration at all has
 * an error in each line. */
#define ERRORS_MAX 20

#define BLANKS " \t"

/* The state of reading a file. */
struct reading {
	struct config *config;
	const struct log *log;
	int errors;
	struct text_lines lines;	/* of the file */

	/*
	 * The lines of the current setting so far, without comments.  A newline
	 * stands before each but the first, even for an empty line, so that the
	 * lines can be counted.  NULL before the first setting.
	 */
	char *setting;
	char *setting_end;
	unsigned int setting_line;	/* the number of its first line */
	unsigned int commented_line;	/* of a commented-out setting after it */
};

/* Log and count an error in LINE of the file, or in the whole file if LINE is 0. */
static void __attribute__((format(printf, 3, 4)))
wrong(struct reading *r, unsigned int line, const char *format, ...)
{
	char text[768], number[16] = "";
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (line != 0)
		(void)snprintf(number, sizeof number, ":%u", line);
	log_say(r->log, LOG_ERR, "%s%s: %s", r->config->file, number, text);
	r->errors++;
}

/* Return TEXT without blanks and newlines at both ends.  TEXT is changed. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS "\n");
	for (len = strlen(text); len > 0 &&
	    strchr(BLANKS "\n", text[len - 1]) != NULL; len--)
		;
	text[len] = '\0';
	return text;
}

/* Join the lines of the value TEXT, which is changed. */
static void
unfold(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++)
		if (*text != '\n')
			*out++ = *text;
		else if (text[1] != '\n')
			*out++ = ' ';
	*out = '\0';
}

const char *
config_set(struct config *config, enum config_setting setting,
    const char *value, unsigned int line)
{
	struct config_origin *origin = &config->origin[setting];
	char *text = strdup(value);
	const char *why;

	if (text == NULL)
		return "cannot be stored: no memory";
	unfold(text);
	why = settings[setting].set((char *)config + settings[setting].where,
	    text);
	if (why != NULL) {
		free(text);
		return why;
	}
	free(origin->text);
	origin->text = text;
	origin->line = line;
	return NULL;
}

/* Return whether the value of SETTING may be a password by mistake, and so must not
 * be logged. */
static bool
may_be_secret(enum config_setting setting)
{
	return setting == CONFIG_CLUSTER ||
	    setting == CONFIG_CLUSTER_PASSWORD_FILE;
}

/*
 * Return the first line of VALUE that is not valid by itself, such as one line of a
 * list, and add its position in VALUE to *LINE; or return NULL if there is none.
 * Afterwards the setting has its default.
 */
static const char *
wrong_part(struct config *config, enum config_setting setting, char *value,
    unsigned int *line)
{
	const struct setting *s = &settings[setting];
	void *where = (char *)config + s->where;
	unsigned int first = *line;
	bool valid = true;
	char *part, *end = value;

	do {
		part = end;
		end = strchr(part, '\n');
		if (end != NULL)
			*end = '\0';
		valid = *part == '\0' || s->set(where, part) == NULL;
		if (valid && end != NULL)
			*end++ = '\n';
		*line += valid;
	} while (valid && end != NULL);
	(void)s->set(where, s->standard);
	if (!valid)
		return part;
	*line = first;
	return NULL;
}

/* Log WHY the VALUE of SETTING is not valid, and in which line. */
static void
value_wrong(struct reading *r, enum config_setting setting, char *value,
    const char *why)
{
	unsigned int line = r->setting_line;
	char text[SETTINGS_WHY_BYTES];
	const char *part = NULL;

	if (strchr(value, '\n') != NULL)
		part = wrong_part(r->config, setting, value, &line);
	if (part == NULL)
		part = trim(value);
	settings_why(part, why, text);
	if (may_be_secret(setting))
		wrong(r, line, "%s: %s", settings[setting].name, text);
	else
		wrong(r, line, "%s: \"%s\" %s", settings[setting].name,
		    ENCODED(part, 100), text);
}

/* Set the setting whose lines were read, if there is one. */
static void
setting_take(struct reading *r)
{
	char *name = r->setting, *value;
	int i = 0;
	const char *why;

	r->setting = NULL;
	if (name == NULL)
		return;
	/* The newline belongs to the next line. */
	if (r->setting_end[-1] == '\n')
		r->setting_end--;
	*r->setting_end = '\0';
	value = strchr(name, '=');
	if (value == NULL) {
		/* Do not log the rest of the line, which may be a password. */
		name[strcspn(name, BLANKS "\n")] = '\0';
		wrong(r, r->setting_line, "no \"=\" after \"%s\": write "
		    "name = value", ENCODED(name, 100));
		return;
	}
	*value++ = '\0';
	name = trim(name);
	while (i < CONFIG_COUNT && strcmp(settings[i].name, name) != 0)
		i++;
	if (i == CONFIG_COUNT) {
		wrong(r, r->setting_line, "there is no setting \"%s\"; "
		    "authmap.conf(5) lists them", ENCODED(name, 100));
		return;
	}
	if (r->config->origin[i].line != 0) {
		wrong(r, r->setting_line, "%s is set in line %u already: "
		    "remove one of the two", name, r->config->origin[i].line);
		return;
	}
	/* Count the lines from the one with the name. */
	value += strspn(value, BLANKS);
	why = config_set(r->config, (enum config_setting)i, trim(value),
	    r->setting_line);
	if (why != NULL)
		value_wrong(r, (enum config_setting)i, value, why);
}

/* Return whether TEXT, a comment, is a setting that is commented out. */
static bool
is_commented_out(const char *text)
{
	size_t len;

	text += strspn(text, "#" BLANKS);
	for (int i = 0; i < CONFIG_COUNT; i++) {
		len = strlen(settings[i].name);
		if (strncmp(text, settings[i].name, len) == 0 &&
		    text[len + strspn(text + len, BLANKS)] == '=')
			return true;
	}
	return false;
}

/* Add TEXT, a line that begins with blanks, to the setting before it. */
static void
line_continue(struct reading *r, const char *text)
{
	if (r->setting == NULL)
		wrong(r, r->lines.number, "begins with a blank, but there is no "
		    "setting above to continue: remove the blank");
	else if (strchr(text, '=') != NULL)
		wrong(r, r->lines.number, "begins with a blank, so it continues the "
		    "setting of line %u: remove the blank to begin another "
		    "setting", r->setting_line);
	else if (r->commented_line != 0)
		wrong(r, r->lines.number, "begins with a blank, so it continues the "
		    "setting of line %u, and not the one that is commented out "
		    "in line %u: move it to where it belongs", r->setting_line,
		    r->commented_line);
	else {
		size_t len = strlen(text);

		memmove(r->setting_end, text, len);
		r->setting_end += len;
	}
}

/* Process the line TEXT, without its newline. */
static void
line_take(struct reading *r, char *text)
{
	bool blank = strchr(BLANKS, text[0]) != NULL;
	bool all_comment = text[strspn(text, BLANKS)] == '#';
	char *comment;
	const char *why = text_line_cut_comment(text, &comment);

	if (why != NULL) {
		wrong(r, r->lines.number, "%s", why);
		return;
	}
	if (comment != NULL && all_comment && is_commented_out(comment))
		r->commented_line = r->lines.number;
	text = trim(text);
	if (text[0] != '\0' && !blank) {
		setting_take(r);
		r->setting = text;
		r->setting_end = text + strlen(text);
		r->setting_line = r->lines.number;
		r->commented_line = 0;
	} else if (text[0] != '\0') {
		line_continue(r, text);
	}
}

/* Process all lines. */
static void
lines_take(struct reading *r)
{
	const char *why;
	char *line;

	while (r->errors < ERRORS_MAX &&
	    (line = text_lines_next(&r->lines, &why)) != NULL) {
		/* This overwrites text that was processed already. */
		if (r->setting != NULL)
			*r->setting_end++ = '\n';
		if (why != NULL)
			wrong(r, r->lines.number, "%s", why);
		else
			line_take(r, line);
	}
	setting_take(r);
}

int
config_parse(struct config *config, char *text, size_t len,
    const struct log *log)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct reading r = { .config = config, .log = log,
	    .lines = { .next = text, .end = text + len } };

	if (strncmp(text, bom, strlen(bom)) == 0)
		r.lines.next += strlen(bom);
	if (r.lines.next + strspn(r.lines.next, BLANKS "\r\n") == r.lines.end)
		wrong(&r, 0, "is empty, as a file is while it is saved: for the "
		    "defaults, write a comment into it");
	else
		lines_take(&r);
	if (r.errors >= ERRORS_MAX)
		wrong(&r, 0, "has too many errors: the rest was not read");
	return r.errors;
}
