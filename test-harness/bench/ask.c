/* SPDX-License-Identifier: ISC */
/*
 * ask: how many lookups a second several servers answer, over some connections,
 * each of which asks as soon as it has its answer.  The servers are asked in
 * turn, in rounds; prints the median of each, in lookups a second.
 *
 * usage: ask connections entries server ...
 *
 * A server is socketmap:PATH, or proxymap:PATH=TABLE, Postfix's proxymap(8).
 * The entries are those that "fill" has made.
 */
#define _GNU_SOURCE		/* memmem(3) */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../programs/timing.h"

#define ROUNDS 9
#define ROUND_US 4e5
#define CONNECTIONS_MAX 64

struct server {
	const char *path;
	const char *table;	/* of proxymap, or NULL */
	double rate[ROUNDS];
};

static long entries;

/* As Postfix's attr_print0(3) writes it: names and values, each with a NUL,
 * and an empty name. */
static size_t
proxymap_put(char *out, const char *table, const char *key)
{
	const char *const words[] = { "request", "lookup", "table", table,
	    "flags", "16448", "key", key, "" };
	size_t len = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		len += strlcpy(out + len, words[i], 256) + 1;
	return len;
}

static void
ask(const struct server *server, int fd)
{
	static long n;
	char key[64], text[1024];
	size_t len;

	n = (n + 7919) % entries;
	(void)snprintf(key, sizeof key, "10.%ld.%ld.%ld", n / 65536,
	    n / 256 % 256, n % 256);
	if (server->table != NULL)
		len = proxymap_put(text, server->table, key);
	else
		len = (size_t)snprintf(text, sizeof text, "%zu:popauth %s,",
		    strlen("popauth ") + strlen(key), key);
	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		err(1, "%s: send", server->path);
}

/* An answer this short comes in one segment. */
static void
read_reply(const struct server *server, int fd)
{
	char text[1024];
	ssize_t len = recv(fd, text, sizeof text, 0);

	if (len <= 0)
		err(1, "%s: recv", server->path);
	if (text[len - 1] != (server->table != NULL ? '\0' : ','))
		errx(1, "%s: half an answer", server->path);
	if (memmem(text, (size_t)len, "popauth", 7) == NULL &&
	    memmem(text, (size_t)len, "OK", 2) == NULL)
		errx(1, "%s: not found: %.*s", server->path, (int)len, text);
}

static int
reach(const struct server *server)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char hello[256];

	(void)strlcpy(un.sun_path, server->path, sizeof un.sun_path);
	if (fd == -1 || connect(fd, (struct sockaddr *)&un, sizeof un) == -1)
		err(1, "%s", server->path);
	/* Postfix's servers first send which protocol they use. */
	if (server->table != NULL && recv(fd, hello, sizeof hello, 0) <= 0)
		err(1, "%s: hello", server->path);
	return fd;
}

static double
round_of(const struct server *server, nfds_t connections)
{
	struct pollfd polls[CONNECTIONS_MAX];
	double begin, end;
	long count = 0;

	for (nfds_t i = 0; i < connections; i++) {
		polls[i].fd = reach(server);
		polls[i].events = POLLIN;
	}
	begin = now_us();
	for (nfds_t i = 0; i < connections; i++)
		ask(server, polls[i].fd);
	while ((end = now_us()) - begin < ROUND_US) {
		if (poll(polls, connections, -1) == -1)
			err(1, "poll");
		for (nfds_t i = 0; i < connections; i++)
			if (polls[i].revents != 0) {
				read_reply(server, polls[i].fd);
				ask(server, polls[i].fd);
				count++;
			}
	}
	for (nfds_t i = 0; i < connections; i++)
		(void)close(polls[i].fd);
	return (double)count / (end - begin) * 1e6;
}

int
main(int argc, char **argv)
{
	struct server server[8];
	int count = argc - 3;
	nfds_t connections;

	if (count < 1 || count > 8)
		errx(2, "usage: ask connections entries server ...");
	connections = (nfds_t)atol(argv[1]);
	entries = atol(argv[2]);
	for (int i = 0; i < count; i++) {
		char *path = strchr(argv[3 + i], ':') + 1, *is;

		is = strchr(path, '=');
		server[i].table = is == NULL ? NULL : is + 1;
		if (is != NULL)
			*is = '\0';
		server[i].path = path;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < count; i++)
			server[i].rate[round] =
			    round_of(&server[i], connections);
	for (int i = 0; i < count; i++)
		(void)printf("%s%.0f", i > 0 ? " " : "",
		    median(server[i].rate, ROUNDS));
	(void)printf("\n");
	return 0;
}
