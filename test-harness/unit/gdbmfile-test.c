/* SPDX-License-Identifier: ISC */
/* gdbm's format, written by us: libgdbm is the referee. */
#include "gdbmfiles.h"

/* A value of the same length, of another, and its old record ended. */
static void
values(void)
{
	struct gdbmfile_record record;
	GDBM_FILE db;

	make(false);
	(void)put("192.0.2.1", "1234 joe");
	is_int(put("192.0.2.1", "5678 joe"), GDBMFILE_OK, "the same length");
	is_int(put("192.0.2.2", "1 amy"), GDBMFILE_OK, "another key");
	is_int(put("192.0.2.1", "9 somebody else"), GDBMFILE_OK,
	    "another length");
	db = referee();
	is_str(fetched(db, "192.0.2.1"), "9 somebody else", "libgdbm sees it");
	is_str(fetched(db, "192.0.2.2"), "1 amy", "  and the other");
	is_str(fetched(db, "192.0.2.3"), "", "  and no third");
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_OK,
	    "we find it");
	is_int(gdbmfile_zero(&file, &record, 1), GDBMFILE_OK, "it is zeroed");
	gdbm_close(db);
	db = referee();
	is_str(fetched(db, "192.0.2.1"), "0 somebody else", "  by one digit");
	gdbm_close(db);
	is_int(gdbmfile_find(&file, "192.0.2.9", &record), GDBMFILE_NOTFOUND,
	    "there is no other");
}

/* A rebuild does not miss what is changed while it copies. */
static void
meanwhile(void)
{
	enum gdbmfile_status status;
	const char *why;
	struct gdbmfile from;
	struct gdbmfile_rebuild *r;
	char value[32];
	int to;

	many(2000);
	(void)gdbmfile_rebuild_mark(&file, 77);
	(void)gdbmfile_open(&from, open(path, O_RDONLY));
	to = open(next, O_RDWR | O_CREAT | O_TRUNC, 0600);
	r = gdbmfile_rebuild_new(&from, to, keep_all, rank, NULL, &status, &why);
	is_int(gdbmfile_rebuild_copy(r, &why), GDBMFILE_OK, "it is copied");
	(void)put(key_of(1), "another length, while it is");
	(void)put(key_of(2), "1003 VALUE");
	for (int i = 2000; i < 2300; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)put(key_of(i), value);
	}
	is_int(gdbmfile_rebuild_finish(r, &why), GDBMFILE_OK, "it is finished");
	gdbmfile_rebuild_free(r);
	(void)close(to);
	(void)close(from.fd);
	(void)rename(next, path);
	open_file(O_RDWR);
	(void)put(key_of(1), "1001 value");
	(void)put(key_of(2), "1002 value");
	judge(2300, "with what was changed meanwhile");
}

/* What libgdbm makes, we read; what it changes, we do not write in place. */
static void
foreign(void)
{
	struct gdbmfile_record record, evicted;
	GDBM_FILE db;
	int found = 0;

	many(1000);
	db = gdbm_open(path, 0, GDBM_WRITER | GDBM_NOLOCK, 0, NULL);
	{
		char key[] = "198.51.100.1", value[] = "5000 foreign";

		is_int(gdbm_store(db, (datum){ key, (int)strlen(key) },
		    (datum){ value, (int)strlen(value) }, GDBM_REPLACE), 0,
		    "libgdbm stores into it");
	}
	gdbm_close(db);
	open_file(O_RDWR);
	ok(!file.ours, "  it is no longer ours");
	is_int(gdbmfile_put(&file, "192.0.2.1", "1", 1, rank, NULL, &evicted),
	    GDBMFILE_INVALID, "  and not written in place");
	make(true);
	ok(file.ours, "it is, made anew");
	for (int i = 0; i < 1000; i++)
		found += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(found, 1000, "  with all that was in it");
	is_int(gdbmfile_find(&file, "198.51.100.1", &record), GDBMFILE_OK,
	    "  and what was stored");
	(void)unlink(path);
	db = gdbm_open(path, 0, GDBM_NEWDB, 0600, NULL);
	for (int i = 0; i < 3000; i++) {
		char key[64], value[32];

		(void)strlcpy(key, key_of(i), sizeof key);
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)gdbm_store(db, (datum){ key, (int)strlen(key) },
		    (datum){ value, (int)strlen(value) }, GDBM_REPLACE);
	}
	gdbm_close(db);
	open_file(O_RDWR);
	found = 0;
	for (int i = 0; i < 3000; i++)
		found += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(found, 3000, "what libgdbm made, we read");
	make(true);
	judge(3000, "made anew of what libgdbm made");
}

/* The header is the same as libgdbm's own. */
static void
header(void)
{
	struct header ours, theirs;
	GDBM_FILE db;
	int fd;

	make(false);
	(void)pread(file.fd, &ours, sizeof ours, 0);
	db = gdbm_open(next, 4096, GDBM_NEWDB, 0600, NULL);
	gdbm_close(db);
	fd = open(next, O_RDONLY);
	(void)pread(fd, &theirs, sizeof theirs, 0);
	(void)close(fd);
	(void)unlink(next);
	theirs.next_block = ours.next_block;
	theirs.directory = ours.directory;
	ok(memcmp(&ours, &theirs, sizeof ours) == 0, "our header is gdbm's");
}

/* Even where most buckets have one record, a new file is no longer than they. */
static void
compact(void)
{
	many(300);
	make(true);
	ok(file.arena - (file.empty + BLOCK_BYTES) <= 300 * (BLOCK_BYTES + 64),
	    "a new file has no gaps");
	judge(300, "without gaps");
}

int
main(void)
{
	struct authmap *am = files_begin();

	header();
	values();
	many(10);
	many(20000);
	meanwhile();
	foreign();
	compact();
	authmap_free(am);
	return tap_done();
}
