/* SPDX-License-Identifier: ISC */
#include "base/endpoint.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"

static const char *
parse_path(const char *word, struct endpoint *endpoint)
{
	struct sockaddr_un *local = &endpoint->address.local;

	local->sun_family = AF_UNIX;
	if (strlcpy(local->sun_path, word, sizeof local->sun_path) >=
	    sizeof local->sun_path)
		return "is a path that is too long for a socket";
	if (word[strlen(word) - 1] == '/')
		return "must be the path of a socket, not of a folder";
	endpoint->len = sizeof *local;
	return NULL;
}

/* Parse HOST:PORT, where HOST must be a loopback address. */
static const char *
parse_inet(const char *word, struct endpoint *endpoint)
{
	static const char form[] =
	    "must be absolute paths of sockets, or inet:127.0.0.1:PORT";
	const char *colon = strrchr(word, ':'), *wrong;
	struct network four, six;
	struct address host;
	char text[64];
	in_port_t port;

	if (colon == NULL || (size_t)(colon - word) >= sizeof text)
		return form;
	memcpy(text, word, (size_t)(colon - word));
	text[colon - word] = '\0';
	port = (in_port_t)strtonum(colon + 1, 1, 65535, &wrong);
	if (wrong != NULL || !address_read(text, &host) ||
	    !network_parse("127.0.0.0/8", &four) ||
	    !network_parse("::1", &six))
		return form;
	if (!network_has(&four, &host) && !network_has(&six, &host))
		return "must be on the loopback: other hosts could connect";
	if (port >= IPPORT_RESERVED)
		return "must have a port below 1024: any local user could "
		    "listen on another while the responder is down";
	if (host.family == AF_INET) {
		endpoint->address.in.sin_family = AF_INET;
		endpoint->address.in.sin_port = htons(port);
		memcpy(&endpoint->address.in.sin_addr, host.byte, 4);
		endpoint->len = sizeof endpoint->address.in;
	} else {
		endpoint->address.in6.sin6_family = AF_INET6;
		endpoint->address.in6.sin6_port = htons(port);
		memcpy(&endpoint->address.in6.sin6_addr, host.byte, 16);
		endpoint->len = sizeof endpoint->address.in6;
	}
	return NULL;
}

const char *
endpoint_parse(const char *word, struct endpoint *endpoint)
{
	memset(endpoint, 0, sizeof *endpoint);
	(void)strlcpy(endpoint->text, word, sizeof endpoint->text);
	if (word[0] == '/')
		return parse_path(word, endpoint);
	return parse_inet(strncmp(word, "inet:", 5) == 0 ? word + 5 : "",
	    endpoint);
}

bool
endpoint_next(const char **text, struct endpoint *endpoint)
{
	char word[sizeof endpoint->text];
	size_t len;

	*text += strspn(*text, " \t,");
	len = strcspn(*text, " \t,");
	if (len == 0 || len >= sizeof word)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return endpoint_parse(word, endpoint) == NULL;
}

bool
sockets_have_old(const struct config *config)
{
	const char *text = config_text(config, CONFIG_SOCKET);
	struct endpoint endpoint;

	if (config->origin[CONFIG_SOCKET].line == 0)
		return true;
	while (endpoint_next(&text, &endpoint))
		if (strcmp(endpoint.text, SOCKET_OLD) == 0)
			return true;
	return false;
}

bool
endpoint_is_path(const struct endpoint *endpoint)
{
	return endpoint->address.any.sa_family == AF_UNIX;
}

int
endpoint_socket(const struct endpoint *endpoint)
{
	return socket(endpoint->address.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
