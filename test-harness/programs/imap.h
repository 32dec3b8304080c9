/* SPDX-License-Identifier: ISC */
/* The client of an IMAP session; a PROXY header gives its address. */
#ifndef IMAP_H
#define IMAP_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "timing.h"

/* Read until TEXT was read. */
static inline void
imap_expect(int fd, const char *text)
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

static inline void
imap_say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "write");
}

/*
 * Connect to PORT, log in as joe from the address PREFIX.N.M of NUMBER, and log out.
 * Return the time from LOGIN to its OK, in microseconds.
 */
static inline double
imap_session(int port, const char *prefix, int number)
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
	imap_say(fd, proxy);
	imap_expect(fd, "* OK");
	begin = now_us();
	imap_say(fd, "a LOGIN joe pw\r\n");
	imap_expect(fd, "a OK");
	took = now_us() - begin;
	imap_say(fd, "b LOGOUT\r\n");
	imap_expect(fd, "b OK");
	(void)close(fd);
	return took;
}

#endif
