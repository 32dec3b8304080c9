/* SPDX-License-Identifier: ISC */
/*
 * torture: run writers, removals and a sweeper; kill each with SIGKILL at random,
 * and start it again, all the time.
 *
 * usage: torture conf seconds [late]
 *
 * 10.1.0.0 to 10.1.0.199 are refreshed and must always be in the map: see reader.
 * Each grant and removal that returned success before its process was killed is
 * noted, and looked up at the end.  Exits 0 if none was lost.
 *
 * With LATE, a writer makes the mistake that the order of its writes avoids: it
 * writes a record only after the pointer to it.  Entries must then be missing.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "handle.h"
#include "sweeper/sweep.h"

#define STABLE 200
#define SHARED 20
#define MOST 60000

/* The results of the workers, in memory that is kept when they are killed. */
struct done {
	unsigned int next[2];
	unsigned char granted[2][MOST];
	unsigned int next_removed;
	unsigned char removed[MOST];
	unsigned int next_brief;
	unsigned long refreshes, sweeps, kills, failures;
};

static struct done *done;
static struct authmap *am;
static unsigned int seconds;

/* With --wrap, the linker has the library call late_pwrite() for pwrite(2). */
#ifdef __USE_FILE_OFFSET64
#define PWRITE "pwrite64"
#else
#define PWRITE "pwrite"
#endif
ssize_t real_pwrite(int fd, const void *from, size_t len, off_t at)
    __asm__("__real_" PWRITE);
ssize_t late_pwrite(int fd, const void *from, size_t len, off_t at)
    __asm__("__wrap_" PWRITE);

#define POINTER_BYTES 8
#define LATE_US 2000

static bool late;
static struct {
	char text[256];
	size_t len;
	off_t at;
} held;

/*
 * If LATE, hold a record back until after the next write of a pointer's length or
 * less.  When an entry is extended, that is the pointer to the record.
 */
ssize_t
late_pwrite(int fd, const void *from, size_t len, off_t at)
{
	ssize_t n;

	if (late && len > POINTER_BYTES && len <= sizeof held.text &&
	    memcmp(from, "10.", 3) == 0) {
		memcpy(held.text, from, len);
		held.len = len;
		held.at = at;
		return (ssize_t)len;
	}
	n = real_pwrite(fd, from, len, at);
	if (held.len != 0 && len <= POINTER_BYTES) {
		(void)usleep(LATE_US);
		if (real_pwrite(fd, held.text, held.len, held.at) == -1)
			warn("pwrite");
		held.len = 0;
	}
	return n;
}

static void
count_result(enum authmap_result result)
{
	if (result == AUTHMAP_FAILED)
		__atomic_add_fetch(&done->failures, 1, __ATOMIC_SEQ_CST);
}

static enum authmap_result
record(const char *prefix, unsigned int n, unsigned int window)
{
	char address[64];
	const struct authmap_login login = { .address = address,
	    .user = "joe", .service = "imap", .window = window };
	enum authmap_result result;

	(void)snprintf(address, sizeof address, "%s.%u.%u", prefix, n / 256,
	    n % 256);
	result = authmap_record(am, &login);
	count_result(result);
	return result;
}

static bool
acknowledged(enum authmap_result result)
{
	return result == AUTHMAP_GRANTED || result == AUTHMAP_REFRESHED;
}

/* Sleep for LEAST_US, or longer, so that MOST addresses last to the end. */
static void
pause_for(unsigned int least_us)
{
	unsigned int us = seconds * (1000000U / MOST + 1);

	(void)usleep(us > least_us ? us : least_us);
}

static void
granter(unsigned int which)
{
	while (done->next[which] < MOST) {
		unsigned int n = done->next[which]++;

		if (acknowledged(record(which == 0 ? "10.2" : "10.3", n, 0)))
			done->granted[which][n] = 1;
		pause_for(1000);
	}
}

static void
refresher(unsigned int unused)
{
	(void)unused;
	for (;;) {
		(void)record("10.1", (unsigned int)rand() % STABLE, 0);
		done->refreshes++;
		(void)usleep(50);
	}
}

static void
remover(unsigned int unused)
{
	char address[64];

	(void)unused;
	while (done->next_removed < MOST) {
		unsigned int n = done->next_removed++;

		(void)snprintf(address, sizeof address, "10.4.%u.%u", n / 256,
		    n % 256);
		if (acknowledged(record("10.4", n, 0)) &&
		    authmap_remove(am, address, NULL) == 1)
			done->removed[n] = 1;
		pause_for(3000);
	}
}

/*
 * Refresh addresses: granted ones, which must stay granted, and removed ones, which
 * must stay removed.
 */
