/* SPDX-License-Identifier: ISC */
#include "base/config-text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/settings.h"
#include "base/settings-time.h"

/* Errors that are logged; a file of another kind has one in each line. */
#define ERRORS_MAX 20

#define BLANKS " \t"

/* The file while it is read. */
struct reading {
	struct config *config;
	const struct log *log;
	int errors;
	unsigned int line;	/* of the file, from 1 */

	/*
	 * The setting whose lines are being gathered, without comments, each
	 * but the first after its newline, also if it is empty, so that they can
	 * be counted; NULL: none yet.
	 */
	char *setting;
	char *setting_end;
	unsigned int setting_line;	/* its first */
	unsigned int commented_line;	/* a commented-out setting below it */
};

/* Logs what is wrong in LINE of the file, 0: in all of it, and counts it. */
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

/* Cuts blanks and newlines off both ends, in place. */
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

/* Joins the lines of a value, in place. */
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
		return "cannot be kept: no memory";
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

/* May an administrator have put a password there by mistake? */
static bool
may_be_secret(enum config_setting setting)
{
	return setting == CONFIG_CLUSTER ||
	    setting == CONFIG_CLUSTER_PASSWORD_FILE;
}

/*
 * Returns the first line of VALUE that is not valid by itself, as of a list of
 * several lines, and adds its place in VALUE to *LINE; NULL if there is none.
 * The setting has its default then.
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

/* Logs WHY the VALUE of SETTING is not valid, and in which line. */
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

/* Takes over the setting that was gathered, if any. */
static void
setting_take(struct reading *r)
{
	char *name = r->setting, *value;
	int i = 0;
	const char *why;

	r->setting = NULL;
	if (name == NULL)
		return;
	/* After the newline, the next setting may begin. */
	if (r->setting_end[-1] == '\n')
		r->setting_end--;
	*r->setting_end = '\0';
	value = strchr(name, '=');
	if (value == NULL) {
		/* The rest of the line might be a password. */
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
	/* Lines are counted from the one with the name. */
	value += strspn(value, BLANKS);
	why = config_set(r->config, (enum config_setting)i, trim(value),
	    r->setting_line);
	if (why != NULL)
		value_wrong(r, (enum config_setting)i, value, why);
}

/* Does TEXT, a comment, hold a setting? */
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

/* Adds TEXT, a line that begins with blanks, to the setting before it. */
static void
line_continue(struct reading *r, const char *text)
{
	if (r->setting == NULL)
		wrong(r, r->line, "begins with a blank, to continue the "
		    "setting above, and there is none: remove the blank");
	else if (strchr(text, '=') != NULL)
		wrong(r, r->line, "begins with a blank, so it continues the "
		    "setting of line %u: remove the blank to begin another "
		    "setting", r->setting_line);
	else if (r->commented_line != 0)
		wrong(r, r->line, "begins with a blank, so it continues the "
		    "setting of line %u, and not the one that is commented out "
		    "in line %u: move it to where it belongs", r->setting_line,
		    r->commented_line);
	else {
		size_t len = strlen(text);

		memmove(r->setting_end, text, len);
		r->setting_end += len;
	}
}

/* Takes the line TEXT, which ends where its newline was. */
static void
line_take(struct reading *r, char *text)
{
	char *comment = strchr(text, '#');
	bool blank = strchr(BLANKS, text[0]) != NULL;

	if (comment != NULL && comment != text &&
	    strchr(BLANKS, comment[-1]) == NULL) {
		wrong(r, r->line, "\"#\" directly behind other text: put a "
		    "blank before it, which begins a comment");
		return;
	}
	if (comment != NULL && text[strspn(text, BLANKS)] == '#' &&
	    is_commented_out(comment))
		r->commented_line = r->line;
	if (comment != NULL)
		*comment = '\0';
	text = trim(text);
	if (text[0] != '\0' && !blank) {
		setting_take(r);
		r->setting = text;
		r->setting_end = text + strlen(text);
		r->setting_line = r->line;
		r->commented_line = 0;
	} else if (text[0] != '\0') {
		line_continue(r, text);
	}
}

/*
 * Is the line from TEXT to END text?  With a control character in it, an editor
 * may show two lines where this program reads one: "# proxies<CR>exclude = ...".
 */
static bool
is_text(struct reading *r, char *text, char *end)
{
	if (end > text && end[-1] == '\r')
		*--end = '\0';
	for (; text < end; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\r')
			wrong(r, r->line, "a carriage return within the line: "
			    "end each line with a newline");
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			wrong(r, r->line, "byte \\%03o: this is no text: write "
			    "the line again", c);
		else
			continue;
		return false;
	}
	return true;
}

/* Takes the lines from TEXT to END. */
static void
lines_take(struct reading *r, char *text, char *end)
{
	char *newline, *line_end;

	for (r->line = 1; text < end && r->errors < ERRORS_MAX; r->line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		line_end = newline != NULL ? newline : end;
		*line_end = '\0';
		/* In place of the newline before this line, or further ahead. */
		if (r->setting != NULL)
			*r->setting_end++ = '\n';
		if (is_text(r, text, line_end) && newline != NULL)
			line_take(r, text);
		else if (newline == NULL)
			wrong(r, r->line, "the file ends within this line, as "
			    "if it was cut: end the line with a newline");
		text = line_end + 1;
	}
	setting_take(r);
}

int
config_text_read(struct config *config, char *text, size_t len,
    const struct log *log)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct reading r = { .config = config, .log = log };
	char *end = text + len;

	if (strncmp(text, bom, strlen(bom)) == 0)
		text += strlen(bom);
	if (text + strspn(text, BLANKS "\r\n") == end)
		wrong(&r, 0, "is empty, as files are while they are saved: "
		    "for the defaults, write a comment into it");
	else
		lines_take(&r, text, end);
	if (r.errors >= ERRORS_MAX)
		wrong(&r, 0, "has too many errors: the rest was not read");
	return r.errors;
}
