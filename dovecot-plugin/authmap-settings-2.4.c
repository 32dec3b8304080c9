/* SPDX-License-Identifier: ISC */
/* Dovecot 2.4: settings authmap_… and userdb fields of the same names. */
#include "lib.h"
#include "mail-user.h"
#include "settings.h"
#include "dovecot-plugin/authmap-settings.h"
#include "dovecot-plugin/authmap-table-2.4.h"
#include "base/encode.h"

#ifndef DOVECOT_CONFIG_VERSION
#  error "This file is for Dovecot 2.4; these are the headers of an earlier one"
#endif

/* Returns a userdb field for Dovecot 2.3, which 2.4 ignores: after an
   upgrade, the users that it exempted must not be recorded. */
static const char *old_field(const struct mail_user *user)
{
	static const char old[] = "plugin/authmap_";
	const char *const *field = user->userdb_fields;

	for (; field != NULL && *field != NULL; field++) {
		if (strncmp(*field, old, sizeof(old) - 1) == 0)
			return *field;
	}
	return NULL;
}

/* Dovecot refuses unknown settings, but not unknown userdb fields. */
static bool fields_misnamed(struct mail_user *user)
{
	const char *const *field = user->userdb_fields;

	for (; field != NULL && *field != NULL; field++) {
		if (authmap_settings_misnamed(user, *field))
			return TRUE;
	}
	return FALSE;
}

void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r)
{
	const struct authmap_table *table;
	const char *error, *old = old_field(user);

	i_zero(set_r);
	if (old != NULL) {
		e_error(user->event, "authmap: not recorded: userdb field %s:"
			" with Dovecot 2.4 it is %s", ENCODED(old, 256),
			ENCODED(old + strlen("plugin/"), 256));
		return;
	}
	if (fields_misnamed(user))
		return;
	if (settings_get(user->event, &authmap_setting_parser_info, 0,
			 &table, &error) < 0) {
		e_error(user->event, "authmap: not recorded: %s",
			ENCODED(error, 256));
		return;
	}
	if (*table->authmap_config != '\0')
		set_r->config = p_strdup(user->pool, table->authmap_config);
	set_r->services = p_strdup(user->pool, table->authmap_services);
	set_r->master_users = table->authmap_master_users;
	set_r->require_tls = table->authmap_require_tls;
	set_r->enabled = authmap_settings_check(user, set_r,
						table->authmap_window) &&
		table->authmap_enabled;
	settings_free(table);
}

bool authmap_user_has_tls(const struct mail_user *user)
{
	return user->conn.end_client_tls_secured;
}
