/* SPDX-License-Identifier: ISC */
/* Dovecot 2.3: plugin { authmap_… } and userdb fields of the same names. */
#include "lib.h"
#include "array.h"
#include "mail-user.h"
#include "mail-storage-settings.h"
#include "dovecot-plugin/authmap-settings.h"
#include "base/encode.h"

#ifdef DOVECOT_CONFIG_VERSION
#  error "This file is for Dovecot 2.3; these are the headers of a later one"
#endif

/* Dovecot 2.4 does not have these, see authmap-settings.c. */
#pragma weak mail_user_plugin_getenv
#pragma weak mail_user_plugin_getenv_bool

/* Returns FALSE if the value is neither yes nor no, which is logged.
   Dovecot's own function takes "off" for yes. */
static bool get_bool(struct mail_user *user, const char *name, bool *value_r)
{
	static const char *const no[] = { "no", "n", "false", "0" };
	static const char *const yes[] = { "yes", "y", "true", "1" };
	const char *value = mail_user_plugin_getenv(user, name);

	if (value == NULL)
		return TRUE;
	for (unsigned int i = 0; i < N_ELEMENTS(yes); i++) {
		*value_r = strcasecmp(value, yes[i]) == 0;
		if (*value_r || strcasecmp(value, no[i]) == 0)
			return TRUE;
	}
	e_error(user->event, "authmap: not recorded: %s: must be yes or no",
		ENCODED(name, 64));
	return FALSE;
}

/* Dovecot ignores settings that no plugin asks for.  Returns TRUE, and logs
   it, if one has a wrong name. */
static bool misnamed(struct mail_user *user)
{
	const char *const *envs;
	unsigned int count;

	if (!array_is_created(&user->set->plugin_envs))
		return FALSE;
	/* Names and values alternate. */
	envs = array_get(&user->set->plugin_envs, &count);
	for (unsigned int i = 0; i + 1 < count; i += 2) {
		if (authmap_settings_misnamed(user, envs[i]))
			return TRUE;
	}
	return FALSE;
}

void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r)
{
	const char *services;
	bool enabled = TRUE;

	services = mail_user_plugin_getenv(user, "authmap_services");
	i_zero(set_r);
	set_r->config = mail_user_plugin_getenv(user, "authmap_config");
	set_r->services = services != NULL ? services : "imap pop3";
	set_r->enabled = !misnamed(user) &&
		get_bool(user, "authmap_enabled", &enabled) &&
		get_bool(user, "authmap_master_users", &set_r->master_users) &&
		get_bool(user, "authmap_require_tls", &set_r->require_tls) &&
		authmap_settings_check(user, set_r,
			mail_user_plugin_getenv(user, "authmap_window")) &&
		enabled;
}

bool authmap_user_has_tls(const struct mail_user *user)
{
	return user->conn.ssl_secured;
}

bool authmap_settings_fit(void)
{
	return mail_user_plugin_getenv != NULL;
}
