/* SPDX-License-Identifier: ISC */
/*
 * Open, make and move aside files in a folder that other users may write.  No
 * function follows a link, waits for a file, or overwrites one.
 *
 * A function that fails returns -1 or NULL with errno, as a system call does; only
 * file_move_aside() logs.
 */
#ifndef BASE_SAFEFILE_H
#define BASE_SAFEFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/handle.h"

/*
 * Open the regular file PATH with FLAGS.  With O_CREAT, make it with MODE,
 * regardless of the umask.  Return the descriptor, or -1 with errno: ELOOP for a
 * symbolic link, EINVAL for another file that is not regular, and for a hard link to
 * a file of another group than the folder's.  file_open_stat() also fills ST as
 * fstat(2) does.
 */
int file_open(const char *path, int flags, mode_t mode);
int file_open_stat(const char *path, int flags, mode_t mode, struct stat *st);

/* Return whether ERROR of file_open() means that the file is foreign: no program of
 * authmap made it. */
bool file_is_foreign(int error);

/*
 * Return true if file_is_foreign(ERROR).  Also return true if PATH may not be opened
 * and lacks a bit of MODE or has another group than FOLDER: authmap's files have
 * this mode and group.
 */
bool file_is_foreign_to(const char *path, const char *folder, mode_t mode,
    int error);

/* Open PATH as file_open() does, but move a foreign file, or one that may not
 * be opened, aside first.  This is for files that every member of the group may
 * write. */
int file_claim(const struct authmap *am, const char *path, int flags,
    mode_t mode);

/* Call fdopen(3), but close FD if it fails. */
FILE *file_stream(int fd, const char *mode);

/*
 * Remove PATH if it exists, but move a folder aside.  Return 0, or -1 with
 * errno if it still exists.
 */
int file_remove(const struct authmap *am, const char *path);

/* Make an empty file in place of any other file.  Return a descriptor, or -1 with
 * errno. */
int file_create(const struct authmap *am, const char *path, mode_t mode);

/* Return whether PATH now names the file that is open as FD. */
bool file_is(const char *path, int fd);

/*
 * Return whether A and B are of the same file, which was not changed between them.
 */
bool stat_same(const struct stat *a, const struct stat *b);

/* Return whether PATH exists, as a file of any type. */
bool file_exists(const char *path);

/* Write the LEN bytes DATA.  Return 0, or -1 with errno (ENOSPC if some were not
 * written). */
int write_all(int fd, const char *data, size_t len);

/*
 * Close OUT, the file PATH, after its data is on the disk, and rename it to TO.  A
 * folder TO is moved aside.  Return 0, or -1 with errno; then PATH is removed and TO
 * is unchanged.
 */
int file_finish(const struct authmap *am, FILE *out, const char *path,
    const char *to);

/* What a new file has behind its name and before 8 digits, until it is complete.
 * The administrator may keep a copy with a date at the end beside the map. */
#define TEMPORARY_MARK ".tmp-"

/*
 * Remove temporary files beside the map and the block list whose time is more than a
 * minute before or after now: a process that was making a file was killed.  Only the
 * first names of a folder are read, because other users may have filled it, so call
 * this at each sweep.  It needs no lock.
 */
void file_remove_stale(const struct authmap *am);

/* What a file that was moved aside has behind its name and before its time. */
#define ASIDE_MARK ".broken-"

/* Of the files that were moved aside from PATH, keep the last three. */
void file_keep_last_aside(const char *path);

/*
 * Rename PATH to PATH.broken-TIME, keep the last three of these, and log one
 * line with WHY.  Return 0, or -1 if PATH still exists, which is also logged.
 */
int file_move_aside(const struct authmap *am, const char *path,
    const char *why);

#endif
