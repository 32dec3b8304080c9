/* SPDX-License-Identifier: ISC */
/*
 * An engine's replies, read by hiredis and authmap-cluster: changes in the stream
 * or, if the first byte of the input is odd, the engine's entries while reconciling.
 * No input grants for longer than a window, or for an excluded address or a text
 * that is no address.
 */
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cluster/reconcile.h"
#include "cluster/stream.h"
#include "fuzz.h"

#define NOW 1700000000

static const char tail[] = "*2\r\n$3\r\n1-0\r\n$1\r\n5\r\n";

static struct cluster cl;
static struct cluster_host host = { .name = "127.0.0.1" };
static int listener;

static time_t
fixed(time_t *t)
{
	(void)t;
	return NOW;
}

static void
begin(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof in;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(listener != -1 &&
	    bind(listener, (struct sockaddr *)&in, sizeof in) == 0 &&
	    listen(listener, 1) == 0 &&
	    getsockname(listener, (struct sockaddr *)&in, &len) == 0);
	host.port = ntohs(in.sin_port);
	cl.am = fuzz_handle("map = /nonexistent/relay.gdbm\n"
	    "state_dir = /nonexistent\nwindow = 1h\n"
	    "cluster = redis://127.0.0.1\n");
	cl.am->clock = fixed;
	cl.feed = tmpfile();
	cl.batch = tmpfile();
	must(cl.feed != NULL && cl.batch != NULL);
}

/* The other end of an open connection. */
static int
reach(struct engine *e)
{
	/* Close it without leaving a connection in TIME_WAIT. */
	const struct linger off = { .l_onoff = 1 };
	int fd;

	engine_open(e, &host, host.name, false);
	fd = accept(listener, NULL, NULL);
	must(fd != -1 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &off,
	    sizeof off) == 0);
	engine_serve(e, POLLOUT);
	must(e->up);
	e->arg = &cl;
	return fd;
}

/* Reply to what E has asked on the connection whose other end is FD. */
static void
answer(struct engine *e, int fd, const void *text, size_t len)
{
	struct pollfd ready;

	must(send(fd, text, len, 0) == (ssize_t)len);
	engine_poll(e, &ready);
	ready.events = POLLIN;
	must(poll(&ready, 1, 1000) == 1);
	/* The size of one read. */
	for (size_t at = 0; at < len; at += 16384)
		engine_serve(e, POLLIN);
}

static void
stream(const uint8_t *data, size_t size)
{
	int idle = reach(&cl.commands), fd = reach(&cl.changes);

	cl.state = CLUSTER_READY;
	cl.located = true;
	cl.reconcile_at = LLONG_MAX / 2;
	(void)strlcpy(cl.last_id, "1-0", sizeof cl.last_id);
	cluster_stream_turn(&cl);
	must(cl.read_pending);
	answer(&cl.changes, fd, data, size);
	(void)close(fd);
	(void)close(idle);
}

static void
comparison(const uint8_t *data, size_t size)
{
	int fd = reach(&cl.commands);

	cluster_reconcile_begin(&cl);
	answer(&cl.commands, fd, tail, sizeof tail - 1);
	must(cl.located && cl.last_number == 5);
	cluster_reconcile_turn(&cl);
	must(cl.scan_pending);
	answer(&cl.commands, fd, data, size);
	(void)close(fd);
}

/* Check what would be stored. */
static void
check_batch(void)
{
	char line[CHANGE_SIZE];
	struct change change;
	struct network network;

	rewind(cl.batch);
	for (unsigned int i = 0; i < cl.batched; i++) {
		must(fgets(line, sizeof line, cl.batch) != NULL &&
		    change_decode(line, strcspn(line, "\n"), PEER_OPS,
		    &change));
		must(change.record.last <= NOW + RECORD_SLACK_SECS);
		must(change.op == CHANGE_PEER_REMOVE ||
		    change.record.expires <= change.record.last + 3600);
		must(address_is_key(change.key) &&
		    network_parse(change.key, &network) &&
		    !networks_have(&cl.am->config.exclude, &network.base));
	}
	must(fgetc(cl.batch) == EOF);
}

static void
check_blocks(void)
{
	for (size_t i = 0; i < cl.received_count; i++) {
		must(cl.received_blocks[i].since <= NOW + RECORD_SLACK_SECS);
		must(strpbrk(cl.received_blocks[i].what, " \n") == NULL);
		free(cl.received_blocks[i].what);
	}
	free(cl.received_blocks);
}

static void
reset(void)
{
	struct authmap *am = cl.am;
	FILE *feed = cl.feed, *batch = cl.batch;

	engine_close(&cl.commands, "the input has ended");
	engine_close(&cl.changes, "the input has ended");
	rewind(batch);
	must(ftruncate(fileno(batch), 0) == 0);
	cl = (struct cluster){ .am = am, .feed = feed, .batch = batch };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (cl.am == NULL)
		begin();
	if (size < 2)
		return 0;
	if (data[0] % 2 == 0)
		stream(data + 1, size - 1);
	else
		comparison(data + 1, size - 1);
	check_batch();
	check_blocks();
	reset();
	return 0;
}
