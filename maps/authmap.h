/* SPDX-License-Identifier: ISC */
/*
 * authmap: the address of a client that has just logged in may relay mail.
 *
 * This is the whole public interface of libauthmap.  Nothing here exits,
 * writes to stderr, touches signals, or waits longer than lock_timeout for
 * another process.  A handle may be used by one thread at a time.
 *
 * See authmap(7) for how the parts fit together, authmap-map(5) for the
 * files, authmap.conf(5) for the settings.
 */
#ifndef AUTHMAP_H
#define AUTHMAP_H

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define AUTHMAP_VERSION "0.1"

#define AUTHMAP_ADDRESS_SIZE 64		/* a key of the map, and its NUL */
#define AUTHMAP_SERVICE_SIZE 32		/* a service's name, and its NUL */
#define AUTHMAP_USER_SIZE 1025		/* a user's name, and its NUL */
#define AUTHMAP_WINDOW_MAX (31 * 24 * 3600)	/* seconds */

/*
 * How soon a session should retry a login that could not be recorded, in seconds.
 * It should retry at each refresh and at its end, too, and again and again as long
 * as authmap_is_busy() says that another process holds the lock.
 */
#define AUTHMAP_RETRY_SECS 5
#define AUTHMAP_BUSY_SECS 1

/* One handle: a configuration that was read, and where to log. */
struct authmap;

/*
 * Takes one line without a newline, of printable ASCII alone: other bytes are
 * encoded, so that it may be logged or shown as it is.  PRIORITY is one of
 * syslog(3)'s LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG.
 */
typedef void authmap_log_fn(void *arg, int priority, const char *line);

/* What has become of a login. */
enum authmap_result {
	AUTHMAP_FAILED = -1,	/* not recorded; the log says why */
	AUTHMAP_GRANTED,	/* is in the map from now on */
	AUTHMAP_REFRESHED,	/* was in the map, may relay for longer */
	AUTHMAP_EXCLUDED,	/* is in `exclude`, or link-local: nothing was
				   written */
	AUTHMAP_REMOVED,	/* was removed; only a new login brings it back */
	AUTHMAP_BLOCKED,	/* an administrator has blocked the user, the
				   alias or the address: nothing was written */
	AUTHMAP_FULL,		/* not recorded: max_entries is reached, or too
				   many removals share its place in the map */
	AUTHMAP_UNLISTED	/* neither the user nor the alias is in `users` or
				   `users_file`, which are set: nothing was
				   written */
};

struct authmap_login {
	const char *address;	/* numeric IPv4 or IPv6, no scope */
	const char *user;	/* NULL: nobody knows */
	const char *service;	/* "imap", "pop3", … */
	unsigned int window;	/* seconds, cut to max_window of the
				   configuration; 0: as configured */
	const char *alias;	/* the name that the client gave, if the server
				   made it into `user`: a block of it holds,
				   too, and it may be in `users`; NULL: none */
	time_t time;		/* 0: now; in a retry, when the client logged
				   in: see authmap_record() */
};

struct authmap_entry {
	char address[AUTHMAP_ADDRESS_SIZE];	/* the key */
	char user[AUTHMAP_USER_SIZE];		/* as it logged in; "" unknown */
	char service[AUTHMAP_SERVICE_SIZE];
	time_t last;				/* its last login or sign of life */
	time_t expires;				/* may relay before this second */
};

/*
 * Reads the configuration FILE (NULL: /etc/authmap.conf, which need not
 * exist) and returns a handle, to be given back with authmap_free(), or NULL
 * when there is no memory.  What is wrong in the file is logged through LOG
 * (NULL: nowhere), a line each as file:line: …, and counted in *ERRORS (may
 * be NULL); a setting that is wrong keeps its default.  A handle whose file had
 * errors records nobody: a network of `exclude` may be missing.
 */
struct authmap *authmap_new(const char *file, authmap_log_fn *log, void *arg,
    int *errors);
void authmap_free(struct authmap *am);

/* From now on, lines go to LOG with ARG. */
void authmap_set_log(struct authmap *am, authmap_log_fn *log, void *arg);

/*
 * Says whether the configuration file, or its `users_file`, has been replaced,
 * changed, made or removed since authmap_new() read it, or had errors, so that
 * another try is worth it: 1 yes, 0 no.
 */
int authmap_config_changed(const struct authmap *am);

/* How long an address may relay after its last activity, in seconds. */
unsigned int authmap_window(const struct authmap *am);

/*
 * How often, in seconds, a session whose window is WINDOW (0: as configured) is
 * to be refreshed: often enough that one refresh that fails does no harm, and
 * that a removal is remembered.
 */
unsigned int authmap_refresh_interval(const struct authmap *am,
    unsigned int window);

/*
 * Records a login.  When it returns AUTHMAP_GRANTED or AUTHMAP_REFRESHED,
 * every reader finds the address.  Waits lock_timeout in all at the most.  Makes
 * an empty map if there is none; authmap-sweeper restores what was saved.
 *
 * A login for which it returned AUTHMAP_FAILED may be retried while its session
 * lasts, with LOGIN->time set to the time of the first attempt.  If the address
 * was removed at that time or since, or is older than a day, so that a removal
 * may be forgotten, it returns AUTHMAP_REMOVED.  If a block held at that time or
 * since, it returns AUTHMAP_BLOCKED, even if the block was lifted.  Otherwise the
 * address may relay for a window from now.  A retry waits for the lock for 50 ms at
 * the most; if another process holds it, it is neither logged nor counted again.
 */
enum authmap_result authmap_record(struct authmap *am,
    const struct authmap_login *login);

/*
 * Returns 1 if the last authmap_record() or authmap_refresh() failed because another
 * process held the writers' lock, and 0 otherwise.
 */
int authmap_is_busy(const struct authmap *am);

/*
 * Records that a session of an earlier login is still there.  Prolongs the
 * entry, whoever it names; brings back one that is missing (a lost map), but
 * not one that was removed: until the saved state is restored into a new map,
 * which may tell of a removal, returns AUTHMAP_FAILED for a missing one.
 * LOGIN->time is ignored.  Waits as authmap_record() does.
 */
enum authmap_result authmap_refresh(struct authmap *am,
    const struct authmap_login *login);

/*
 * Takes ADDRESS out of the map until its next login.  Returns 1 when it was
 * in it (*ENTRY, may be NULL, tells what it was), 0 when it was not, -1 on
 * trouble, which was logged.
 */
int authmap_remove(struct authmap *am, const char *address,
    struct authmap_entry *entry);

/*
 * Asks whether ADDRESS may relay now: 1 yes (*ENTRY, may be NULL, tells who;
 * for a network of `static`, service is "static" and expires 0), 0 no (as for
 * each excluded address, whatever the map has), -1 the map is not there, cannot
 * be read, or does not have it and is not restored yet, which was logged.  Takes
 * no lock.
 */
int authmap_lookup(struct authmap *am, const char *address,
    struct authmap_entry *entry);

/*
 * Calls EACH for every entry that may relay now, in no order, until it
 * returns non-zero.  Returns 0, what EACH returned, or -1 when the map is not
 * there or cannot be read, which was logged.  Takes no lock.
 */
int authmap_walk(struct authmap *am,
    int (*each)(const struct authmap_entry *entry, void *arg), void *arg);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
