/* SPDX-License-Identifier: ISC */
/*
 * echo: a bare server that sends back what it receives, on a UNIX socket: the limit
 * of a responder with one process.
 *
 * usage: echo socket
 */
#define _GNU_SOURCE		/* accept4(2) */
#include <err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS 100

int
main(int argc, char **argv)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct pollfd polls[1 + CLIENTS];
	nfds_t n = 1;
	char text[4096];

	if (argc != 2)
		errx(2, "usage: echo socket");
	(void)strlcpy(un.sun_path, argv[1], sizeof un.sun_path);
	polls[0].fd = socket(AF_UNIX, SOCK_STREAM, 0);
	polls[0].events = POLLIN;
	if (bind(polls[0].fd, (struct sockaddr *)&un, sizeof un) == -1 ||
	    listen(polls[0].fd, CLIENTS) == -1)
		err(1, "%s", argv[1]);
	while (poll(polls, n, -1) > 0) {
		for (nfds_t i = 1; i < n; i++) {
			ssize_t len;

			if (polls[i].revents == 0)
				continue;
			len = recv(polls[i].fd, text, sizeof text, 0);
			if (len > 0 && send(polls[i].fd, text, (size_t)len,
			    MSG_NOSIGNAL) == len)
				continue;
			(void)close(polls[i].fd);
			polls[i--] = polls[--n];
		}
		if (polls[0].revents != 0 && n <= CLIENTS) {
			polls[n].fd = accept4(polls[0].fd, NULL, NULL,
			    SOCK_NONBLOCK);
			polls[n].events = POLLIN;
			polls[n].revents = 0;
			n += polls[n].fd != -1;
		}
	}
	return 0;
}
