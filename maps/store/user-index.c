#include "store/user-index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USERS_MODE 0660
#define SLOTS 65536	/* few users share one if there are very many */
#define LINES_MAX (16 * 1024 * 1024)	/* 768 MiB */

#define MAGIC UINT64_C(0x6175746875737232)

struct line {
	uint32_t before;	/* in its slot; 0: none */
	char key[44];		/* no key of the map is longer */
};

#define TABLE_AT ((off_t)sizeof(struct users_head))
#define LINES_AT (TABLE_AT + SLOTS * (off_t)sizeof(struct users_slot))

static off_t
line_at(uint32_t number)
{
	return LINES_AT + (off_t)(number - 1) * (off_t)sizeof(struct line);
}

/* FNV-1a; the first is for those whom nobody knows, who may be very many. */
static uint32_t
slot_number(const char *user)
{
	uint32_t hash = 2166136261U;

	if (strcmp(user, "-") == 0)
		return 0;
	for (; *user != '\0'; user++)
		hash = (hash ^ (unsigned char)*user) * 16777619U;
	return 1 + hash % (SLOTS - 1);
}

bool
users_share(const char *user, const char *other)
{
	return slot_number(user) == slot_number(other);
}

static bool
read_at(int fd, void *to, size_t len, off_t at)
{
	ssize_t n = pread(fd, to, len, at);

	if (n >= 0 && n != (ssize_t)len)
		errno = EILSEQ;
	return n == (ssize_t)len;
}

static bool
write_at(int fd, const void *from, size_t len, off_t at)
{
	ssize_t n = pwrite(fd, from, len, at);

	if (n >= 0 && n != (ssize_t)len)
		errno = ENOSPC;
	return n == (ssize_t)len;
}

static bool
head_put(const struct users *users)
{
	return users->table != NULL ||
	    write_at(users->fd, &users->head, sizeof users->head, 0);
}

static bool
slot_get(const struct users *users, uint32_t number, struct users_slot *slot)
{
	if (users->table == NULL)
		return read_at(users->fd, slot, sizeof *slot,
		    TABLE_AT + number * (off_t)sizeof *slot);
	*slot = users->table[number];
	return true;
}

static bool
slot_put(const struct users *users, uint32_t number,
    const struct users_slot *slot)
{
	if (users->table == NULL)
		return write_at(users->fd, slot, sizeof *slot,
		    TABLE_AT + number * (off_t)sizeof *slot);
	users->table[number] = *slot;
	return true;
}

/*
 * False with errno, EILSEQ: it is none.  What was begun and never finished has
 * no magic yet.
 */
static bool
head_get(int fd, const struct stat *st, struct users_head *head)
{
	if (!read_at(fd, head, sizeof *head, 0))
		return false;
	if (st->st_size >= LINES_AT && st->st_size <= line_at(LINES_MAX) &&
	    head->magic == MAGIC && head->total <= head->next &&
	    head->next < LINES_MAX)
		return true;
	errno = EILSEQ;
	return false;
}

/* Nothing is said of what a killed writer has not finished. */
static bool
unfinished(int fd, const struct stat *st)
{
	uint64_t begins;

	return st->st_size == 0 || (st->st_size <= line_at(LINES_MAX) &&
	    read_at(fd, &begins, sizeof begins, 0) && begins == 0);
}

/* Who is killed from now on leaves a file that counts as none. */
static bool
unsettle(struct users *users)
{
	if (users->head.magic == 0)
		return true;
	users->head.magic = 0;
	return head_put(users);
}

bool
users_settled(const struct users *users)
{
	return users->table != NULL || users->head.magic != 0;
}

bool
users_settle(struct users *users)
{
	users->head.magic = MAGIC;
	return head_put(users);
}

bool
users_open(const struct authmap *am, struct users *users)
{
	const char *path = am->files.users;
	struct stat st;

	users->table = NULL;
	users->fd = file_open_stat(path, O_RDWR, 0, &st);
	if (users->fd == -1) {
		if (file_is_foreign(errno))
			(void)file_set_aside(am, path, "is no file of ours");
		/* It would not know what this writer does. */
		else if (errno != ENOENT)
			(void)file_drop(am, path);
		return false;
	}
	if (head_get(users->fd, &st, &users->head))
		return true;
	/* A call that failed does not tell that it is damaged. */
	if (errno != EILSEQ || unfinished(users->fd, &st))
		(void)file_drop(am, path);
	else
		(void)file_set_aside(am, path, "is damaged");
	users_close(users);
	return false;
}

bool
users_begin(const struct authmap *am, struct users *users, const char *path)
{
	memset(users, 0, sizeof *users);
	users->table = calloc(SLOTS, sizeof *users->table);
	users->fd = users->table == NULL ? -1 :
	    file_create(am, path, USERS_MODE);
	if (users->fd != -1)
		return true;
	users_close(users);
	return false;
}

