/* SPDX-License-Identifier: ISC */
/* authmap(8): its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "daemon/login-log.h"
#include "tool/client-keeper.h"
#include "tool/exec.h"
#include "tool/output.h"
#include "tool/verbs.h"

static char program_name[] = TOOL_NAME;

/* Each with the letter that it has in a verb's `takes`. */
static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "login-times", no_argument, NULL, 'l' },
	{ "user", required_argument, NULL, 'u' },
	{ "service", required_argument, NULL, 's' },
	{ "network", required_argument, NULL, 'w' },
	{ "for", required_argument, NULL, 'f' },
	{ "prometheus", no_argument, NULL, 'P' },
	{ "interval", required_argument, NULL, 'i' },
	{ "probe", required_argument, NULL, 'b' },
	{ "env", no_argument, NULL, 'e' },
	{ "pam", no_argument, NULL, 'p' },
	{ "postlogin", no_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* The command line, without the arguments. */
struct words {
	const char *file;	/* -c */
	bool help;		/* -h */
	char kind;		/* of a verb: 'e', --env; 'o', --postlogin;
				   'p', --pam; 0: none */
	char given[16];		/* the letters of the verb's options */
};

/* Keep the option C, with its value in optarg. */
static void
option_keep(struct tool *tool, int c)
{
	switch (c) {
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
	case 'w':
		tool->network = optarg;
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
	case 'b':
		tool->probe = optarg;
		break;
	default:
		tool->changed = true;
		break;
	}
}

/* Note that an option of a verb's was given: the letter C. */
static void
option_note(struct words *words, int c)
{
	size_t len = strlen(words->given);

	if (strchr(words->given, c) == NULL && len + 1 < sizeof words->given)
		words->given[len] = (char)c;
}

/* Read options.  They may be before or after the verb.  If COMMAND, only those
 * before the next argument are options. */
static void
options_read(struct tool *tool, struct words *words, bool command)
{
	int c;

	/* Start a second scan: 0 resets getopt in glibc, optreset elsewhere. */
#ifdef __GLIBC__
	optind = 0;
#else
	optind = optreset = 1;
#endif
	opterr = 0;
	while ((c = getopt_long(tool->argc, tool->argv,
	    command ? "+:c:hjnu:V" : ":c:hjnu:V", options, NULL)) != -1)
		switch (c) {
		case 'c':
			words->file = optarg;
			break;
		case 'h':
			words->help = true;
			break;
		case 'V':
			(void)printf(TOOL_NAME " " AUTHMAP_VERSION "\n");
			exit(0);
		case '?':
		case ':':
			print_option_wrong(&tool_stderr, c, tool->argc,
			    tool->argv);
			verbs_print(true);
			exit(TOOL_TROUBLE);
		default:
			if (c == 'e' || c == 'o' || c == 'p')
				words->kind = (char)c;
			else
				option_keep(tool, c);
			option_note(words, c);
		}
	tool->argc -= optind;
	tool->argv += optind;
}

/*
 * Return false, after printing it, if an option was given that VERB does not take.
 */
static bool
options_fit(const struct words *words, const struct verb *verb)
{
	for (const char *c = words->given; *c != '\0'; c++) {
		const struct option *option = options;

		if (strchr(verb->takes, *c) != NULL)
			continue;
		while (option->name != NULL && option->val != *c)
			option++;
		(void)tool_fail("%s: takes no option %s%s", verb->name,
		    option->name != NULL ? "--" : "-n",
		    option->name != NULL ? option->name : "");
		return false;
	}
	return true;
}

/*
 * Return STATUS, or trouble if the output could not be written, as to a full disk.
 */
static int
finished(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return tool_fail("output cannot be written");
	return status;
}

/* Print the help of NAME, or of all verbs if it is NULL, and exit. */
static void __attribute__((noreturn))
help(const char *name)
{
	int status = TOOL_YES;

	if (name == NULL)
		verbs_print(false);
	else if (!verb_help(name))
		status = tool_fail("there is no verb \"%s\"", name);
	exit(finished(status));
}

/* Return the verb to run, or NULL after an error was printed. */
static const struct verb *
verb_read(struct tool *tool, struct words *words)
{
	const struct verb *verb;

	options_read(tool, words, true);
	if (tool->argc == 0) {
		if (words->help)
			help(NULL);
		verbs_print(true);
		return NULL;
	}
	verb = verb_find(tool->argv[0], 0);
	if (verb == NULL) {
		(void)tool_fail("there is no verb \"%s\"", tool->argv[0]);
		verbs_print(true);
		return NULL;
	}
	options_read(tool, words, (verb->how & VERB_COMMAND) != 0);
	if (words->help)
		help(verb->name);
	if (words->kind != 0 && verb_find(verb->name, words->kind) != NULL)
		verb = verb_find(verb->name, words->kind);
	if (tool->json && tool->prometheus)
		(void)tool_fail("%s: --json and --prometheus are two formats: "
		    "leave out one of them", verb->name);
	else if (options_fit(words, verb) && tool->argc >= verb->least &&
	    tool->argc <= verb->most)
		return verb;
	verb_usage(verb);
	return NULL;
}

static void
log_to_both(void *arg, int priority, const char *line)
{
	log_to_stderr(arg, priority, line);
	log_to_syslog(arg, priority, line);
}

/* Return where the messages of VERB are logged while it runs. */
static authmap_log_fn *
log_of(const struct verb *verb)
{
	if ((verb->how & VERB_LOGIN) != 0)
		return login_log;
	return (verb->how & VERB_EVENT) != 0 ? log_to_both : log_to_stderr;
}

/* Return the exit status of VERB, for which there is no memory.  If it is a step of
 * a login, the login goes on, but is not recorded. */
static int
without_memory(const struct verb *verb, const struct tool *tool)
{
	const struct log log = { log_of(verb), program_name };

	log_say(&log, LOG_ERR, "no memory");
	if ((verb->how & (VERB_LOGIN | VERB_COMMAND)) == 0)
		return TOOL_TROUBLE;
	/* They must not come from the caller. */
	(void)unsetenv(KEEPER_VARIABLE);
	(void)unsetenv("AUTHMAP_USER");
	return tool->argc > 0 ? tool_exec(tool->argv) : TOOL_YES;
}

int
main(int argc, char **argv)
{
	struct tool tool = { .argc = argc, .argv = argv };
	struct words words = { .file = NULL };
	const struct verb *verb = verb_read(&tool, &words);
	int status = TOOL_TROUBLE;

	if (verb == NULL)
		return TOOL_TROUBLE;
	if (verb->run == NULL)
		help(tool.argv[0]);
	openlog(program_name, LOG_PID, LOG_MAIL);
	/* Errors in the configuration are printed only: they are not events of the
	 * mail system. */
	tool.am = authmap_new(words.file, (verb->how & VERB_LOGIN) != 0 ?
	    login_log : log_to_stderr, program_name, &tool.errors);
	if (tool.am == NULL)
		return without_memory(verb, &tool);
	authmap_set_log(tool.am, log_of(verb), program_name);
	if (tool.errors == 0 || (verb->how & VERB_ANYWAY) != 0)
		status = verb->run(&tool);
	authmap_free(tool.am);
	return finished(status);
}
