/* SPDX-License-Identifier: ISC */
/* The functions that serve a client.  The first byte of the input selects a map with
 * entries or an empty one, the second how the rest is cut into pieces.  All replies
 * are netstrings, and with an empty map none is "OK", but those of "counts". */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "responder/connection.h"
#include "fuzz.h"

static struct authmap *empty, *full;

static struct authmap *
make(const char *folder, const char *name)
{
	char settings[256];

	(void)snprintf(settings, sizeof settings, "map = %s/%s.gdbm\n"
	    "state_dir = %s\nuser_map = all\nwindow = 31d\n", folder, name,
	    folder);
	return fuzz_handle(settings);
}

/* The folder is not needed when the maps are open. */
static void
begin(struct reader *of_empty, struct reader *of_full)
{
	const struct authmap_login logins[] = {
		{ .address = "203.0.113.7", .user = "joe", .service = "imap" },
		{ .address = "2001:db8::7", .user = "amy smith",
		    .service = "pop3" },
	};
	char command[160], folder[] = "/tmp/authmap-fuzz.XXXXXX";

	must(mkdtemp(folder) != NULL);
	empty = make(folder, "empty");
	full = make(folder, "full");
	must(authmap_record(empty, &logins[0]) == AUTHMAP_GRANTED &&
	    authmap_remove(empty, "203.0.113.7", NULL) == 1);
	for (size_t i = 0; i < 2; i++)
		must(authmap_record(full, &logins[i]) == AUTHMAP_GRANTED);
	of_empty->am = empty;
	of_full->am = full;
	reader_renew(of_empty);
	reader_renew(of_full);
	must(of_empty->status == MAP_OK && of_full->status == MAP_OK);
	(void)snprintf(command, sizeof command, "rm -rf %s",
	    full->files.folder);
	must(system(command) == 0);
}

/* Return whether the LEN bytes at REPLY are what "counts" replies. */
static bool
has_counts(const char *reply, size_t len)
{
	char text[64];
	unsigned long long count[3];
	int end = 0;

	(void)snprintf(text, sizeof text, "%.*s", (int)len, reply);
	return sscanf(text, "OK %llu %llu %llu%n", &count[0], &count[1],
	    &count[2], &end) == 3 && (size_t)end == len;
}

static void
check_replies(const char *text, size_t len, bool may_say_ok)
{
	static const char *const words[] = { "OK ", "NOTFOUND ", "TEMP ",
	    "PERM " };
	const char *reply;
	size_t reply_len, taken, i;

	while (len > 0) {
		must(netstring_find(text, len, SOCKETMAP_REPLY_BYTES, &reply,
		    &reply_len, &taken) == NETSTRING_WHOLE);
		for (i = 0; i < 4; i++)
			if (reply_len >= strlen(words[i]) && memcmp(reply,
			    words[i], strlen(words[i])) == 0)
				break;
		must(i < 4 && (i != 0 || (may_say_ok && reply_len > 3) ||
		    has_counts(reply, reply_len)));
		text += taken;
		len -= taken;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reader of_empty, of_full;
	static char heard[1 << 20];
	struct connection c = { .names = true };
	size_t at = 2, have = 0, piece;
	bool answered, open = true;
	int pair[2];
	ssize_t n;

	if (empty == NULL)
		begin(&of_empty, &of_full);
	if (size < 2 || size > 16384)
		return 0;
	piece = (size_t)data[1] + 1;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	c.fd = pair[0];
	while (open) {
		size_t left = size - at, len = piece < left ? piece : left;

		if (len > 0 && send(pair[1], data + at, len, MSG_NOSIGNAL) ==
		    (ssize_t)len)
			at += len;
		if (at == size)
			(void)shutdown(pair[1], SHUT_WR);
		open = connection_take(&c) && connection_answer(&c,
		    data[0] % 2 == 0 ? &of_empty : &of_full, &answered);
		must(c.in_len <= sizeof c.in && c.out_len <= sizeof c.out);
		while ((n = recv(pair[1], heard + have, sizeof heard - have,
		    0)) > 0)
			have += (size_t)n;
	}
	check_replies(heard, have, data[0] % 2 != 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}
