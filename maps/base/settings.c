/* SPDX-License-Identifier: ISC */
#include "base/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/settings-time.h"

static const char *
set_path(void *where, const char *value)
{
	if (value[0] != '/')
		return "must be an absolute path";
	if (value[strlen(value) - 1] == '/')
		return "must not end in a slash";
	/* With blanks, another setting may be in the same line. */
	if (strpbrk(value, " \t") != NULL)
		return "must be one path, without blanks";
	/* Leave room for the other names beside it: relay.gdbm.broken-TIME. */
	if (strlen(value) >= CONFIG_PATH_BYTES - 32)
		return "is a path that is too long";
	(void)strlcpy(where, value, CONFIG_PATH_BYTES);
	return NULL;
}

static const char *
set_name(void *where, const char *value)
{
	if (value[0] == '\0' || strpbrk(value, " \t:") != NULL)
		return "must be one name";
	if (strlen(value) >= LOGIN_NAME_MAX)
		return "is a name that is too long";
	(void)strlcpy(where, value, LOGIN_NAME_MAX);
	return NULL;
}

static const char *
set_users(void *where, const char *value)
{
	struct users fresh = { NULL, 0 };
	const char *wrong = users_add(&fresh, value);

	if (wrong != NULL) {
		users_free(&fresh);
		return wrong;
	}
	users_free(where);
	*(struct users *)where = fresh;
	return NULL;
}

/* Return the mode VALUE, which is octal as in chmod(1), or 07777 if it is not
 * valid. */
static mode_t
mode_of(const char *value)
{
	size_t len = strspn(value, "01234567");

	if (len < 3 || len > 4 || value[len] != '\0')
		return 07777;
	return (mode_t)strtoul(value, NULL, 8);
}

static const char *
set_mode(void *where, const char *value)
{
	mode_t mode = mode_of(value);

	if (mode != 0600 && mode != 0640 && mode != 0644 && mode != 0660 &&
	    mode != 0664)
		return "must be 0600, 0640, 0644, 0660 or 0664";
	*(mode_t *)where = mode;
	return NULL;
}

static const char *
set_socket_mode(void *where, const char *value)
{
	mode_t mode = mode_of(value);

	if (mode != 0600 && mode != 0660 && mode != 0666)
		return "must be 0600, 0660 or 0666";
	*(mode_t *)where = mode;
	return NULL;
}

static const char *
set_prefix(void *where, const char *value)
{
	const char *wrong;
	unsigned int bits = (unsigned int)strtonum(value, 32, 128, &wrong);

	if (wrong != NULL)
		return "must be a number from 32 to 128";
	*(unsigned int *)where = bits;
	return NULL;
}

/* Parse VALUE, a number from 1 to MOST, or "off", which is 0.  Return false if it is
 * not valid. */
static bool
number_or_off(const char *value, unsigned int most, unsigned int *number)
{
	const char *wrong = NULL;

	*number = strcmp(value, "off") == 0 ? 0 :
	    (unsigned int)strtonum(value, 1, most, &wrong);
	return wrong == NULL;
}

static const char *
set_per_user(void *where, const char *value)
{
	unsigned int number;

	/* The limit bounds the memory for one user. */
	if (!number_or_off(value, 10000, &number))
		return "must be off, or a number from 1 to 10000";
	*(unsigned int *)where = number;
	return NULL;
}

static const char *
set_entries(void *where, const char *value)
{
	unsigned int number;

	if (!number_or_off(value, 10000000, &number))
		return "must be off, or a number from 1 to 10000000";
	*(unsigned int *)where = number;
	return NULL;
}

