/*
 * burst: many processes log in at once, each from a new address.
 *
 * usage: burst conf processes
 *
 * Prints how many copies of the map were published, and how long it took.
 * Exits 0 when every login was granted.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "context.h"
#include "files.h"

static int
login(struct authmap *am, int number, volatile int *go)
{
	char address[64];
	const struct authmap_login l = { address, "joe", "imap", 0 };

	(void)snprintf(address, sizeof address, "198.18.%d.%d", number / 256,
	    number % 256);
	while (!*go)
		(void)sched_yield();
	return authmap_record(am, &l) == AUTHMAP_GRANTED ? 0 : 1;
}

/* Each published map is another inode. */
static int
watch(const struct authmap *am, int processes)
{
	int published = 0, left = processes, failed = 0, status;
	struct stat now;
	ino_t last = 0;

	if (stat(am->files.map, &now) == 0)
		last = now.st_ino;
	while (left > 0) {
		if (stat(am->files.map, &now) == 0 && now.st_ino != last) {
			last = now.st_ino;
			published++;
		}
		if (waitpid(-1, &status, WNOHANG) > 0) {
			left--;
			failed += status != 0;
		} else
			(void)usleep(50);
	}
	if (failed > 0)
		errx(1, "%d of %d logins were not granted", failed, processes);
	return published;
}

int
main(int argc, char **argv)
{
	volatile int *go = mmap(NULL, sizeof *go, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct authmap *am;
	int processes, errors, published;
	deadline begin;

	if (argc != 3)
		errx(2, "usage: burst conf processes");
	processes = atoi(argv[2]);
	am = authmap_new(argv[1], NULL, NULL, &errors);
	if (am == NULL || errors != 0 || go == MAP_FAILED)
		errx(1, "%s", argv[1]);
	for (int i = 0; i < processes; i++)
		if (fork() == 0)
			_exit(login(am, i, go));
	(void)sleep(1);
	begin = deadline_in(0);
	*go = 1;
	published = watch(am, processes);
	(void)printf("%d copies for %d logins in %lld ms\n", published,
	    processes, deadline_in(0) - begin);
	authmap_free(am);
	return 0;
}
