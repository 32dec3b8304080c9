/* SPDX-License-Identifier: ISC */
/*
 * What libgdbm says about a map: authmap-judge, a process of its own with bounded
 * memory and time, looks up some of the map's keys with it.
 */
#ifndef SWEEPER_JUDGE_H
#define SWEEPER_JUDGE_H

#include "store/map.h"

enum judgement {
	JUDGE_YES,	/* libgdbm finds each key that it was asked for */
	JUDGE_NO,	/* it does not, was killed, or took too long */
	JUDGE_NONE	/* authmap-judge was not built, or cannot be run */
};

#define JUDGE_WHY 160

/*
 * Let libgdbm look up up to 64 keys of MAP, which is open for reading; for half a
 * minute at the most.  Hold no lock meanwhile.  WHY tells why it is not JUDGE_YES,
 * in plain ASCII; it is empty if authmap-judge was not built.
 */
enum judgement judge(struct map *map, char why[JUDGE_WHY]);

#endif
