/* SPDX-License-Identifier: ISC */
/*
 * burst: record logins of many processes at once, each from a new address.
 *
 * usage: burst conf processes [first]
 *
 * The addresses are numbered from FIRST (0).  If FIRST is -1, each process only
 * opens, takes and drops the writers' lock.  Prints how many times the map was
 * replaced, and the time that all logins took.  Exits 0 if every login was granted.
 */
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handle.h"
#include "base/safefile.h"
#include "handle.h"
#include "store/lock.h"

static int
lock_only(struct authmap *am, volatile int *go)
{
	int lock;

	while (!*go)
		(void)sched_yield();
	lock = lock_wait(am, deadline_in(am->config.lock_timeout));
	if (lock == -1)
		return 1;
	lock_drop(lock);
	return 0;
}

static int
login(struct authmap *am, int number, volatile int *go)
{
	char address[64];
	const struct authmap_login l = { .address = address,
	    .user = "joe", .service = "imap" };

	(void)snprintf(address, sizeof address, "198.18.%d.%d", number / 256,
	    number % 256);
	while (!*go)
		(void)sched_yield();
	return authmap_record(am, &l) == AUTHMAP_GRANTED ? 0 : 1;
}

static void
wait_for(int processes)
{
	int failed = 0, status;

	for (int i = 0; i < processes; i++)
		if (wait(&status) == -1 || status != 0)
			failed++;
	if (failed > 0)
		errx(1, "%d of %d logins were not granted", failed, processes);
}

/* Return how many times a file was renamed over the map, from the kernel's
 * events. */
static int
published(int watch, const struct authmap *am)
{
	char events[65536] __attribute__((aligned(8)));
	const char *base = strrchr(am->files.map, '/') + 1;
	ssize_t len = read(watch, events, sizeof events);
	int count = 0;

	for (ssize_t at = 0; at < len;) {
		struct inotify_event event;

		memcpy(&event, events + at, sizeof event);
		if (event.len > 0 &&
		    strcmp(events + at + sizeof event, base) == 0)
			count++;
		at += (ssize_t)(sizeof event + event.len);
	}
	return count;
}

int
main(int argc, char **argv)
{
	volatile int *go = mmap(NULL, sizeof *go, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct authmap *am;
	int processes, first, watch = inotify_init1(IN_NONBLOCK);
	deadline begin;

	if (argc != 3 && argc != 4)
		errx(2, "usage: burst conf processes [first]");
	processes = atoi(argv[2]);
	first = argc == 4 ? atoi(argv[3]) : 0;
	am = handle(argv[1]);
	if (go == MAP_FAILED)
		err(1, "mmap");
	if (inotify_add_watch(watch, am->files.folder, IN_MOVED_TO) == -1)
		err(1, "%s", am->files.folder);
	for (int i = 0; i < processes; i++)
		if (fork() == 0)
			_exit(first == -1 ? lock_only(am, go) :
			    login(am, first + i, go));
	(void)sleep(1);
	begin = deadline_in(0);
	*go = 1;
	wait_for(processes);
	begin = deadline_in(0) - begin;
	(void)printf("%d new files for %d logins in %lld ms\n",
	    published(watch, am), processes, begin);
	authmap_free(am);
	return 0;
}
