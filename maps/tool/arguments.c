/* SPDX-License-Identifier: ISC */
#include "tool/arguments.h"

#include <sys/socket.h>

#include <string.h>

#include "base/handle.h"
#include "base/settings-time.h"
#include "tool/output.h"

const char *
tool_name(const struct tool *tool, const char *text,
    char room[RECORD_USER_SIZE])
{
	if (!tool->json || text[0] == '\0')
		return text;
	record_vis_user(text, room);
	return room;
}

const char *
tool_address(const struct tool *tool, const char *text,
    char room[AUTHMAP_ADDRESS_SIZE])
{
	struct network network;

	if (!network_parse(text, &network) ||
	    network.base.family != AF_INET6 ||
	    network.bits != tool->am->config.ipv6_prefix)
		return text;
	address_key(&network.base, 128, room);
	return room;
}

/* Return whether USER, which is encoded, has a blank or a control character, as of
 * \s or \t.  Names hardly ever have one. */
static bool
has_blank(const char *user)
{
	char plain[AUTHMAP_USER_SIZE];

	record_plain_user(user, plain);
	for (const char *c = plain; *c != '\0'; c++)
		if ((*c > '\0' && *c <= ' ') || *c == '\177')
			return true;
	return false;
}

void
tool_name_hint(const char *text, const char *user)
{
	char other[RECORD_USER_SIZE];

	record_vis_user(text, other);
	if (strcmp(other, user) != 0 && has_blank(user))
		(void)tool_fail("note: %s was decoded as authmap list prints "
		    "names: if the backslash is part of the name, give %s",
		    user, other);
}

bool
tool_user_read(const struct tool *tool, const char *text,
    char user[RECORD_USER_SIZE], char plain[AUTHMAP_USER_SIZE])
{
	char room[RECORD_USER_SIZE];

	(void)strlcpy(user, "-", RECORD_USER_SIZE);
	if (text[0] != '\0' &&
	    !record_user_given(tool_name(tool, text, room), user)) {
		(void)tool_fail("no memory");
		return false;
	}
	record_plain_user(user, plain);
	return true;
}

bool
tool_network_read(const char *text, struct network *network)
{
	if (network_parse(text, network))
		return true;
	(void)tool_fail("\"%s\" is not an address, or a network such as "
	    "192.0.2.0/24 without host bits", text);
	return false;
}

bool
tool_key_in(const char *key, const struct network *network)
{
	struct network of_key;

	return network_parse(key, &of_key) && networks_overlap(&of_key, network);
}

int
tool_time_wrong(const char *option, const char *value, const char *why)
{
	char text[SETTINGS_WHY_BYTES];

	settings_why(value, why, text);
	return tool_fail("%s %s: %s", option, value, text);
}
