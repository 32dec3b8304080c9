/* SPDX-License-Identifier: ISC */
/*
 * The running configuration, see authmap.conf(5).  config-file.h reads it;
 * settings.h has the names, defaults and forms of the settings.
 *
 * As everywhere in base/, a function that reads a value returns false if it is not
 * valid; or NULL if it is, and else the reason, where an administrator reads it.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <sys/stat.h>
#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/cluster-url.h"
#include "base/log.h"
#include "base/users.h"

/* The size of a path.  A path may be some bytes shorter, because names of other
 * files beside it are longer. */
#define CONFIG_PATH_BYTES 1024

/* The size of the prefix of keys in the engine, with its NUL. */
#define CLUSTER_PREFIX_BYTES 64

enum config_setting {
	CONFIG_MAP,
	CONFIG_STATE_DIR,
	CONFIG_WINDOW,
	CONFIG_MAX_WINDOW,
	CONFIG_SWEEP_INTERVAL,
	CONFIG_LOCK_TIMEOUT,
	CONFIG_MAP_MODE,
	CONFIG_EXCLUDE,
	CONFIG_MASTER_USERS,
	CONFIG_USERS,
	CONFIG_USERS_FILE,
	CONFIG_STATIC,
	CONFIG_IPV6_PREFIX,
	CONFIG_MAX_PER_USER,
	CONFIG_MAX_ENTRIES,
	CONFIG_SOCKET,
	CONFIG_SOCKET_MODE,
	CONFIG_SOCKET_GROUP,
	CONFIG_USER_MAP,
	CONFIG_MAX_CONNECTIONS,
	CONFIG_IDLE_TIMEOUT,
	CONFIG_MAX_SWEEP_AGE,
	CONFIG_USER,
	CONFIG_GROUP,
	CONFIG_CLUSTER,
	CONFIG_CLUSTER_PASSWORD_FILE,
	CONFIG_CLUSTER_PREFIX,
	CONFIG_CLUSTER_MAX_WINDOW,
	CONFIG_CLUSTER_TLS_CA,
	CONFIG_COUNT
};

/* Which clients of the responder get names of users. */
enum user_map { USER_MAP_NONE, USER_MAP_SYSTEM, USER_MAP_ALL };

/* Where a setting comes from: its text, and the line of the file, or 0 for the
 * default. */
struct config_origin {
	char *text;
	unsigned int line;
};

struct config {
	char *file;
	struct config_origin origin[CONFIG_COUNT];

	char map[CONFIG_PATH_BYTES];
	char state_dir[CONFIG_PATH_BYTES];
	unsigned int window;		/* seconds */
	unsigned int max_window;	/* seconds; 0: as `window` */
	unsigned int sweep_interval;	/* seconds */
	unsigned int lock_timeout;	/* milliseconds */
	mode_t map_mode;
	struct networks exclude;
	bool master_users;
	struct users users;
	char users_file[CONFIG_PATH_BYTES];	/* "": none */
	struct users users_of_file;
	struct stat users_read_as;	/* the file, when read */
	struct networks always;		/* `static` */
	unsigned int ipv6_prefix;
	unsigned int max_per_user;	/* addresses; 0: any number */
	unsigned int max_entries;	/* 0: any number */
	mode_t socket_mode;
	char socket_group[LOGIN_NAME_MAX];	/* "": as `group` */
	enum user_map user_map;
	unsigned int max_connections;
	unsigned int idle_timeout;	/* seconds */
	unsigned int max_sweep_age;	/* seconds; 0: any */
	char user[LOGIN_NAME_MAX];
	char group[LOGIN_NAME_MAX];
	struct cluster_url cluster;
	char cluster_password_file[CONFIG_PATH_BYTES];	/* "": none */
	char cluster_prefix[CLUSTER_PREFIX_BYTES];
	unsigned int cluster_max_window;	/* seconds; 0: config_longest() */
	char cluster_tls_ca[CONFIG_PATH_BYTES];	/* "": the system's */

	/*
	 * The file has an error.  A network may be missing from `exclude`, so no
	 * login is recorded: a proxy would open the relay for everybody behind it.
	 */
	bool unsafe;
};

/* Free the memory of CONFIG, and clear it. */
void config_free(struct config *config);

/* Return FILE, or the default file if FILE is NULL. */
const char *config_path(const char *file);

/* Return the value of SETTING as text. */
const char *config_text(const struct config *config,
    enum config_setting setting);

/*
 * Return the longest time in seconds that any entry lasts after its last
 * activity: the longest of `window`, `max_window` and, if there are other
 * hosts, `cluster_max_window`.
 */
unsigned int config_longest(const struct config *config);

/*
 * Return the window in seconds of a login that asks for WINDOW (0: for `window`).
 */
unsigned int config_window(const struct config *config, unsigned int window);

/*
 * Return whether `users` or `users_file` is set, so that only the logins of these
 * users are recorded.
 */
bool config_limits_users(const struct config *config);

/*
 * Return whether logins of USER, a plain name, are recorded, for which the client
 * gave the name ALIAS.  Each may be NULL or "" if it is unknown.  A listed domain
 * is compared with that of USER only.
 */
bool config_records(const struct config *config, const char *user,
    const char *alias);

/*
 * Return whether ADDRESS is excluded: in `exclude`, or link-local.  Such an
 * address is never recorded and may never relay.
 */
bool config_excludes(const struct config *config,
    const struct address *address);

/*
 * Return whether every address of KEY, of the map, is excluded.  Text that is no key
 * is excluded, too.
 */
bool config_excludes_key(const struct config *config, const char *key);

#endif
