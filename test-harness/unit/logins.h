/* SPDX-License-Identifier: ISC */
/* Record logins, and look at the files that they leave. */
#ifndef LOGINS_H
#define LOGINS_H

#include "scratch.h"

static struct authmap *am;

static inline struct authmap_login
login(const char *address, const char *user)
{
	return (struct authmap_login){ .address = address, .user = user,
	    .service = "imap" };
}

static inline int
record(const char *address, const char *user)
{
	const struct authmap_login l = login(address, user);

	scratch_log[0] = '\0';
	return authmap_record(am, &l);
}

static inline int
refresh(const char *address, const char *user)
{
	const struct authmap_login l = login(address, user);

	return authmap_refresh(am, &l);
}

/* Refresh the entry of a session that logged in at TIME. */
static inline int
refresh_since(const char *address, const char *user, time_t time)
{
	struct authmap_login l = login(address, user);

	l.time = time;
	return authmap_refresh(am, &l);
}

/* Record late a login that was at TIME. */
static inline int
retry(const char *address, const char *user, time_t time)
{
	struct authmap_login l = login(address, user);

	l.time = time;
	scratch_log[0] = '\0';
	return authmap_record(am, &l);
}

static inline bool
is_there(const char *file)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", scratch, file);
	return access(path, F_OK) == 0;
}

static inline ino_t
map_inode(void)
{
	struct stat st;

	return stat(am->files.map, &st) == 0 ? st.st_ino : 0;
}

/* Write a saved state, for a map that was lost. */
static inline void
save_state(void)
{
	char text[256];

	(void)snprintf(text, sizeof text,
	    "= 198.51.100.1 %010lld %010lld imap joe\n"
	    "= 198.51.100.2 %010lld %010lld imap old\n"
	    "= 198.51.100.3 0000000000 %010lld imap gone\nx\n",
	    (long long)scratch_now + 900, (long long)scratch_now - 900,
	    (long long)scratch_now, (long long)scratch_now - 1800,
	    (long long)scratch_now);
	(void)scratch_file("state/relay.saved", text);
}

#endif
