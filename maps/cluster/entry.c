/* SPDX-License-Identifier: ISC */
#include "cluster/entry.h"

#include <string.h>
#include <syslog.h>

#include "cluster/script.h"
#include "daemon/log-limit.h"

/* How many bytes of refused text the log shows. */
#define REFUSED_SHOWN_BYTES 80

/*
 * Timestamps are compared by the engine's clock.  But no entry expires later since
 * two clocks differ: on its way to the engine and from it, its expiry is made
 * sooner by as much as the clock of the receiver is behind.
 */
void
cluster_encode_record(const struct cluster *cl, const struct record *record,
    char text[RECORD_SIZE])
{
	struct record sent = *record;

	sent.last += cl->clock_ahead;
	if (!record_removed(record) && cl->clock_ahead < 0)
		sent.expires += cl->clock_ahead;
	(void)record_encode(&sent, text);
}

/* Turn the times of RECORD, which came with OP, into those of this host's clock. */
static void
translate(const struct cluster *cl, enum change_op op, struct record *record)
{
	record->last -= cl->clock_ahead;
	if (op == CHANGE_PEER_REMOVE ||
	    (!record_removed(record) && cl->clock_ahead > 0))
		record->expires -= cl->clock_ahead;
}

void
cluster_refuse(struct cluster *cl, const char *what, size_t len,
    const char *why)
{
	static struct log_limit limit;
	char shown[REFUSED_SHOWN_BYTES + 1];

	cl->refused++;
	if (log_limit_repeated(&limit, why))
		return;
	(void)encode_bytes(what, len, shown, sizeof shown);
	log_say(&cl->am->log, LOG_ERR, "refused from the engine: \"%s\": %s "
	    "(more are only counted: authmap check)", shown, why);
}

/* Return NULL, or why KEY may not be in this host's map; "": it is excluded, which
 * is no error of the other host. */
static const char *
key_wrong(const struct cluster *cl, const char *key)
{
	const struct config *config = &cl->am->config;
	char ours[AUTHMAP_ADDRESS_SIZE];

	if (!address_is_key(key))
		return "no address";
	if (!address_text_to_key(key, config->ipv6_prefix, ours) ||
	    strcmp(ours, key) != 0)
		return "ipv6_prefix is another there";
	return config_excludes_key(config, key) ? "" : NULL;
}

/* Return whether this host does not record the logins of its user. */
static bool
is_unlisted(const struct cluster *cl, const struct record *record)
{
	char user[AUTHMAP_USER_SIZE];

	if (record_removed(record) || !config_limits_users(&cl->am->config))
		return false;
	record_plain_user(record->user, user);
	return !config_records(&cl->am->config, user, NULL);
}

/* Return NULL, or why this host would not have written CHANGE; "": it has expired,
 * or its user is not recorded here, which is no error of the other host. */
static const char *
record_wrong(const struct cluster *cl, const struct change *change)
{
	struct record kept = change->record;
	time_t now = cl->am->clock(NULL);

	if (kept.last > now + RECORD_SLACK_SECS)
		return "it comes from the future: a clock is wrong there";
	if (change->op == CHANGE_PEER_REMOVE)
		return NULL;
	if (kept.expires > kept.last + (time_t)cluster_window_max(cl))
		return "it lasts longer than cluster_max_window";
	return record_sweep(&kept, now) && !is_unlisted(cl, &kept) ? NULL : "";
}

bool
cluster_decode_entry(struct cluster *cl, const char *key, size_t key_len,
    const char *text, size_t len, struct change *change)
{
	const char *wrong = NULL;

	if (key_len >= sizeof change->key ||
	    memchr(key, '\0', key_len) != NULL) {
		cluster_refuse(cl, key, key_len, "no address");
		return false;
	}
	memcpy(change->key, key, key_len);
	change->key[key_len] = '\0';
	wrong = key_wrong(cl, change->key);
	if (wrong == NULL && !record_decode(text, len, &change->record))
		wrong = "no record";
	if (wrong == NULL) {
		translate(cl, change->op, &change->record);
		wrong = record_wrong(cl, change);
	}
	if (wrong != NULL && wrong[0] != '\0')
		cluster_refuse(cl, key, key_len, wrong);
	return wrong == NULL;
}
