#include "base/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/settings.h"

#ifndef AUTHMAP_CONF
#define AUTHMAP_CONF "/etc/authmap.conf"
#endif

const char *
config_name(enum config_setting setting)
{
	return settings[setting].name;
}

const char *
config_text(const struct config *config, enum config_setting setting)
{
	return config->origin[setting].text;
}

/* NULL: done; else what is wrong with VALUE. */
static const char *
config_set(struct config *config, enum config_setting setting,
    const char *value, unsigned int line)
{
	struct config_origin *origin = &config->origin[setting];
	char *text = strdup(value);
	const char *wrong;

	if (text == NULL)
		return "cannot be kept: no memory";
	wrong = settings[setting].set((char *)config + settings[setting].where,
	    value);
	if (wrong != NULL) {
		free(text);
		return wrong;
	}
	free(origin->text);
	origin->text = text;
	origin->line = line;
	return NULL;
}

/* Cuts white space off both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	for (len = strlen(text); len > 0 &&
	    isspace((unsigned char)text[len - 1]); len--)
		;
	text[len] = '\0';
	return text;
}

/* Does one put a password there who does not know better? */
static bool
may_be_secret(enum config_setting setting)
{
	return setting == CONFIG_CLUSTER ||
	    setting == CONFIG_CLUSTER_PASSWORD_FILE;
}

/* One line of the file; false when something is wrong, which was logged. */
static bool
config_line(struct config *config, char *text, unsigned int line,
    const struct log *log)
{
	char *value, *name;
	const char *wrong;
	int i;

	text[strcspn(text, "#")] = '\0';
	name = trim(text);
	if (name[0] == '\0')
		return true;
	value = strchr(name, '=');
	if (value == NULL) {
		/* The rest of the line might be a password. */
		log_say(log, LOG_ERR, "%s:%u: no \"=\" after \"%.*s\": write "
		    "name = value", config->file, line,
		    (int)strcspn(name, " \t"), name);
		if (strncmp(name, "exclude", strlen("exclude")) == 0)
			config->unsafe = true;
		return false;
	}
	*value = '\0';
	value = trim(value + 1);
	name = trim(name);
	for (i = 0; i < CONFIG_COUNT; i++)
		if (strcmp(settings[i].name, name) == 0)
			break;
	if (i == CONFIG_COUNT) {
		log_say(log, LOG_ERR, "%s:%u: there is no setting \"%s\"; "
		    "authmap.conf(5) lists them", config->file, line, name);
		return false;
	}
	wrong = config_set(config, (enum config_setting)i, value, line);
	if (wrong == NULL)
		return true;
	if (may_be_secret((enum config_setting)i))
		log_say(log, LOG_ERR, "%s:%u: %s: %s", config->file, line,
		    name, wrong);
	else
		log_say(log, LOG_ERR, "%s:%u: %s: \"%s\" %s", config->file,
		    line, name, value, wrong);
	if (i == CONFIG_EXCLUDE)
		config->unsafe = true;
	return false;
}

static int
config_lines(struct config *config, FILE *in, const struct log *log)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int errors = 0;

	for (unsigned int line = 1; (len = getline(&text, &size, in)) >= 0;
	    line++) {
		if (strlen(text) != (size_t)len) {
			log_say(log, LOG_ERR, "%s:%u: a NUL byte: this is no "
			    "text", config->file, line);
			config->unsafe = true;
			errors++;
		} else if (!config_line(config, text, line, log))
			errors++;
	}
	if (ferror(in)) {
		log_say(log, LOG_ERR, "%s: cannot be read: %s", config->file,
		    strerror(errno));
		config->unsafe = config->unread = true;
		errors++;
	}
	free(text);
	return errors;
}

const char *
config_path(const char *file)
{
	return file != NULL ? file : AUTHMAP_CONF;
}

int
config_read(struct config *config, const char *file, const struct log *log)
{
	FILE *in;
	int errors;

	memset(config, 0, sizeof *config);
	config->file = strdup(config_path(file));
	if (config->file == NULL)
		return -1;
	for (int i = 0; i < CONFIG_COUNT; i++)
		if (config_set(config, (enum config_setting)i,
		    settings[i].standard, 0) != NULL)
			return -1;
	in = fopen(config->file, "re");
	if (in == NULL) {
		if (file == NULL && errno == ENOENT)
			return 0;
		log_say(log, LOG_ERR, "%s: cannot be opened: %s",
		    config->file, strerror(errno));
		config->unsafe = config->unread = true;
		return 1;
	}
	errors = config_lines(config, in, log);
	(void)fclose(in);
	return errors;
}

void
config_free(struct config *config)
{
	free(config->file);
	free(config->exclude.list);
	free(config->always.list);
	for (int i = 0; i < CONFIG_COUNT; i++)
		free(config->origin[i].text);
	memset(config, 0, sizeof *config);
}

bool
networks_have(const struct networks *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_has(&networks->list[i], address))
			return true;
	return false;
}
