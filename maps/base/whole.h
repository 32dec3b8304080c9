/* SPDX-License-Identifier: ISC */
/* Reads a small file whole, or not at all. */
#ifndef BASE_WHOLE_H
#define BASE_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

#define WHOLE_WHY_BYTES 160

/*
 * Return what is in the regular file PATH, *LEN bytes and a NUL, to be freed
 * by the caller.  Otherwise returns NULL; WHY then says what is wrong and what
 * to do, or is "" if there is no such file.  Files larger than 1 MiB, and files
 * that change meanwhile, are refused; a FIFO is refused without waiting.
 */
char *whole_read(const char *path, size_t *len, char why[WHOLE_WHY_BYTES]);

/*
 * Say whether PATH, which is not there, may be in the middle of being saved:
 * some editors move a file away before they write it again, which changes its
 * folder.
 */
bool whole_may_be_saved_now(const char *path);

#endif
