/* SPDX-License-Identifier: ISC */
#include "tool/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/handle.h"

/* The service of the entry that check records, so that it can be recognized. */
#define SERVICE "check"

static char name[] = TOOL_NAME;

/* How long the entry lasts if this process is killed. */
#define PROBE_SECS 60

/* Return whether ADDRESS can be probed.  If it cannot, report why. */
static bool
may_probe(struct check *check, const char *address)
{
	const struct config *config = &check->am->config;
	struct address parsed;

	if (!address_parse(address, &parsed))
		check_say(check, FINDING_WRONG, "probe", "\"%s\" is not an address",
		    address);
	else if (config_excludes(config, &parsed))
		check_say(check, FINDING_WRONG, "probe",
		    "%s is in exclude of %s, or link-local: choose another "
		    "address", address, config->file);
	else
		switch (authmap_lookup(check->tool->am, address, NULL)) {
		case 0:
			return true;
		case 1:
			check_say(check, FINDING_WRONG, "probe",
			    "%s may relay already: choose an address that may "
			    "not", address);
			break;
		default:
			check_say(check, FINDING_WRONG, "probe", "the map cannot be "
			    "read: correct this first");
		}
	return false;
}

/* Write to USER a user whose logins are recorded, or "" if all logins are. */
static void
listed_user(const struct config *config, char user[AUTHMAP_USER_SIZE])
{
	const struct users *users = config->users.count > 0 ? &config->users :
	    &config->users_of_file;
	const char *word = users->count > 0 ? users->list[0] : "";

	/* "@" and a domain are all users of the domain. */
	(void)snprintf(user, AUTHMAP_USER_SIZE, "%s%s", word[0] == '@' ?
	    "authmap-check" : "", word);
}

/*
 * Record ADDRESS.  Log it to syslog, as any change to the addresses that may relay.
 */
static enum authmap_result
record(struct check *check, const char *address)
{
	char user[AUTHMAP_USER_SIZE];
	const struct authmap_login login = { .address = address, .user = user,
	    .service = SERVICE, .window = PROBE_SECS };
	enum authmap_result result;

	listed_user(&check->am->config, user);
	authmap_set_log(check->tool->am, log_to_syslog, name);
	result = authmap_record(check->tool->am, &login);
	authmap_set_log(check->tool->am, NULL, NULL);
	return result;
}

bool
probe_begin(struct check *check, const char *address)
{
	if (!may_probe(check, address))
		return false;
	switch (record(check, address)) {
	case AUTHMAP_GRANTED:
		check->probe = address;
		return true;
	case AUTHMAP_REFRESHED:
		check_say(check, FINDING_WRONG, "probe",
		    "somebody has just logged in from %s: choose another "
		    "address", address);
		break;
	case AUTHMAP_BLOCKED:
		check_say(check, FINDING_WRONG, "probe",
		    "%s is blocked: choose another address, or authmap unblock "
		    "%s", address, address);
		break;
	case AUTHMAP_UNLISTED:
		check_say(check, FINDING_WRONG, "probe", "%s cannot be recorded: no "
		    "user is listed in users of %s: add one", address,
		    check->am->config.file);
		break;
	case AUTHMAP_FULL:
		check_say(check, FINDING_WRONG, "probe",
		    "%s cannot be recorded: the map is full: see authmap "
		    "stats", address);
		break;
	default:
		check_say(check, FINDING_WRONG, "probe",
		    "%s cannot be recorded: see the lines about the map and its "
		    "lock", address);
	}
	return false;
}

void
probe_end(struct check *check)
{
	struct authmap_entry entry;
	int removed;

	if (check->probe == NULL || authmap_lookup(check->tool->am,
	    check->probe, &entry) != 1 || strcmp(entry.service, SERVICE) != 0)
		return;
	authmap_set_log(check->tool->am, log_to_syslog, name);
	removed = authmap_remove(check->tool->am, check->probe, NULL);
	authmap_set_log(check->tool->am, NULL, NULL);
	if (removed == -1)
		check_say(check, FINDING_WRONG, "probe",
		    "%s cannot be removed: authmap remove "
		    "%s", check->probe, check->probe);
}
