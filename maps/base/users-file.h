/* SPDX-License-Identifier: ISC */
/* The file that the setting `users_file` names. */
#ifndef BASE_USERS_FILE_H
#define BASE_USERS_FILE_H

#include "base/config.h"

/*
 * Read CONFIG->users_file into CONFIG->users_of_file.  Each error is logged, as
 * file:line: …  Returns how many there were; never waits, whatever the file is.
 */
int users_file_read(struct config *config, const struct log *log);

#endif
