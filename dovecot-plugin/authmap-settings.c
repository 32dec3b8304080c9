/* What is read in the same way in all of Dovecot's versions. */
#include "lib.h"
#include "mail-user.h"
/* Weak: another Dovecot, which does not have it, has to load us to see that we
   are not for it, and to say so. */
#ifdef DOVECOT_CONFIG_VERSION
#  include "str-parse.h"
#  pragma weak str_parse_get_interval
#else
#  include "settings-parser.h"
#  define str_parse_get_interval settings_get_time
#  pragma weak settings_get_time
#endif
#include "authmap-settings.h"
#include "../maps/authmap.h"
#include "../maps/base/encode.h"

unsigned int authmap_settings_window(struct mail_user *user, const char *value)
{
	const char *error;
	unsigned int seconds;

	if (value == NULL || *value == '\0')
		return 0;
	if (str_parse_get_interval(value, &seconds, &error) == 0) {
		if (seconds > 0 && seconds <= AUTHMAP_WINDOW_MAX)
			return seconds;
		error = "must be from 1s to 31d";
	}
	/* It has the value in it, which may be of the userdb. */
	e_error(user->event, "authmap_window: %s: the configured one is used",
		ENCODED(error, 256));
	return 0;
}
