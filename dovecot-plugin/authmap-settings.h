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
 * A window that is wrong is logged, and the configured one is used.  Settings
 * that cannot be read at all are logged, and nothing is recorded.
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

/* The same in all versions: VALUE as authmap_settings.window.  NULL and "" are
   none. */
unsigned int authmap_settings_window(struct mail_user *user,
				     const char *value);

#endif
