#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"

static const char *
set_path(void *where, const char *value)
{
	if (value[0] != '/')
		return "must be an absolute path";
	if (value[strlen(value) - 1] == '/')
		return "must not end in a slash";
	/* Room for what stands beside the map: relay.gdbm.broken-TIME. */
	if (strlen(value) >= CONFIG_PATH - 32)
		return "is too long a path";
	(void)strlcpy(where, value, CONFIG_PATH);
	return NULL;
}

static const char *
set_name(void *where, const char *value)
{
	if (value[0] == '\0' || strpbrk(value, " \t:") != NULL)
		return "must be one name";
	if (strlen(value) >= LOGIN_NAME_MAX)
		return "is too long a name";
	(void)strlcpy(where, value, LOGIN_NAME_MAX);
	return NULL;
}

/* A number and its unit, in milliseconds; -1 when it is none. */
static long long
milliseconds(const char *value, bool bare_is_seconds)
{
	static const struct { const char *name; long long ms; } unit[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 },
		{ "h", 3600 * 1000 }, { "d", 24 * 3600 * 1000 },
	};
	size_t digits = strspn(value, "0123456789");
	const char *wrong;
	char number[12];
	long long n;

	if (digits == 0 || digits >= sizeof number)
		return -1;
	memcpy(number, value, digits);
	number[digits] = '\0';
	n = strtonum(number, 0, 99999999999LL, &wrong);
	if (wrong != NULL)
		return -1;
	if (value[digits] == '\0' && bare_is_seconds)
		return n * 1000;
	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
		if (strcmp(value + digits, unit[i].name) == 0)
			return n * unit[i].ms;
	return -1;
}

static const char *
set_seconds(void *where, const char *value)
{
	long long ms = milliseconds(value, true);

	if (ms < 0 || ms % 1000 != 0)
		return "must be a time such as 90s, 30m or 1h";
	if (ms < 1000 || ms / 1000 > AUTHMAP_WINDOW_MAX)
		return "must be from 1s to 31d";
	*(unsigned int *)where = (unsigned int)(ms / 1000);
	return NULL;
}

static const char *
set_timeout(void *where, const char *value)
{
	long long ms = milliseconds(value, false);

	if (ms < 0)
		return "must be a time such as 250ms or 1s";
	if (ms < 1 || ms > 10000)
		return "must be from 1ms to 10s";
	*(unsigned int *)where = (unsigned int)ms;
	return NULL;
}

static const char *
set_mode(void *where, const char *value)
{
	static const struct { const char *text; mode_t mode; } modes[] = {
		{ "0600", 0600 }, { "0640", 0640 }, { "0644", 0644 },
		{ "0660", 0660 }, { "0664", 0664 },
	};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(value, modes[i].text) == 0 ||
		    strcmp(value, modes[i].text + 1) == 0) {
			*(mode_t *)where = modes[i].mode;
			return NULL;
		}
	return "must be 0600, 0640, 0644, 0660 or 0664";
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

static const char *
set_networks(void *where, const char *value)
{
	struct networks *networks = where, fresh = { NULL, 0 };
	char *copy = strdup(value), *rest = copy, *word;
	const char *wrong = copy == NULL ? "cannot be kept: no memory" : NULL;

	while (wrong == NULL && (word = strsep(&rest, " \t,")) != NULL) {
		struct network network, *grown;

		if (word[0] == '\0')
			continue;
		if (!network_parse(word, &network)) {
			wrong = "must be networks such as 192.0.2.0/24 or "
			    "2001:db8::/32, none with bits beyond its length";
			break;
		}
		grown = reallocarray(fresh.list, fresh.count + 1,
		    sizeof *grown);
		if (grown == NULL) {
			wrong = "cannot be kept: no memory";
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

/* Whoever opens the sockets reads the text; here it is only looked at. */
static const char *
set_sockets(void *where, const char *value)
{
	(void)where;
	return value[0] == '/' || strncmp(value, "inet:", 5) == 0 ? NULL :
	    "must be absolute paths of sockets, or inet:127.0.0.1:PORT";
}

const struct setting settings[CONFIG_COUNT] = {
	[CONFIG_MAP] = { "map", "/run/authmap/relay.gdbm",
	    set_path, offsetof(struct config, map) },
	[CONFIG_STATE_DIR] = { "state_dir", "/var/lib/authmap",
	    set_path, offsetof(struct config, state_dir) },
	[CONFIG_WINDOW] = { "window", "30m",
	    set_seconds, offsetof(struct config, window) },
	[CONFIG_SWEEP_INTERVAL] = { "sweep_interval", "60s",
	    set_seconds, offsetof(struct config, sweep_interval) },
	[CONFIG_LOCK_TIMEOUT] = { "lock_timeout", "250ms",
	    set_timeout, offsetof(struct config, lock_timeout) },
	[CONFIG_MAP_MODE] = { "map_mode", "0660",
	    set_mode, offsetof(struct config, map_mode) },
	[CONFIG_EXCLUDE] = { "exclude", "127.0.0.0/8 ::1",
	    set_networks, offsetof(struct config, exclude) },
	[CONFIG_STATIC] = { "static", "",
	    set_networks, offsetof(struct config, always) },
	[CONFIG_IPV6_PREFIX] = { "ipv6_prefix", "128",
	    set_prefix, offsetof(struct config, ipv6_prefix) },
	[CONFIG_SOCKET] = { "socket", "/run/authmap/socketmap/sock",
	    set_sockets, 0 },
	[CONFIG_USER] = { "user", "authmap",
	    set_name, offsetof(struct config, user) },
	[CONFIG_GROUP] = { "group", "authmap",
	    set_name, offsetof(struct config, group) },
};
