/* SPDX-License-Identifier: ISC */
#include "base/cluster-url.h"

#include <stdlib.h>
#include <string.h>

#define FORM "must be redis://[user@]host[:port][/db], rediss://..., " \
	"sentinel://[user@]host[:port],.../name[/db] or sentinels://..."

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

bool
cluster_host_is(const char *name, size_t len)
{
	return len > 0 && len < CLUSTER_TEXT_BYTES &&
	    strspn(name, LETTERS ".:%_-") == len && name[len] == '\0';
}

/* Parse TEXT, a name or an address (in brackets if it has colons), and a port if it
 * has one.  Return false if it is not valid. */
static bool
read_host(char *text, unsigned int port, struct cluster_host *host)
{
	char *end, *colon;
	const char *wrong = NULL;

	if (text[0] == '[') {
		end = strchr(++text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
		*end = '\0';
	} else {
		colon = strchr(text, ':');
	}
	if (colon != NULL) {
		*colon = '\0';
		port = (unsigned int)strtonum(colon + 1, 1, 65535, &wrong);
	}
	host->port = port;
	(void)strlcpy(host->name, text, sizeof host->name);
	return wrong == NULL && cluster_host_is(text, strlen(text));
}

static bool
read_hosts(char *text, struct cluster_url *url)
{
	unsigned int port = url->master[0] != '\0' ? 26379 : 6379;
	unsigned int most = url->master[0] != '\0' ? CLUSTER_HOSTS_MAX : 1;
	char *one;

	while ((one = strsep(&text, ",")) != NULL) {
		if (url->count == most ||
		    !read_host(one, port, &url->host[url->count]))
			return false;
		url->count++;
	}
	return true;
}

/* Parse PATH, which follows the hosts, into master and database.  Return false if it
 * is not valid. */
static bool
read_path(char *path, bool sentinel, struct cluster_url *url)
{
	const char *db = path, *wrong = NULL;

	if (sentinel) {
		const char *name = strsep(&path, "/");

		db = path;
		if (name == NULL || name[0] == '\0' ||
		    strspn(name, LETTERS "._-") != strlen(name) ||
		    strlcpy(url->master, name, sizeof url->master) >=
		    sizeof url->master)
			return false;
	}
	if (db != NULL && db[0] != '\0')
		url->db = (unsigned int)strtonum(db, 0, 65535, &wrong);
	return wrong == NULL;
}

/* Parse TEXT, which follows the scheme and is changed.  Return NULL, or what is
 * wrong. */
static const char *
read_rest(char *text, bool sentinel, struct cluster_url *url)
{
	char *path = text, *user;

	text = strsep(&path, "/");
	user = strrchr(text, '@') == NULL ? NULL : strsep(&text, "@");
	if (user != NULL && strchr(user, ':') != NULL)
		return "must not contain the password, since every user can "
		    "read this file: use cluster_password_file";
	if (user != NULL && strlcpy(url->user, user, sizeof url->user) >=
	    sizeof url->user)
		return "has a user name that is too long";
	return read_path(path, sentinel, url) && read_hosts(text, url) ?
	    NULL : FORM;
}

const char *
cluster_url_parse(const char *text, struct cluster_url *url)
{
	static const struct { const char *name; bool tls, sentinel; } schemes[] =
	    { { "redis://", false, false }, { "rediss://", true, false },
	    { "sentinel://", false, true }, { "sentinels://", true, true } };
	const char *wrong = FORM;

	memset(url, 0, sizeof *url);
	if (text[0] == '\0')
		return NULL;
	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return FORM;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t len = strlen(schemes[i].name);
		char *copy;

		if (strncmp(text, schemes[i].name, len) != 0)
			continue;
		copy = strdup(text + len);
		if (copy == NULL)
			return "cannot be stored: no memory";
		url->tls = schemes[i].tls;
		wrong = read_rest(copy, schemes[i].sentinel, url);
		free(copy);
	}
	if (wrong != NULL)
		memset(url, 0, sizeof *url);
	return wrong;
}
