/* SPDX-License-Identifier: ISC */
/*
 * Ask libgdbm about a map.  authmap-judge, a separate process with bounded memory
 * and time, looks up some of the map's keys with it.
 */
#ifndef SWEEPER_JUDGE_H
#define SWEEPER_JUDGE_H

#include "store/map.h"

enum judgement {
	JUDGE_YES,	/* libgdbm finds each of the keys */
	JUDGE_NO,	/* it does not, was killed, or took too long */
	JUDGE_NONE	/* authmap-judge was not built, or cannot be run */
};

#define JUDGE_WHY 160

/*
 * Let libgdbm look up at most 64 keys of MAP, which is open for reading.  This takes
 * up to half a minute, so the caller must hold no lock.  If the result is not
 * JUDGE_YES, WHY is the reason, in plain ASCII, or empty if authmap-judge was not
 * built.
 */
enum judgement judge(struct map *map, char why[JUDGE_WHY]);

#endif
