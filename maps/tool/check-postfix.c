/* SPDX-License-Identifier: ISC */
/* check: does Postfix, as it is configured, let relay the clients in the map? */
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "tool/check-mta.h"
#include "tool/command.h"
#include "tool/restrictions.h"

/* A list that is longer is cut, and is then no command that mends anything. */
#define LIST_BYTES 640

/* In the order in which Postfix asks them, but that does not matter here. */
static const char *const lists[] = { "smtpd_client_restrictions",
    "smtpd_helo_restrictions", "smtpd_sender_restrictions",
    "smtpd_relay_restrictions", "smtpd_recipient_restrictions" };

#define LISTS (sizeof lists / sizeof *lists)

/* Only here does asking the map let anybody relay. */
#define FIRST_RELAYING 3

struct postfix {
	struct check *check;
	const struct mta *mta;
	char *overrides;	/* what postconf -Px prints */
	char value[LISTS][LIST_BYTES];	/* of main.cf */
	char queue_directory[PATH_MAX];
	char owner[64];
	char table[PATH_MAX + 3 * RESTRICTION_BYTES];	/* that lets relay, as postmap
							   finds it */
	bool old_default;	/* "-" in master.cf's column is "y" */
	unsigned int asking;	/* services that ask the map */
	unsigned int relaying;	/* those that let its clients relay */
	unsigned int undone;	/* those reported as wrong */
};

/* A line of master.cf that begins smtpd. */
struct service {
	char name[128];		/* as in smtp/inet */
	bool chrooted;
};

/* The value of PARAMETER in main.cf with all of its "$" filled in. */
static bool
postconf(const char *parameter, char *out, size_t size)
{
	struct command_result result;
	bool good = command_ask((const char *const[]){ "postconf", "-x", "-h",
	    parameter, NULL }, &result);

	out[0] = '\0';
	if (good) {
		result.out[strcspn(result.out, "\n")] = '\0';
		(void)strlcpy(out, result.out, size);
	}
	command_free(&result);
	return good;
}