static const char *
set_networks(void *where, const char *value)
{
	struct networks *networks = where, fresh = { NULL, 0 };
	char *copy = strdup(value), *rest = copy, *word;
	const char *wrong = copy == NULL ? "cannot be stored: no memory" : NULL;

	while (wrong == NULL && (word = strsep(&rest, " \t,")) != NULL) {
		struct network network, *grown;

		if (word[0] == '\0')
			continue;
		if (!network_parse(word, &network)) {
			wrong = "must be networks such as 192.0.2.0/24 or "
			    "2001:db8::/32, without host bits";
			break;
		}
		grown = reallocarray(fresh.list, fresh.count + 1,
		    sizeof *grown);
		if (grown == NULL) {
			wrong = "cannot be stored: no memory";
			break;
		}
		fresh.list = grown;
		fresh.list[fresh.count++] = network;
	}
	free(copy);
	if (wrong != NULL) {
		free(fresh.list);
		return wrong;
	}
	free(networks->list);
	*networks = fresh;
	return NULL;
}

static const char *
set_yes_or_no(void *where, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return "must be yes or no";
	*(bool *)where = yes;
	return NULL;
}

/* Check that VALUE is valid.  listen_all() parses it again. */
static const char *
set_sockets(void *where, const char *value)
{
	char *copy = strdup(value), *rest = copy, *word;
	const char *wrong = copy == NULL ? "cannot be stored: no memory" : NULL;
	struct endpoint endpoint;
	unsigned int count = 0;

	(void)where;
	while (wrong == NULL && (word = strsep(&rest, " \t,")) != NULL)
		if (word[0] != '\0') {
			wrong = endpoint_parse(word, &endpoint);
			count++;
		}
	free(copy);
	if (wrong != NULL)
		return wrong;
	return count >= 1 && count <= ENDPOINTS_MAX ? NULL :
	    "must be from one to sixteen sockets";
}

static const char *
set_name_or_none(void *where, const char *value)
{
	if (value[0] != '\0')
		return set_name(where, value);
	*(char *)where = '\0';
	return NULL;
}

static const char *
set_user_map(void *where, const char *value)
{
	static const char *const words[] = {
		[USER_MAP_NONE] = "none", [USER_MAP_SYSTEM] = "system",
		[USER_MAP_ALL] = "all",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(value, words[i]) == 0) {
			*(enum user_map *)where = (enum user_map)i;
			return NULL;
		}
	return "must be none, system or all";
}

static const char *
set_connections(void *where, const char *value)
{
	const char *wrong;
	unsigned int count = (unsigned int)strtonum(value, 1, 100000, &wrong);

	if (wrong != NULL)
		return "must be a number from 1 to 100000";
	*(unsigned int *)where = count;
	return NULL;
}

static const char *
set_seconds_or_off(void *where, const char *value)
{
	if (strcmp(value, "off") != 0)
		return settings_set_seconds(where, value);
	*(unsigned int *)where = 0;
	return NULL;
}

static const char *
set_cluster(void *where, const char *value)
{
	return cluster_url_parse(value, where);
}

static const char *
set_path_or_none(void *where, const char *value)
{
	if (value[0] != '\0')
		return set_path(where, value);
	*(char *)where = '\0';
	return NULL;
}

