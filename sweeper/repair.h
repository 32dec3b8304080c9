/* SPDX-License-Identifier: ISC */
/* A map in which a pass has found damage. */
#ifndef SWEEPER_REPAIR_H
#define SWEEPER_REPAIR_H

#include "base/handle.h"
#include "store/map.h"

/*
 * Make the map again from its records, with the lock held.  If it is damaged, or if
 * this takes too long, move the map aside, and make an empty one, into which
 * sweep_prepare() restores the saved state.  Return MAP_OK if there is a new map.
 */
enum map_status sweep_repair(const struct authmap *am);

#endif
