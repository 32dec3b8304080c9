/* SPDX-License-Identifier: ISC */
/* The settings that are read in the same way in all versions of Dovecot. */
#include "lib.h"
#include "mail-user.h"
/* Weak: a Dovecot without this function must be able to load the plugin, so
   that it can log that the plugin is for another version. */
#ifdef DOVECOT_CONFIG_VERSION
#  include "str-parse.h"
#  pragma weak str_parse_get_interval
#else
#  include "settings-parser.h"
#  define str_parse_get_interval settings_get_time
#  pragma weak settings_get_time
#endif
#include "dovecot-plugin/authmap-settings.h"
#include "authmap.h"
#include "base/encode.h"

/* Names are separated by one space; with a comma, no service would match. */
#define AUTHMAP_SERVICE_LETTERS "abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- "

bool authmap_settings_misnamed(struct mail_user *user, const char *name)
{
	static const char *const names[] = {
		"authmap_config", "authmap_window", "authmap_enabled",
		"authmap_services", "authmap_master_users",
		"authmap_require_tls",
	};
	size_t len = strcspn(name, "=");

	if (strncasecmp(name, "authmap", strlen("authmap")) != 0)
		return FALSE;
	for (unsigned int i = 0; i < N_ELEMENTS(names); i++) {
		if (strlen(names[i]) == len &&
		    strncmp(names[i], name, len) == 0)
			return FALSE;
	}
	e_error(user->event, "authmap: not recorded: there is no setting "
		"%s; authmap-dovecot(7) lists them",
		ENCODED(t_strndup(name, len), 100));
	return TRUE;
}

static const char *
authmap_window_parse(const char *value, unsigned int *window_r)
{
	const char *error;

	if (value == NULL || *value == '\0')
		return NULL;
	if (str_parse_get_interval(value, window_r, &error) < 0)
		return error;
	if (*window_r == 0 || *window_r > AUTHMAP_WINDOW_MAX)
		return "must be from 1s to 31d";
	return NULL;
}

bool authmap_settings_check(struct mail_user *user,
			    struct authmap_settings *set_r,
			    const char *window)
{
	const char *name = "authmap_window";
	const char *error = authmap_window_parse(window, &set_r->window);

	if (error == NULL && set_r->config != NULL &&
	    set_r->config[0] != '/') {
		name = "authmap_config";
		error = "must be an absolute path";
	}
	if (error == NULL && strspn(set_r->services, AUTHMAP_SERVICE_LETTERS) !=
	    strlen(set_r->services)) {
		name = "authmap_services";
		error = "must be names of services, separated by spaces";
	}
	/* The error may contain the value, which may come from the userdb. */
	if (error != NULL)
		e_error(user->event, "authmap: not recorded: %s: %s",
			ENCODED(name, 64), ENCODED(error, 256));
	return error == NULL;
}
