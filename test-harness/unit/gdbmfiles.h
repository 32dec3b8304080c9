/* SPDX-License-Identifier: ISC */
/* A file in gdbm's format, and libgdbm, which must be able to read it. */
#ifndef GDBMFILES_H
#define GDBMFILES_H

#include <fcntl.h>
#include <gdbm.h>

#include "base/clock.h"
#include "store/gdbmfile-layout.h"
#include "scratch.h"
#include "tap.h"

static char path[128], next[128];
static struct gdbmfile file;

static inline bool
keep_all(struct gdbmfile_record *record, void *arg)
{
	(void)record;
	(void)arg;
	return true;
}

/* The digits of a record are its rank; one that begins with "never" must stay. */
static inline int64_t
rank(const struct gdbmfile_record *record, void *unused)
{
	(void)unused;
	return strncmp(record->value, "never", 5) == 0 ? GDBMFILE_NEVER :
	    atoll(record->value);
}

static inline int
nothing(const struct gdbmfile_record *record, void *arg)
{
	(void)record;
	(void)arg;
	return 0;
}

static inline void
open_file(int flags)
{
	if (file.fd > 0)
		(void)close(file.fd);
	if (gdbmfile_open(&file, open(path, flags)) != GDBMFILE_OK)
		errx(1, "%s: %s", path, file.why);
}

/* Make the file: empty, or again with its records. */
static inline void
make(bool from_old)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = NULL;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct gdbmfile_rebuild *r = gdbmfile_rebuild_new(from_old ? &file :
	    NULL, to, keep_all, rank, NULL, &status, &why);

	if (r == NULL || status != GDBMFILE_OK ||
	    gdbmfile_rebuild_copy(r, &why) != GDBMFILE_OK ||
	    gdbmfile_rebuild_finish(r, &why) != GDBMFILE_OK)
		errx(1, "%s: %s", next, why);
	gdbmfile_rebuild_free(r);
	(void)close(to);
	if (rename(next, path) == -1)
		err(1, "%s", path);
	open_file(O_RDWR);
}

static inline enum gdbmfile_status
put(const char *key, const char *value)
{
	struct gdbmfile_record evicted;
	enum gdbmfile_status status = gdbmfile_put(&file, key, value,
	    strlen(value), rank, NULL, &evicted);

	if (status != GDBMFILE_FULL || evicted.key_len > GDBMFILE_KEY_MAX)
		return status;
	make(true);
	return gdbmfile_put(&file, key, value, strlen(value), rank, NULL, &evicted);
}

/* Return the value that libgdbm finds for KEY, or "" if there is none. */
static inline const char *
fetched(GDBM_FILE db, const char *key)
{
	static char text[GDBMFILE_VALUE_MAX + 1];
	char name[64];
	datum found;

	(void)strlcpy(name, key, sizeof name);
	found = gdbm_fetch(db, (datum){ name, (int)strlen(name) });
	text[0] = '\0';
	if (found.dptr != NULL)
		(void)snprintf(text, sizeof text, "%.*s", found.dsize,
		    found.dptr);
	free(found.dptr);
	return text;
}

static inline GDBM_FILE
referee(void)
{
	GDBM_FILE db = gdbm_open(path, 0, GDBM_READER | GDBM_NOLOCK, 0, NULL);

	if (db == NULL)
		errx(1, "gdbm: %s", gdbm_strerror(gdbm_errno));
	return db;
}

/* libgdbm finds this value at KEY, or "" if it finds no record. */
static inline void
gdbm_has(const char *key, const char *value, const char *name)
{
	GDBM_FILE db = referee();

	is_str(fetched(db, key), value, name);
	gdbm_close(db);
}

static inline const char *
key_of(int i)
{
	static char key[64];

	(void)snprintf(key, sizeof key, i % 2 ? "10.%d.%d.%d" :
	    "2001:db8:%x:%x::%x", i >> 16, i >> 8 & 255, i & 255);
	return key;
}

/* Check that libgdbm finds each of COUNT keys, by a lookup and on a walk. */
static inline void
judge(int count, const char *name)
{
	GDBM_FILE db = referee();
	gdbm_count_t counted = 0;
	int found = 0, walked = 0;
	datum key = gdbm_firstkey(db);

	while (key.dptr != NULL) {
		datum after = gdbm_nextkey(db, key);

		free(key.dptr);
		key = after;
		walked++;
	}
	for (int i = 0; i < count; i++) {
		char wanted[32];

		(void)snprintf(wanted, sizeof wanted, "%d value", 1000 + i);
		found += strcmp(fetched(db, key_of(i)), wanted) == 0;
	}
	(void)gdbm_count(db, &counted);
	gdbm_close(db);
	(void)printf("# %s\n", name);
	is_int(found, count, "libgdbm finds each key");
	is_int(walked, count, "  and walks over all");
	is_int(counted, count, "  and counts all");
	is_int(file.entries, count, "  and so does the header");
}

static inline void
many(int count)
{
	char value[32], name[64];
	int wrong = 0;

	make(false);
	for (int i = 0; i < count; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		wrong += put(key_of(i), value) != GDBMFILE_OK;
	}
	is_int(wrong, 0, "keys are stored");
	(void)snprintf(name, sizeof name, "%d keys", count);
	judge(count, name);
	make(true);
	(void)snprintf(name, sizeof name, "%d keys in a new file", count);
	judge(count, name);
	/* A bucket may begin up to a block after the end of the records before
	 * it. */
	ok(file.arena - file.empty < BLOCK_BYTES + count * 64LL +
	    ((int64_t)2 * BLOCK_BYTES << file.bits),
	    "  each key is copied once");
}

/*
 * Make the COUNT-th of many addresses with the same hash.  gdbm adds up the bytes of
 * a key, shifted by 5 times their position, modulo 24.  So two digits of each of the
 * last groups are set to a constant sum.
 */
static inline void
same_hash(int count, char key[64])
{
	/* Digits at a distance of 24 have the same shift: raising one and lowering
	 * the other keeps the hash. */
	char digits[64] = "2001:db8:5555:5555:5555:5555:5555:5555";
	static const int place[] = { 9, 10, 11, 12, 14 };

	for (int i = 0, rest = count; i < 5; i++, rest /= 4) {
		digits[place[i]] = (char)('5' + rest % 4);
		digits[place[i] + 24] = (char)('5' - rest % 4);
	}
	(void)strlcpy(key, digits, 64);
}

/* Name the files, in the test's folder; end with authmap_free(). */
static inline struct authmap *
files_begin(void)
{
	struct authmap *am = scratch_authmap("");

	(void)snprintf(path, sizeof path, "%s/file", scratch);
	(void)snprintf(next, sizeof next, "%s/next", scratch);
	return am;
}

#endif
