/* table-authmap: OpenSMTPD asks the map.  See its man page. */
#include "opensmtpd/table.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/ask.h"
#include "daemon/print.h"

static void
log_line(void *arg, int priority, const char *line)
{
	struct table *table = arg;

	if (priority <= LOG_ERR)
		(void)strlcpy(table->trouble, line, sizeof table->trouble);
	log_to_syslog(NULL, priority, line);
}

void
table_garbage(const char *what)
{
	const struct log log = { log_to_syslog, NULL };

	log_say(&log, LOG_ERR, "OpenSMTPD said what was not understood: %s",
	    what);
	exit(1);
}

bool
table_update(struct table *table)
{
	int errors = 0;
	struct authmap *fresh;

	(void)strlcpy(table->trouble, "no memory", sizeof table->trouble);
	fresh = authmap_new(table->file, log_line, table, &errors);
	if (fresh == NULL || errors != 0) {
		authmap_free(fresh);
		return false;
	}
	authmap_free(table->am);
	table->am = fresh;
	return true;
}

int
table_ask(struct table *table, const char *client,
    char key[AUTHMAP_ADDRESS_SIZE])
{
	char user[RECORD_USER_SIZE];
	struct address address;
	int found;

	if (!address_read(client, &address))
		return 0;
	/* Worth another try: it may have been mended. */
	if (table->am == NULL && !table_update(table))
		return -1;
	address_key(&address, 128, key);
	found = ask_may_relay(table->am, key, user);
	if (found == 1)
		log_say(&table->am->log, LOG_INFO, "relaying for %s [%s]",
		    user, key);
	return found;
}

static void
usage(FILE *out)
{
	(void)fprintf(out, "usage: " TABLE_NAME " [file]\n");
}

static const char *
options_read(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char name[] = TABLE_NAME;
	const struct log log = { log_to_stderr, name };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			(void)printf(TABLE_NAME " " AUTHMAP_VERSION "\n");
			exit(0);
		default:
			print_option_wrong(&log, c, argc, argv);
			usage(stderr);
			exit(2);
		}
	if (argc - optind > 1) {
		usage(stderr);
		exit(2);
	}
	return argv[optind];
}

/*
 * A configuration that is wrong is no reason to leave: OpenSMTPD ends when one
 * of its tables does.
 */
int
main(int argc, char **argv)
{
	struct table table = { .file = options_read(argc, argv) };
	int first;

	(void)signal(SIGPIPE, SIG_IGN);
	openlog(TABLE_NAME, LOG_PID | LOG_PERROR, LOG_MAIL);
	(void)table_update(&table);
	/* Lines begin with "config"; messages with a small number. */
	first = ungetc(getchar(), stdin);
	if (first == 'c')
		table_serve_lines(&table);
	else
		table_serve_messages(&table);
	authmap_free(table.am);
	return 0;
}
