/* SPDX-License-Identifier: ISC */
/* authmap-socketmapd, the responder: see its man page. */
#define _GNU_SOURCE		/* glibc shows accept4(2), ppoll(2) with it only */
#include <sys/resource.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safefile.h"
#include "daemon/folder.h"
#include "daemon/listen.h"
#include "daemon/service.h"
#include "responder/accounts.h"

#define PIDFILE "/run/authmap-socketmapd.pid"

/* How many connections are accepted before the others are served again. */
#define ACCEPT_AT_ONCE 64

/* How often it is logged that there are too many connections. */
#define CROWDED_SECS 60

static char name[] = "authmap-socketmapd";

struct server {
	struct authmap *am;
	struct reader reader;
	struct listeners listeners;
	struct client_accounts accounts;
	unsigned int most;		/* connections */
	long long crowded;		/* when "too many" was logged, in seconds */
	struct pollfd *polls;		/* of the listeners, then of connections */
	struct connection **polled;	/* the connection of each of polls */
	unsigned int room;
};

static long long
seconds(void)
{
	return monotonic_us() / 1000000;
}

static void
drop(struct server *server, struct connection *c)
{
	accounts_remove(&server->accounts, c);
	(void)close(c->fd);
#ifndef __clang_analyzer__	/* it loses track of what TAILQ_REMOVE() does */
	free(c);
#endif
}

/* Return whether the client of C may get names of users. */
static bool
may_get_names(const struct server *server, const struct connection *c)
{
	enum user_map allowed = server->am->config.user_map;

	return allowed == USER_MAP_ALL ||
	    (allowed == USER_MAP_SYSTEM && c->account->system);
}

/* Log, rate-limited, whose connection GONE is that is closed for another one. */
static void
crowded_say(struct server *server, const struct connection *gone)
{
	const struct client_account *account = gone->account;
	char whose[32];

	if (server->crowded != 0 &&
	    seconds() < server->crowded + CROWDED_SECS)
		return;
	server->crowded = seconds();
	if (account->uid == ACCOUNT_UNKNOWN)
		(void)strlcpy(whose, "TCP clients have", sizeof whose);
	else
		(void)snprintf(whose, sizeof whose, "uid %u has",
		    (unsigned int)account->uid);
	log_say(&server->am->log, LOG_WARNING, "too many connections: %s %u of "
	    "%u: closed one of them: see max_connections in "
	    "authmap-socketmapd(8)", whose, account->count, server->most);
}

/* Add the connection FD.  If there are too many, close it or another one. */
static void
admit(struct server *server, int fd)
{
	struct connection *c = calloc(1, sizeof *c), *gone;

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->fd = fd;
	c->fresh = true;
	c->active = seconds();
	if (!accounts_add(&server->accounts, c)) {
		(void)close(fd);
		free(c);
		return;
	}
	c->names = may_get_names(server, c);
	gone = accounts_crowded(&server->accounts, c, server->most);
	if (gone != NULL) {
		crowded_say(server, gone);
		drop(server, gone);
	}
}

/* Accept one connection.  Return false if none is waiting.  Return false, too, if
 * there is no room and every connection still waits to be served for the first
 * time: new ones then wait in the listener's queue until that is done. */
static bool
accept_one(struct server *server, int listener)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	struct connection *spare = accounts_idlest(&server->accounts);
	int fd;

	if (server->accounts.count >= server->most && spare == NULL)
		return false;
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		admit(server, fd);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (errno == EINTR || errno == ECONNABORTED)
		return true;
	/* There are no more descriptors, or there is no memory. */
	if (spare != NULL)
		drop(server, spare);
	else
		(void)nanosleep(&moment, NULL);
	return spare != NULL;
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
	accounts_answered(&server->accounts, c);
}

static void
drop_idle(struct server *server)
{
	long long before = seconds() - server->am->config.idle_timeout;
	struct connection *c;

	while ((c = TAILQ_FIRST(&server->accounts.idlest_first)) != NULL &&
	    c->active <= before)
		drop(server, c);
}

/* Make room to poll max_connections.  Return false if there is no memory. */
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
	TAILQ_FOREACH(c, &server->accounts.idlest_first, next) {
		/* cppcheck-suppress uninitvar ; it does not know sys/queue.h */
		server->polls[n].fd = c->fd;
		/* cppcheck-suppress uninitvar ; nor does an older one */
		server->polls[n].events = c->out_len > 0 ? POLLOUT : POLLIN;
		server->polled[n++] = c;
	}
	return n;
}

