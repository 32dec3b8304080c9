#include "base/config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/config-text.h"
#include "base/settings.h"
#include "base/whole.h"

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

const char *
config_path(const char *file)
{
	return file != NULL ? file : AUTHMAP_CONF;
}

/* Reads the file into CONFIG; returns how many errors were logged. */
static int
file_read(struct config *config, bool must_exist, const struct log *log)
{
	char why[WHOLE_WHY], *text;
	size_t len;
	int errors;

	text = whole_read(config->file, &len, why);
	if (text == NULL && why[0] == '\0' && must_exist)
		(void)strlcpy(why, "cannot be opened: No such file or directory",
		    sizeof why);
	else if (text == NULL && why[0] == '\0' &&
	    whole_may_be_saved_now(config->file))
		(void)strlcpy(why, "is not there, and its folder was changed "
		    "just now, as when a file is saved: try again in some "
		    "seconds", sizeof why);
	if (why[0] != '\0') {
		log_say(log, LOG_ERR, "%s: %s", config->file, why);
		return 1;
	}
	if (text == NULL)
		return 0;
	errors = config_text_read(config, text, len, log);
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
	config->unsafe = errors > 0;
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

unsigned int
config_longest(const struct config *config)
{
	unsigned int longest = config->window;

	if (config->max_window > longest)
		longest = config->max_window;
	if (config->cluster.count != 0 && config->cluster_max_window > longest)
		longest = config->cluster_max_window;
	return longest;
}

unsigned int
config_window(const struct config *config, unsigned int window)
{
	unsigned int longest = config_longest(config);

	if (window == 0)
		return config->window;
	return window < longest ? window : longest;
}

bool
config_excludes(const struct config *config, const struct address *address)
{
	return network_has(&network_link_local, address) ||
	    networks_have(&config->exclude, address);
}

bool
config_excludes_key(const struct config *config, const char *key)
{
	const struct networks *exclude = &config->exclude;
	struct network network;

	if (!network_parse(key, &network) ||
	    network_within(&network, &network_link_local))
		return true;
	for (size_t i = 0; i < exclude->count; i++)
		if (network_within(&network, &exclude->list[i]))
			return true;
	return false;
}
