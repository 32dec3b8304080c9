/* SPDX-License-Identifier: ISC */
/* authmap(8): the verbs, their options and arguments. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "tool/output.h"
#include "tool/tool.h"

#define MANY 1000000

#define ANYWAY 1	/* also when the configuration is wrong */
#define COMMAND 2	/* its arguments are a command, with its own options */
#define LOGIN 4		/* a step of a login: what goes wrong, syslog is told */
#define EVENT 8		/* changes who may relay: syslog is told, too */

static const struct verb {
	const char *name;
	char option;		/* that makes it this one; 0: none does */
	int (*run)(struct tool *tool);
	int least, most;	/* arguments */
	int how;
	const char *synopsis;
	const char *what;
} verbs[] = {
	{ "list", 0, tool_list, 0, 0, 0, "", "who may relay, and for how long" },
	{ "lookup", 0, tool_lookup, 1, 1, 0, "address", "may it relay?" },
	{ "record", 0, tool_record, 1, 3, EVENT, "address [user [service]]",
	    "as if it had logged in" },
	{ "record", 'e', tool_record_env, 1, MANY, ANYWAY | LOGIN,
	    "--env -- program ...", "run it; its client has logged in" },
	{ "record", 'p', tool_record_pam, 0, 0, ANYWAY | LOGIN, "--pam",
	    "for pam_exec" },
	{ "record", 'o', tool_record_postlogin, 1, MANY, ANYWAY | LOGIN,
	    "--postlogin -- program ...", "for Dovecot's script-login" },
	{ "prelogin", 0, tool_prelogin, 1, MANY, ANYWAY | COMMAND | LOGIN,
	    "-- program ...", "run it; record --env comes later" },
	{ "remove", 0, tool_remove, 0, MANY, EVENT, "address ... | --user user",
	    "until the next login" },
	{ "block", 0, tool_block, 0, 1, EVENT,
	    "user | network [--for time]",
	    "take its entries away, and keep it out" },
	{ "unblock", 0, tool_unblock, 0, 1, EVENT, "user | network",
	    "from its next login on" },
	{ "blocks", 0, tool_blocks, 0, 0, 0, "", "who is blocked" },
	{ "import", 0, tool_import, 1, 1, EVENT, "[--login-times] file",
	    "take over another system's entries" },
	{ "stats", 0, tool_stats, 0, 0, 0, "[--prometheus]",
	    "how many there are, were, and failed" },
	{ "watch", 0, tool_watch, 0, 0, 0, "[--interval time]",
	    "who comes and goes" },
	{ "check", 0, tool_check, 0, 0, ANYWAY, "", "what is wrong, and how to "
	    "mend it" },
	{ "config", 0, tool_config, 0, 0, 0, "", "every setting, and where it is "
	    "from" },
	{ "sweep", 0, tool_sweep, 0, 0, EVENT, "", "drop what is over, now" },
	{ "relaylock", 0, tool_relaylock, 1, MANY, ANYWAY | COMMAND,
	    "-- program ...", "run it, with RELAYCLIENT if its client may "
	    "relay" },
};

static char program_name[] = TOOL_NAME;

static void
usage(FILE *out)
{
	(void)fprintf(out, "usage: " TOOL_NAME " [-c file] [--json] verb "
	    "[argument ...]\n");
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		print(out, "  %-9s %-27s %s\n", verbs[i].name,
		    verbs[i].synopsis, verbs[i].what);
}

/* Options may stand before the verb (SHORTS begins with "+", else ":") and after
 * it. */
static const char *
options_read(struct tool *tool, const char *shorts, const char *file)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "login-times", no_argument, NULL, 'l' },
		{ "user", required_argument, NULL, 'u' },
		{ "service", required_argument, NULL, 's' },
		{ "for", required_argument, NULL, 'f' },
		{ "prometheus", no_argument, NULL, 'P' },
		{ "interval", required_argument, NULL, 'i' },
		{ "env", no_argument, NULL, 'e' },
		{ "pam", no_argument, NULL, 'p' },
		{ "postlogin", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	/* A second scan: glibc wants 0 to forget the first, others 1. */
#ifdef __GLIBC__
	optind = 0;
#else
	optind = optreset = 1;
#endif
	opterr = 0;
	while ((c = getopt_long(tool->argc, tool->argv, shorts, longs,
	    NULL)) != -1)
		switch (c) {
		case 'c':
			file = optarg;
			break;
		case 'j':
			tool->json = true;
			break;
		case 'l':
			tool->login_times = true;
			break;
		case 'u':
			tool->user = optarg;
			break;
		case 's':
			tool->service = optarg;
			break;
		case 'f':
			tool->how_long = optarg;
			break;
		case 'P':
			tool->prometheus = true;
			break;
		case 'i':
			tool->interval = optarg;
			break;
		case 'e':
		case 'o':
		case 'p':
			tool->option = (char)c;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			(void)printf(TOOL_NAME " " AUTHMAP_VERSION "\n");
			exit(0);
		default:
			print_option_wrong(&tool_stderr, c, tool->argc,
			    tool->argv);
			usage(stderr);
			exit(TOOL_TROUBLE);
		}
	tool->argc -= optind;
	tool->argv += optind;
	return file;
}

static const struct verb *
verb_find(const char *name, char option)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0 &&
		    verbs[i].option == option)
			return &verbs[i];
	return NULL;
}

/* A full disk or a closed pipe must not look like success. */
static int
finished(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return tool_fail("output cannot be written");
	return status;
}

/* What is asked for; NULL: nothing that there is, which was told. */
static const struct verb *
verb_read(struct tool *tool, const char **file)
{
	const struct verb *verb;
	bool command;

	*file = options_read(tool, "+:c:ju:", NULL);
	if (tool->argc == 0) {
		usage(stderr);
		return NULL;
	}
	verb = verb_find(tool->argv[0], 0);
	if (verb == NULL) {
		(void)tool_fail("there is no verb \"%s\"", tool->argv[0]);
		usage(stderr);
		return NULL;
	}
	command = (verb->how & COMMAND) != 0;
	*file = options_read(tool, command ? "+:c:ju:" : ":c:ju:", *file);
	if (tool->option != 0)
		verb = verb_find(verb->name, tool->option);
	if (verb != NULL && tool->argc >= verb->least &&
	    tool->argc <= verb->most)
		return verb;
	if (verb == NULL)
		usage(stderr);
	else
		print(stderr, "usage: " TOOL_NAME " %s %s\n",
		    verb->name, verb->synopsis);
	return NULL;
}

static void
log_to_both(void *arg, int priority, const char *line)
{
	log_to_stderr(arg, priority, line);
	log_to_syslog(arg, priority, line);
}

int
main(int argc, char **argv)
{
	struct tool tool = { .argc = argc, .argv = argv };
	authmap_log_fn *log = log_to_stderr;
	const struct verb *verb;
	const char *file;
	int status;

	verb = verb_read(&tool, &file);
	if (verb == NULL)
		return TOOL_TROUBLE;
	openlog(program_name, LOG_PID, LOG_MAIL);
	if ((verb->how & LOGIN) != 0)
		log = log_to_syslog;
	else if ((verb->how & EVENT) != 0)
		log = log_to_both;
	tool.am = authmap_new(file, log, program_name, &tool.errors);
	if (tool.am == NULL)
		return tool_fail("no memory");
	if (tool.errors == 0 || (verb->how & ANYWAY) != 0)
		status = verb->run(&tool);
	else
		status = TOOL_TROUBLE;
	authmap_free(tool.am);
	return finished(status);
}
