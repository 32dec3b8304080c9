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
 * Reads the settings of USER; strings live as long as USER does.  A value
 * that is wrong is logged and keeps its default.
 */
void authmap_settings_read(struct mail_user *user,
			   struct authmap_settings *set_r);

/* Is the client's connection protected by TLS? */
bool authmap_user_has_tls(const struct mail_user *user);

#endif
