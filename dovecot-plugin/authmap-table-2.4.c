/* SPDX-License-Identifier: ISC */
/*
 * The names and defaults of the settings, for Dovecot 2.4.  They are in the
 * plugin, and in a module of their own, without which Dovecot's configuration
 * would not know them.
 */
#include "lib.h"
#include "settings.h"
#include "dovecot-plugin/authmap-settings.h"
#include "dovecot-plugin/authmap-table-2.4.h"

#undef DEF
#define DEF(type, name) \
	SETTING_DEFINE_STRUCT_##type(#name, name, struct authmap_table)

static const struct setting_define authmap_defines[] = {
	DEF(BOOL, authmap_enabled),
	DEF(STR, authmap_config),
	/* A string, so that a wrong value does not fail the login, as with
	   Dovecot 2.3. */
	DEF(STR, authmap_window),
	DEF(STR, authmap_services),
	DEF(BOOL, authmap_master_users),
	DEF(BOOL, authmap_require_tls),
	SETTING_DEFINE_LIST_END
};

static const struct authmap_table authmap_defaults = {
	.authmap_enabled = TRUE,
	.authmap_config = "",
	.authmap_window = "",
	.authmap_services = "imap pop3",
};

const struct setting_parser_info authmap_setting_parser_info = {
	.name = "authmap",
	.defines = authmap_defines,
	.defaults = &authmap_defaults,
	.struct_size = sizeof(struct authmap_table),
	.pool_offset1 = 1 + offsetof(struct authmap_table, pool),
};

bool authmap_settings_fit(void)
{
	return (settings_get) != NULL;
}

/* Only Dovecot refers to it. */
extern const char *authmap_settings_version;
const char *authmap_settings_version = DOVECOT_ABI_VERSION;

static void __attribute__((constructor)) authmap_settings_check_version(void)
{
	if (!authmap_settings_fit())
		authmap_settings_version = AUTHMAP_MISFIT;
}

extern const struct setting_parser_info *authmap_settings_set_infos[];
const struct setting_parser_info *authmap_settings_set_infos[] = {
	&authmap_setting_parser_info,
	NULL
};
