/* SPDX-License-Identifier: ISC */
/*
 * Records the address of every login in authmap's map, before the client gets the
 * answer, and keeps it there while the session lasts.  No error may fail a login:
 * it is logged, and the login goes on.  libauthmap waits for lock_timeout at most.
 */
#include "lib.h"
#include "ioloop.h"
#include "net.h"
#include "str.h"
#include "mail-user.h"
#include "module-context.h"
#include "mail-storage-hooks.h"
#include "dovecot-plugin/authmap-settings.h"
#include "dovecot-plugin/authmap-plugin.h"
#include "authmap.h"

#include <syslog.h>

/* When to try again without a configuration. */
#define REFRESH_WITHOUT_SECS 3600

#define AUTHMAP_USER_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, authmap_user_module)

enum authmap_state {
	/* The login is to be recorded. */
	AUTHMAP_STATE_LOGIN,
	/* The login is in the map, or will be: from now on it is refreshed. */
	AUTHMAP_STATE_REFRESH,
	/* The login was refused: the session does not try again. */
	AUTHMAP_STATE_REFUSED
};

struct authmap_user {
	union mail_user_module_context module_ctx;
	const char *address;
	const char *config;
	unsigned int window;
	struct timeout *to_refresh;
	enum authmap_state state;
	/* When the login was first tried to be recorded, or a hibernated
	   session has woken up; 0 before that, and while nothing was written
	   for it.  A retry must not undo what an administrator did since then,
	   and a refresh so short a time later is left out. */
	time_t login;
	/* The last write failed, and this was logged. */
	bool failed;
};

/* Only Dovecot refers to it. */
extern const char *authmap_plugin_version;
const char *authmap_plugin_version = DOVECOT_ABI_VERSION;

/* Dovecot compares this with its own version.  If they differ, it refuses
   the plugin and logs both, so the text also tells the administrator what to
   do. */
static void __attribute__((constructor)) authmap_plugin_check_version(void)
{
	if (!authmap_settings_fit())
		authmap_plugin_version = AUTHMAP_MISFIT;
}

static MODULE_CONTEXT_DEFINE_INIT(authmap_user_module,
				  &mail_user_module_register);

/* The handle of this process.  Its configuration is checked for changes at
   most once a second.  A configuration with errors is read again for each
   login, so that each login logs them, and the first one after the
   correction is recorded. */
static struct authmap *authmap;
static char *authmap_config;
static time_t authmap_looked;

struct authmap_log {
	struct event *event;
	string_t *errors;
};

/* Gather errors, so that each login logs at most one line.  The library has
   encoded LINE already. */
static void authmap_log_line(void *arg, int priority, const char *line)
{
	struct authmap_log *log = arg;

	if (priority <= LOG_WARNING) {
		if (str_len(log->errors) > 0)
			str_append(log->errors, "; ");
		str_append(log->errors, line);
	} else {
		e_info(log->event, "%s", line);
	}
}

static void authmap_close(void)
{
	authmap_free(authmap);
	authmap = NULL;
	i_free(authmap_config);
}

static bool authmap_is_current(const char *config)
{
	if (authmap == NULL || null_strcmp(config, authmap_config) != 0)
		return FALSE;
	if (authmap_looked == ioloop_time)
		return TRUE;
	authmap_looked = ioloop_time;
	return authmap_config_changed(authmap) == 0;
}

/* Returns FALSE if there is no memory. */
static bool authmap_open(const char *config, struct authmap_log *log)
{
	int errors;

	if (authmap_is_current(config)) {
		authmap_set_log(authmap, authmap_log_line, log);
		return TRUE;
	}
	authmap_close();
	authmap = authmap_new(config, authmap_log_line, log, &errors);
	authmap_config = i_strdup(config);
	if (authmap != NULL && errors != 0)
		authmap_looked = 0;
	return authmap != NULL;
}

/* If the process may not open the map's files, it is not in their group. */
static void authmap_log_hint(struct authmap_log *log)
{
	const char *why = strstr(str_c(log->errors), "is not recorded: ");

	if (why != NULL && strstr(why, strerror(EACCES)) != NULL)
		str_append(log->errors, ": add the map's group to "
			   "mail_access_groups, see authmap check");
}

