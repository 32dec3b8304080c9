/* SPDX-License-Identifier: ISC */
/* Write gdbm's format; libgdbm must be able to read it. */
#include "gdbmfiles.h"

/* Change a value to one of the same length, of another length, and back. */
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
	is_str(fetched(db, "192.0.2.1"), "9 somebody else", "libgdbm finds it");
	is_str(fetched(db, "192.0.2.2"), "1 amy", "  and the other key");
	is_str(fetched(db, "192.0.2.3"), "", "  and no third one");
	is_int(gdbmfile_find(&file, "192.0.2.1", &record), GDBMFILE_OK,
	    "we find it");
	is_int(gdbmfile_zero(&file, &record, 1), GDBMFILE_OK, "it is zeroed");
	gdbm_close(db);
	gdbm_has("192.0.2.1", "0 somebody else", "  shorter by one digit");
	is_int(gdbmfile_find(&file, "192.0.2.9", &record), GDBMFILE_NOTFOUND,
	    "there is no other key");
}

/* A rebuild does not miss changes that are made while it copies. */
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
	(void)put(key_of(1), "another length, during a rebuild");
	(void)put(key_of(2), "1003 VALUE");
	for (int i = 2000; i < 2300; i++) {
		(void)snprintf(value, sizeof value, "%d value", 1000 + i);
		(void)put(key_of(i), value);
	}
	is_int(gdbmfile_rebuild_finish(r, &why), GDBMFILE_OK,
	    "the rebuild is finished");
	gdbmfile_rebuild_free(r);
	(void)close(to);
	(void)close(from.fd);
	(void)rename(next, path);
	open_file(O_RDWR);
	(void)put(key_of(1), "1001 value");
	(void)put(key_of(2), "1002 value");
	judge(2300, "it has the changes made meanwhile");
}

/* Copy LEN bytes from FROM to where AT, an odd place behind the file's end, says. */
static void
move_behind(off_t from, size_t len, int64_t *at)
{
	char *bytes = malloc(len);

	*at = (lseek(file.fd, 0, SEEK_END) + 7) / 8 * 8 + 4;
	if (bytes == NULL || pread(file.fd, bytes, len, from) != (ssize_t)len ||
	    pwrite(file.fd, bytes, len, *at) != (ssize_t)len)
		err(1, "%s", path);
	free(bytes);
}

/* libgdbm puts buckets and the directory anywhere. */
static void
unaligned(void)
{
	int64_t entry[1 << 9], odd, end;
	off_t bucket;
	size_t len;

	(void)gdbmfile_bucket_at(&file, 0, &bucket);
	move_behind(bucket, BLOCK_BYTES, &odd);
	if (file.bits > 9 || gdbmfile_directory_read(&file, 0,
	    (uint32_t)1 << file.bits, entry) != GDBMFILE_OK)
		errx(1, "%s: %s", path, file.why);
	len = sizeof *entry << file.bits;
	for (size_t i = 0; i < (size_t)1 << file.bits; i++)
		if (entry[i] == bucket)
			entry[i] = odd;
	(void)pwrite(file.fd, entry, len, file.directory);
	move_behind(file.directory, len, &odd);
	(void)pwrite(file.fd, &odd, sizeof odd,
	    offsetof(struct header, directory));
	end = lseek(file.fd, 0, SEEK_END);
	(void)pwrite(file.fd, &end, sizeof end,
	    offsetof(struct header, next_block));
	open_file(O_RDWR);
	(void)gdbmfile_bucket_at(&file, 0, &bucket);
	ok(file.directory % 8 != 0 && bucket % 8 != 0,
	    "a directory and a bucket at unaligned places");
}

/* Files of libgdbm are read, but not written in place. */
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
	ok(!file.ours, "  it may not be written in place any more");
	is_int(gdbmfile_put(&file, "192.0.2.1", "1", 1, rank, NULL, &evicted),
	    GDBMFILE_INVALID, "  and not written in place");
	make(true);
	ok(file.ours, "a new file may be");
	for (int i = 0; i < 1000; i++)
		found += gdbmfile_find(&file, key_of(i), &record) ==
		    GDBMFILE_OK;
	is_int(found, 1000, "  and has all records");
	is_int(gdbmfile_find(&file, "198.51.100.1", &record), GDBMFILE_OK,
	    "  and the new one");
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
	is_int(found, 3000, "a file of libgdbm is read");
	unaligned();
	make(true);
	judge(3000, "a new file from a file of libgdbm");
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
	ok(memcmp(&ours, &theirs, sizeof ours) == 0,
	    "the header is the same as gdbm's");
}

/* A new file has no gaps, even if most buckets have one record. */
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