/* The head, which makes it one of ours, last. */
bool
users_end(struct users *users)
{
	bool good = write_at(users->fd, users->table,
	    SLOTS * sizeof *users->table, TABLE_AT);

	free(users->table);
	users->table = NULL;
	users->head.magic = MAGIC;
	return good && head_put(users);
}

void
users_close(struct users *users)
{
	if (users->fd != -1)
		(void)close(users->fd);
	users->fd = -1;
	free(users->table);
	users->table = NULL;
}

int
users_publish(const struct authmap *am, struct users *users, const char *path)
{
	struct users present;

	if (users_open(am, &present)) {
		users->head.logged = present.head.logged;
		users_close(&present);
	}
	if (!head_put(users))
		return -1;
	if (rename(path, am->files.users) == 0)
		return 0;
	return errno == EISDIR && file_drop(am, am->files.users) == 0 ?
	    rename(path, am->files.users) : -1;
}

long long
users_total(const struct authmap *am)
{
	struct users_head head;
	struct stat st;
	int fd = file_open_stat(am->files.users, O_RDONLY, 0, &st);
	bool good;

	if (fd == -1)
		return -1;
	good = head_get(fd, &st, &head);
	(void)close(fd);
	return good ? (long long)head.total : -1;
}

/*
 * In an order that leaves a writer that is killed with nothing worse than a
 * line that is in no slot.
 */
bool
users_add(struct users *users, const char *user, const char *key)
{
	uint32_t number = slot_number(user);
	struct line line = { 0 };
	struct users_slot slot;

	if (!slot_get(users, number, &slot))
		return false;
	if (users->head.next >= LINES_MAX - 1) {
		errno = EFBIG;
		return false;
	}
	if (!unsettle(users))
		return false;
	users->head.next++;
	users->head.total++;
	line.before = slot.last;
	(void)strlcpy(line.key, key, sizeof line.key);
	slot.last = users->head.next;
	slot.count++;
	return head_put(users) && write_at(users->fd, &line, sizeof line,
	    line_at(slot.last)) && slot_put(users, number, &slot);
}

bool
users_most(const struct users *users, const char *user, unsigned int *most)
{
	struct users_slot slot;

	if (!slot_get(users, slot_number(user), &slot))
		return false;
	*most = slot.count;
	return true;
}

/* The line that stands before another must be an earlier one. */
static bool
line_get(const struct users *users, uint32_t number, struct line *line)
{
	if (!read_at(users->fd, line, sizeof *line, line_at(number)))
		return false;
	if (line->before < number &&
	    memchr(line->key, '\0', sizeof line->key) != NULL)
		return true;
	errno = EILSEQ;
	return false;
}

/* Makes NUMBER the one before LAST, which said BEFORE; or the slot's last. */
static bool
link_up(const struct users *users, struct users_slot *slot, uint32_t last,
    uint32_t before, uint32_t number)
{
	if (last == 0)
		slot->last = number;
	return last == 0 || before == number ||
	    write_at(users->fd, &number, sizeof number, line_at(last));
}

bool
users_each(struct users *users, const char *user,
    enum users_verdict (*each)(const char *key, uint32_t number, void *arg),
    void *arg)
{
	uint32_t last = 0, before = 0, dropped = 0, seen = 0, number;
	enum users_verdict verdict = USERS_KEEP;
	struct users_slot slot;
	struct line line;

	if (!slot_get(users, slot_number(user), &slot))
		return false;
	for (number = slot.last; number != 0 && verdict != USERS_STOP;
	    number = line.before) {
		if (seen++ >= slot.count || number > users->head.next) {
			errno = EILSEQ;
			return false;
		}
		if (!line_get(users, number, &line))
			return false;
		verdict = each(line.key, number, arg);
		if (verdict == USERS_DROP) {
			if (dropped++ == 0 && !unsettle(users))
				return false;
			continue;
		}
		if (!link_up(users, &slot, last, before, number))
			return false;
		last = number;
		before = line.before;
	}
	if (dropped == 0)
		return true;
	slot.count -= dropped;
	users->head.total -= dropped < users->head.total ? dropped :
	    users->head.total;
	return link_up(users, &slot, last, before, number) &&
	    slot_put(users, slot_number(user), &slot) && head_put(users);
}

/* What stands further back is left, and counted once too often. */
#define DROP_REACH 10000

struct drop {
	const char *key;
	unsigned int looked;
	bool done;
};

static enum users_verdict
drop_one(const char *key, uint32_t number, void *arg)
{
	struct drop *drop = arg;

	(void)number;
	if (drop->done || drop->looked++ == DROP_REACH)
		return USERS_STOP;
	drop->done = strcmp(key, drop->key) == 0;
	return drop->done ? USERS_DROP : USERS_KEEP;
}

bool
users_drop(struct users *users, const char *user, const char *key)
{
	struct drop drop = { .key = key };

	return users_each(users, user, drop_one, &drop);
}

bool
users_logged(struct users *users, time_t now)
{
	users->head.logged = now;
	return head_put(users);
}
