/* SPDX-License-Identifier: ISC */
/* table-authmap: see its man page. */
#include "opensmtpd/table.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/print.h"

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
 * Serve OpenSMTPD even if the configuration has errors, because it exits when one
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
	/* The line protocol begins with "config", the other with a small number. */
	first = ungetc(getchar(), stdin);
	if (first == 'c')
		table_serve_lines(&table);
	else
		table_serve_messages(&table);
	authmap_free(table.am);
	return 0;
}