/* Read what has arrived.  Return false if C is to be closed. */
static bool
turn_begins(struct connection *c, short ready)
{
	c->fresh = false;
	return ready == 0 || connection_take(c);
}

/* Wait for requests, and serve each connection that is ready. */
static void
serve_round(struct server *server, const sigset_t *awake)
{
	const struct timespec second = { .tv_sec = 1 };
	nfds_t n = polls_fill(server), listeners = server->listeners.count;

	if (ppoll(server->polls, n, server->accounts.count > 0 ? &second :
	    NULL, awake) == -1)
		return;
	for (nfds_t i = listeners; i < n; i++)
		if (!turn_begins(server->polled[i], server->polls[i].revents)) {
			drop(server, server->polled[i]);
			server->polls[i].revents = 0;
		}
	/* This must come after the requests were read: a client that got the
	 * answer to its login before it asked is then found in the map. */
	reader_renew(&server->reader);
	for (nfds_t i = listeners; i < n; i++)
		if (server->polls[i].revents != 0)
			serve(server, server->polled[i]);
	drop_idle(server);
	for (nfds_t i = 0; i < listeners; i++)
		if (server->polls[i].revents != 0)
			for (int n_in = 0; n_in < ACCEPT_AT_ONCE &&
			    accept_one(server, server->polls[i].fd); n_in++)
				continue;
}

/* Raise the limit on descriptors to what max_connections need.  If that is not
 * possible, keep fewer connections open. */
static void
descriptors_allow(struct server *server)
{
	const struct authmap *am = server->am;
	const rlim_t own = ENDPOINTS_MAX + 16;
	rlim_t need = am->config.max_connections + own;
	struct rlimit limit, wanted;

	server->most = am->config.max_connections;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= need)
		return;
	wanted = limit;
	wanted.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		limit = wanted;
	if (limit.rlim_cur >= need)
		return;
	server->most = limit.rlim_cur > own ?
	    (unsigned int)(limit.rlim_cur - own) : 1;
	log_say(&am->log, LOG_WARNING, "max_connections: only %u connections are "
	    "possible with %llu descriptors: raise the limit (LimitNOFILE=)",
	    server->most, (unsigned long long)limit.rlim_cur);
}

static void
reload(struct server *server, const struct service *service)
{
	struct authmap *old = server->am, *fresh = service_reload(service, old);
	unsigned int most;

	if (fresh == NULL)
		return;
	reader_close(&server->reader);
	server->reader.am = server->am = fresh;
	if (!polls_grow(server)) {
		log_say(&fresh->log, LOG_ERR, "max_connections: no memory: "
		    "keeping %u", old->config.max_connections);
		fresh->config.max_connections = old->config.max_connections;
	}
	descriptors_allow(server);
	/* A client that could get names may not get them any more. */
	most = fresh->config.user_map == old->config.user_map ?
	    server->most : 0;
	while (server->accounts.count > most)
		drop(server, TAILQ_FIRST(&server->accounts.idlest_first));
	authmap_free(old);
}

static bool
run(struct server *server, const struct service *service)
{
	sigset_t awake;

	descriptors_allow(server);
	if (!polls_grow(server)) {
		log_say(&server->am->log, LOG_ERR, "no memory");
		return false;
	}
	service_signals(&awake);
	service_notify("READY=1");
	while (!service_stop_requested) {
		if (service_reload_requested) {
			service_reload_requested = 0;
			reload(server, service);
		}
		serve_round(server, &awake);
	}
	service_notify("STOPPING=1");
	return true;
}

static void
end(struct server *server, const struct account *account)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&server->accounts.idlest_first)) != NULL)
		drop(server, c);
	listen_end(&server->listeners, account);
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
	accounts_begin(&server.accounts);
	if (!account_find(server.am, &account) ||
	    !folder_make(server.am, &account, server.am->files.folder,
	    map_folder_mode(server.am)) ||
	    !listen_all(server.am, &account, &server.listeners))
		return 1;
	service_start(&service);
	good = account_become(server.am, &account) && run(&server, &service);
	end(&server, &account);
	service_end(&service);
	return good ? 0 : 1;
}