/* The value of list I for SERVICE, in OUT; true: it is one of master.cf. */
static bool
list_read(const struct postfix *postfix, const struct service *service,
    size_t i, char out[LIST_BYTES])
{
	char begin[256];
	const char *value = NULL;
	size_t len = 0;

	(void)snprintf(begin, sizeof begin, "%s/%s =", service->name, lists[i]);
	for (const char *line = postfix->overrides; line != NULL;) {
		if (strncmp(line, begin, strlen(begin)) == 0)
			value = line + strlen(begin);
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	if (value != NULL)
		len = strcspn(value, "\n");
	(void)snprintf(out, LIST_BYTES, "%.*s", value != NULL ? (int)len :
	    LIST_BYTES - 1, value != NULL ? value : postfix->value[i]);
	return value != NULL;
}

static void
say_undone(const struct postfix *postfix, const struct service *service,
    size_t list, const char *refuser, const char *map)
{
	char value[LIST_BYTES], with[LIST_BYTES + RESTRICTION_BYTES];
	bool own = list_read(postfix, service, list, value);

	restrictions_with(value, map, refuser, own ? "," : " ", with,
	    sizeof with);
	if (own)
		check_say(postfix->check, WRONG, "mta", "Postfix %s: %s in its "
		    "own %s refuses before the map is asked: postconf -P "
		    "'%s/%s=%s'; postfix reload", service->name, refuser,
		    lists[list], service->name, lists[list], with);
	else
		check_say(postfix->check, WRONG, "mta", "Postfix: %s in %s "
		    "refuses before the map is asked: postconf -e '%s = %s'; "
		    "postfix reload", refuser, lists[list], lists[list], with);
}

/* Where the socket of TABLE is on this host: below the queue's folder if the path
 * is relative, since smtpd runs there, or if smtpd is in the chroot. */
static void
check_socket(struct postfix *postfix, const struct service *service,
    const char *table)
{
	char socket[RESTRICTION_BYTES], seen[PATH_MAX + RESTRICTION_BYTES];
	bool proxied = strncmp(table, "proxy:", strlen("proxy:")) == 0;
	char place[sizeof service->name + RESTRICTION_BYTES + 4];

	if (!restrictions_socket(table, socket))
		return;
	if (strncmp(socket, "inet:", strlen("inet:")) == 0 ||
	    (socket[0] == '/' && (proxied || !service->chrooted)))
		(void)strlcpy(seen, socket, sizeof seen);
	else
		(void)snprintf(seen, sizeof seen, "%s/%s",
		    postfix->queue_directory, socket +
		    strspn(socket, "/"));
	(void)snprintf(place, sizeof place, "%s, %s", service->name, table);
	mta_say_asks(postfix->check, postfix->mta, place, seen, postfix->owner);
	(void)snprintf(postfix->table, sizeof postfix->table, "socketmap:%s%s%s",
	    seen[0] == '/' ? "unix:" : "", seen, strrchr(table, ':'));
}

/* What a client in the map meets in the lists of a service. */
struct outcome {
	char map[RESTRICTION_BYTES];		/* the table that is asked; "": none */
	char refuser[RESTRICTION_BYTES];	/* what refuses nevertheless; "": nothing */
	size_t list;				/* the list of refuser */
	bool own;				/* that list stands in master.cf */
	bool own_map;				/* so does the one with the map */
};

static struct outcome
follow(const struct postfix *postfix, const struct service *service)
{
	struct outcome outcome = { .map = "" };
	char value[LIST_BYTES];

	for (size_t i = 0; i < LISTS; i++) {
		bool own = list_read(postfix, service, i, value);
		struct verdict verdict = restrictions_weigh(value);

		if (verdict.asks && i >= FIRST_RELAYING) {
			(void)strlcpy(outcome.map, verdict.map,
			    sizeof outcome.map);
			outcome.own_map = own;
		}
		if (verdict.refuser[0] != '\0' && outcome.refuser[0] == '\0') {
			(void)strlcpy(outcome.refuser, verdict.refuser,
			    sizeof outcome.refuser);
			outcome.list = i;
			outcome.own = own;
		}
	}
	return outcome;
}

/* A port for SMTP AUTH alone has restrictions of its own on purpose. */
static void
check_service(struct postfix *postfix, const struct service *service)
{
	struct outcome outcome = follow(postfix, service);

	if (outcome.map[0] == '\0')
		return;
	postfix->asking++;
	if (outcome.refuser[0] == '\0') {
		postfix->relaying++;
		check_socket(postfix, service, outcome.map);
	} else if (outcome.own && !outcome.own_map) {
		check_say(postfix->check, GOOD, "mta", "Postfix %s: its own %s "
		    "(%s) refuses the clients in the map: they relay on "
		    "another port", service->name, lists[outcome.list],
		    outcome.refuser);
	} else {
		postfix->undone++;
		say_undone(postfix, service, outcome.list, outcome.refuser,
		    outcome.map);
	}
}

/* Read a line of postconf -M; false: it is no service that clients reach. */
static bool
service_read(const struct postfix *postfix, char *line,
    struct service *service)
{
	char *field[8];
	size_t count = 0;

	while (count < 8 && (field[count] = strsep(&line, " \t")) != NULL)
		if (field[count][0] != '\0')
			count++;
	if (count < 8 || strcmp(field[7], "smtpd") != 0 ||
	    (strcmp(field[1], "inet") != 0 && strcmp(field[1], "pass") != 0))
		return false;
	(void)snprintf(service->name, sizeof service->name, "%s/%s", field[0],
	    field[1]);
	service->chrooted = field[4][0] == 'y' ||
	    (field[4][0] == '-' && postfix->old_default);
	return true;
}

static void
check_services(struct postfix *postfix)
{
	struct command_result services, overrides;
	bool good = command_ask((const char *const[]){ "postconf", "-Px", NULL },
	    &overrides);

	postfix->overrides = good ? overrides.out : NULL;
	if (command_ask((const char *const[]){ "postconf", "-M", NULL },
	    &services)) {
		char *rest = services.out, *line;

		while ((line = strsep(&rest, "\n")) != NULL) {
			struct service service;

			if (service_read(postfix, line, &service))
				check_service(postfix, &service);
		}
	}
	command_free(&services);
	command_free(&overrides);
}

/* Fill POSTFIX from main.cf; false: there is trouble, which was reported. */
static bool
main_cf_read(struct postfix *postfix)
{
	struct command_result result;
	char level[16];
	bool good = command_ask((const char *const[]){ "postconf", "-x", "-h",
	    "queue_directory", NULL }, &result);

	if (!good)
		check_say(postfix->check, WRONG, "mta", "Postfix: %s",
		    command_trouble(&result));
	command_free(&result);
	if (!good)
		return false;
	for (size_t i = 0; i < LISTS; i++)
		(void)postconf(lists[i], postfix->value[i], LIST_BYTES);
	(void)postconf("queue_directory", postfix->queue_directory,
	    sizeof postfix->queue_directory);
	(void)postconf("mail_owner", postfix->owner, sizeof postfix->owner);
	(void)postconf("compatibility_level", level, sizeof level);
	postfix->old_default = level[0] == '0';
	return true;
}

/* Without main.cf, Postfix is installed, but was never configured. */
static bool
is_here(void)
{
	struct command_result result;
	char path[PATH_MAX];
	bool here;

	if (!command_find("postconf", path))
		return false;
	here = command_ask((const char *const[]){ path, "-h",
	    "config_directory", NULL }, &result) ||
	    strstr(command_trouble(&result), "No such file") == NULL;
	command_free(&result);
	return here;
}

/* postmap asks as Postfix's user, but out of the chroot. */
static void
probe(const struct postfix *postfix)
{
	const char *const argv[] = { "postmap", "-q", postfix->check->probe,
	    postfix->table, NULL };
	const struct command command = { .argv = argv,
	    .user = getpwnam(postfix->owner) != NULL ? postfix->owner : NULL };
	struct command_result result;
	bool found = command_run(&command, &result);

	mta_say_probed(postfix->check, postfix->mta, found &&
	    strncmp(result.out, "OK", 2) == 0, found ? result.out :
	    result.status == 1 ? "not found" : command_trouble(&result));
	command_free(&result);
}

static bool
check_postfix(struct check *check, const struct mta *mta)
{
	struct postfix postfix = { .check = check, .mta = mta };

	if (!is_here())
		return false;
	if (!main_cf_read(&postfix))
		return true;
	check_services(&postfix);
	if (postfix.asking == 0)
		mta_say_silent(check, mta);
	else if (postfix.relaying == 0 && postfix.undone == 0)
		check_say(check, WRONG, "mta", "Postfix: every service of "
		    "master.cf refuses the clients in the map by restrictions "
		    "of its own: remove them from one");
	if (check->probe != NULL && postfix.table[0] != '\0')
		probe(&postfix);
	return true;
}

const struct mta mta_postfix = { "Postfix", "postfix-authmap.cf",
    check_postfix };
