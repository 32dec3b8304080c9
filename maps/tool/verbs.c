/* SPDX-License-Identifier: ISC */
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>

#include "daemon/print.h"

#define MANY 1000000

#define TROUBLE "  2  trouble, such as a map that cannot be read"
#define JSON "  --json  prints JSON"

/* No line is wider than a terminal of 80 columns: flow/01-tool.t looks. */
static const struct verb verbs[] = {
	{ "list", 0, tool_list, 0, 0, 0, "jusw",
	    "[--user user] [--service service] [--network network]",
	    "print the addresses that may relay",
	    { "  --user user        only the entries of this user; '': no user",
	    "  --service service  only those of this service, such as imap",
	    "  --network network  only those of this address or network",
	    JSON, "Exit status:",
	    "  0  done, even if there is no such entry", TROUBLE } },
	{ "lookup", 0, tool_lookup, 1, MANY, 0, "j", "address ...",
	    "print which of these addresses may relay",
	    { JSON, "Exit status:",
	    "  0  each of them may relay",
	    "  1  at least one may not", TROUBLE } },
	{ "record", 0, tool_record, 1, 3, VERB_EVENT, "jus",
	    "address [user [service]]", "record a login from this address",
	    { "  --user user        the user, instead of the second word",
	    "  --service service  the service, instead of the third word",
	    JSON, "Exit status:",
	    "  0  recorded",
	    "  1  excluded, blocked, not in users, or the map is full",
	    TROUBLE } },
	{ "record", 'e', tool_record_env, 1, MANY,
	    VERB_ANYWAY | VERB_LOGIN, "es", "--env -- program ...",
	    "record a login, then run the program",
	    { "  --service service  the service; otherwise that of prelogin",
	    "Exit status: the program's; 126 or 127 if it cannot be run." } },
	{ "record", 'p', tool_record_pam, 0, 0, VERB_ANYWAY | VERB_LOGIN,
	    "ps", "--pam", "record a login, for pam_exec",
	    { "  --service service  the service; otherwise PAM_SERVICE",
	    "Exit status: 0, whatever happens." } },
	{ "record", 'o', tool_record_postlogin, 1, MANY,
	    VERB_ANYWAY | VERB_LOGIN, "os", "--postlogin -- program ...",
	    "record a login, for Dovecot's script-login",
	    { "  --service service  the service, such as imap",
	    "Exit status: the program's; 126 or 127 if it cannot be run." } },
	{ "prelogin", 0, tool_prelogin, 1, MANY,
	    VERB_ANYWAY | VERB_COMMAND | VERB_LOGIN, "s", "-- program ...",
	    "start a keeper, then run the password check",
	    { "  --service service  the service; otherwise by TCPLOCALPORT",
	    "Exit status: the program's; 126 or 127 if it cannot be run." } },
	{ "remove", 0, tool_remove, 0, MANY, VERB_EVENT, "ju",
	    "address | network ...  |  --user user",
	    "remove entries, until the next login",
	    { "  --user user  all entries of this user; '': no user",
	    JSON, "Exit status:",
	    "  0  removed",
	    "  1  at least one was not in the map", TROUBLE } },
	{ "block", 0, tool_block, 0, 1, VERB_EVENT, "juf",
	    "user | address | network | --user user [--for time]",
	    "remove the entries, and record no new ones",
	    { "  --user user  a user, even if the name looks like a network",
	    "  --for time   such as 90s, 30m, 2h, 7d; otherwise until unblock",
	    JSON, "Exit status:",
	    "  0  blocked, even if it had no entry", TROUBLE } },
	{ "unblock", 0, tool_unblock, 0, 1, VERB_EVENT, "ju",
	    "user | address | network | --user user",
	    "lift a block: the next login is recorded",
	    { "  --user user  a user, even if the name looks like a network",
	    JSON, "Exit status:",
	    "  0  unblocked",
	    "  1  was not blocked", TROUBLE } },
	{ "blocks", 0, tool_blocks, 0, 0, 0, "j", "", "print the blocks",
	    { JSON, "Exit status:",
	    "  0  done", TROUBLE } },
	{ "import", 0, tool_import, 1, 1, VERB_EVENT, "jl",
	    "[--login-times] file", "import the entries of another system",
	    { "  --login-times  the times in the file are those of logins",
	    JSON, "Exit status:",
	    "  0  each valid line was imported",
	    "  1  some lines were not valid", TROUBLE } },
	{ "stats", 0, tool_stats, 0, 0, 0, "jP", "[--prometheus]",
	    "print the number of entries, and the counters",
	    { "  --prometheus  for node_exporter's textfile collector",
	    JSON, "Exit status:",
	    "  0  done", TROUBLE } },
	{ "watch", 0, tool_watch, 0, 0, 0, "ji", "[--interval time]",
	    "show the entries, and how they change",
	    { "  --interval time  how often to update, such as 10s; default 2s",
	    "  --json           prints a line of JSON for each change",
	    "Exit status:",
	    "  0  ended by q or a signal", TROUBLE } },
	{ "check", 0, tool_check, 0, 0, VERB_ANYWAY, "jb", "[--probe address]",
	    "find what is wrong, and the command that corrects it",
	    { "  --probe address  record it, ask each MTA about it, and remove it",
	    JSON, "Exit status, as of a monitoring plugin:",
	    "  0  all is well",
	    "  1  there are warnings",
	    "  2  something is wrong" } },
	{ "config", 0, tool_config, 0, 0, 0, "jn", "[-n]",
	    "print every setting, and where it is set",
	    { "  -n      only the settings that differ from the default",
	    JSON, "Exit status:",
	    "  0  done",
	    "  2  the configuration has errors" } },
	{ "sweep", 0, tool_sweep, 0, 0, VERB_EVENT, "j", "",
	    "remove expired entries now",
	    { JSON, "Exit status:",
	    "  0  done", TROUBLE } },
	{ "relaylock", 0, tool_relaylock, 1, MANY,
	    VERB_ANYWAY | VERB_COMMAND, "", "-- program ...",
	    "set RELAYCLIENT if the client may relay, then run it",
	    { "Exit status: the program's; 126 or 127 if it cannot be run." } },
	{ "help", 0, NULL, 0, 1, 0, "", "[verb]", "print how a verb is used",
	    { "Exit status:",
	    "  0  done",
	    "  2  there is no such verb" } },
};

