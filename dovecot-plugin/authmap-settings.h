/* SPDX-License-Identifier: ISC */
/* The settings, which each version of Dovecot reads in its own .c file. */
#ifndef AUTHMAP_SETTINGS_H
#define AUTHMAP_SETTINGS_H

struct mail_user;

struct authmap_settings {
	bool enabled;
	const char *config;	/* NULL: libauthmap's default file */
	unsigned int window;	/* seconds; 0: as in that file */
	const char *services;	/* separated by spaces */
	bool master_users;	/* record the logins of master users? */
	bool require_tls;	/* record only logins protected by TLS? */
};

/* Reads the settings of USER into *SET_R; strings live as long as USER does.
   Errors are logged, and then no login is recorded: a wrong setting may have
   named another file, with another `exclude`. */
void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r);

/* Returns whether the connection of the client is protected by TLS. */
bool authmap_user_has_tls(const struct mail_user *user);

/* Returns whether this Dovecot has the version for which this plugin was
   built.  If not, no other function of this header may be called. */
bool authmap_settings_fit(void);

/* The version to show if authmap_settings_fit() returns FALSE. */
#define AUTHMAP_MISFIT DOVECOT_ABI_VERSION \
	", install authmap (dovecot-authmap) built for this Dovecot"

/* Returns TRUE, and logs it, if NAME of a setting or a userdb field begins
   like the settings of the plugin, but is not one.  NAME ends with a NUL or
   before a "=". */
bool authmap_settings_misnamed(struct mail_user *user, const char *name);

/* Parses WINDOW (NULL or "": none) into SET_R->window, and checks the strings
   of SET_R.  Returns FALSE if one is not valid, which is logged. */
bool authmap_settings_check(struct mail_user *user,
			    struct authmap_settings *set_r,
			    const char *window);

#endif