/* Accept no characters that have a meaning in the engine's patterns. */
static const char *
set_cluster_prefix(void *where, const char *value)
{
	if (value[0] == '\0' || strlen(value) >= CLUSTER_PREFIX_BYTES ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789:._-") != strlen(value))
		return "must be up to 63 letters, digits, or any of : . _ -";
	(void)strlcpy(where, value, CLUSTER_PREFIX_BYTES);
	return NULL;
}

static const char *
set_seconds_or_window(void *where, const char *value)
{
	if (strcmp(value, "window") != 0)
		return settings_set_seconds(where, value);
	*(unsigned int *)where = 0;
	return NULL;
}

const struct setting settings[CONFIG_COUNT] = {
	[CONFIG_MAP] = { "map", "/run/authmap/relay.gdbm",
	    set_path, offsetof(struct config, map) },
	[CONFIG_STATE_DIR] = { "state_dir", "/var/lib/authmap",
	    set_path, offsetof(struct config, state_dir) },
	[CONFIG_WINDOW] = { "window", "30m",
	    settings_set_seconds, offsetof(struct config, window) },
	[CONFIG_MAX_WINDOW] = { "max_window", "window",
	    set_seconds_or_window, offsetof(struct config, max_window) },
	[CONFIG_SWEEP_INTERVAL] = { "sweep_interval", "60s",
	    settings_set_seconds, offsetof(struct config, sweep_interval) },
	[CONFIG_LOCK_TIMEOUT] = { "lock_timeout", "250ms",
	    settings_set_timeout, offsetof(struct config, lock_timeout) },
	[CONFIG_MAP_MODE] = { "map_mode", "0660",
	    set_mode, offsetof(struct config, map_mode) },
	[CONFIG_EXCLUDE] = { "exclude", "127.0.0.0/8 ::1",
	    set_networks, offsetof(struct config, exclude) },
	[CONFIG_MASTER_USERS] = { "master_users", "no",
	    set_yes_or_no, offsetof(struct config, master_users) },
	[CONFIG_USERS] = { "users", "",
	    set_users, offsetof(struct config, users) },
	[CONFIG_USERS_FILE] = { "users_file", "",
	    set_path_or_none, offsetof(struct config, users_file) },
	[CONFIG_STATIC] = { "static", "",
	    set_networks, offsetof(struct config, always) },
	[CONFIG_IPV6_PREFIX] = { "ipv6_prefix", "128",
	    set_prefix, offsetof(struct config, ipv6_prefix) },
	[CONFIG_MAX_PER_USER] = { "max_per_user", "1000",
	    set_per_user, offsetof(struct config, max_per_user) },
	[CONFIG_MAX_ENTRIES] = { "max_entries", "1000000",
	    set_entries, offsetof(struct config, max_entries) },
	[CONFIG_SOCKET] = { "socket", SOCKET_STANDARD,
	    set_sockets, 0 },
	[CONFIG_SOCKET_MODE] = { "socket_mode", "0666",
	    set_socket_mode, offsetof(struct config, socket_mode) },
	[CONFIG_SOCKET_GROUP] = { "socket_group", "",
	    set_name_or_none, offsetof(struct config, socket_group) },
	[CONFIG_USER_MAP] = { "user_map", "system",
	    set_user_map, offsetof(struct config, user_map) },
	[CONFIG_MAX_CONNECTIONS] = { "max_connections", "1000",
	    set_connections, offsetof(struct config, max_connections) },
	[CONFIG_IDLE_TIMEOUT] = { "idle_timeout", "10m",
	    settings_set_seconds, offsetof(struct config, idle_timeout) },
	[CONFIG_MAX_SWEEP_AGE] = { "max_sweep_age", "off",
	    set_seconds_or_off, offsetof(struct config, max_sweep_age) },
	[CONFIG_USER] = { "user", "authmap",
	    set_name, offsetof(struct config, user) },
	[CONFIG_GROUP] = { "group", "authmap",
	    set_name, offsetof(struct config, group) },
	[CONFIG_CLUSTER] = { "cluster", "",
	    set_cluster, offsetof(struct config, cluster) },
	[CONFIG_CLUSTER_PASSWORD_FILE] = { "cluster_password_file", "",
	    set_path_or_none, offsetof(struct config, cluster_password_file) },
	[CONFIG_CLUSTER_PREFIX] = { "cluster_prefix", "authmap:",
	    set_cluster_prefix, offsetof(struct config, cluster_prefix) },
	[CONFIG_CLUSTER_MAX_WINDOW] = { "cluster_max_window", "window",
	    set_seconds_or_window, offsetof(struct config, cluster_max_window) },
	[CONFIG_CLUSTER_TLS_CA] = { "cluster_tls_ca", "",
	    set_path_or_none, offsetof(struct config, cluster_tls_ca) },
};

const char *
config_name(enum config_setting setting)
{
	return settings[setting].name;
}
