/* SPDX-License-Identifier: ISC */
/* What comes before a pass of the sweeper. */
#ifndef SWEEPER_PREPARE_H
#define SWEEPER_PREPARE_H

#include "base/handle.h"

/*
 * Make sure that there is a map, restore what was saved into a new one, some
 * entries at a time, and remove what killed writers and authmap 0.1 have left.
 * Returns 0, or -1 when there is no map that can be swept, which was logged.
 */
int sweep_prepare(const struct authmap *am);

#endif
