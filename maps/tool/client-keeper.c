/* SPDX-License-Identifier: ISC */
#include "tool/client-keeper.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/handle.h"
#include "daemon/keeper.h"

/* Return the service of the command line or of the server's port, or NULL if it is
 * not known. */
static const char *
service_name(const struct tool *tool)
{
	static const struct { const char *port, *service; } known[] = {
		{ "110", "pop3" }, { "995", "pop3" },
		{ "143", "imap" }, { "993", "imap" },
	};
	const char *port = getenv("TCPLOCALPORT");

	if (tool->service != NULL || port == NULL)
		return tool->service;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(port, known[i].port) == 0)
			return known[i].service;
	return NULL;
}

int
client_keeper_start(struct tool *tool)
{
	const struct log *log = &tool->am->log;
	const char *text = getenv("TCPREMOTEIP");
	struct address address;

	/* The errors of the configuration were logged. */
	if (tool->errors > 0)
		return -1;
	if (text == NULL) {
		log_say(log, LOG_ERR, "TCPREMOTEIP is not set: run it under "
		    "tcpserver or couriertcpd");
		return -1;
	}
	if (!address_parse(text, &address)) {
		log_say(log, LOG_ERR, "TCPREMOTEIP: \"%s\" is not an address: "
		    "not recorded", ENCODED(text, 64));
		return -1;
	}
	if (networks_have(&tool->am->config.exclude, &address))
		return -1;
	return keeper_start(tool->am, text, service_name(tool), NULL);
}
