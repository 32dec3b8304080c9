/* SPDX-License-Identifier: ISC */
/* check: whether Postfix is configured to let the clients in the map relay. */
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "tool/command.h"
#include "tool/mta-report.h"
#include "tool/postfix-config.h"
#include "tool/postfix-restrictions.h"
#include "tool/remedy.h"

/* A command with a longer list does not fit into a line of check. */
#define COMMAND_LIST_BYTES 640

/* The restrictions that let clients in the map relay.  Mail for this host's own
 * domains does not wait for the responder. */
#define TABLE "socketmap:unix:authmap/sock:popauth"
#define ASK_ALONE "check_client_access " TABLE
#define ASK "permit_auth_destination, " ASK_ALONE

/* What smtpd_relay_restrictions should be, without them. */
#define DEFAULT "permit_mynetworks, permit_sasl_authenticated, " \
	"reject_unauth_destination"

/* The first list in which a lookup in the map lets a client relay. */
#define FIRST_RELAYING RELAY_LIST

struct survey {
	struct check *check;
	const struct mta *mta;
	struct postfix postfix;
	/* The table that lets relay, as postmap finds it. */
	char table[PATH_MAX + 3 * RESTRICTION_BYTES];
	unsigned int asking;	/* services that ask the map */
	unsigned int relaying;	/* those that let its clients relay */
	unsigned int undone;	/* those reported as wrong */
	unsigned int unexamined;	/* those whose lists cannot be followed */
};

/*
 * LIST has VALUE in SERVICE (NULL: in main.cf).  Write to OUT the command that puts
 * WORDS before REFUSER in LIST.  If the command is too long, write what it would do.
 * Return OUT.
 */
static const char *
put_before(const struct postfix_service *service, enum postfix_list list,
    const char *value, const char *words, const char *refuser,
    char out[COMMAND_LIST_BYTES + 256])
{
	const char *name = postfix_list_name(list);
	char with[COMMAND_LIST_BYTES];

	if (!restrictions_with(value, words, refuser, service != NULL, with,
	    sizeof with))
		(void)snprintf(out, COMMAND_LIST_BYTES + 256, "put \"%s\" before "
		    "it", words);
	else if (service != NULL)
		(void)snprintf(out, COMMAND_LIST_BYTES + 256, "postconf -P "
		    "'%s/%s=%s'; postfix reload", service->name, name, with);
	else
		(void)snprintf(out, COMMAND_LIST_BYTES + 256, "postconf -e "
		    "'%s = %s'; postfix reload", name, with);
	return out;
}

static void
say_undone(const struct survey *survey, const struct postfix_service *service,
    enum postfix_list list, const char *refuser, const char *map)
{
	char value[POSTFIX_LIST_BYTES], command[COMMAND_LIST_BYTES + 256];
	char ask[RESTRICTION_BYTES + 32];
	bool whole, own = postfix_list(&survey->postfix, service, list, value,
	    &whole);

	(void)snprintf(ask, sizeof ask, "check_client_access %s", map);
	(void)put_before(own ? service : NULL, list, value, ask, refuser,
	    command);
	if (own)
		check_say(survey->check, FINDING_WRONG, "mta",
		    "Postfix %s: %s in its own %s refuses before the map is asked: "
		    "%s", service->name, refuser, postfix_list_name(list), command);
	else
		check_say(survey->check, FINDING_WRONG, "mta", "Postfix: %s in %s "
		    "refuses before the map is asked: %s", refuser,
		    postfix_list_name(list), command);
}

/* Check the socket of TABLE.  A relative path is below the queue directory, in which
 * smtpd runs; so is any path if smtpd runs in the chroot. */
static void
check_socket(struct survey *survey, const struct postfix_service *service,
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
		    survey->postfix.queue_directory, socket +
		    strspn(socket, "/"));
	(void)snprintf(place, sizeof place, "%s, %s", service->name, table);
	mta_say_asks(survey->check, survey->mta, place, seen,
	    survey->postfix.owner);
	(void)snprintf(survey->table, sizeof survey->table, "socketmap:%s%s%s",
	    seen[0] == '/' ? "unix:" : "", seen, strrchr(table, ':'));
}

/* The effect of the lists of a service on a client in the map. */
struct outcome {
	char map[RESTRICTION_BYTES];		/* the table, "" if none */
	char refuser[RESTRICTION_BYTES];	/* what refuses, "" if nothing */
	enum postfix_list list;			/* the list of refuser */
	bool own;				/* master.cf sets it */
	bool own_map;				/* also that of map */
	bool unexamined;			/* a list cannot be followed */
};

