/* SPDX-License-Identifier: ISC */
#include "tool/postfix-config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which Postfix asks them. */
static const char *const lists[POSTFIX_LISTS] = {
	[CLIENT_LIST] = "smtpd_client_restrictions",
	[HELO_LIST] = "smtpd_helo_restrictions",
	[SENDER_LIST] = "smtpd_sender_restrictions",
	[RELAY_LIST] = "smtpd_relay_restrictions",
	[RECIPIENT_LIST] = "smtpd_recipient_restrictions",
};

const char *
postfix_list_name(enum postfix_list list)
{
	return lists[list];
}

/* Return the value of PARAMETER in main.cf, with each "$" expanded if EXPANDED is
 * set, or NULL if it has none.  The caller frees it. */
static char *
postconf(const char *parameter, bool expanded)
{
	struct command_result result;
	char *value = NULL;

	if (command_ask((const char *const[]){ "postconf", expanded ? "-xh" :
	    "-h", parameter, NULL }, &result)) {
		result.out[strcspn(result.out, "\n")] = '\0';
		value = strdup(result.out);
	}
	command_free(&result);
	return value;
}

/* Copy the value of PARAMETER to OUT. */
static void
postconf_copy(const char *parameter, char *out, size_t size)
{
	char *value = postconf(parameter, true);

	(void)strlcpy(out, value != NULL ? value : "", size);
	free(value);
}

static void
read_classes(struct postfix *postfix)
{
	char *names = postconf("smtpd_restriction_classes", true);
	size_t count = restrictions_classes(names != NULL ? names : "",
	    &postfix->classes);

	postfix->classes_unread = count - postfix->classes.count;
	for (size_t i = 0; i < postfix->classes.count; i++)
		postfix->classes.of[i].list = postconf(
		    postfix->classes.of[i].name, true);
	free(names);
}

int
postfix_read(struct postfix *postfix, char *why, size_t size)
{
	struct command_result result;
	char path[PATH_MAX], level[16];
	int status = 0;

	*postfix = (struct postfix){ .rest = NULL };
	if (!command_find("postconf", path))
		return 0;
	if (command_ask((const char *const[]){ "postconf", "-x", "-h",
	    "queue_directory", NULL }, &result))
		status = 1;
	/* Without main.cf, Postfix is installed, but was never configured. */
	else if (strstr(command_trouble(&result), "No such file") == NULL)
		status = -1;
	if (status == -1)
		(void)strlcpy(why, command_trouble(&result), size);
	command_free(&result);
	if (status != 1)
		return status;
	for (size_t i = 0; i < POSTFIX_LISTS; i++)
		postfix->value[i] = postconf(lists[i], true);
	postfix->relay_text = postconf(lists[RELAY_LIST], false);
	read_classes(postfix);
	postconf_copy("queue_directory", postfix->queue_directory,
	    sizeof postfix->queue_directory);
	postconf_copy("mail_owner", postfix->owner, sizeof postfix->owner);
	postconf_copy("compatibility_level", level, sizeof level);
	postfix->old_default = level[0] == '0';
	(void)command_ask((const char *const[]){ "postconf", "-Px", NULL },
	    &postfix->overrides);
	if (command_ask((const char *const[]){ "postconf", "-M", NULL },
	    &postfix->services))
		postfix->rest = postfix->services.out;
	return 1;
}

/* Read a line of postconf -M.  Return false if clients cannot connect to the
 * service. */
static bool
read_service(const struct postfix *postfix, char *line,
    struct postfix_service *service)
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
	/* "-" is "y" by the old default. */
	service->chrooted = field[4][0] == 'y' ||
	    (field[4][0] == '-' && postfix->old_default);
	return true;
}

bool
postfix_service(struct postfix *postfix, struct postfix_service *service)
{
	char *line;

	while ((line = strsep(&postfix->rest, "\n")) != NULL)
		if (read_service(postfix, line, service))
			return true;
	return false;
}

/* Return the value of PARAMETER that master.cf sets for SERVICE, up to the end of
 * the line, or NULL if it sets none.  The last one is effective. */
static const char *
find_own(const struct postfix *postfix, const struct postfix_service *service,
    const char *parameter)
{
	char begin[256];
	const char *value = NULL;

	(void)snprintf(begin, sizeof begin, "%s/%s =", service->name, parameter);
	for (const char *line = postfix->overrides.out; line != NULL;) {
		if (strncmp(line, begin, strlen(begin)) == 0)
			value = line + strlen(begin);
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return value;
}

bool
postfix_list(const struct postfix *postfix,
    const struct postfix_service *service, enum postfix_list list,
    char out[POSTFIX_LIST_BYTES], bool *whole)
{
	const char *own = find_own(postfix, service, lists[list]);
	const char *value = own != NULL ? own : postfix->value[list];
	size_t len = value != NULL ? strcspn(value, "\n") : 0;

	*whole = len < POSTFIX_LIST_BYTES;
	(void)snprintf(out, POSTFIX_LIST_BYTES, "%.*s", (int)len,
	    value != NULL ? value : "");
	return own != NULL;
}

bool
postfix_has_class(const struct postfix *postfix,
    const struct postfix_service *service)
{
	for (size_t i = 0; i < postfix->classes.count; i++)
		if (find_own(postfix, service, postfix->classes.of[i].name) !=
		    NULL)
			return true;
	return false;
}

void
postfix_free(struct postfix *postfix)
{
	for (size_t i = 0; i < POSTFIX_LISTS; i++)
		free(postfix->value[i]);
	free(postfix->relay_text);
	for (size_t i = 0; i < postfix->classes.count; i++)
		free(postfix->classes.of[i].list);
	command_free(&postfix->overrides);
	command_free(&postfix->services);
}
