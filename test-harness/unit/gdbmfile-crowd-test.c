/* SPDX-License-Identifier: ISC */
/* Addresses that an attacker chose so that their hashes collide. */
#include <fcntl.h>

#include "../programs/colliding.h"
#include "base/clock.h"
#include "store/gdbmfile-layout.h"
#include "scratch.h"
#include "tap.h"

#define ROOMY 20000		/* entries of a large map */

static char path[128], next[128];
static struct gdbmfile file;
static uint64_t seed = 1;

/* A rebuild keeps the records whose value begins with this. */
static const char *kept_values = "";

static bool
keep(struct gdbmfile_record *record, void *arg)
{
	(void)arg;
	return strncmp(record->value, kept_values, strlen(kept_values)) == 0;
}

/* Rank records like a map: by the digits of the value. */
static int64_t
rank(const struct gdbmfile_record *record, void *arg)
{
	(void)arg;
	return strncmp(record->value, "never", 5) == 0 ? GDBMFILE_NEVER :
	    strncmp(record->value, "first", 5) == 0 ? GDBMFILE_FIRST :
	    atoll(record->value);
}

static unsigned int
make(bool from_old)
{
	enum gdbmfile_status status = GDBMFILE_OK;
	const char *why = NULL;
	unsigned int evicted;
	int to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct gdbmfile_rebuild *r = gdbmfile_rebuild_new(from_old ? &file :
	    NULL, to, keep, rank, NULL, &status, &why);

	if (r == NULL || status != GDBMFILE_OK ||
	    gdbmfile_rebuild_copy(r, &why) != GDBMFILE_OK ||
	    gdbmfile_rebuild_finish(r, &why) != GDBMFILE_OK)
		errx(1, "%s: %s", next, why);
	evicted = gdbmfile_rebuild_evicted(r);
	gdbmfile_rebuild_free(r);
	if (rename(next, path) == -1)
		err(1, "%s", path);
	if (file.fd > 0)
		(void)close(file.fd);
	if (gdbmfile_open(&file, to) != GDBMFILE_OK)
		errx(1, "%s: %s", path, file.why);
	return evicted;
}

static struct gdbmfile_record evicted;
static unsigned int remade;

static enum gdbmfile_status
put(const char *key, const char *value)
{
	enum gdbmfile_status status = gdbmfile_put(&file, key, value,
	    strlen(value), rank, NULL, &evicted);

	if (status != GDBMFILE_FULL || evicted.key_len > GDBMFILE_KEY_MAX)
		return status;
	remade++;
	(void)make(true);
	return gdbmfile_put(&file, key, value, strlen(value), rank, NULL,
	    &evicted);
}

/* The N-th address of other users. */
static const char *
other(int n)
{
	static char key[64];

	(void)snprintf(key, sizeof key, "10.%d.%d.%d", n >> 16, n >> 8 & 255,
	    n & 255);
	return key;
}

static int
found_others(int count)
{
	struct gdbmfile_record record;
	int found = 0;

	for (int i = 0; i < count; i++)
		found += gdbmfile_find(&file, other(i), &record) ==
		    GDBMFILE_OK;
	return found;
}

static int
put_others(int count)
{
	int good = 0;

	for (int i = 0; i < count; i++)
		good += put(other(i), "1000 other") == GDBMFILE_OK;
	return good;
}

/* Make addresses in the bucket of COLLIDING_HASH in the narrowest directory, which
 * are not in its crowd. */
static char beside[166][COLLIDING_SIZE];

static void
choose_beside(void)
{
	unsigned int apart = HASH_BITS - gdbmfile_bits_max(0);

	for (int i = 0; i < 166; i++)
		do
			colliding_next(COLLIDING_HASH, DIRECTORY_BITS_MIN, &seed,
			    beside[i]);
		while (gdbmfile_hash(beside[i], strlen(beside[i])) >> apart ==
		    COLLIDING_HASH >> apart);
}

static int
found_beside(int count)
{
	struct gdbmfile_record record;
	int found = 0;

	for (int i = 0; i < count; i++)
		found += gdbmfile_find(&file, beside[i], &record) ==
		    GDBMFILE_OK;
	return found;
}

/* Store COUNT records whose hashes begin with the same BITS bits. */
static int
put_crowd(uint32_t hash, unsigned int bits, int count, const char *value)
{
	char key[COLLIDING_SIZE];
	int good = 0;

	for (int i = 0; i < count; i++) {
		colliding_next(hash, bits, &seed, key);
		good += put(key, value) == GDBMFILE_OK &&
		    gdbmfile_hash(key, strlen(key)) >> (31 - bits) ==
		    hash >> (31 - bits);
	}
	return good;
}

/* Other users' records in the bucket stay, although they expire first. */
static void
neighbours(unsigned int bits, int count)
{
	off_t size;
	int good = 0;

	make(false);
	size = file.size;
	for (int i = 0; i < 70; i++)
		good += put(beside[i], "1000 other") == GDBMFILE_OK;
	is_int(good, 70, "70 addresses share a bucket");
	remade = 0;
	is_int(put_crowd(COLLIDING_HASH, bits, count, "5000 crowd"), count,
	    "all records of a crowd are stored");
	is_int(found_beside(70), 70, "  and the other users' stay");
	is_int(file.bits, DIRECTORY_BITS_MIN, "  the directory is no wider");
	/* Each evicted record uses up a bucket of the arena. */
	ok(remade <= (unsigned int)count / 4000,
	    "  the file is not made again for each");
	ok(file.size < size + size / 16, "  and the file not longer");
	is_int(gdbmfile_wants_room(&file), false, "  and need not be");
	is_int(make(true), 0, "a new file has lost no record");
	is_int(found_beside(70), 70, "  of the other users");
	is_int(file.bits, DIRECTORY_BITS_MIN, "  and its directory is as narrow");
}

