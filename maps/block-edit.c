#include "block-edit.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "files.h"
#include "lock.h"

#define BLOCKS_MODE 0640
#define LOCK_MODE 0600		/* so that only who may write can hold it */
#define LOCK_PATIENCE 5000	/* milliseconds */

/* The network as text; an address alone is what its key in the map covers. */
static bool
name_network(const struct authmap *am, struct block *block)
{
	unsigned int bits = block->network.bits;
	char text[AUTHMAP_ADDRESS_SIZE + 4];

	if (block->network.base.family == AF_INET6 &&
	    bits > am->config.ipv6_prefix)
		bits = am->config.ipv6_prefix;
	address_key(&block->network.base, bits, text);
	if (block->network.base.family == AF_INET && bits < 32)
		(void)snprintf(text + strlen(text), 4, "/%u", bits);
	if (!network_parse(text, &block->network))
		return false;
	block->what = strdup(text);
	return block->what != NULL;
}

/* A mistyped network must not be taken for a user's name. */
static bool
looks_like_network(const char *text)
{
	return strchr(text, ':') != NULL ||
	    text[strspn(text, "0123456789./")] == '\0';
}

const char *
block_parse(const struct authmap *am, const char *text, bool user,
    struct block *block)
{
	char encoded[RECORD_USER_SIZE];

	memset(block, 0, sizeof *block);
	if (!user && network_parse(text, &block->network))
		return name_network(am, block) ? NULL : strerror(ENOMEM);
	if (!user && looks_like_network(text))
		return "is no address, and no network such as 192.0.2.0/24 "
		    "without bits beyond its length; a user of that name is "
		    "blocked with --user";
	if (text[0] == '\0' || strlen(text) >= AUTHMAP_USER_SIZE)
		return "is no user's name";
	record_vis_user(text, encoded);
	block->user = true;
	block->what = strdup(encoded);
	return block->what == NULL ? strerror(ENOMEM) : NULL;
}

static bool
same(const struct block *a, const struct block *b)
{
	return a->user == b->user && strcasecmp(a->what, b->what) == 0;
}

static void
write_block(FILE *out, const struct block *block)
{
	(void)fprintf(out, "%010lld %010lld %s %s\n", (long long)block->until,
	    (long long)block->since, block->user ? "user" : "network",
	    block->what);
}

/* All that is still in force but OLD, and NEW, which may be NULL. */
static int
write_file(const struct authmap *am, const struct block *old,
    const struct block *new)
{
	const struct blocks *blocks = am->blocks;
	time_t now = am->clock(NULL);
	int fd = file_create(am, am->files.blocking, BLOCKS_MODE);
	FILE *out = fd == -1 ? NULL : file_stream(fd, "w");

	if (out == NULL)
		return -1;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->list[i];

		if (!same(block, old) &&
		    (block->until == 0 || block->until > now))
			write_block(out, block);
	}
	if (new != NULL)
		write_block(out, new);
	return file_finish(out, am->files.blocking, am->files.blocks);
}

static bool
there(const struct authmap *am, const struct block *block)
{
	time_t now = am->clock(NULL);

	for (size_t i = 0; i < am->blocks->count; i++) {
		const struct block *old = &am->blocks->list[i];

		if (same(old, block) && (old->until == 0 || old->until > now))
			return true;
	}
	return false;
}

/* With the file locked. */
static int
edit(const struct authmap *am, const struct block *block, bool add)
{
	const char *wrong = blocks_renew(am);

	if (wrong != NULL) {
		log_say(&am->log, LOG_ERR, "%s", wrong);
		return -1;
	}
	if (!add && !there(am, block))
		return 0;
	if (write_file(am, block, add ? block : NULL) == -1) {
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s",
		    am->files.blocks, strerror(errno));
		return -1;
	}
	return 1;
}

static int
edit_locked(const struct authmap *am, const struct block *block, bool add)
{
	int result, lock = lock_named(am->files.blocks_lock, LOCK_MODE,
	    deadline_in(LOCK_PATIENCE));

	if (lock == -1) {
		log_say(&am->log, LOG_ERR, "%s: %s", am->files.blocks_lock,
		    errno == EWOULDBLOCK ? "another process holds it: try "
		    "again" : strerror(errno));
		return -1;
	}
	result = edit(am, block, add);
	lock_drop(lock);
	return result;
}

int
block_add(const struct authmap *am, const struct block *block)
{
	return edit_locked(am, block, true);
}

int
block_remove(const struct authmap *am, const struct block *block)
{
	return edit_locked(am, block, false);
}
