/* SPDX-License-Identifier: ISC */
/*
 * authmap: the address of a client that has just logged in may relay mail.
 *
 * This is the whole public interface of libauthmap.  No function exits, writes to
 * stderr, changes signal handling, or waits longer than lock_timeout for another
 * process.  Each handle may be used by one thread at a time.
 *
 * A program that is built with this header works with each libauthmap.so.1, of the
 * same version or a later one.  Before 2.0, functions, constants and results may be
 * added, but no function, structure or value changes.  So take an unknown
 * enum authmap_result for "not recorded".
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

#define AUTHMAP_VERSION "1.0"

#define AUTHMAP_ADDRESS_SIZE 64		/* a key of the map, and its NUL */
#define AUTHMAP_SERVICE_SIZE 32		/* a service's name, and its NUL */
#define AUTHMAP_USER_SIZE 1025		/* a user's name, and its NUL */
#define AUTHMAP_WINDOW_MAX (31 * 24 * 3600)	/* seconds */

/*
 * How soon a session should retry a login that could not be recorded, in seconds.
 * It should retry at each refresh and at its end, too, and every
 * AUTHMAP_BUSY_SECS while authmap_is_busy().
 */
#define AUTHMAP_RETRY_SECS 5
#define AUTHMAP_BUSY_SECS 1

/* A handle: the configuration, and where to log. */
struct authmap;

/*
 * Log one LINE without a newline.  The library has encoded it as printable ASCII,
 * so it may be logged or shown unchanged.  PRIORITY is LOG_ERR, LOG_WARNING,
 * LOG_NOTICE, LOG_INFO or LOG_DEBUG of syslog(3).
 */
typedef void authmap_log_fn(void *arg, int priority, const char *line);

/* The result of a login or a refresh. */
enum authmap_result {
	AUTHMAP_FAILED = -1,	/* not recorded; the log has the reason */
	AUTHMAP_GRANTED,	/* the address is in the map from now on */
	AUTHMAP_REFRESHED,	/* it was in the map, and expires later now */
	AUTHMAP_EXCLUDED,	/* it is in `exclude`, or link-local: nothing was
				   written */
	AUTHMAP_REMOVED,	/* it was removed; only a new login brings it back */
	AUTHMAP_BLOCKED,	/* an administrator has blocked the user, the
				   alias or the address: nothing was written */
	AUTHMAP_FULL,		/* not recorded: max_entries is reached, or too
				   many tombstones share its place in the map */
	AUTHMAP_UNLISTED	/* `users` or `users_file` is set and has neither
				   the user nor the alias: nothing was written */
};

struct authmap_login {
	const char *address;	/* numeric IPv4 or IPv6, no scope */
	const char *user;	/* NULL if unknown */
	const char *service;	/* "imap", "pop3", … */
	unsigned int window;	/* seconds, at most max_window of the
				   configuration; 0: as configured */
	const char *alias;	/* the name that the client gave, if the server
				   mapped it to `user`, or NULL; a block of it
				   applies, too, and `users` may have it as
				   a name */
	time_t time;		/* 0: now; in a retry or a refresh, the time of
				   the login: see authmap_record() */
};

struct authmap_entry {
	char address[AUTHMAP_ADDRESS_SIZE];	/* the key */
	char user[AUTHMAP_USER_SIZE];		/* decoded; "" if unknown */
	char service[AUTHMAP_SERVICE_SIZE];
	time_t last;				/* of the last login or refresh */
	time_t expires;				/* may relay before this second */
};

/*
 * Read the configuration FILE (NULL: /etc/authmap.conf, which need not exist) and
 * return a handle, which the caller frees with authmap_free(), or NULL if there is
 * no memory.  Each error in the file is logged through LOG (NULL: nowhere) as
 * file:line: …, and counted in *ERRORS (may be NULL).  A setting with an error has
 * its default.  With a handle whose file had errors no login is recorded, because
 * a network of `exclude` may be missing.
 */
