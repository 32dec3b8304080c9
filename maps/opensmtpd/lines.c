/* SPDX-License-Identifier: ISC */
/* The line protocol of OpenSMTPD 7.5 and later, smtpd-tables(7). */
#include "opensmtpd/table.h"

#include <stdio.h>
#include <string.h>

#include "daemon/print.h"

/* The name of a client has up to 1023 bytes; the fields before it are short. */
#define LINE_BYTES 2048

/* Read a line, without its newline.  Return false if OpenSMTPD has closed. */
static bool
line_read(char line[LINE_BYTES])
{
	size_t len;

	if (fgets(line, LINE_BYTES, stdin) == NULL)
		return false;
	len = strlen(line);
	if (len == 0 || line[len - 1] != '\n')
		table_garbage("a line is cut or too long");
	line[len - 1] = '\0';
	return true;
}

struct request {
	const char *operation;
	const char *service;	/* NULL if the operation has none */
	const char *id;
	const char *client;	/* NULL if there is none */
};

/*
 * table|VERSION|TIME|NAME|update|ID
 * table|VERSION|TIME|NAME|OPERATION|SERVICE|ID[|CLIENT]
 */
static bool
request_parse(char *line, struct request *request)
{
	const char *word = strsep(&line, "|");

	if (strcmp(word, "table") != 0)
		return false;
	for (int i = 0; i < 3; i++)
		(void)strsep(&line, "|");
	request->operation = strsep(&line, "|");
	if (request->operation == NULL)
		return false;
	request->service = NULL;
	if (strcmp(request->operation, "update") != 0)
		request->service = strsep(&line, "|");
	request->id = strsep(&line, "|");
	request->client = line;
	return request->id != NULL && request->id[0] != '\0';
}

static void
reply(const struct request *request, const char *result, const char *more)
{
	print(stdout, "%s-result|%s|%s", request->operation, request->id,
	    result);
	if (more != NULL)
		print(stdout, "|%s", more);
	(void)putchar('\n');
}

static void
answer_update(struct table *table, const struct request *request)
{
	if (table_update(table))
		reply(request, "ok", NULL);
	else
		reply(request, "error", table->trouble);
}

static void
answer_client(struct table *table, const struct request *request, bool tell)
{
	char key[AUTHMAP_ADDRESS_SIZE];

	switch (table_ask(table, request->client, key)) {
	case 1:
		reply(request, "found", tell ? key : NULL);
		break;
	case 0:
		reply(request, "not-found", NULL);
		break;
	default:
		reply(request, "error", table->trouble);
	}
}

static void
answer(struct table *table, const struct request *request)
{
	bool check = strcmp(request->operation, "check") == 0;
	bool lookup = strcmp(request->operation, "lookup") == 0;

	if (request->service == NULL)
		answer_update(table, request);
	else if (!check && !lookup)
		reply(request, "error", "unknown operation");
	else if (strcmp(request->service, "netaddr") != 0)
		reply(request, "error", "unknown service");
	else if (request->client == NULL)
		reply(request, "error", "no key");
	else
		answer_client(table, request, lookup);
}

/* Read the handshake, whose values are ignored, and register. */
static bool
handshake(void)
{
	char line[LINE_BYTES];

	do {
		if (!line_read(line))
			return false;
		if (strncmp(line, "config|", 7) != 0)
			table_garbage("not a handshake");
	} while (strcmp(line, "config|ready") != 0);
	(void)printf("register|netaddr\nregister|ready\n");
	return true;
}

void
table_serve_lines(struct table *table)
{
	struct request request;
	char line[LINE_BYTES];

	if (!handshake())
		return;
	while (fflush(stdout) != EOF && line_read(line)) {
		if (!request_parse(line, &request))
			table_garbage("not a request");
		answer(table, &request);
	}
}
