/* SPDX-License-Identifier: ISC */
/* The files that authmap 0.1 left beside the map. */
#ifndef SWEEPER_LEFTOVERS_H
#define SWEEPER_LEFTOVERS_H

#include "base/handle.h"

/* Remove the files of 0.1 whose content is not needed. */
void leftovers_drop(const struct authmap *am);

/*
 * Store the logins that were waiting for the lock, and remove their files.  A file
 * whose logins cannot be stored is logged, and stays for the next sweep.
 */
void leftovers_store(const struct authmap *am);

/*
 * Return whether there is a relay.restore, with which 0.1 noted that its map had not
 * been restored.  leftovers_restored() removes it when the map has been restored.
 */
bool leftovers_need_restore(const struct authmap *am);
void leftovers_restored(const struct authmap *am);

#endif
