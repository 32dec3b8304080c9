/* SPDX-License-Identifier: ISC */
#include "base/config.h"

#include <stdlib.h>
#include <string.h>

#ifndef AUTHMAP_CONF
#define AUTHMAP_CONF "/etc/authmap.conf"
#endif

const char *
config_text(const struct config *config, enum config_setting setting)
{
	return config->origin[setting].text;
}

const char *
config_path(const char *file)
{
	return file != NULL ? file : AUTHMAP_CONF;
}

void
config_free(struct config *config)
{
	free(config->file);
	free(config->exclude.list);
	free(config->always.list);
	users_free(&config->users);
	users_free(&config->users_of_file);
	for (int i = 0; i < CONFIG_COUNT; i++)
		free(config->origin[i].text);
	memset(config, 0, sizeof *config);
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
config_limits_users(const struct config *config)
{
	return config->users.count > 0 || config->users_file[0] != '\0';
}

/* The client can type any domain in ALIAS, because the server may ignore it. */
bool
config_records(const struct config *config, const char *user,
    const char *alias)
{
	return !config_limits_users(config) ||
	    users_have(&config->users, user) ||
	    users_have(&config->users_of_file, user) ||
	    users_name(&config->users, alias) ||
	    users_name(&config->users_of_file, alias);
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