static struct outcome
follow(const struct postfix *postfix, const struct postfix_service *service)
{
	struct outcome outcome = { .unexamined = postfix->classes_unread != 0 ||
	    postfix_has_class(postfix, service) };
	char value[POSTFIX_LIST_BYTES];

	for (enum postfix_list i = 0; i < POSTFIX_LISTS; i++) {
		bool whole, own = postfix_list(postfix, service, i, value, &whole);
		struct verdict verdict = restrictions_examine(value,
		    &postfix->classes);

		if (!whole || verdict.unexamined)
			outcome.unexamined = true;
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

/* Check SERVICE.  A port only for SMTP AUTH has restrictions of its own, which is no
 * error. */
static void
check_service(struct survey *survey, const struct postfix_service *service)
{
	struct outcome outcome = follow(&survey->postfix, service);

	if (outcome.unexamined) {
		survey->unexamined++;
		check_say(survey->check, FINDING_DOUBTFUL, "mta", "Postfix %s: not "
		    "examined: it has too many restrictions, or classes of them, "
		    "to follow: send a mail after a login", service->name);
	}
	if (outcome.map[0] == '\0')
		return;
	survey->asking++;
	if (outcome.refuser[0] == '\0') {
		survey->relaying++;
		check_socket(survey, service, outcome.map);
	} else if (outcome.own && !outcome.own_map) {
		check_say(survey->check, FINDING_GOOD, "mta",
		    "Postfix %s: its own %s (%s) refuses the clients in the map: "
		    "they relay on another port", service->name,
		    postfix_list_name(outcome.list), outcome.refuser);
	} else {
		survey->undone++;
		say_undone(survey, service, outcome.list, outcome.refuser,
		    outcome.map);
	}
}

/* Report a class that asks the map, although no list names it: a table may.  Return
 * whether there is one. */
static bool
say_class(const struct survey *survey)
{
	const struct restriction_classes *classes = &survey->postfix.classes;

	for (size_t i = 0; i < classes->count; i++) {
		const char *list = classes->of[i].list;

		if (list == NULL || !restrictions_examine(list, classes).asks)
			continue;
		check_say(survey->check, FINDING_DOUBTFUL, "mta", "Postfix: not "
		    "examined: only an access table can name %s, which asks the "
		    "map: send a mail after a login", classes->of[i].name);
		return true;
	}
	return false;
}

/*
 * Report that main.cf does not ask, with the command for the first list that
 * refuses.  Where smtpd_relay_restrictions is empty, smtpd_recipient_restrictions
 * does, whose later checks are also for mail to this host's own domains.
 */
static void
say_silent_main(const struct survey *survey)
{
	static const char *const words[POSTFIX_LISTS] = { [RELAY_LIST] = ASK,
	    [RECIPIENT_LIST] = ASK_ALONE };
	char command[COMMAND_LIST_BYTES + 256];

	for (enum postfix_list i = RELAY_LIST; i < POSTFIX_LISTS; i++) {
		const char *value = survey->postfix.value[i];
		struct verdict verdict = restrictions_examine(value != NULL ? value :
		    "", &survey->postfix.classes);

		if (verdict.refuser[0] == '\0')
			continue;
		check_say(survey->check, FINDING_DOUBTFUL, "mta",
		    "%s is installed but not configured for authmap: %s (see "
		    REMEDY_RECIPES "/%s)", survey->mta->name,
		    put_before(NULL, i, value, words[i], verdict.refuser, command),
		    survey->mta->recipe);
		return;
	}
	mta_say_silent(survey->check, survey->mta);
}

/* Report that no service asks the map, and how to change main.cf. */
static void
say_silent(const struct survey *survey)
{
	const struct postfix *postfix = &survey->postfix;
	const char *relay = postfix->value[RELAY_LIST];
	char command[COMMAND_LIST_BYTES + 256];

	if (say_class(survey) || survey->unexamined > 0)
		return;
	if (relay != NULL && postfix->relay_text != NULL &&
	    strstr(postfix->relay_text, TABLE) != NULL &&
	    strstr(relay, TABLE) == NULL)
		check_say(survey->check, FINDING_WRONG, "mta", "Postfix: "
		    "smtpd_relay_restrictions is empty while compatibility_level "
		    "is 0: %s", put_before(NULL, RELAY_LIST, DEFAULT, ASK,
		    "reject_unauth_destination", command));
	else
		say_silent_main(survey);
}

/* Ask by postmap, as Postfix's user, outside of the chroot. */
static void
probe(const struct survey *survey)
{
	const char *const argv[] = { "postmap", "-q", survey->check->probe,
	    survey->table, NULL };
	const struct command command = { .argv = argv,
	    .user = getpwnam(survey->postfix.owner) != NULL ?
	    survey->postfix.owner : NULL };
	struct command_result result;
	bool found = command_run(&command, &result);

	mta_say_probed(survey->check, survey->mta, found &&
	    strncmp(result.out, "OK", 2) == 0, found ? result.out :
	    result.status == 1 ? "not found" : command_trouble(&result));
	command_free(&result);
}

static bool
check_postfix(struct check *check, const struct mta *mta)
{
	struct survey survey = { .check = check, .mta = mta };
	char why[RESTRICTION_BYTES];
	int here = postfix_read(&survey.postfix, why, sizeof why);
	struct postfix_service service;

	if (here == -1)
		check_say(check, FINDING_WRONG, "mta", "Postfix: %s", why);
	while (here == 1 && postfix_service(&survey.postfix, &service))
		check_service(&survey, &service);
	if (here == 1 && survey.asking == 0)
		say_silent(&survey);
	else if (here == 1 && survey.relaying == 0 && survey.undone == 0)
		check_say(check, FINDING_WRONG, "mta", "Postfix: every service of "
		    "master.cf refuses the clients in the map by restrictions "
		    "of its own: remove them from one");
	if (check->probe != NULL && survey.table[0] != '\0')
		probe(&survey);
	postfix_free(&survey.postfix);
	return here != 0;
}

const struct mta mta_postfix = { "Postfix", "postfix-authmap.cf",
    check_postfix };
