/* SPDX-License-Identifier: ISC */
/* Read a small file completely, or report why that is not possible. */
#ifndef BASE_READ_FILE_H
#define BASE_READ_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define READ_FILE_WHY_BYTES 160

/*
 * Return the content of the regular file PATH, *LEN bytes and a NUL, which the
 * caller frees.  Otherwise return NULL, with the error and the remedy in WHY,
 * or "" if the file does not exist.  A file of more than 1 MiB, one that
 * changes meanwhile, and a FIFO are errors.  This does not wait.
 */
char *read_whole_file(const char *path, size_t *len, char why[READ_FILE_WHY_BYTES]);

/*
 * Return whether PATH, which does not exist, may be being saved: some editors rename
 * a file before they write it again, which changes its folder.
 */
bool file_may_be_mid_save(const char *path);

#endif
