/* SPDX-License-Identifier: ISC */
/* What a change makes of the record in the map: a login or a refresh against a
 * tombstone, and the records of two hosts. */
#include <string.h>

#include "store/change.h"

/* A record with a future LAST was written before the clock was set back. */
static bool
from_future(const struct record *record, time_t now)
{
	return record->last > now + RECORD_SLACK_SECS;
}

/* Return whether the expiry of OLD, of the present entry, is credible. */
static bool
ends_later(const struct record *old, const struct record *new, time_t now)
{
	return !record_removed(old) && !from_future(old, now) &&
	    old->expires > new->expires;
}

/* Return the effect of storing RESULT in place of OLD. */
static enum change_effect
effect_on(const struct record *old, const struct record *result)
{
	if (!record_same_name(old, result))
		return EFFECT_STORE;
	return result->last == old->last && result->expires == old->expires ?
	    EFFECT_NOTHING : EFFECT_TIMES;
}

/* The entry is known, but may expire later now. */
static enum change_effect
resolve_extension(const struct record *new, const struct record *old, time_t now,
    struct record *result)
{
	if (!record_valid(old, now) || new->expires <= old->expires)
		return EFFECT_NOTHING;
	*result = *old;
	result->expires = new->expires;
	return EFFECT_TIMES;
}

static enum change_effect
resolve_refresh(const struct record *new, const struct record *old, time_t now,
    struct record *result)
{
	if (!from_future(old, now) && new->last <= old->last)
		return resolve_extension(new, old, now, result);
	*result = *old;
	result->last = new->last;
	/* The entry stays removed for as long as sessions try to bring it back. */
	if (!record_removed(old) && !ends_later(old, new, now))
		result->expires = new->expires;
	if (record_removed(new))
		result->expires = new->expires;
	return EFFECT_TIMES;
}

static enum change_effect
resolve_login(const struct change *change, const struct record *old, time_t now,
    struct record *result)
{
	const struct record *new = &change->record;

	/* The address was removed after the login, or in the same second. */
	if (change->retried && record_removed(old) && new->last <= old->last)
		return EFFECT_NOTHING;
	/* A login grants a removed entry again, whatever the clocks say. */
	if (record_valid(old, now) && new->last < old->last &&
	    old->last <= now)
		return resolve_extension(new, old, now, result);
	*result = *new;
	if (ends_later(old, new, now))
		result->expires = old->expires;
	/* The login is later than the removal, even if a clock was ahead.  LAST must
	 * not grow each time the login is stored. */
	if ((record_removed(old) || old->last > now) &&
	    !from_future(old, now - 1) && new->last <= old->last)
		result->last = old->last + (record_removed(old) ? 1 : 0);
	return effect_on(old, result);
}

static enum change_effect
resolve_remove(const struct record *new, const struct record *old, time_t now,
    struct record *result)
{
	/* An absent address gets a tombstone, too: a login may be retried. */
	*result = old == NULL ? *new : *old;
	result->expires = 0;
	if (old == NULL)
		return EFFECT_STORE;
	if (from_future(old, now) || new->last > old->last)
		result->last = new->last;
	return effect_on(old, result);
}

/* Return the record, of two hosts, whose service, user and LAST are taken. */
static bool
newer(const struct record *a, const struct record *b)
{
	int order = strcmp(a->service, b->service);

	if (a->last != b->last)
		return a->last > b->last;
	if (record_removed(a) != record_removed(b))
		return record_removed(a);
	return (order != 0 ? order : strcmp(a->user, b->user)) > 0;
}

/* Only a later login keeps the address in the map: the peer knows all earlier
 * changes. */
static enum change_effect
resolve_peer_removal(const struct change *change, const struct record *old,
    struct record *result)
{
	time_t until = change->record.expires;

	result->expires = 0;
	if (old != NULL && (record_removed(old) ? old->last >= result->last :
	    old->last > until))
		return EFFECT_NOTHING;
	return EFFECT_STORE;
}

/* The result is the same on every host, in whatever order the records are
 * received. */
static enum change_effect
resolve_peer(const struct change *change, const struct record *old,
    struct record *result)
{
	const struct record *new = &change->record;
	bool back = record_removed(old) && !record_removed(new);
	bool wins = newer(new, old);

	if (back && (change->op != CHANGE_PEER_LOGIN || !wins))
		return EFFECT_NOTHING;
	*result = wins ? *new : *old;
	if (!record_removed(old) && !record_removed(new))
		result->expires = new->expires > old->expires ?
		    new->expires : old->expires;
	return effect_on(old, result);
}

static enum change_effect
resolve(const struct change *change, const struct record *old, time_t now,
    struct record *result)
{
	const struct record *new = &change->record;

	*result = *new;
	if (change->op == CHANGE_REMOVE)
		return resolve_remove(new, old, now, result);
	if (change->op == CHANGE_PEER_REMOVE)
		return resolve_peer_removal(change, old, result);
	if (old == NULL || (from_future(old, now) &&
	    strchr(PEER_OPS, (char)change->op) != NULL))
		return record_sweep(result, now) ?
		    EFFECT_STORE : EFFECT_NOTHING;
	if (change->op == CHANGE_PEER ||
	    change->op == CHANGE_PEER_LOGIN)
		return resolve_peer(change, old, result);
	if (change->op == CHANGE_REFRESH || change->op == CHANGE_RESTORE)
		return resolve_refresh(new, old, now, result);
	return resolve_login(change, old, now, result);
}

enum change_effect
change_resolve(const struct change *change, const struct record *old,
    time_t now, struct record *result)
{
	enum change_effect effect = resolve(change, old, now, result);

	if (effect != EFFECT_TIMES)
		return effect;
	/* A change that makes an entry expire sooner, or brings it back, is more
	 * than a refresh. */
	return result->expires < old->expires ||
	    (old->expires <= now && result->expires > now) ?
	    EFFECT_STORE : effect;
}

enum authmap_result
change_result(const struct change *change, enum change_effect effect,
    const struct record *old, time_t now)
{
	if (effect == EFFECT_EARLY)
		return AUTHMAP_FAILED;
	if (effect == EFFECT_BLOCKED)
		return AUTHMAP_BLOCKED;
	if (effect == EFFECT_FULL)
		return AUTHMAP_FULL;
	if (change->op == CHANGE_LOGIN && effect == EFFECT_STORE)
		return AUTHMAP_GRANTED;
	if (old != NULL && record_removed(old))
		return AUTHMAP_REMOVED;
	return old != NULL && record_valid(old, now) ?
	    AUTHMAP_REFRESHED : AUTHMAP_GRANTED;
}
