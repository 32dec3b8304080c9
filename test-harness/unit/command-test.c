/* SPDX-License-Identifier: ISC */
/* Run programs of other servers, with bounds and without a shell. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"
#include "tool/command.h"
#include "tool/doveconf-setting.h"
#include "tool/postfix-restrictions.h"

/* Run ARGV for at most MS milliseconds. */
static bool
run(const char *const *argv, const char *input, unsigned int ms,
    struct command_result *result)
{
	const struct command command = { .argv = argv, .input = input,
	    .timeout_ms = ms };

	return command_run(&command, result);
}

static void
test_output(void)
{
	struct command_result result;

	ok(run((const char *const[]){ "echo", "$HOME;`id`", NULL }, NULL, 0,
	    &result) && strcmp(result.out, "$HOME;`id`\n") == 0,
	    "no shell sees an argument");
	command_free(&result);
	ok(run((const char *const[]){ "cat", NULL }, "a\nb\n", 0, &result) &&
	    strcmp(result.out, "a\nb\n") == 0, "it gets the whole input");
	command_free(&result);
	ok(!run((const char *const[]){ "sh", "-c", "echo one >&2; echo two >&2; "
	    "exit 3", NULL }, NULL, 0, &result) && result.status == 3 &&
	    strcmp(command_trouble(&result), "one") == 0,
	    "the first line of its error, and its status");
	command_free(&result);
	ok(!run((const char *const[]){ "no-such-program-here", NULL }, NULL, 0,
	    &result) && strcmp(command_trouble(&result), "is not installed") ==
	    0, "no such program");
	command_free(&result);
}

static void
test_bounds(void)
{
	struct command_result result;

	ok(!run((const char *const[]){ "sleep", "1000", NULL }, NULL, 100,
	    &result) && strcmp(command_trouble(&result), "timed out") == 0,
	    "a program that hangs is killed");
	command_free(&result);
	ok(!run((const char *const[]){ "sh", "-c", "sleep 1000 & exit 0", NULL },
	    NULL, 100, &result) && result.status == -1,
	    "  and one that leaves a process with its output");
	command_free(&result);
	ok(!run((const char *const[]){ "yes", NULL }, NULL, 60000, &result) &&
	    strcmp(command_trouble(&result), "printed too much") == 0,
	    "  and one that prints without end");
	command_free(&result);
}

static void
test_environment(void)
{
	static const char mine[] = "PATH=" COMMAND_PATH "\nLC_ALL=C\nHOME=/\n";
	struct command_result result;

	(void)setenv("PATH", "/nowhere", 1);
	(void)setenv("LD_PRELOAD_OF_CALLER", "x", 1);
	ok(run((const char *const[]){ "env", NULL }, NULL, 0, &result) &&
	    strcmp(result.out, mine) == 0,
	    "it does not get the caller's PATH and environment");
	command_free(&result);
}

static void
test_settings(void)
{
	static const char old[] = "mail_plugins =  authmap quota\n"
	    "mail_gid = \n";
	static const char new[] = "service imap {\n  extra_groups {\n"
	    "    authmap = yes\n    mail = no\n  }\n}\n";
	char value[16];

	ok(setting_has(old, "mail_plugins", "authmap"), "a word of a list");
	ok(!setting_has(old, "mail_plugins", "auth"), "  as a whole");
	ok(!setting_has(old, "mail_plugins", "$"), "  without a variable");
	ok(setting_has("mail_plugins = $mail_plugins x\n", "mail_plugins", "$"),
	    "  with one");
	ok(setting_has(new, "extra_groups", "authmap"), "a word of a block");
	ok(!setting_has(new, "extra_groups", "mail"), "  that is set to no");
	ok(!setting_value(old, "mail_gid", value, sizeof value),
	    "a setting without a value");
}

/* Weigh LIST, in which some words are classes. */
static struct verdict
examine(const char *list)
{
	static char asks[] = "check_client_access "
	    "socketmap:unix:authmap/sock:popauth", refuses[] = "reject",
	    permits[] = "permit", twice[] = "asks";
	const struct restriction_classes classes = { .of = {
	    { "asks", asks }, { "refuses", refuses }, { "permits", permits },
	    { "twice", twice }, { "unknown", NULL } }, .count = 5 };

	return restrictions_examine(list, &classes);
}

static void
test_classes(void)
{
	struct restriction_classes classes;

	ok(examine("permit_mynetworks, asks, reject").asks,
	    "a class that asks the map");
	ok(strcmp(examine("refuses asks").refuser, "refuses") == 0,
	    "  and one that refuses before");
	ok(!examine("permits, asks").asks, "  or permits before");
	ok(examine("twice").unexamined && examine("unknown").unexamined &&
	    !examine("asks").unexamined,
	    "a restriction that cannot be followed is reported");
	ok(restrictions_classes("a, b", &classes) == 2 && classes.count == 2 &&
	    strcmp(classes.of[1].name, "b") == 0, "the names of classes");
	ok(restrictions_classes("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
	    &classes) == 17 && classes.count == CLASSES_MAX,
	    "  of which there may be too many");
}

static void
test_restrictions(void)
{
	static const char ask[] = "check_client_access "
	    "socketmap:unix:authmap/sock:popauth";
	static const char late[] = "permit_mynetworks, reject, "
	    "check_client_access socketmap:unix:authmap/sock:popauth";
	char with[256], small[24], socket[RESTRICTION_BYTES];
	struct verdict verdict = examine(late);

	ok(verdict.asks && strcmp(verdict.refuser, "reject") == 0,
	    "restrictions that refuse before they ask");
	ok(restrictions_with("permit_mynetworks reject", ask, "reject", true,
	    with, sizeof with) && strcmp(with, "permit_mynetworks,"
	    "check_client_access,socketmap:unix:authmap/sock:popauth,reject") ==
	    0, "  and how they ask before");
	verdict = examine(with);
	ok(verdict.asks && verdict.refuser[0] == '\0', "  which is right");
	ok(!restrictions_with(late, ask, "reject", false, small, sizeof small),
	    "  unless there is no room for it");
	verdict = examine("warn_if_reject reject, permit, reject");
	ok(!verdict.asks && verdict.refuser[0] == '\0',
	    "a restriction that warns, or comes after a permit, does not refuse");
	verdict = examine("check_client_access "
	    "pipemap:{socketmap:unix:authmap/sock:user, regexp:{{/./ INFO x}}}");
	ok(!verdict.asks, "the line that only logs the user permits nothing");
	ok(restrictions_socket("proxy:socketmap:inet:127.0.0.1:279:relay",
	    socket) && strcmp(socket, "inet:127.0.0.1:279") == 0,
	    "a table over TCP");
	ok(!restrictions_socket("hash:/etc/postfix/relay", socket),
	    "  and one of another kind");
}

int
main(void)
{
	test_output();
	test_bounds();
	test_environment();
	test_settings();
	test_restrictions();
	test_classes();
	return tap_done();
}
