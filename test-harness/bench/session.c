/* SPDX-License-Identifier: ISC */
/*
 * session: what whole IMAP sessions cost, back to back: connect, LOGIN, LOGOUT.
 *
 * usage: session rounds count parallel prefix first port:pid ...
 *
 * In each round, each server in turn serves COUNT sessions, PARALLEL at a time, so
 * that a noisy machine is as noisy to one as to the others.  Each has each place in
 * the order equally often.  The client's address is told by a PROXY header:
 * PREFIX.0.0 and so on, from number FIRST on, the same numbers for each server.
 *
 * Prints for each server the medians of the rounds: sessions a second, and LOGIN to
 * OK in microseconds; and the mean of the microseconds of processor time of PID and
 * all its children for a session.  From the second server on, each is followed by
 * its ratio to the first server's: the median of the rounds, or of the means.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "../programs/imap.h"

#define SERVERS_MAX 4
#define PARALLEL_MAX 64
#define ROUNDS_MAX 199
#define REST_MS 40		/* for what a server does after its last session */

enum { RATE, LOGIN, CPU, FIGURES };

struct server {
	int port;
	long pid;
	double of[FIGURES][ROUNDS_MAX];
};

/* The sessions of one round with one server. */
struct slice {
	const struct server *server;
	const char *prefix;
	int first, count;
	atomic_int next;
	double *took;		/* for each session */
};

static void *
client(void *arg)
{
	struct slice *slice = arg;
	int i;

	while ((i = atomic_fetch_add(&slice->next, 1)) < slice->count)
		slice->took[i] = imap_session(slice->server->port,
		    slice->prefix, slice->first + i);
	return NULL;
}

/* Return the ticks of PID and its ended children, and store its parent in
 * *PARENT. */
static long
ticks_of(long pid, long *parent)
{
	char path[64], text[1024], *at;
	long ticks[4];
	FILE *in;

	*parent = 0;
	(void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	in = fopen(path, "r");
	if (in == NULL)
		return 0;
	at = fgets(text, sizeof text, in);
	(void)fclose(in);
	at = at == NULL ? NULL : strrchr(text, ')');
	if (at == NULL || sscanf(at, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u "
	    "%*u %ld %ld %ld %ld", parent, &ticks[0], &ticks[1], &ticks[2],
	    &ticks[3]) != 5)
		return 0;
	return ticks[0] + ticks[1] + ticks[2] + ticks[3];
}

/* Return the processor time of Dovecot in microseconds.  Its processes are all
 * children of its master. */
static double
processor_time(long master)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	long parent, sum = ticks_of(master, &parent);

	if (proc == NULL)
		err(1, "/proc");
	while ((entry = readdir(proc)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);
		long ticks = pid > 0 ? ticks_of(pid, &parent) : 0;

		if (pid > 0 && parent == master)
			sum += ticks;
	}
	(void)closedir(proc);
	return (double)sum * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static void
run_slice(struct slice *slice, int parallel, struct server *server, int round)
{
	const struct timespec rest = { 0, REST_MS * 1000000L };
	double count = slice->count, cpu = processor_time(server->pid), begin;
	pthread_t thread[PARALLEL_MAX];

	slice->server = server;
	atomic_store(&slice->next, 0);
	begin = now_us();
	for (int i = 0; i < parallel; i++)
		if (pthread_create(&thread[i], NULL, client, slice) != 0)
			errx(1, "no thread");
	for (int i = 0; i < parallel; i++)
		(void)pthread_join(thread[i], NULL);
	server->of[RATE][round] = count * 1e6 / (now_us() - begin);
	(void)nanosleep(&rest, NULL);
	server->of[CPU][round] = (processor_time(server->pid) - cpu) / count;
	server->of[LOGIN][round] = median(slice->took, (size_t)slice->count);
}

static double
mean(const double *values, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += values[i];
	return sum / count;
}

/* Processor time is counted in ticks, which are too long for the medians of it. */
static void
print_figure(const struct server *server, const struct server *first,
    int figure, int rounds)
{
	double ratio[ROUNDS_MAX], value[ROUNDS_MAX];
	const double *of = server->of[figure], *to = first->of[figure];

	for (int r = 0; r < rounds; r++) {
		value[r] = of[r];
		ratio[r] = of[r] / to[r];
	}
	(void)printf(" %8.0f", figure == CPU ? mean(of, rounds) :
	    median(value, (size_t)rounds));
	if (server != first)
		(void)printf(" %5.2f", figure == CPU ?
		    mean(of, rounds) / mean(to, rounds) :
		    median(ratio, (size_t)rounds));
}

int
main(int argc, char **argv)
{
	static struct server server[SERVERS_MAX];
	int rounds = argc > 6 ? atoi(argv[1]) : 0, servers = argc - 6;
	struct slice slice = { .count = argc > 6 ? atoi(argv[2]) : 0 };
	int parallel = argc > 6 ? atoi(argv[3]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX || slice.count < 1 ||
	    parallel < 1 || parallel > PARALLEL_MAX || servers > SERVERS_MAX)
		errx(2, "usage: session rounds count parallel prefix first "
		    "port:pid ...");
	slice.prefix = argv[4];
	slice.first = atoi(argv[5]);
	slice.took = calloc((size_t)slice.count, sizeof *slice.took);
	for (int s = 0; s < servers; s++)
		if (sscanf(argv[6 + s], "%d:%ld", &server[s].port,
		    &server[s].pid) != 2)
			errx(2, "%s: not port:pid", argv[6 + s]);
	for (int r = 0; r < rounds; r++, slice.first += slice.count)
		for (int s = 0; s < servers; s++)
			run_slice(&slice, parallel, &server[(r / 2 + (r % 2 == 0 ?
			    s : servers - s)) % servers], r);
	for (int f = 0; f < FIGURES; f++)
		for (int s = 0; s < servers; s++)
			print_figure(&server[s], &server[0], f, rounds);
	(void)putchar('\n');
	free(slice.took);
	return 0;
}
