/* SPDX-License-Identifier: ISC */
/* The requests of OpenSMTPD, in both protocols. */
#include "opensmtpd/table.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/ask.h"

static void
log_line(void *arg, int priority, const char *line)
{
	struct table *table = arg;

	if (priority <= LOG_ERR)
		(void)strlcpy(table->trouble, line, sizeof table->trouble);
	log_to_syslog(NULL, priority, line);
}

void
table_garbage(const char *what)
{
	const struct log log = { log_to_syslog, NULL };

	log_say(&log, LOG_ERR, "protocol error of OpenSMTPD: %s", what);
	exit(1);
}

bool
table_update(struct table *table)
{
	int errors = 0;
	struct authmap *fresh;

	(void)strlcpy(table->trouble, "no memory", sizeof table->trouble);
	fresh = authmap_new(table->file, log_line, table, &errors);
	if (fresh == NULL || errors != 0) {
		authmap_free(fresh);
		return false;
	}
	authmap_free(table->am);
	table->am = fresh;
	return true;
}

int
table_ask(struct table *table, const char *client,
    char key[AUTHMAP_ADDRESS_SIZE])
{
	char user[RECORD_USER_SIZE];
	struct address address;
	int found;

	if (!address_read(client, &address))
		return 0;
	/* The administrator may have corrected the configuration meanwhile. */
	if (table->am == NULL && !table_update(table))
		return -1;
	address_key(&address, 128, key);
	found = ask_may_relay(table->am, key, user);
	if (found == 1)
		log_say(&table->am->log, LOG_INFO, "relaying for %s [%s]",
		    user, key);
	return found;
}
