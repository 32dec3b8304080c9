/* SPDX-License-Identifier: ISC */
/*
 * map: what a refresh, a grant, a lookup and a sweep cost, beside opening the file
 * with plain gdbm, storing one record and closing it.
 *
 * usage: map conf count brief
 *
 * "fill" has made the map, with BRIEF entries that expire before the sweep.  Each
 * operation is tried in turn, in rounds.  Prints the median of each in microseconds.
 */
#include <err.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../programs/handle.h"
#include "../programs/timing.h"
#include "base/handle.h"
#include "sweeper/sweep.h"
#include "base/record.h"

/* Short rounds: on a busy machine, most are not disturbed then. */
#define ROUNDS 101

static struct authmap *am;
static long count, known, ahead;

/* The clock is a second later in each round, so that the times of each record
 * change. */
static time_t
bench_clock(time_t *t)
{
	return time(t) + ahead;
}

static const char *
known_address(long n)
{
	static char address[64];

	n = n * 7919 % known;
	(void)snprintf(address, sizeof address, "10.%ld.%ld.%ld", n / 65536,
	    n / 256 % 256, n % 256);
	return address;
}

static void
record(const char *address, enum authmap_result wanted)
{
	const struct authmap_login login = { .address = address,
	    .user = "joe", .service = "imap" };

	if (authmap_record(am, &login) != wanted)
		errx(1, "%s: not recorded", address);
}

static void
refresh(long n)
{
	record(known_address(n), AUTHMAP_REFRESHED);
}

static void
grant(long n)
{
	char address[64];

	(void)snprintf(address, sizeof address, "198.18.%ld.%ld", n / 256,
	    n % 256);
	record(address, AUTHMAP_GRANTED);
}

static void
lookup(long n)
{
	const char *address = known_address(n);

	if (authmap_lookup(am, address, NULL) != 1)
		errx(1, "%s: not there", address);
}

/* Store with gdbm, which locks and maps the file, a value of the same length. */
static void
bare_store(long n)
{
	char value[RECORD_SIZE], key[64];
	GDBM_FILE db = gdbm_open(am->files.map, 0, GDBM_WRITER, 0, NULL);
	struct record r;
	datum k = { key, 0 }, v = { value, 0 };

	(void)strlcpy(key, known_address(n), sizeof key);
	k.dsize = (int)strlen(key);
	record_fill(&r, am->clock(NULL), 1800, "imap", "joe");
	v.dsize = (int)record_encode(&r, value);
	if (db == NULL || gdbm_store(db, k, v, GDBM_REPLACE) != 0 ||
	    gdbm_close(db) != 0)
		errx(1, "%s", gdbm_strerror(gdbm_errno));
}

static double
timed(void (*way)(long), long first, long times)
{
	double begin = now_us();

	for (long i = 0; i < times; i++)
		way(first + i);
	return (now_us() - begin) / (double)times;
}

static double
sweep(void)
{
	struct sweep memory = { .scanned_at = 0 };
	struct sweep_report report;
	double begin = now_us();

	ahead += 10;
	if (sweep_run(am, &memory, &report) == -1 || report.expired == 0)
		errx(1, "nothing was swept");
	return now_us() - begin;
}

int
main(int argc, char **argv)
{
	static const struct { void (*run)(long); long times; } way[] = {
		{ bare_store, 8 }, { refresh, 8 }, { lookup, 8 }, { grant, 4 },
	};
	double took[4][ROUNDS];

	if (argc != 4)
		errx(2, "usage: map conf count brief");
	am = handle(argv[1]);
	count = atol(argv[2]);
	known = count - atol(argv[3]);
	if (known < 1)
		errx(1, "%s", argv[1]);
	am->clock = bench_clock;
	for (int round = 0; round < ROUNDS; round++) {
		ahead++;
		for (int w = 0; w < 4; w++)
			took[w][round] = timed(way[w].run,
			    round * way[w].times, way[w].times);
	}
	(void)printf("%10ld %12.1f %10.1f %10.1f %12.1f", count,
	    median(took[0], ROUNDS), median(took[1], ROUNDS),
	    median(took[2], ROUNDS), median(took[3], ROUNDS));
	(void)printf(" %14.0f %9.2f %9.2f\n", sweep(),
	    took[1][ROUNDS / 2] / took[0][ROUNDS / 2],
	    took[3][ROUNDS / 2] / took[0][ROUNDS / 2]);
	authmap_free(am);
	return 0;
}
