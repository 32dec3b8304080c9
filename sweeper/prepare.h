/* SPDX-License-Identifier: ISC */
/* The preparation of a pass. */
#ifndef SWEEPER_PREPARE_H
#define SWEEPER_PREPARE_H

#include "base/handle.h"

/*
 * Make sure that there is a map, restore the saved state into a new one, some
 * entries at a time, and remove what killed writers and authmap 0.1 have left.
 * Return 0, or -1 if there is no map that can be swept, which was logged.
 */
int sweep_prepare(const struct authmap *am);

#endif
