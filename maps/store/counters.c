/* SPDX-License-Identifier: ISC */
#include "store/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define COUNTS_MODE 0660
#define DIGITS 16
#define WARN_SECS 60
#define LINE_SIZE (16 + DIGITS + 2)
#define TEXT_SIZE (COUNT_LOCKED * LINE_SIZE)

/* A file whose size counts does not grow beyond this. */
#define COUNT_MAX_BYTES (16 * 1024 * 1024)

/* How often a text that other processes may be writing is read, until it stays the
 * same. */
#define READ_TRIES 100

/* How the lines in the file of the lock begin. */
static const char *const name[COUNT_LOCKED] = {
	[COUNT_SINCE] = "since ", [COUNT_GRANTS] = "grants ",
	[COUNT_REFRESHES] = "refreshes ", [COUNT_PUBLISHES] = "publishes ",
	[COUNT_PUBLISHED_AT] = "published ", [COUNT_LOCK_HELD_US] = "took-us ",
	[COUNT_WARNED_AT] = "warned ", [COUNT_EXCLUDED] = "excluded ",
	[COUNT_BLOCKED] = "blocked ", [COUNT_UNLISTED] = "unlisted ",
};

/* Write COUNTERS into TEXT, and return its length, which is always the same. */
static size_t
encode(const struct counters *counters, char text[TEXT_SIZE])
{
	char *to = text;

	for (int i = 0; i < COUNT_LOCKED; i++) {
		size_t len = strlen(name[i]);
		long long n = counters->of[i];

		memcpy(to, name[i], len);
		memset(to + len, '0', DIGITS);
		to += len + DIGITS;
		for (int d = 1; n > 0 && d <= DIGITS; d++, n /= 10)
			to[-d] = (char)('0' + n % 10);
		*to++ = '\n';
	}
	return (size_t)(to - text);
}

/* Decode what encode() writes.  Return false if TEXT is not in this format; then
 * COUNTERS is undefined. */
static bool
decode(const char *text, size_t len, struct counters *counters)
{
	const char *at = text, *end = text + len;

	for (int i = 0; i < COUNT_LOCKED; i++) {
		size_t name_len = strlen(name[i]);

		counters->of[i] = 0;
		/* authmap 0.1 does not write this counter. */
		if (i >= COUNT_EXCLUDED && (at == end || *at == '\0'))
			continue;
		if ((size_t)(end - at) < name_len + DIGITS + 1 ||
		    memcmp(at, name[i], name_len) != 0)
			return false;
		at += name_len;
		for (int d = 0; d < DIGITS; d++, at++) {
			if (*at < '0' || *at > '9')
				return false;
			counters->of[i] = counters->of[i] * 10 + (*at - '0');
		}
		if (*at++ != '\n')
			return false;
	}
	return true;
}

bool
counters_add(int lock, const struct tally *tally, bool warns, time_t now)
{
	bool may_warn = warns;
	struct counters counters;
	char text[TEXT_SIZE];
	ssize_t len = pread(lock, text, sizeof text, 0);

	if (len < 0)
		return may_warn;
	if (!decode(text, (size_t)len, &counters)) {
		memset(&counters, 0, sizeof counters);
		counters.of[COUNT_SINCE] = now;
	}
	counters.of[COUNT_GRANTS] += tally->grants;
	counters.of[COUNT_REFRESHES] += tally->refreshes;
	counters.of[COUNT_PUBLISHES] += tally->publishes;
	if (tally->refused != 0)
		counters.of[tally->refused]++;
	if (tally->publishes > 0) {
		counters.of[COUNT_PUBLISHED_AT] = now;
		counters.of[COUNT_LOCK_HELD_US] = tally->lock_held_us;
	}
	may_warn = warns && (now < counters.of[COUNT_WARNED_AT] ||
	    now - counters.of[COUNT_WARNED_AT] >= WARN_SECS);
	if (may_warn)
		counters.of[COUNT_WARNED_AT] = now;
	/* A login goes on even if it cannot be counted. */
	if (pwrite(lock, text, encode(&counters, text), 0) == -1)
		return may_warn;
	return may_warn;
}

void
tally_change(struct tally *tally, const struct change *change,
    enum change_effect effect, const struct record *old, time_t now)
{
	if (change->op != CHANGE_LOGIN && change->op != CHANGE_REFRESH)
		return;
	switch (change_result(change, effect, old, now)) {
	case AUTHMAP_GRANTED:
		/* A login that had expired before it was stored is not counted. */
		if (effect != EFFECT_NOTHING)
			tally->grants++;
		break;
	case AUTHMAP_REFRESHED:
		tally->refreshes++;
		break;
	default:
		break;
	}
}

static void
append(const char *path)
{
	struct stat st;
	int fd = file_open_stat(path, O_WRONLY | O_APPEND | O_CREAT,
	    COUNTS_MODE, &st);

	if (fd == -1)
		return;
	if (st.st_size < COUNT_MAX_BYTES)
		(void)write_all(fd, "\n", 1);
	(void)close(fd);
}

void
counters_add_failure(const struct authmap *am)
{
	append(am->files.failures);
}

static void
prepare(const struct authmap *am, const char *path)
{
	struct stat st;
	int fd = file_open_stat(path, O_WRONLY | O_CREAT, COUNTS_MODE, &st);
	bool bad = fd == -1 ? file_is_foreign(errno) || errno == EACCES :
	    st.st_size >= COUNT_MAX_BYTES;

	if (fd != -1)
		(void)close(fd);
	if (bad) {
		fd = file_create(am, path, COUNTS_MODE);
		if (fd != -1)
			(void)close(fd);
	}
}

void
counters_prepare(const struct authmap *am)
{
	prepare(am, am->files.failures);
}

/* Open PATH.  A foreign file counts as missing: return -1 with errno 0. */
static int
open_to_read(const char *path, struct stat *st)
{
	int fd = file_open_stat(path, O_RDONLY, 0, st);

	if (fd == -1 && (errno == ENOENT || file_is_foreign(errno)))
		errno = 0;
	return fd;
}

/* Read the counters without the lock.  The lock holder may be writing them, so the
 * text must be the same twice. */
static int
read_locked(const char *path, struct counters *counters)
{
	char text[TEXT_SIZE] = "", again[TEXT_SIZE] = "";
	struct stat st;
	int fd = open_to_read(path, &st);
	ssize_t len = -1, before = -1;

	if (fd == -1)
		return errno == 0 ? 0 : -1;
	for (int i = 0; i < READ_TRIES; i++) {
		len = pread(fd, text, sizeof text, 0);
		if (len == before && (len <= 0 ||
		    memcmp(text, again, (size_t)len) == 0))
			break;
		before = len;
		memcpy(again, text, sizeof again);
	}
	(void)close(fd);
	if (len < 0)
		return -1;
	if (!decode(text, (size_t)len, counters))
		memset(counters, 0, sizeof *counters);
	return 0;
}

static int
read_size(const char *path, long long *size)
{
	struct stat st;
	int fd = open_to_read(path, &st);

	*size = 0;
	if (fd == -1)
		return errno == 0 ? 0 : -1;
	*size = st.st_size < COUNT_MAX_BYTES ? st.st_size : COUNT_MAX_BYTES;
	(void)close(fd);
	return 0;
}

int
counters_read(const struct authmap *am, struct counters *counters)
{
	memset(counters, 0, sizeof *counters);
	if (read_locked(am->files.lock, counters) == -1 ||
	    read_size(am->files.failures, &counters->of[COUNT_FAILURES]) == -1)
		return -1;
	return 0;
}
