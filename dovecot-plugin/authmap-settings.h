/* SPDX-License-Identifier: ISC */
/* What differs between Dovecot's versions; one .c file for each. */
#ifndef AUTHMAP_SETTINGS_H
#define AUTHMAP_SETTINGS_H

struct mail_user;

struct authmap_settings {
	bool enabled;
	const char *config;	/* NULL: libauthmap's default file */
	unsigned int window;	/* seconds; 0: as that file says */
	const char *services;	/* parted by spaces */
	bool master_users;	/* record the logins of master users? */
	bool require_tls;	/* record only logins protected by TLS? */
};

/*
 * Reads the settings of USER into *SET_R; strings live as long as USER does.
 * What is wrong with them is logged, and nothing is recorded: it may have hidden
 * another file, with another `exclude`.
 */
void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r);

/* Is the client's connection protected by TLS? */
bool authmap_user_has_tls(const struct mail_user *user);

/*
 * Is this Dovecot of the version for which the file was built?  If not, no other
 * function of it may be called.
 */
bool authmap_settings_fit(void);

/* The version that a file gives itself if it is not. */
#define AUTHMAP_MISFIT DOVECOT_ABI_VERSION \
	", install authmap (dovecot-authmap) built for this Dovecot"

/*
 * Return TRUE, and log it, if NAME, of a setting or a field of the userdb, begins
 * like the plugin's settings but is none of them.  NAME ends with a NUL or before
 * a "=".
 */
bool authmap_settings_misnamed(struct mail_user *user, const char *name);

/*
 * Read the text WINDOW, NULL or "" if there is none, into SET_R, and check the
 * other texts in it.  Returns FALSE if one is not valid, which is logged.
 */
bool authmap_settings_check(struct mail_user *user,
			    struct authmap_settings *set_r,
			    const char *window);

#endif
