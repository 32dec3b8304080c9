/* SPDX-License-Identifier: ISC */
#include "store/blocklist-edit.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safefile.h"
#include "store/lock.h"

#define BLOCKS_MODE 0640
#define LOCK_MODE 0600		/* as only writers of relay.blocks may hold it */
#define LOCK_PATIENCE_MS 5000

/* Store the network of BLOCK as text in it.  Return false if there is no memory. */
static bool
name_network(struct block *block)
{
	const struct network *network = &block->network;
	char text[AUTHMAP_ADDRESS_SIZE];
	size_t len;

	/* address_key() adds no length to an IPv4 address. */
	address_key(&network->base, network->bits, text);
	len = strlen(text);
	if (network->base.family == AF_INET && network->bits < 32)
		(void)snprintf(text + len, sizeof text - len, "/%u",
		    network->bits);
	block->what = strdup(text);
	return block->what != NULL;
}

/* Return whether TEXT may be a mistyped network, which must not be taken for a
 * user. */
static bool
looks_like_network(const char *text)
{
	return strchr(text, ':') != NULL ||
	    text[strspn(text, "0123456789./")] == '\0';
}

const char *
block_parse(const char *text, bool user, struct block *block)
{
	char encoded[RECORD_USER_SIZE];

	memset(block, 0, sizeof *block);
	if (!user && network_parse(text, &block->network))
		return name_network(block) ? NULL : strerror(ENOMEM);
	if (!user && looks_like_network(text))
		return "is not an address, or a network such as 192.0.2.0/24 "
		    "without host bits: to block a user of that name, use "
		    "--user";
	if (text[0] == '\0')
		return "is not a name of a user";
	if (!record_user_given(text, encoded))
		return strerror(ENOMEM);
	/* A name that is too long is refused, not cut. */
	if (strlen(text) >= AUTHMAP_USER_SIZE && strcmp(text, encoded) != 0)
		return "is not a name of a user";
	block->user = true;
	block->what = strdup(encoded);
	return block->what == NULL ? strerror(ENOMEM) : NULL;
}

void
block_encode(const struct block *block, char text[RECORD_SIZE])
{
	(void)snprintf(text, RECORD_SIZE, "%010lld %010lld %s %s",
	    (long long)block->until, (long long)block->since,
	    block->user ? "user" : "network", block->what);
}

static void
write_block(FILE *out, const struct block *block)
{
	char text[RECORD_SIZE];

	block_encode(block, text);
	(void)fprintf(out, "%s\n", text);
}

/* Close OUT, and rename it to relay.blocks.  Return 0, or -1 with errno. */
static int
publish(const struct authmap *am, FILE *out)
{
	if (fflush(out) == 0 && ftello(out) > BLOCKS_MAX_BYTES) {
		(void)fclose(out);
		(void)unlink(am->files.blocking);
		errno = EFBIG;
		return -1;
	}
	return file_finish(am, out, am->files.blocking, am->files.blocks);
}

/* Write the COUNT blocks NEW, and all others that are not forgotten.  Return 0, or
 * -1 with errno. */
static int
write_file(const struct authmap *am, const struct block *new, size_t count)
{
	const struct blocks *blocks = am->blocks;
	time_t then = am->clock(NULL) - BLOCK_MEMORY_SECS;
	int fd = file_create(am, am->files.blocking, BLOCKS_MODE);
	FILE *out = fd == -1 ? NULL : file_stream(fd, "w");

	if (out == NULL)
		return -1;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *old = &blocks->list[i];
		const struct block *by = block_find(new, count, old);

		if (!block_expired(old, then) &&
		    (by == NULL || !block_wins(by, old)))
			write_block(out, old);
	}
	for (size_t i = 0; i < count; i++) {
		const struct block *old = block_find(blocks->list, blocks->count,
		    &new[i]);

		if (!block_expired(&new[i], then) &&
		    (old == NULL || block_wins(&new[i], old)))
			write_block(out, &new[i]);
	}
	return publish(am, out);
}

/* What to do while the file is locked. */
enum task { ADD, REMOVE, MERGE };

/* Fill in NEW as the file is to have it.  Return false if there is no block to
 * end. */
static bool
prepare(const struct authmap *am, enum task task, struct block *new)
{
	const struct block *old = block_find(am->blocks->list, am->blocks->count,
	    new);
	time_t now = am->clock(NULL);

	if (task == ADD && old != NULL && old->since >= new->since)
		new->since = old->since + 1;
	if (task != REMOVE)
		return true;
	if (old == NULL || block_expired(old, now))
		return false;
	*new = *old;
	new->until = now;
	return true;
}

static int
edit(const struct authmap *am, enum task task, const struct block *blocks,
    size_t count)
{
	struct block new = *blocks;
	int result;

	if (blocks_renew(am) == -1)
		return -1;
	if (!prepare(am, task, &new))
		return 0;
	result = task == MERGE ? write_file(am, blocks, count) :
	    write_file(am, &new, 1);
	return result == -1 ? blocks_fail(am->blocks, "%s: cannot be written: %s",
	    am->files.blocks, strerror(errno)) : 1;
}

static int
edit_locked(const struct authmap *am, enum task task,
    const struct block *blocks, size_t count)
{
	int result, lock = lock_named(am, am->files.blocks_lock, LOCK_MODE,
	    deadline_in(LOCK_PATIENCE_MS));

	if (lock == -1)
		return blocks_fail(am->blocks, "%s: %s", am->files.blocks_lock,
		    errno == EWOULDBLOCK ? "another process holds it: try "
		    "again" : strerror(errno));
	result = edit(am, task, blocks, count);
	lock_drop(lock);
	return result;
}

int
block_add(const struct authmap *am, const struct block *block)
{
	return edit_locked(am, ADD, block, 1);
}

int
block_remove(const struct authmap *am, const struct block *block)
{
	return edit_locked(am, REMOVE, block, 1);
}

int
block_merge(const struct authmap *am, const struct block *blocks,
    size_t count)
{
	return edit_locked(am, MERGE, blocks, count) == -1 ? -1 : 0;
}
