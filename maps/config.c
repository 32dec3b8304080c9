#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "record.h"

#ifndef AUTHMAP_CONF
#define AUTHMAP_CONF "/etc/authmap.conf"
#endif

/* Puts VALUE where it belongs.  NULL: done; else what is wrong with it. */
typedef const char *set_fn(struct config *config, void *where,
    const char *value);

static const char *
set_path(struct config *config, void *where, const char *value)
{
	(void)config;
	if (value[0] != '/')
		return "must be an absolute path";
	if (value[strlen(value) - 1] == '/')
		return "must not end in a slash";
	/* Room for what stands beside the map: relay.gdbm.broken-TIME. */
	if (strlcpy(where, value, CONFIG_PATH) >= CONFIG_PATH - 32)
		return "is too long a path";
	return NULL;
}

static const char *
set_name(struct config *config, void *where, const char *value)
{
	(void)config;
	if (value[0] == '\0' || strpbrk(value, " \t:") != NULL)
		return "must be one name";
	if (strlcpy(where, value, LOGIN_NAME_MAX) >= LOGIN_NAME_MAX)
		return "is too long a name";
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
set_seconds(struct config *config, void *where, const char *value)
{
	long long ms = milliseconds(value, true);

	(void)config;
	if (ms < 0 || ms % 1000 != 0)
		return "must be a time such as 90s, 30m or 1h";
	if (ms < 1000 || ms / 1000 > RECORD_WINDOW_MAX)
		return "must be from 1s to 31d";
	*(unsigned int *)where = (unsigned int)(ms / 1000);
	return NULL;
}

static const char *
set_timeout(struct config *config, void *where, const char *value)
{
	long long ms = milliseconds(value, false);

	(void)config;
	if (ms < 0)
		return "must be a time such as 250ms or 1s";
	if (ms < 1 || ms > 10000)
		return "must be from 1ms to 10s";
	*(unsigned int *)where = (unsigned int)ms;
	return NULL;
}

static const char *
set_mode(struct config *config, void *where, const char *value)
{
	unsigned int mode = 0;

	(void)config;
	if (strlen(value) > 4 || value[strspn(value, "01234567")] != '\0' ||
	    sscanf(value, "%o", &mode) != 1)
		return "must be an octal mode such as 0660";
	if ((mode & 0600) != 0600 || (mode & ~0664U) != 0)
		return "must be 0600, 0640, 0644, 0660 or 0664";
	*(mode_t *)where = (mode_t)mode;
	return NULL;
}

static const char *
set_prefix(struct config *config, void *where, const char *value)
{
	const char *wrong;
	unsigned int bits = (unsigned int)strtonum(value, 32, 128, &wrong);

	(void)config;
	if (wrong != NULL)
		return "must be a number from 32 to 128";
	*(unsigned int *)where = bits;
	return NULL;
}

static const char *
set_networks(struct config *config, void *where, const char *value)
{
	struct networks *networks = where, fresh = { NULL, 0 };
	char *copy = strdup(value), *rest = copy, *word;
	const char *wrong = copy == NULL ? "cannot be kept: no memory" : NULL;

	(void)config;
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
set_sockets(struct config *config, void *where, const char *value)
{
	(void)config;
	(void)where;
	return value[0] == '/' || strncmp(value, "inet:", 5) == 0 ? NULL :
	    "must be absolute paths of sockets, or inet:127.0.0.1:PORT";
}

static const struct {
	const char *name;
	const char *standard;
	set_fn *set;
	size_t where;
} settings[CONFIG_COUNT] = {
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
	wrong = settings[setting].set(config,
	    (char *)config + settings[setting].where, value);
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
		log_say(log, LOG_ERR, "%s:%u: no \"=\" in \"%s\": write "
		    "name = value", config->file, line, name);
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
	if (wrong != NULL)
		log_say(log, LOG_ERR, "%s:%u: %s: \"%s\" %s",
		    config->file, line, name, value, wrong);
	return wrong == NULL;
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
			errors++;
		} else if (!config_line(config, text, line, log))
			errors++;
	}
	if (ferror(in)) {
		log_say(log, LOG_ERR, "%s: cannot be read: %s", config->file,
		    strerror(errno));
		errors++;
	}
	free(text);
	return errors;
}

int
config_read(struct config *config, const char *file, const struct log *log)
{
	FILE *in;
	int errors;

	memset(config, 0, sizeof *config);
	config->file = strdup(file != NULL ? file : AUTHMAP_CONF);
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
