#include "store/batch.h"

#include <string.h>

/* What is larger (bytes) is not tried in the published map first. */
#define SMALL_BATCH (64 * 1024)

enum map_status
batch_rewind(struct batch *b)
{
	b->good = b->bad = b->own_given = 0;
	memset(&b->tally, 0, sizeof b->tally);
	if (b->in == NULL || fseek(b->in, 0, SEEK_SET) == 0)
		return MAP_OK;
	return map_fail(MAP_TROUBLE, "what is to be stored cannot be read");
}

bool
batch_next(struct batch *b, struct change *change, bool *own)
{
	*own = false;
	if (b->in != NULL && change_next_until(b->in, b->end, b->ops,
	    change, &b->bad, NEVER)) {
		b->good++;
		if (b->restores)
			change->op = CHANGE_RESTORE;
		return true;
	}
	if (b->own == NULL || b->own_given)
		return false;
	*change = *b->own;
	*own = b->own_given = true;
	return true;
}

bool
batch_small(const struct batch *b)
{
	struct stat st;

	return b->in == NULL ||
	    (fstat(fileno(b->in), &st) == 0 && st.st_size <= SMALL_BATCH);
}

void
batch_report(struct batch *b, enum change_effect effect,
    const struct record *old)
{
	if (b->effect == NULL || b->was == NULL ||
	    (b->reported && effect != CHANGE_FULL && effect <= *b->effect))
		return;
	b->reported = true;
	*b->effect = effect;
	if (old != NULL)
		*b->was = *old;
	else
		b->was->service[0] = '\0';
}
