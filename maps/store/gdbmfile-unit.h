/* SPDX-License-Identifier: ISC */
/* The state of a rebuild, and the copying of one unit. */
#ifndef STORE_GDBMFILE_UNIT_H
#define STORE_GDBMFILE_UNIT_H

#include "store/gdbmfile-layout.h"

#define OUT_BYTES (256 * 1024)

struct gdbmfile_rebuild {
	struct gdbmfile *from;		/* NULL: nothing */
	struct gdbmfile to;
	gdbmfile_keep *keep;
	gdbmfile_rank *rank;
	void *arg;
	unsigned int unit_bits;		/* bits of the narrower directory */
	unsigned int crowd_bits;	/* of a hash: see struct kept */
	int64_t *seen;			/* directory of FROM when copied */
	int64_t *directory;		/* the directory of TO */
	struct kept *kept;		/* of one unit */
	size_t kept_count, kept_room;
	unsigned int evicted;
	bool sealed;			/* TO is complete */
	struct records records;		/* read from FROM */
	off_t out_at;			/* where OUT is written */
	size_t out_len;
	char out[OUT_BYTES];
};

/* Write what gdbmfile_out_append() has gathered. */
enum gdbmfile_status gdbmfile_out_flush(struct gdbmfile_rebuild *r);

/*
 * Append LEN bytes, no more than a block, at the next multiple of 8, and store in
 * *AT where they are in the new file.  GDBMFILE_FULL: the file has no room for them.
 */
enum gdbmfile_status gdbmfile_out_append(struct gdbmfile_rebuild *r,
    const void *data, size_t len, off_t *at);

/*
 * Copy the records of UNIT from the buckets of R->from into those of R->to.  A unit
 * is a run of directory entries that stand for the same hashes in both files.
 */
enum gdbmfile_status gdbmfile_copy_unit(struct gdbmfile_rebuild *r,
    uint32_t unit);

#endif
