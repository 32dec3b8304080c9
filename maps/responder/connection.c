/* SPDX-License-Identifier: ISC */
#include "responder/connection.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

static bool
transient(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool
connection_take(struct connection *c)
{
	ssize_t n;

	/* The client must read its replies before it may ask more. */
	if (c->closing || c->out_len > 0 || c->in_len == sizeof c->in)
		return true;
	n = recv(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0);
	if (n == -1)
		return transient(errno);
	if (n == 0)
		c->closing = true;
	c->in_len += (size_t)n;
	return true;
}

/* Send what the client takes.  Return false if it has closed the connection. */
static bool
give(struct connection *c)
{
	ssize_t n;

	if (c->out_len == 0)
		return true;
	n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
	if (n == -1)
		return transient(errno);
	c->out_len -= (size_t)n;
	memmove(c->out, c->out + n, c->out_len);
	return true;
}

/* Reply to bytes that are no netstring.  All bytes after them are ignored. */
static void
refuse(struct connection *c)
{
	static const char why[] = "PERM not a netstring, or too long";

	c->out_len += netstring_put(c->out + c->out_len, why, strlen(why));
	c->in_len = 0;
	c->closing = true;
}

static bool
has_room(const struct connection *c)
{
	return c->out_len + SOCKETMAP_REPLY_BYTES + NETSTRING_FRAME_BYTES <=
	    sizeof c->out;
}

/* Answer all whole requests for which there is room for a reply.  Return whether
 * there was one. */
static bool
answer_all(struct connection *c, struct reader *reader)
{
	const char *question;
	size_t len, taken, at = 0, before = c->out_len;
	enum netstring found = NETSTRING_PART;
	char text[SOCKETMAP_REPLY_BYTES];

	while (has_room(c) && at < c->in_len) {
		found = netstring_find(c->in + at, c->in_len - at,
		    SOCKETMAP_REQUEST_BYTES, &question, &len, &taken);
		if (found != NETSTRING_WHOLE)
			break;
		len = answer(reader, question, len, c->names, text);
		c->out_len += netstring_put(c->out + c->out_len, text, len);
		at += taken;
	}
	c->in_len -= at;
	memmove(c->in, c->in + at, c->in_len);
	if (found == NETSTRING_BAD ||
	    (found == NETSTRING_PART && c->closing && c->in_len > 0 && has_room(c)))
		refuse(c);
	return c->out_len > before;
}

bool
connection_answer(struct connection *c, struct reader *reader, bool *answered)
{
	bool owed = c->out_len > 0, had_room, more;

	do {
		had_room = has_room(c);
		more = answer_all(c, reader);
		owed = owed || more;
		if (!give(c))
			return false;
		/* poll(2) does not report requests that were read already. */
	} while (c->out_len == 0 && (more || !had_room));
	*answered = owed && c->out_len == 0;
	return !c->closing || c->out_len > 0 || c->in_len > 0;
}