/* A wider directory is made if it helps. */
static void
wider(void)
{
	int good = 0;

	make(false);
	remade = 0;
	for (int i = 0; i < 166; i++)
		good += put(beside[i], "1000 other") == GDBMFILE_OK;
	is_int(good, 166, "166 addresses fill a bucket");
	ok(gdbmfile_wants_room(&file), "  which has no room");
	is_int(put_crowd(COLLIDING_HASH, 31, 1, "1 one more"), 1,
	    "  another record is stored");
	is_int(remade, 1, "  by making a new file");
	ok(file.bits > DIRECTORY_BITS_MIN, "  with a wider directory");
	is_int(found_beside(166), 166, "  which has all records");
}

/* A crowd costs little in a large map, too. */
static void
large(void)
{
	unsigned int bits;
	off_t arena;

	make(false);
	is_int(put_others(ROOMY), ROOMY, "a larger map");
	make(true);
	bits = file.bits;
	arena = file.arena;
	is_int(put_crowd(COLLIDING_HASH, 31, 400, "500 crowd"), 400,
	    "400 addresses with one hash");
	make(true);
	ok(file.bits <= bits + 1, "  the directory is at most a bit wider");
	ok(file.arena < 2 * arena, "  the file not twice as long");
	is_int(found_others(ROOMY), ROOMY, "  no other user has lost an entry");
}

/* Records that must stay are neither evicted nor lost when buckets are merged. */
static void
never(void)
{
	uint32_t other_hash;
	int one, other, found = 0;
	struct gdbmfile_record record;
	struct gdbmfile_cursor cursor = { .entry = 0 };

	make(false);
	(void)put_others(ROOMY);
	make(true);
	other_hash = COLLIDING_HASH ^ (uint32_t)1 << (HASH_BITS - file.bits);
	one = put_crowd(COLLIDING_HASH, 20, 140, "never");
	other = put_crowd(other_hash, 20, 140, "never");
	while (gdbmfile_next(&file, &cursor, &record) == GDBMFILE_OK)
		found += strcmp(record.value, "never") == 0;
	kept_values = "never";
	is_int(make(true), 0,
	    "two crowds that must stay are not merged into a bucket");
	kept_values = "";
	ok(file.entries == found && found == one + other,
	    "  all of them are found");
	is_int(put_crowd(COLLIDING_HASH, 20, 166, "never"), 166 - one,
	    "a bucket of such records has no room for another");
	ok(evicted.key_len > GDBMFILE_KEY_MAX, "  and a rebuild makes none");
}

/* A crowd whose records may not be evicted takes no other user's record. */
static void
others(void)
{
	make(false);
	for (int i = 0; i < 20; i++)
		(void)put(beside[i], "1000 other");
	is_int(put_crowd(COLLIDING_HASH, 31, 160, "never"), 146,
	    "a crowd that must stay has the rest of a bucket");
	ok(evicted.key_len > GDBMFILE_KEY_MAX, "  no further record is stored");
	is_int(found_beside(20), 20, "  and the other users' stay");
	is_int(put(beside[20], "2000 other"), GDBMFILE_OK,
	    "a record of another user is stored");
	is_str(evicted.value, "1000 other", "  in place of the first one of them");
}

/* A bucket of zeros looks full, and is damaged.  A new file repairs it. */
static void
zeros(void)
{
	static const struct bucket zero;
	off_t at;

	make(false);
	(void)put(beside[0], "1000 other");
	(void)gdbmfile_bucket_at(&file, entry_of(&file, COLLIDING_HASH), &at);
	(void)pwrite(file.fd, &zero, sizeof zero, at);
	remade = 0;
	is_int(put(beside[1], "1000 other"), GDBMFILE_OK,
	    "a key is stored whose bucket is all zeros");
	is_int(remade, 1, "  by making a new file");
	is_int(file.entries, 1, "  without the damaged bucket");
}

/* A record that may be evicted is, even if it is the only one. */
static void
first(void)
{
	make(false);
	is_int(put_crowd(COLLIDING_HASH, 31, 165, "never"), 165,
	    "a crowd of records that stay");
	is_int(put_crowd(COLLIDING_HASH, 31, 1, "first"), 1,
	    "  and one that may be evicted");
	is_int(put_crowd(COLLIDING_HASH, 31, 1, "1000"), 1,
	    "another record is stored");
	is_str(evicted.value, "first", "  and that one is evicted");
	is_int(put_crowd(COLLIDING_HASH, 31, 1, "2000"), 1,
	    "one more record is stored");
	is_str(evicted.value, "1000", "  and replaces the last one");
}

int
main(void)
{
	struct authmap *am = scratch_authmap("");

	(void)snprintf(path, sizeof path, "%s/file", scratch);
	(void)snprintf(next, sizeof next, "%s/next", scratch);
	choose_beside();
	neighbours(31, 400);
	neighbours(20, 5000);
	wider();
	large();
	never();
	zeros();
	first();
	others();
	authmap_free(am);
	return tap_done();
}
