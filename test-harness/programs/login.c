/* SPDX-License-Identifier: ISC */
/*
 * login: times logins over IMAP, from LOGIN to its OK.
 *
 * usage: login count prefix first port [port]
 *
 * The client's address is told by a PROXY header: PREFIX.0.0 and so on, from
 * number FIRST on.  With two ports, the two servers are asked in turn, so that
 * a noisy machine is as noisy to one as to the other.  Prints the median of
 * each in microseconds, and of two their ratio.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timing.h"

/* Reads until TEXT has been seen. */
static void
expect(int fd, const char *text)
{
	char got[4096];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof got - 1 &&
	    (n = read(fd, got + len, sizeof got - 1 - len)) > 0) {
		len += (size_t)n;
		got[len] = '\0';
		if (strstr(got, text) != NULL)
			return;
	}
	got[len] = '\0';
	errx(1, "expected \"%s\", got \"%s\"", text, got);
}

static void
say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "write");
}

static double
login_once(int port, const char *prefix, int number)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char proxy[128];
	double begin, took;

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof to) == -1)
		err(1, "port %d", port);
	(void)snprintf(proxy, sizeof proxy, "PROXY TCP4 %s.%d.%d 192.0.2.25 "
	    "40000 143\r\n", prefix, number / 256 % 256, number % 256);
	say(fd, proxy);
	expect(fd, "* OK");
	begin = now_us();
	say(fd, "a LOGIN joe pw\r\n");
	expect(fd, "a OK");
	took = now_us() - begin;
	say(fd, "b LOGOUT\r\n");
	expect(fd, "b OK");
	(void)close(fd);
	return took;
}

int
main(int argc, char **argv)
{
	int count = argc > 4 ? atoi(argv[1]) : 0, servers = argc - 4;
	double *took[2], middle[2] = { 0, 0 };

	if (count < 1 || servers > 2)
		errx(2, "usage: login count prefix first port [port]");
	for (int s = 0; s < servers; s++)
		took[s] = calloc((size_t)count, sizeof(double));
	for (int i = 0; i < count; i++)
		for (int s = 0; s < servers; s++) {
			took[s][i] = login_once(atoi(argv[4 + s]), argv[2],
			    atoi(argv[3]) + i);
			/* What a server does after a session is not to
			 * delay the other. */
			if (servers == 2)
				(void)usleep(2000);
		}
	for (int s = 0; s < servers; s++) {
		middle[s] = median(took[s], (size_t)count);
		(void)printf("%.1f%s", middle[s], servers == 2 ? " " : "\n");
		free(took[s]);
	}
	if (servers == 2)
		(void)printf("%.3f\n", middle[0] / middle[1]);
	return 0;
}