/* A session logs an error once, not with every refresh. */
static void
authmap_log_failure(struct authmap_log *log, struct authmap_user *auser,
		    struct event *event)
{
	authmap_log_hint(log);
	if (auser->failed)
		e_debug(event, "%s", str_c(log->errors));
	else
		e_error(event, "%s", str_c(log->errors));
	str_truncate(log->errors, 0);
	auser->failed = TRUE;
}

static void
authmap_log_result(struct authmap_log *log, struct authmap_user *auser,
		   const char *service, enum authmap_result result)
{
	const char *address = auser->address;
	struct event_passthrough *e = event_create_passthrough(log->event)->
		add_str("address", address)->
		add_str("service", service);

	switch (result) {
	case AUTHMAP_GRANTED:
		/* The library has logged it. */
		e_debug(e->set_name("authmap_granted")->event(),
			"%s may relay", address);
		break;
	case AUTHMAP_REFRESHED:
		e_debug(e->set_name("authmap_refreshed")->event(),
			"%s may relay for longer", address);
		break;
	case AUTHMAP_FAILED:
		authmap_log_failure(log, auser,
				    e->set_name("authmap_failed")->event());
		return;
	case AUTHMAP_EXCLUDED:
	case AUTHMAP_REMOVED:
	case AUTHMAP_BLOCKED:
	case AUTHMAP_UNLISTED:
		e_debug(e->event(), "%s is %s: not recorded", address,
			result == AUTHMAP_REMOVED ? "removed" :
			result == AUTHMAP_BLOCKED ? "blocked" :
			result == AUTHMAP_UNLISTED ? "of another user" :
			"excluded");
		break;
	case AUTHMAP_FULL:
		/* The library logs one error a minute. */
		e_debug(e->event(), "%s is beyond a limit: not recorded", address);
		break;
	}
	auser->failed = FALSE;
	if (str_len(log->errors) > 0)
		e_error(log->event, "%s", str_c(log->errors));
}

/* Returns the next state of a login with RESULT. */
static enum authmap_state authmap_state_after(enum authmap_result result)
{
	switch (result) {
	case AUTHMAP_FAILED:
		return AUTHMAP_STATE_LOGIN;
	case AUTHMAP_EXCLUDED:
	case AUTHMAP_REMOVED:
	case AUTHMAP_BLOCKED:
	case AUTHMAP_UNLISTED:
		return AUTHMAP_STATE_REFUSED;
	default:
		return AUTHMAP_STATE_REFRESH;
	}
}

/* Records the login, or refreshes its entry once it is recorded. */
static enum authmap_result
authmap_write(struct mail_user *user, struct authmap_user *auser)
{
	const struct authmap_login login = {
		.address = auser->address,
		.user = user->username,
		.service = user->service,
		.window = auser->window,
		/* The name that the client gave, or that of the master user;
		   NULL if it is the username. */
		.alias = user->auth_user,
		.time = auser->login,
	};
	enum authmap_result result = AUTHMAP_FAILED;
	bool recorded = auser->state == AUTHMAP_STATE_REFRESH;

	if (auser->login == 0)
		auser->login = time(NULL);

	T_BEGIN {
		struct authmap_log log = {
			.event = event_create(user->event),
			.errors = t_str_new(128),
		};

		event_set_append_log_prefix(log.event, "authmap: ");
		if (authmap_open(auser->config, &log)) {
			result = recorded ?
				authmap_refresh(authmap, &login) :
				authmap_record(authmap, &login);
			authmap_set_log(authmap, NULL, NULL);
		} else {
			str_append(log.errors, "no memory");
		}
		authmap_log_result(&log, auser, user->service, result);
		event_unref(&log.event);
	} T_END;
	if (!recorded)
		auser->state = authmap_state_after(result);
	/* Nothing was written, so the next refresh must not be left out. */
	if (result == AUTHMAP_FULL || (recorded && result == AUTHMAP_FAILED))
		auser->login = 0;
	return result;
}

static unsigned int authmap_refresh_secs(const struct authmap_user *auser)
{
	return authmap == NULL ? REFRESH_WITHOUT_SECS :
		authmap_refresh_interval(authmap, auser->window);
}

/* While another process holds the lock, a login is retried sooner than in SECS.
   So is the refresh of a session that has woken up, whose entry may have
   expired; less often, because it waits longer for the lock. */
