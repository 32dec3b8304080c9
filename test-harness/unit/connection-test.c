/* SPDX-License-Identifier: ISC */
/* A client of the responder: its requests, in pieces of any size, and the
 * replies. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "responder/connection.h"
#include "logins.h"
#include "tap.h"

#define ASK "17:relay 203.0.113.7,"
#define YES "5:OK OK,"
#define BAD "33:PERM not a netstring, or too long,"

static struct reader reader;
static struct connection c;
static int client;
static bool answered;

static void
begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == -1)
		err(1, "socketpair");
	memset(&c, 0, sizeof c);
	c.fd = pair[0];
	client = pair[1];
}

static void
end(void)
{
	(void)close(c.fd);
	(void)close(client);
}

/* Run one turn.  Return false if the connection is to be closed. */
static bool
serve(void)
{
	answered = false;
	if (!connection_take(&c))
		return false;
	reader_renew(&reader);
	return connection_answer(&c, &reader, &answered);
}

static void
say(const char *text, size_t len)
{
	if (send(client, text, len, 0) != (ssize_t)len)
		err(1, "send");
}

static const char *
heard(void)
{
	static char text[65536];
	ssize_t n = recv(client, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
pieces(void)
{
	begin();
	ok(serve() && !answered, "a silent client is waited for");
	for (const char *piece = ASK; *piece != '\0'; piece++) {
		say(piece, 1);
		ok(serve() && answered == (piece[1] == '\0'), "byte by byte");
	}
	is_str(heard(), YES, "is answered");
	say(ASK ASK "5:rel", 2 * strlen(ASK) + 5);
	ok(serve() && answered, "two at once");
	is_str(heard(), YES YES, "have two answers");
	say("ay,", 3);
	ok(serve() && answered, "and the rest of a third");
	ok(strncmp(heard(), "39:PERM ", 8) == 0, "its own");
	(void)shutdown(client, SHUT_WR);
	ok(!serve(), "a client that has sent all is closed");
	end();
}

static void
half_closed(void)
{
	begin();
	say(ASK, strlen(ASK));
	(void)shutdown(client, SHUT_WR);
	ok(serve() && !serve(), "so is one that half-closes at once");
	is_str(heard(), YES, "with its reply");
	end();
}

static void
bad(const char *text, const char *before)
{
	char wanted[128];

	begin();
	say(text, strlen(text));
	(void)shutdown(client, SHUT_WR);
	while (serve())
		;
	(void)snprintf(wanted, sizeof wanted, "%s" BAD, before);
	is_str(heard(), wanted, text);
	ok(!serve() && heard()[0] == '\0', "  once");
	end();
}

/* The replies to a client that never reads are bounded. */
static void
never_reads(void)
{
	int size = 4096, idle = 0;

	begin();
	(void)setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	while (idle < 5) {
		ssize_t n = send(client, ASK, strlen(ASK), 0);

		idle = n > 0 ? 0 : idle + 1;
		if (!serve())
			break;
	}
	ok(idle == 5, "a client that never reads is kept waiting");
	ok(c.out_len > 0 && c.out_len <= sizeof c.out &&
	    c.in_len <= sizeof c.in, "within bounds");
	while (heard()[0] != '\0')
		(void)serve();
	ok(c.out_len == 0, "and served when it reads");
	end();
}

/* Run turns while the socket is ready, like the server's loop. */
static void
turns(void)
{
	struct pollfd poll_fd = { .fd = c.fd };

	do {
		poll_fd.events = c.out_len > 0 ? POLLOUT : POLLIN;
	} while (poll(&poll_fd, 1, 20) == 1 && serve());
}

/* Send COUNT requests at once.  Return how many replies there are. */
static int
asks_ahead(int count)
{
	static char questions[6 * 1024];
	int answers = 0, size = 16384;
	const char *text;

	for (int i = 0; i < count; i++)
		memcpy(questions + 6 * i, "3:a b,", 6);
	begin();
	(void)setsockopt(c.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	say(questions, 6 * (size_t)count);
	turns();
	while (text = heard(), text[0] != '\0') {
		for (; (text = strstr(text, "PERM ")) != NULL; text++)
			answers++;
		turns();
	}
	end();
	return answers;
}

static void
ask_ahead(void)
{
	int wrong = 0;

	/* Wherever a request is cut when the buffer is full. */
	for (int count = 20; count < 1000; count += 20)
		if (asks_ahead(count) != count)
			wrong++;
	is_int(wrong, 0, "a client that asks ahead gets all replies when it reads");
}

static void
gone(void)
{
	begin();
	say(ASK, strlen(ASK));
	(void)close(client);
	ok(!serve(), "a client that has left is closed");
	(void)close(c.fd);
}

int
main(void)
{
	char question[SOCKETMAP_REQUEST_BYTES + 16];

	am = scratch_authmap("");
	reader.am = am;
	(void)record("203.0.113.7", "joe");
	pieces();
	half_closed();
	bad("x", "");
	bad("17:relay 203.0.113.7;", "");
	bad("17:relay 203", "");
	bad("017:relay 203.0.113.7,", "");
	bad("1025:", "");
	bad("99999999999999999999:", "");
	bad(ASK "x" ASK, YES);
	bad(ASK "\n", YES);
	never_reads();
	ask_ahead();
	gone();
	begin();
	memset(question, 'x', sizeof question);
	memcpy(question, "1024:relay ", 11);
	question[5 + SOCKETMAP_REQUEST_BYTES] = ',';
	say(question, 5 + SOCKETMAP_REQUEST_BYTES + 1);
	ok(serve() && answered, "the longest question");
	is_str(heard(), "9:NOTFOUND ,", "has its answer");
	end();
	reader_close(&reader);
	authmap_free(am);
	return tap_done();
}
