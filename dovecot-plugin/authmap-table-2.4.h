/* SPDX-License-Identifier: ISC */
#ifndef AUTHMAP_TABLE_2_4_H
#define AUTHMAP_TABLE_2_4_H

/* Dovecot 2.3 does not have it, see authmap-settings.c. */
#pragma weak settings_get

/* The settings as Dovecot 2.4 fills them in. */
struct authmap_table {
	pool_t pool;
	bool authmap_enabled;
	const char *authmap_config;
	const char *authmap_window;
	const char *authmap_services;
	bool authmap_master_users;
	bool authmap_require_tls;
};

extern const struct setting_parser_info authmap_setting_parser_info;

#endif
