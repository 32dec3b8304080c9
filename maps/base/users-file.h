/* SPDX-License-Identifier: ISC */
/* Read the file of the setting `users_file`. */
#ifndef BASE_USERS_FILE_H
#define BASE_USERS_FILE_H

#include "base/config.h"

/*
 * Read CONFIG->users_file into CONFIG->users_of_file.  Log each error as
 * file:line: …, and return their number.  Never
 * block, even if the file is a FIFO.
 */
int users_file_read(struct config *config, const struct log *log);

#endif
