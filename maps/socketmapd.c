/* authmap-socketmapd: answers MTAs that ask.  See its man page. */
#define _GNU_SOURCE		/* glibc shows accept4(2), ppoll(2) with it only */
#include <sys/resource.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "guard.h"
#include "listen.h"
#include "service.h"

#define PIDFILE "/run/authmap-socketmapd.pid"

/* How many are taken in before those that are in have their turn. */
#define ACCEPT_AT_ONCE 64

/* Uids of accounts that are people's begin here, on every system we know. */
#define FIRST_PERSON 1000

static char name[] = "authmap-socketmapd";

struct server {
	struct authmap *am;
	struct reader reader;
	struct listeners listeners;
	TAILQ_HEAD(connections, connection) idlest_first;
	unsigned int count;
	struct pollfd *polls;		/* the listeners, then the others */
	struct connection **polled;	/* whose they are */
	unsigned int room;
};

static long long
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec;
}

static void
drop(struct server *server, struct connection *c)
{
	TAILQ_REMOVE(&server->idlest_first, c, next);
	server->count--;
	(void)close(c->fd);
	free(c);
}

/* May who is at the other end of FD know who logged in from where? */
static bool
may_know(const struct server *server, int fd)
{
	enum user_map told = server->am->config.user_map;
	uid_t uid;
	gid_t gid;

	if (told != USER_MAP_SYSTEM)
		return told == USER_MAP_ALL;
	/* Nobody can tell who is behind a TCP connection. */
	return getpeereid(fd, &uid, &gid) == 0 &&
	    (uid < FIRST_PERSON || uid == geteuid());
}

static void
admit(struct server *server, int fd)
{
	struct connection *c;

	if (server->count >= server->am->config.max_connections)
		drop(server, TAILQ_FIRST(&server->idlest_first));
	c = calloc(1, sizeof *c);
	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->fd = fd;
	c->names = may_know(server, fd);
	c->active = seconds();
	TAILQ_INSERT_TAIL(&server->idlest_first, c, next);
	server->count++;
}

static void
accept_some(struct server *server, int listener)
{
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd != -1) {
			admit(server, fd);
			continue;
		}
		/* No more descriptors: the idlest can spare one. */
		if ((errno == EMFILE || errno == ENFILE) && server->count > 0)
			drop(server, TAILQ_FIRST(&server->idlest_first));
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void
serve(struct server *server, struct connection *c)
{
	bool answered = false;

	if (!connection_answer(c, &server->reader, &answered)) {
		drop(server, c);
		return;
	}
	if (!answered)
		return;
	c->active = seconds();
	TAILQ_REMOVE(&server->idlest_first, c, next);
	TAILQ_INSERT_TAIL(&server->idlest_first, c, next);
}

static void
drop_idle(struct server *server)
{
	long long before = seconds() - server->am->config.idle_timeout;
	struct connection *c;

	while ((c = TAILQ_FIRST(&server->idlest_first)) != NULL &&
	    c->active <= before)
		drop(server, c);
}

/* Makes room to poll all there are; false: no memory. */
static bool
polls_grow(struct server *server)
{
	unsigned int room = ENDPOINTS_MAX + server->am->config.max_connections;
	struct pollfd *polls;
	struct connection **polled;

	if (room <= server->room)
		return true;
	polls = reallocarray(server->polls, room, sizeof *polls);
	if (polls != NULL)
		server->polls = polls;
	polled = reallocarray(server->polled, room, sizeof *polled);
	if (polled != NULL)
		server->polled = polled;
	if (polls == NULL || polled == NULL)
		return false;
	server->room = room;
	return true;
}