static void
session(unsigned int unused)
{
	char address[64];
	const struct authmap_login login = { .address = address,
	    .user = "joe", .service = "imap" };

	(void)unused;
	for (;;) {
		unsigned int n = (unsigned int)rand() % MOST;
		const char *prefix = n % 2 == 0 ? "10.4" : "10.2";
		unsigned int most = n % 2 == 0 ? done->next_removed :
		    done->next[0];

		n = most > 0 ? n % most : 0;
		(void)snprintf(address, sizeof address, "%s.%u.%u", prefix,
		    n / 256, n % 256);
		if (prefix[3] == '4' ? done->removed[n] : done->granted[0][n])
			count_result(authmap_refresh(am, &login));
		(void)usleep(200);
	}
}

/* Record many users behind a few addresses, so that values change their length. */
static void
shared(unsigned int unused)
{
	static const char *const user[] = { "joe", "amy", "bob" };

	(void)unused;
	for (;;) {
		char address[64];
		const struct authmap_login login = { .address = address,
		    .user = user[rand() % 3], .service = "imap" };

		(void)snprintf(address, sizeof address, "10.6.0.%d",
		    rand() % SHARED);
		count_result(authmap_record(am, &login));
		(void)usleep(300);
	}
}

/* Record entries that expire soon, for the sweeper to remove. */
static void
brief(unsigned int unused)
{
	(void)unused;
	for (;;) {
		(void)record("10.5", done->next_brief++ % MOST, 1);
		(void)usleep(2000);
	}
}

static void
sweeper(unsigned int unused)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;

	(void)unused;
	for (;;) {
		if (sweep_run(am, &sweep, &report) == 0)
			done->sweeps++;
		(void)usleep(10000);
	}
}

static struct worker {
	void (*run)(unsigned int);
	unsigned int which;
	pid_t pid;
} workers[] = { { granter, 0, 0 }, { granter, 1, 0 }, { refresher, 0, 0 },
	{ refresher, 0, 0 }, { remover, 0, 0 }, { session, 0, 0 },
	{ shared, 0, 0 }, { shared, 0, 0 }, { brief, 0, 0 },
	{ sweeper, 0, 0 }, { sweeper, 0, 0 } };

#define WORKERS (sizeof workers / sizeof *workers)

static void
start(struct worker *worker)
{
	worker->pid = fork();
	if (worker->pid == -1)
		err(1, "fork");
	if (worker->pid != 0)
		return;
	srand((unsigned int)getpid());
	worker->run(worker->which);
	_exit(0);
}

static void
finish(struct worker *worker)
{
	(void)kill(worker->pid, SIGKILL);
	(void)waitpid(worker->pid, NULL, 0);
}

static unsigned int
lost(const char *prefix, const unsigned char *flags, unsigned int count,
    int wanted)
{
	unsigned int bad = 0;
	char address[64];

	for (unsigned int n = 0; n < count && n < MOST; n++) {
		if (!flags[n])
			continue;
		(void)snprintf(address, sizeof address, "%s.%u.%u", prefix,
		    n / 256, n % 256);
		if (authmap_lookup(am, address, NULL) == wanted)
			continue;
		if (bad++ == 0)
			warnx("%s: wanted %d", address, wanted);
	}
	return bad;
}

static unsigned int
sum(const unsigned char *flags)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MOST; i++)
		n += flags[i];
	return n;
}

int
main(int argc, char **argv)
{
	unsigned int lost_grants, lost_removals;
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	time_t end;

	late = argc == 4 && strcmp(argv[3], "late") == 0;
	if (argc != 3 && !late)
		errx(2, "usage: torture conf seconds [late]");
	am = handle(argv[1]);
	done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED)
		err(1, "mmap");
	seconds = (unsigned int)atoi(argv[2]);
	end = time(NULL) + seconds;
	for (size_t i = 0; i < WORKERS; i++)
		start(&workers[i]);
	while (time(NULL) < end) {
		struct worker *worker = &workers[(size_t)rand() % WORKERS];

		(void)usleep((useconds_t)rand() % 20000);
		finish(worker);
		done->kills++;
		start(worker);
	}
	for (size_t i = 0; i < WORKERS; i++)
		finish(&workers[i]);
	(void)sweep_run(am, &sweep, &report);

	lost_grants = lost("10.2", done->granted[0], done->next[0], 1) +
	    lost("10.3", done->granted[1], done->next[1], 1);
	lost_removals = lost("10.4", done->removed, done->next_removed, 0);
	(void)printf("%lu kills, %u grants (%u lost), %u removals (%u lost), "
	    "%lu refreshes, %lu sweeps, %lu failures\n",
	    done->kills, sum(done->granted[0]) + sum(done->granted[1]),
	    lost_grants, sum(done->removed), lost_removals, done->refreshes,
	    done->sweeps, done->failures);
	authmap_free(am);
	return lost_grants + lost_removals + done->failures == 0 &&
	    done->sweeps > 0 && sum(done->removed) > 0 ? 0 : 1;
}
