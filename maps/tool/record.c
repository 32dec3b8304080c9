/* SPDX-License-Identifier: ISC */
/* record: record a login. */
#include <stdio.h>

#include "base/handle.h"
#include "tool/arguments.h"
#include "tool/json.h"
#include "tool/output.h"
#include "tool/tool.h"

/* Return RESULT as a word, for programs. */
static const char *
word(enum authmap_result result)
{
	switch (result) {
	case AUTHMAP_GRANTED:
		return "granted";
	case AUTHMAP_REFRESHED:
		return "refreshed";
	case AUTHMAP_EXCLUDED:
		return "excluded";
	case AUTHMAP_REMOVED:
		return "removed";
	case AUTHMAP_BLOCKED:
		return "blocked";
	case AUTHMAP_FULL:
		return "full";
	case AUTHMAP_UNLISTED:
		return "unlisted";
	default:
		return "failed";
	}
}

/* Print why the login was not recorded.  Return an exit status. */
static int
status_of(const struct tool *tool, const char *address,
    enum authmap_result result)
{
	const char *file = tool->am->config.file;

	switch (result) {
	case AUTHMAP_GRANTED:
	case AUTHMAP_REFRESHED:
		return TOOL_YES;
	case AUTHMAP_EXCLUDED:
		(void)tool_fail("%s: not recorded: it is in exclude of %s, or "
		    "link-local", address, file);
		return TOOL_NO;
	case AUTHMAP_BLOCKED:
		(void)tool_fail("%s: not recorded: the address or the user is "
		    "blocked: see authmap blocks", address);
		return TOOL_NO;
	case AUTHMAP_UNLISTED:
		(void)tool_fail("%s: not recorded: the user is not in users or "
		    "users_file of %s", address, file);
		return TOOL_NO;
	case AUTHMAP_FULL:
		(void)tool_fail("%s: not recorded: the map is full: see the "
		    "log", address);
		return TOOL_NO;
	default:
		return TOOL_TROUBLE;
	}
}

/* Set *TEXT to the argument at INDEX, or to OPTION, which has the same meaning.
 * Return false, after an error was printed, if both were given. */
static bool
word_read(const struct tool *tool, int index, const char *option,
    const char **text)
{
	*text = tool->argc > index ? tool->argv[index] : option;
	if (tool->argc <= index || option == NULL)
		return true;
	(void)tool_fail("record: \"%s\" and \"%s\" are both given: leave out "
	    "one of them", *text, option);
	return false;
}

int
tool_record(struct tool *tool)
{
	char encoded[RECORD_USER_SIZE], plain[AUTHMAP_USER_SIZE];
	char room[AUTHMAP_ADDRESS_SIZE];
	struct authmap_login login = {
		.address = tool_address(tool, tool->argv[0], room),
		.user = plain,
	};
	enum authmap_result result;
	struct address address;
	const char *user;

	if (!word_read(tool, 1, tool->user, &user) ||
	    !word_read(tool, 2, tool->service, &login.service))
		return TOOL_TROUBLE;
	if (!address_parse(login.address, &address))
		return tool_fail("\"%s\" is not an address: not recorded",
		    login.address);
	if (!tool_user_read(tool, user != NULL ? user : "", encoded, plain))
		return TOOL_TROUBLE;
	result = authmap_record(tool->am, &login);
	if (tool->json) {
		(void)printf("{\"address\": ");
		json_string(stdout, login.address);
		(void)printf(", \"result\": \"");
		print(stdout, "%s\"}\n", word(result));
	}
	return status_of(tool, login.address, result);
}
