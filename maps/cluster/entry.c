/* SPDX-License-Identifier: ISC */
#include "cluster/entry.h"

#include <string.h>
#include <syslog.h>

#include "cluster/script.h"
#include "daemon/log-limit.h"

/* How many bytes of rejected text the log shows. */
#define REFUSED_SHOWN_BYTES 80

/*
 * Timestamps are compared by the engine's clock.  A difference of two clocks must
 * not extend an entry.  So an entry that goes to the engine, or comes from it,
 * expires sooner by as much as the receiver's clock is behind the sender's.
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

/* Convert the times of RECORD, received with OP, to this host's clock. */
static void
translate(const struct cluster *cl, enum change_op op, struct record *record)
{
	record->last -= cl->clock_ahead;
	if (op == CHANGE_PEER_REMOVE ||
	    (!record_removed(record) && cl->clock_ahead > 0))
		record->expires -= cl->clock_ahead;
}

void
cluster_reject(struct cluster *cl, const char *what, size_t len,
    const char *why)
{
	static struct log_limit limit;
	char shown[REFUSED_SHOWN_BYTES + 1];

	cl->rejected++;
	if (log_limit_repeated(&limit, why))
		return;
	(void)encode_bytes(what, len, shown, sizeof shown);
	log_say(&cl->am->log, LOG_ERR, "rejected from the engine: \"%s\": %s "
	    "(more are only counted: see authmap check)", shown, why);
}

/* Return NULL, or why KEY may not be in this host's map.  Return "" if it is
 * excluded here: that is not an error of the other host. */
static const char *
key_wrong(const struct cluster *cl, const char *key)
{
	const struct config *config = &cl->am->config;
	char canonical[AUTHMAP_ADDRESS_SIZE];

	if (!address_is_key(key))
		return "is not an address";
	if (!address_text_to_key(key, config->ipv6_prefix, canonical) ||
	    strcmp(canonical, key) != 0)
		return "the other host has a different ipv6_prefix";
	return config_excludes_key(config, key) ? "" : NULL;
}

/* Return whether this host does not record logins of the user in RECORD. */
static bool
is_unlisted(const struct cluster *cl, const struct record *record)
{
	char user[AUTHMAP_USER_SIZE];

	if (record_removed(record) || !config_limits_users(&cl->am->config))
		return false;
	record_plain_user(record->user, user);
	return !config_records(&cl->am->config, user, NULL);
}

/* Return NULL, or why CHANGE is not valid.  Return "" if its entry has expired, or
 * if this host does not record its user: these are not errors of the other host. */
static const char *
record_wrong(const struct cluster *cl, const struct change *change)
{
	struct record kept = change->record;
	time_t now = cl->am->clock(NULL);

	if (kept.last > now + RECORD_SLACK_SECS)
		return "its time is in the future: the other host's clock is wrong";
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
		cluster_reject(cl, key, key_len, "is not an address");
		return false;
	}
	memcpy(change->key, key, key_len);
	change->key[key_len] = '\0';
	wrong = key_wrong(cl, change->key);
	if (wrong == NULL && !record_decode(text, len, &change->record))
		wrong = "has no valid record";
	if (wrong == NULL) {
		translate(cl, change->op, &change->record);
		wrong = record_wrong(cl, change);
	}
	if (wrong != NULL && wrong[0] != '\0')
		cluster_reject(cl, key, key_len, wrong);
	return wrong == NULL;
}
