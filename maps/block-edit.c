#include "block-edit.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include "files.h"
#include "lock.h"

#define BLOCKS_MODE 0640
#define LOCK_MODE 0600		/* so that only who may write can hold it */
#define LOCK_PATIENCE 5000	/* milliseconds */

/* The network as text; false: there is no memory. */
static bool
name_network(struct block *block)
{
	const struct network *network = &block->network;
	char text[AUTHMAP_ADDRESS_SIZE];
	size_t len;

	/* Of IPv4, it leaves the length to us. */
	address_key(&network->base, network->bits, text);
	len = strlen(text);
	if (network->base.family == AF_INET && network->bits < 32)
		(void)snprintf(text + len, sizeof text - len, "/%u",
		    network->bits);
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
block_parse(const char *text, bool user, struct block *block)
{
	char encoded[RECORD_USER_SIZE];

	memset(block, 0, sizeof *block);
	if (!user && network_parse(text, &block->network))
		return name_network(block) ? NULL : strerror(ENOMEM);
	if (!user && looks_like_network(text))
		return "is no address, and no network such as 192.0.2.0/24 "
		    "without bits beyond its length; a user of that name is "
		    "blocked with --user";
	if (text[0] == '\0' || strlen(text) >= AUTHMAP_USER_SIZE)
		return "is no user's name";
	record_vis_user(text, encoded);
	block->user = true;
	block->what = strcmp(encoded, "-") == 0 ? NULL : strdup(encoded);
	return block->what == NULL ? strerror(ENOMEM) : NULL;
}

static bool
same(const struct block *a, const struct block *b)
{
	const struct network *na = &a->network, *nb = &b->network;

	if (a->user || b->user)
		return a->user == b->user && strcasecmp(a->what, b->what) == 0;
	return na->bits == nb->bits && network_has(na, &nb->base);
}

static void
write_block(FILE *out, const struct block *block)
{
	(void)fprintf(out, "%010lld %010lld %s %s\n", (long long)block->until,
	    (long long)block->since, block->user ? "user" : "network",
	    block->what);
}

/* Closes OUT, and gives it its name; -1 with errno. */
static int
publish(const struct authmap *am, FILE *out)
{
	if (fflush(out) == 0 && ftello(out) > BLOCKS_MAX) {
		(void)fclose(out);
		(void)unlink(am->files.blocking);
		errno = EFBIG;
		return -1;
	}
	return file_finish(am, out, am->files.blocking, am->files.blocks);
}

/* BLOCK in place of one of the same, and all others but what is forgotten. */
static int
write_file(const struct authmap *am, const struct block *new)
{
	const struct blocks *blocks = am->blocks;
	time_t then = am->clock(NULL) - BLOCK_MEMORY;
	int fd = file_create(am, am->files.blocking, BLOCKS_MODE);
	FILE *out = fd == -1 ? NULL : file_stream(fd, "w");

	if (out == NULL)
		return -1;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->list[i];

		if (!same(block, new) && !block_over(block, then))
			write_block(out, block);
	}
	write_block(out, new);
	return publish(am, out);
}

/* The one of the same that is in force, or NULL. */
static const struct block *
find(const struct authmap *am, const struct block *block)
{
	for (size_t i = 0; i < am->blocks->count; i++) {
		const struct block *old = &am->blocks->list[i];

		if (same(old, block) && !block_over(old, am->clock(NULL)))
			return old;
	}
	return NULL;
}

/* With the file locked. */
static int
edit(const struct authmap *am, const struct block *block, bool add)
{
	const char *wrong = blocks_renew(am);
	struct block new = *block;

	if (wrong != NULL) {
		log_say(&am->log, LOG_ERR, "%s", wrong);
		return -1;
	}
	if (!add) {
		const struct block *old = find(am, block);

		if (old == NULL)
			return 0;
		new = *old;
		new.until = am->clock(NULL);
	}
	if (write_file(am, &new) == -1) {
		log_say(&am->log, LOG_ERR, "%s: cannot be written: %s",
		    am->files.blocks, strerror(errno));
		return -1;
	}
	return 1;
}

static int
edit_locked(const struct authmap *am, const struct block *block, bool add)
{
	int result, lock = lock_named(am, am->files.blocks_lock, LOCK_MODE,
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