static unsigned int
authmap_next_secs(const struct authmap_user *auser, unsigned int secs)
{
	if (authmap == NULL || authmap_is_busy(authmap) == 0)
		return secs;
	if (auser->state == AUTHMAP_STATE_LOGIN)
		return AUTHMAP_BUSY_SECS;
	return auser->login == 0 ? I_MIN(secs, AUTHMAP_RETRY_SECS) : secs;
}

static void authmap_user_refresh(struct mail_user *user);

static void authmap_user_later(struct mail_user *user, unsigned int secs)
{
	struct authmap_user *auser = AUTHMAP_USER_CONTEXT(user);

	auser->to_refresh = timeout_add(secs * 1000, authmap_user_refresh,
					user);
}

/* The interval is computed each time, because the configured window may have
   changed. */
static void authmap_user_refresh(struct mail_user *user)
{
	struct authmap_user *auser = AUTHMAP_USER_CONTEXT(user);

	(void)authmap_write(user, auser);
	timeout_remove(&auser->to_refresh);
	if (auser->state != AUTHMAP_STATE_REFUSED)
		authmap_user_later(user, authmap_next_secs(auser,
						authmap_refresh_secs(auser)));
}

/* The session ends, or is hibernated, which looks the same here.  The entry
   stays: the client may relay for one window from now. */
static void authmap_user_deinit(struct mail_user *user)
{
	struct authmap_user *auser = AUTHMAP_USER_CONTEXT(user);

	timeout_remove(&auser->to_refresh);
	if (auser->state != AUTHMAP_STATE_REFUSED)
		(void)authmap_write(user, auser);
	auser->module_ctx.super.deinit(user);
}

/* user->auth_user is not enough: it also differs from the username if
   Dovecot only changed its case. */
static bool authmap_user_is_master(const struct mail_user *user)
{
	static const char master[] = "master_user=";
	const char *const *field = user->userdb_fields;

	for (; field != NULL && *field != NULL; field++) {
		if (strncmp(*field, master, sizeof(master) - 1) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Returns whether this is a login of a client whose address is to be
   recorded. */
static bool authmap_user_wanted(struct mail_user *user,
				const struct authmap_settings *set)
{
	bool wanted;

	if (user->autocreated || user->anonymous || !set->enabled)
		return FALSE;
	/* LMTP, doveadm and similar services have no address of a client, or
	   that of another one. */
	if (user->conn.remote_ip == NULL || user->conn.remote_ip->family == 0)
		return FALSE;
	if (set->require_tls && !authmap_user_has_tls(user))
		return FALSE;
	if (!set->master_users && authmap_user_is_master(user))
		return FALSE;
	T_BEGIN {
		wanted = str_array_find(t_strsplit_spaces(set->services, " "),
					user->service);
	} T_END;
	return wanted;
}

static void authmap_user_created(struct mail_user *user)
{
	struct mail_user_vfuncs *v = user->vlast;
	struct authmap_settings set;
	struct authmap_user *auser;
	enum authmap_result result;
	unsigned int secs;

	authmap_settings_read(user, &set);
	if (!authmap_user_wanted(user, &set))
		return;
	auser = p_new(user->pool, struct authmap_user, 1);
	auser->address = p_strdup(user->pool,
				  net_ip2addr(user->conn.remote_ip));
	auser->config = set.config;
	auser->window = set.window;
	/* A hibernated session that wakes up is not a new login, so it must
	   not bring back a removed entry. */
	if (user->session_restored)
		auser->state = AUTHMAP_STATE_REFRESH;
	result = authmap_write(user, auser);
	/* A session must not grant later what its login was refused. */
	if (result == AUTHMAP_EXCLUDED || result == AUTHMAP_BLOCKED ||
	    result == AUTHMAP_UNLISTED)
		return;
	auser->module_ctx.super = *v;
	user->vlast = &auser->module_ctx.super;
	v->deinit = authmap_user_deinit;
	MODULE_CONTEXT_SET(user, authmap_user_module, auser);
	secs = authmap_refresh_secs(auser);
	if (result == AUTHMAP_FAILED)
		secs = I_MIN(secs, AUTHMAP_RETRY_SECS);
	authmap_user_later(user, authmap_next_secs(auser, secs));
}

static struct mail_storage_hooks authmap_hooks = {
	.mail_user_created = authmap_user_created,
};

void authmap_plugin_init(struct module *module)
{
	mail_storage_hooks_add(module, &authmap_hooks);
}

void authmap_plugin_deinit(void)
{
	mail_storage_hooks_remove(&authmap_hooks);
	authmap_close();
}
