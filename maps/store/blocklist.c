/* SPDX-License-Identifier: ISC */
#include "store/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/safefile.h"

void
blocks_clear(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->count; i++)
		free(blocks->list[i].what);
	free(blocks->list);
	blocks->list = NULL;
	blocks->count = 0;
}

bool
block_decode(char *line, size_t len, struct block *block)
{
	const size_t time = RECORD_TIMES_BYTES / 2 + 1;
	char user[RECORD_USER_SIZE];
	const char *kind;

	if (len < 2 * time || !record_decode_time(line, len, &block->until) ||
	    !record_decode_time(line + time, len - time, &block->since))
		return false;
	line += 2 * time;
	kind = strsep(&line, " ");
	if (line == NULL)
		return false;
	block->user = strcmp(kind, "user") == 0;
	block->what = line;
	if (block->user)
		return record_decode_user(line, strlen(line), user);
	return strcmp(kind, "network") == 0 &&
	    network_parse(line, &block->network);
}

/* Add a copy of BLOCK to BLOCKS.  Return false if there is no memory. */
static bool
keep(struct blocks *blocks, const struct block *block)
{
	struct block *grown = reallocarray(blocks->list, blocks->count + 1,
	    sizeof *grown);
	char *what = strdup(block->what);

	if (grown != NULL)
		blocks->list = grown;
	if (grown == NULL || what == NULL) {
		free(what);
		return false;
	}
	grown[blocks->count] = *block;
	grown[blocks->count++].what = what;
	return true;
}

/* Read the lines of IN.  Return NULL, or the reason why line *NUMBER is not
 * valid. */
static const char *
read_blocks(struct blocks *blocks, FILE *in, unsigned int *number)
{
	char *line = NULL;
	const char *wrong = NULL;
	size_t room = 0;
	ssize_t len;

	while (wrong == NULL && (len = getline(&line, &room, in)) > 0) {
		struct block block = { .until = 0 };

		++*number;
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (strlen(line) != (size_t)len ||
		    !block_decode(line, (size_t)len, &block))
			wrong = "is not a block: remove the line";
		else if (!keep(blocks, &block))
			wrong = strerror(ENOMEM);
	}
	if (wrong == NULL && ferror(in))
		wrong = strerror(EIO);
	free(line);
	return wrong;
}

/* Replace the contents of BLOCKS with those of the file.  Return NULL, or the reason
 * why it cannot be read; if a line is not valid, its number is in *NUMBER. */
static const char *
read_file(const struct authmap *am, struct blocks *blocks,
    unsigned int *number)
{
	struct stat st;
	const char *wrong;
	FILE *in;
	int fd = file_open_stat(am->files.blocks, O_RDONLY, 0, &st);

	blocks_clear(blocks);
	blocks->version++;
	memset(&blocks->read_as, 0, sizeof blocks->read_as);
	if (fd == -1 && file_is_foreign(errno))
		return "is not a regular file: remove it";
	if (fd == -1)
		return errno == ENOENT ? NULL : strerror(errno);
	if (st.st_size > BLOCKS_MAX_BYTES) {
		(void)close(fd);
		return "is too large";
	}
	in = file_stream(fd, "r");
	if (in == NULL)
		return strerror(errno);
	wrong = read_blocks(blocks, in, number);
	(void)fclose(in);
	if (wrong == NULL)
		blocks->read_as = st;
	return wrong;
}

int
blocks_fail(struct blocks *blocks, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(blocks->trouble, sizeof blocks->trouble, format, args);
	va_end(args);
	return -1;
}

int
blocks_renew(const struct authmap *am)
{
	struct blocks *blocks = am->blocks;
	unsigned int number = 0;
	int error = 0;
	const char *wrong;
	struct stat now;

	memset(&now, 0, sizeof now);
	if (stat(am->files.blocks, &now) == -1)
		error = errno;
	/* If only the file is unreadable, its permissions are wrong: say so. */
	blocks->hidden = error == EACCES;
	if ((error == 0 || error == ENOENT) && blocks->trouble[0] == '\0' &&
	    stat_same(&now, &blocks->read_as))
		return 0;
	blocks->trouble[0] = '\0';
	wrong = read_file(am, blocks, &number);
	if (wrong == NULL)
		return 0;
	return number == 0 ?
	    blocks_fail(blocks, "%s: %s", am->files.blocks, wrong) :
	    blocks_fail(blocks, "%s:%u: %s", am->files.blocks, number, wrong);
}

bool
block_same(const struct block *a, const struct block *b)
{
	const struct network *na = &a->network, *nb = &b->network;

	if (a->user || b->user)
		return a->user == b->user && strcasecmp(a->what, b->what) == 0;
	return na->bits == nb->bits && network_has(na, &nb->base);
}

const struct block *
block_find(const struct block *list, size_t count, const struct block *block)
{
	for (size_t i = 0; i < count; i++)
		if (block_same(&list[i], block))
			return &list[i];
	return NULL;
}

bool
block_wins(const struct block *a, const struct block *b)
{
	if (a->since != b->since)
		return a->since > b->since;
	return a->until != b->until && a->until != 0 &&
	    (b->until == 0 || a->until < b->until);
}

bool
block_expired(const struct block *block, time_t now)
{
	return block->until != 0 && block->until <= now;
}

bool
blocked(const struct authmap *am, const char *key, const char *user,
    time_t now)
{
	const struct blocks *blocks = am->blocks;
	struct network network;

	if (blocks->count == 0 || !network_parse(key, &network))
		return false;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct block *block = &blocks->list[i];

		if (block_expired(block, now))
			continue;
		if (block->user ? strcasecmp(block->what, user) == 0 :
		    networks_overlap(&block->network, &network))
			return true;
	}
	return false;
}

time_t
blocks_since(const struct change *change, bool revived, time_t now)
{
	time_t last = change->record.last < now ? change->record.last : now;

	/* A block that ended in the second of a retried login may have ended after
	 * it. */
	if (change->op == CHANGE_LOGIN)
		return change->retried ? last - 1 : now;
	if (revived && change->op == CHANGE_REFRESH)
		return now - BLOCK_MEMORY_SECS;
	if (revived && (change->op == CHANGE_RESTORE ||
	    change->op == CHANGE_PEER))
		return last;
	return now;
}

enum change_effect
blocks_resolve(const struct authmap *am, const struct change *change,
    const struct record *old, time_t now, struct record *result)
{
	const struct config *config = &am->config;
	time_t longest = (time_t)config_longest(config);
	enum change_effect effect = change_resolve(change, old, now, result);
	bool revived = old == NULL || !record_valid(old, now);
	time_t then = blocks_since(change, revived, now);

	if (effect == EFFECT_NOTHING || record_removed(result))
		return effect;
	if (config_excludes_key(config, change->key))
		return EFFECT_BLOCKED;
	/* The session of a retried login goes on: see fill_change(). */
	if (change->op == CHANGE_LOGIN &&
	    result->expires > result->last + longest)
		result->last = result->expires - longest < now ?
		    result->expires - longest : now;
	record_cut(result, (unsigned int)longest);
	if (old == NULL && result->expires <= now)
		return EFFECT_NOTHING;
	/* An expiry that is sooner is not a refresh, as in change_resolve(). */
	if (effect == EFFECT_TIMES && old != NULL &&
	    result->expires < old->expires)
		effect = EFFECT_STORE;
	return blocked(am, change->key, change->record.user, then) ||
	    blocked(am, change->key, result->user, then) ?
	    EFFECT_BLOCKED : effect;
}
