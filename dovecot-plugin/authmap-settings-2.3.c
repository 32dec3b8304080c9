/* Dovecot 2.3: plugin { authmap_… } and userdb fields of the same names. */
#include "lib.h"
#include "mail-user.h"
#include "authmap-settings.h"

#ifdef DOVECOT_CONFIG_VERSION
#  error "This file is for Dovecot 2.3; these are the headers of a later one"
#endif

/* Dovecot 2.4 does not have them, see authmap-settings.c. */
#pragma weak mail_user_plugin_getenv
#pragma weak mail_user_plugin_getenv_bool

static bool get_bool(struct mail_user *user, const char *name, bool standard)
{
	if (mail_user_plugin_getenv(user, name) == NULL)
		return standard;
	return mail_user_plugin_getenv_bool(user, name);
}

void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r)
{
	const char *services;

	services = mail_user_plugin_getenv(user, "authmap_services");
	i_zero(set_r);
	set_r->enabled = get_bool(user, "authmap_enabled", TRUE);
	set_r->config = mail_user_plugin_getenv(user, "authmap_config");
	set_r->window = authmap_settings_window(user,
		mail_user_plugin_getenv(user, "authmap_window"));
	set_r->services = services != NULL ? services : "imap pop3";
	set_r->master_users = get_bool(user, "authmap_master_users", FALSE);
	set_r->require_tls = get_bool(user, "authmap_require_tls", FALSE);
}

bool authmap_user_has_tls(const struct mail_user *user)
{
	return user->conn.ssl_secured;
}

bool authmap_settings_fit(void)
{
	return mail_user_plugin_getenv != NULL;
}