#define VERBS (sizeof verbs / sizeof *verbs)

const struct verb *
verb_find(const char *name, char kind)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0 && verbs[i].kind == kind)
			return &verbs[i];
	return NULL;
}

/* Return the option that selects the KIND of a verb. */
static const char *
kind_name(char kind)
{
	return kind == 'e' ? "--env" : kind == 'o' ? "--postlogin" :
	    kind == 'p' ? "--pam" : "";
}

void
verbs_print(bool wrong)
{
	FILE *out = wrong ? stderr : stdout;

	(void)fprintf(out, "usage: " TOOL_NAME " [-c file] [--json] verb "
	    "[argument ...]\n");
	for (size_t i = 0; i < VERBS; i++)
		print(out, "  %-9s %-11s %s\n", verbs[i].name,
		    kind_name(verbs[i].kind), verbs[i].what);
}

static void
usage(FILE *out, const struct verb *verb)
{
	print(out, "usage: " TOOL_NAME " %s%s%s\n", verb->name,
	    verb->synopsis[0] != '\0' ? " " : "", verb->synopsis);
}

void
verb_usage(const struct verb *verb)
{
	usage(stderr, verb);
}

bool
verb_help(const char *name)
{
	bool any = false;

	for (size_t i = 0; i < VERBS; i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(verb->name, name) != 0)
			continue;
		if (any)
			(void)putchar('\n');
		usage(stdout, verb);
		print(stdout, "%s: %s\n", name, verb->what);
		for (int line = 0; verb->help[line] != NULL; line++)
			print(stdout, "%s\n", verb->help[line]);
		any = true;
	}
	return any;
}
