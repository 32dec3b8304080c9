/* SPDX-License-Identifier: ISC */
/*
 * Two threads use one map, each with its own handle: they share only the files.
 * "make tsan" runs this with the sanitizer that finds other shared memory.
 */
#include <pthread.h>
#include <sched.h>

#include "lib/lookup.h"
#include "store/map.h"
#include "scratch.h"
#include "tap.h"

#define ROUNDS 200
#define TURNS 20000

static pthread_barrier_t both;

struct side {
	struct authmap *am;
	int number;
	unsigned int wrong;
	unsigned int lines;
};

static void
count_line(void *arg, int priority, const char *line)
{
	struct side *side = arg;

	(void)priority;
	if (line[0] != '\0')
		side->lines++;
}

static int
count_entry(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	++*(unsigned int *)arg;
	return 0;
}

/* Granted by this thread, or for it by the other one. */
static bool
stored(enum authmap_result result)
{
	return result == AUTHMAP_GRANTED || result == AUTHMAP_REFRESHED;
}

static void
round_of(struct side *side, int round)
{
	char address[32];
	const struct authmap_login login = { .address = address,
	    .user = "joe", .service = "imap" };
	unsigned int entries = 0;

	(void)snprintf(address, sizeof address, "10.%d.0.%d", side->number,
	    round % 20);
	side->wrong += !stored(authmap_record(side->am, &login));
	side->wrong += authmap_lookup(side->am, address, NULL) != 1;
	side->wrong += !stored(authmap_refresh(side->am, &login));
	side->wrong += authmap_walk(side->am, count_entry, &entries) != 0;
	side->wrong += entries == 0;
	if (round % 10 == 0)
		side->wrong += authmap_remove(side->am, address, NULL) != 1;
	side->wrong += authmap_lookup(side->am, "no address", NULL) != -1;
}

/* The failures of this thread only. */
static void
errors_of(struct side *side)
{
	const char *why = side->number == 0 ? "no such file" : "no memory";

	for (int turn = 0; turn < TURNS; turn++) {
		(void)map_fail(MAP_ERROR, why);
		(void)sched_yield();
		side->wrong += strcmp(map_error(), why) != 0;
	}
}

static void *
run(void *arg)
{
	struct side *side = arg;

	(void)pthread_barrier_wait(&both);
	errors_of(side);
	for (int round = 0; round < ROUNDS; round++)
		round_of(side, round);
	return NULL;
}

int
main(void)
{
	struct side side[2];
	pthread_t thread[2];

	for (int i = 0; i < 2; i++) {
		side[i] = (struct side){ .number = i };
		side[i].am = scratch_authmap("lock_timeout = 10s\n");
		authmap_set_log(side[i].am, count_line, &side[i]);
	}
	if (pthread_barrier_init(&both, NULL, 2) != 0)
		errx(1, "no barrier");
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, run, &side[i]) != 0)
			errx(1, "no thread");
	for (int i = 0; i < 2; i++) {
		(void)pthread_join(thread[i], NULL);
		is_int(side[i].wrong, 0,
		    "each thread gets the results that it would get alone");
		ok(side[i].lines >= ROUNDS, "  and its own log lines");
		authmap_free(side[i].am);
	}
	return tap_done();
}
