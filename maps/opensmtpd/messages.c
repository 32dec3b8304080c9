/* SPDX-License-Identifier: ISC */
/* The messages of OpenSMTPD before 7.5 (imsg, version 2 of its table API). */
#include "opensmtpd/table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERSION 2
#define MESSAGE_MAX_BYTES 16384
#define NETADDR 0x008

enum { ANSWER, FAIL, OPEN, CLOSE, UPDATE, CHECK, LOOKUP, FETCH };

/* In the byte order of this machine. */
struct header {
	uint32_t type;
	uint16_t len;		/* with the header */
	uint16_t flags;
	uint32_t peer;
	uint32_t pid;
};

struct message {
	struct header header;
	char body[MESSAGE_MAX_BYTES];
	size_t len;		/* of the body */
};

/* The body of CHECK and LOOKUP is a service, a count of parameters, which is 0,
 * and the client. */
#define CLIENT_AT (sizeof(int) + sizeof(size_t))

/* Read a message.  Return false if OpenSMTPD has closed. */
static bool
message_read(struct message *message)
{
	const struct header *header = &message->header;
	size_t got = fread(&message->header, 1, sizeof *header, stdin);

	if (got == 0)
		return false;
	if (got != sizeof *header || header->len < sizeof *header ||
	    header->len > MESSAGE_MAX_BYTES)
		table_garbage("a message has a wrong length");
	message->len = header->len - sizeof *header;
	if (fread(message->body, 1, message->len, stdin) != message->len)
		table_garbage("a message is cut");
	return true;
}

/* Send a reply over the socket that is also standard input.  Return false if
 * OpenSMTPD has closed. */
static bool
reply(const void *body, size_t len)
{
	struct header header = { .type = ANSWER };
	char whole[sizeof header + sizeof(int) + AUTHMAP_ADDRESS_SIZE];

	header.len = (uint16_t)(sizeof header + len);
	memcpy(whole, &header, sizeof header);
	memcpy(whole + sizeof header, body, len);
	return write(STDIN_FILENO, whole, header.len) == header.len;
}

static bool
reply_result(int result, const char *value)
{
	char body[sizeof result + AUTHMAP_ADDRESS_SIZE];
	size_t len = sizeof result;

	memcpy(body, &result, sizeof result);
	if (value != NULL) {
		(void)strlcpy(body + len, value, AUTHMAP_ADDRESS_SIZE);
		len += strlen(value) + 1;
	}
	return reply(body, len);
}

static bool
message_is_question(const struct message *message)
{
	size_t parameters;

	if (message->len <= CLIENT_AT ||
	    message->body[message->len - 1] != '\0')
		return false;
	memcpy(&parameters, message->body + sizeof(int), sizeof parameters);
	return parameters == 0;
}

static bool
answer_client(struct table *table, const struct message *message)
{
	char key[AUTHMAP_ADDRESS_SIZE];
	int service, found;

	if (!message_is_question(message))
		table_garbage("a request has no client");
	memcpy(&service, message->body, sizeof service);
	if (service != NETADDR)
		return reply_result(-1, NULL);
	found = table_ask(table, message->body + CLIENT_AT, key);
	return reply_result(found,
	    found == 1 && message->header.type == LOOKUP ? key : NULL);
}

static bool
answer_open(const struct message *message)
{
	uint32_t version = 0;

	if (message->len >= sizeof version)
		memcpy(&version, message->body, sizeof version);
	if (version != VERSION)
		table_garbage("unknown version");
	return reply("", 0);
}

/* Answer MESSAGE.  Return false at the end of the connection. */
static bool
answer(struct table *table, const struct message *message)
{
	switch (message->header.type) {
	case OPEN:
		return answer_open(message);
	case CLOSE:
		return false;
	case UPDATE:
		return reply_result(table_update(table) ? 1 : 0, NULL);
	case CHECK:
	case LOOKUP:
		return answer_client(table, message);
	case FETCH:
		return reply_result(-1, NULL);
	default:
		table_garbage("unknown message");
	}
}

void
table_serve_messages(struct table *table)
{
	static struct message message;

	while (message_read(&message) && answer(table, &message))
		continue;
}