static nfds_t
polls_fill(struct server *server)
{
	struct connection *c;
	nfds_t n = 0;

	for (unsigned int i = 0; i < server->listeners.count; i++, n++) {
		server->polls[n].fd = server->listeners.fd[i];
		server->polls[n].events = POLLIN;
	}
	TAILQ_FOREACH(c, &server->idlest_first, next) {
		server->polls[n].fd = c->fd;
		/* cppcheck-suppress uninitvar ; it does not know sys/queue.h */
		server->polls[n].events = c->out_len > 0 ? POLLOUT : POLLIN;
		server->polled[n++] = c;
	}
	return n;
}

/* One round: whoever is ready has his turn. */
static void
serve_round(struct server *server, const sigset_t *awake)
{
	const struct timespec second = { .tv_sec = 1 };
	nfds_t n = polls_fill(server), listeners = server->listeners.count;

	if (ppoll(server->polls, n, server->count > 0 ? &second : NULL,
	    awake) == -1)
		return;
	for (nfds_t i = listeners; i < n; i++)
		if (server->polls[i].revents != 0 &&
		    !connection_take(server->polled[i])) {
			drop(server, server->polled[i]);
			server->polls[i].revents = 0;
		}
	/* After the questions have come: whoever has heard "logged in" before
	 * he asked is found. */
	reader_renew(&server->reader);
	for (nfds_t i = listeners; i < n; i++)
		if (server->polls[i].revents != 0)
			serve(server, server->polled[i]);
	drop_idle(server);
	for (nfds_t i = 0; i < listeners; i++)
		if (server->polls[i].revents != 0)
			accept_some(server, server->polls[i].fd);
}

/* So many connections take as many descriptors, and a few of our own. */
static void
descriptors_allow(const struct authmap *am)
{
	rlim_t need = am->config.max_connections + ENDPOINTS_MAX + 16;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= need)
		return;
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (limit.rlim_cur < need || setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_say(&am->log, LOG_WARNING, "only %llu descriptors: fewer "
		    "than max_connections can be held",
		    (unsigned long long)limit.rlim_cur);
}

static void
reload(struct server *server, const struct service *service)
{
	struct authmap *fresh = service_reload(service, server->am);

	if (fresh == NULL)
		return;
	reader_close(&server->reader);
	authmap_free(server->am);
	server->am = fresh;
	server->reader.am = fresh;
	descriptors_allow(fresh);
	while (server->count > fresh->config.max_connections)
		drop(server, TAILQ_FIRST(&server->idlest_first));
}

static bool
run(struct server *server, const struct service *service)
{
	sigset_t awake;

	TAILQ_INIT(&server->idlest_first);
	service_signals(&awake);
	service_notify("READY=1");
	while (!service_stop_asked) {
		if (service_reload_asked) {
			service_reload_asked = 0;
			reload(server, service);
		}
		if (!polls_grow(server)) {
			log_say(&server->am->log, LOG_ERR, "no memory");
			return false;
		}
		serve_round(server, &awake);
	}
	service_notify("STOPPING=1");
	return true;
}

static void
end(struct server *server)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&server->idlest_first)) != NULL)
		drop(server, c);
	listen_end(&server->listeners);
	reader_close(&server->reader);
	free(server->polls);
	free(server->polled);
	authmap_free(server->am);
}

int
main(int argc, char **argv)
{
	struct service service = { .name = name, .pidfile = PIDFILE,
	    .synopsis = "[-f] [-c file] [-p pidfile]" };
	struct server server = { .am = NULL };
	struct account account;
	int errors = 0;
	bool good;

	service_options(&service, argc, argv);
	server.am = authmap_new(service.file, service_log, name, &errors);
	if (server.am == NULL || errors != 0)
		return 1;
	server.reader.am = server.am;
	if (!account_find(server.am, &account) ||
	    !folder_make(server.am, &account, server.am->files.folder, 02771) ||
	    !listen_all(server.am, &account, &server.listeners))
		return 1;
	service_start(&service);
	descriptors_allow(server.am);
	guard_mapping();
	good = account_become(server.am, &account) && run(&server, &service);
	end(&server);
	service_end(&service);
	return good ? 0 : 1;
}
