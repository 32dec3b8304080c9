/* SPDX-License-Identifier: ISC */
/*
 * Opening, making and setting aside files in a folder where others may write
 * too: nothing is followed, nothing hangs, nothing is overwritten.
 */
#ifndef BASE_SAFEFILE_H
#define BASE_SAFEFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/handle.h"

/*
 * Opens the regular file PATH with FLAGS, and O_CREAT if they have it with
 * MODE whatever the umask.  Returns the descriptor or -1 with errno; ELOOP
 * for a symbolic link, EINVAL for anything else that is no regular file, or a
 * hard link to one of another group than the folder's.
 * file_open_stat() also tells what fstat(2) says of it.
 */
int file_open(const char *path, int flags, mode_t mode);

/* Does ERROR, of file_open(), say that this is none of our files? */
bool file_is_foreign(int error);

/*
 * The same, or that it is closed to us since it has not the MODE and the group
 * of those that we make in FOLDER.
 */
bool file_is_foreign_to(const char *path, const char *folder, mode_t mode,
    int error);

/* As file_open(), but what is none of our files, or may not be opened, is set
 * aside first; for those that whoever may write in the folder may write. */
int file_claim(const struct authmap *am, const char *path, int flags,
    mode_t mode);

/* fdopen(3), but FD is closed when it fails. */
FILE *file_stream(int fd, const char *mode);

int file_open_stat(const char *path, int flags, mode_t mode, struct stat *st);

/*
 * Removes PATH, if it is there; a folder is set aside.  Returns 0, or -1 with
 * errno when it is still there.
 */
int file_remove(const struct authmap *am, const char *path);

/* Makes an empty file in place of whatever was there; -1 with errno. */
int file_create(const struct authmap *am, const char *path, mode_t mode);

/* Is what PATH names now the file that FD has open? */
bool file_is(const char *path, int fd);

/*
 * Return whether A and B are of the same file, which nobody has changed between
 * the two.
 */
bool stat_same(const struct stat *a, const struct stat *b);

/* Does PATH name anything? */
bool file_exists(const char *path);

/* Writes all of it.  Returns 0, or -1 with errno (ENOSPC when cut short). */
int write_all(int fd, const char *data, size_t len);

/*
 * Closes OUT, the file PATH, when all that was written is on the disk, and
 * gives it the name TO, where a folder is set aside.  Returns 0, or -1 with
 * errno: PATH is gone, and TO as it was.
 */
int file_finish(const struct authmap *am, FILE *out, const char *path,
    const char *to);

/*
 * Remove what killed makers of any file beside the map left behind a minute ago or
 * earlier; file_remove_stale_of() does so for the one file PATH.
 */
void file_remove_stale(const struct authmap *am);
void file_remove_stale_of(const struct authmap *am, const char *path);

/*
 * Renames PATH to PATH.broken-TIME, keeps the last three of these, and logs
 * one line with WHY.  Returns 0, or -1 when it is still there (logged too).
 */
int file_move_aside(const struct authmap *am, const char *path,
    const char *why);

#endif