struct authmap *authmap_new(const char *file, authmap_log_fn *log, void *arg,
    int *errors);
void authmap_free(struct authmap *am);

/* Log through LOG with ARG from now on. */
void authmap_set_log(struct authmap *am, authmap_log_fn *log, void *arg);

/*
 * Return 1 if the configuration file or its `users_file` was replaced, changed,
 * made or removed since authmap_new() read it, or had errors, so that it should be
 * read again; otherwise 0.
 */
int authmap_config_changed(const struct authmap *am);

/* Return how long an address may relay after its last login or refresh, in
 * seconds. */
unsigned int authmap_window(const struct authmap *am);

/*
 * Return how often, in seconds, the entry of a session with WINDOW (0: as
 * configured) is to be refreshed.  It does not expire if one refresh fails, and a
 * tombstone is not forgotten between two refreshes.
 */
unsigned int authmap_refresh_interval(const struct authmap *am,
    unsigned int window);

/*
 * Record LOGIN.  When this returns AUTHMAP_GRANTED or AUTHMAP_REFRESHED, every
 * reader finds the address.  It waits for other writers for lock_timeout at most.
 * If there is no map, it makes an empty one; authmap-sweeper restores the saved
 * entries.
 *
 * After AUTHMAP_FAILED, the caller may try again while the session lasts, with
 * LOGIN->time set to the time of the first attempt.  If the address was removed at
 * that time or later, the result is AUTHMAP_REMOVED; so it is if that time is more
 * than a day ago, because tombstones are kept for a day.  If a block was in force
 * at that time or later, the result is AUTHMAP_BLOCKED, even if the block was
 * lifted.  If the clock was set back since, each removal and block of the last day
 * counts.  If the map was lost, and the saved state is not restored yet, a removal
 * would not be known, and the result is AUTHMAP_FAILED again.  Otherwise the address
 * may relay for one window from now.  A retry waits for the lock for 50 ms at most;
 * if another process holds it, this is neither logged nor counted again.
 */
enum authmap_result authmap_record(struct authmap *am,
    const struct authmap_login *login);

/*
 * Return 1 if the last authmap_record() or authmap_refresh() failed because another
 * process held the writers' lock, otherwise 0.
 */
int authmap_is_busy(const struct authmap *am);

/*
 * Refresh the entry of the session of LOGIN, even if another user logged in from
 * the address since.  If the map was lost, store the entry again, but not if it was
 * removed: before the saved state is restored, this is unknown, and the result is
 * AUTHMAP_FAILED.  It waits as authmap_record() does.
 *
 * If LOGIN->time, the time of the session's login, is less than a sixteenth of the
 * window and less than a minute ago, the entry is as good as refreshed: nothing is
 * read or written.  With 0 the entry is refreshed in any case.
 */
enum authmap_result authmap_refresh(struct authmap *am,
    const struct authmap_login *login);

/*
 * Remove ADDRESS from the map until its next login.  Return 1 if it was in the map,
 * with its entry in *ENTRY (may be NULL), 0 if it was not, or -1 on an error, which
 * was logged.
 */
int authmap_remove(struct authmap *am, const char *address,
    struct authmap_entry *entry);

/*
 * Return 1 if ADDRESS may relay now, with its entry in *ENTRY (may be NULL); in a
 * network of `static`, service is "static" and expires is 0.  Return 0 if it may
 * not relay, as every excluded address.  Return -1 on an error, which was logged:
 * the map is missing or cannot be read, or is not restored yet and does not have
 * the address.  This takes no lock.
 */
int authmap_lookup(struct authmap *am, const char *address,
    struct authmap_entry *entry);

/*
 * Call EACH for every entry that may relay now, in any order, until it returns
 * non-zero.  Return 0, or the value that EACH returned, or -1 if the map is missing
 * or cannot be read, or is a file of another program and takes longer than five
 * seconds, which was logged.  This takes no lock.
 */
int authmap_walk(struct authmap *am,
    int (*each)(const struct authmap_entry *entry, void *arg), void *arg);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
