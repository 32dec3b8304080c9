/* SPDX-License-Identifier: ISC */
#include "responder/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* What the name of a table asks for. */
enum wanted { WANTED_NOTHING, WANTED_OK, WANTED_USER, WANTED_PLAIN_USER,
    WANTED_COUNTS };

/* How many lookups in `relay` and `popauth` there were since the start. */
static struct { unsigned long long ok, notfound, temp; } counts;

static enum wanted
wanted_of(const char *name, size_t len)
{
	static const struct { const char *name; enum wanted wanted; } maps[] = {
		{ "relay", WANTED_OK }, { "popauth", WANTED_OK },
		{ "user", WANTED_USER }, { "popuser", WANTED_PLAIN_USER },
		{ "counts", WANTED_COUNTS },
	};

	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		if (strlen(maps[i].name) == len &&
		    memcmp(maps[i].name, name, len) == 0)
			return maps[i].wanted;
	return WANTED_NOTHING;
}

/* A key that is no address is not an error: MTAs also look up host names. */
static bool
key_read(const char *key, size_t len, struct address *address)
{
	char text[80];

	if (len >= sizeof text || memchr(key, '\0', len) != NULL)
		return false;
	memcpy(text, key, len);
	text[len] = '\0';
	return address_read(text, address);
}

/* Return whether the last sweep is older than max_sweep_age. */
static bool
unswept(const struct authmap *am)
{
	time_t limit = (time_t)am->config.max_sweep_age;
	struct stat st;

	if (limit == 0)
		return false;
	return stat(am->files.beat, &st) == -1 ||
	    am->clock(NULL) - st.st_mtim.tv_sec > limit;
}

static size_t
say(char out[SOCKETMAP_REPLY_BYTES], const char *word, const char *text)
{
	size_t len = strlcpy(out, word, SOCKETMAP_REPLY_BYTES);

	return len + strlcpy(out + len, text, SOCKETMAP_REPLY_BYTES - len);
}

/*
 * Encode USER for an MTA whose configuration language gives quotes, brackets,
 * options and slashes a meaning: letters, digits and @._+- stay as they are,
 * other bytes become =XX.
 */
static void
user_plain(const char *user, char out[RECORD_USER_SIZE])
{
	size_t at = 0;

	for (; *user != '\0'; user++) {
		unsigned char c = (unsigned char)*user;

		if (c < 0x80 && (isalnum(c) || strchr("@._+-", c) != NULL))
			out[at++] = (char)c;
		else
			at += (size_t)snprintf(out + at, 4, "=%02X", c);
	}
	if (at == 0)
		out[at++] = '-';
	out[at] = '\0';
}

static size_t
answer_address(struct reader *reader, const struct address *address,
    enum wanted wanted, char out[SOCKETMAP_REPLY_BYTES])
{
	const struct authmap *am = reader->am;
	struct authmap_entry entry;
	char user[RECORD_USER_SIZE];
	int found;

	if (unswept(am)) {
		log_say(&am->log, LOG_ERR, "%s: not swept for max_sweep_age: "
		    "start authmap-sweeper", am->files.map);
		return say(out, "TEMP ", "the map is too old");
	}
	found = reader_lookup(reader, address,
	    wanted == WANTED_OK ? NULL : &entry);
	if (found == -1)
		return say(out, "TEMP ", "the map cannot be read");
	if (found == 0)
		return say(out, "NOTFOUND ", "");
	if (wanted == WANTED_OK)
		return say(out, "OK ", "OK");
	if (wanted == WANTED_USER)
		record_vis_user(entry.user, user);
	else
		user_plain(entry.user, user);
	return say(out, "OK ", user);
}

static size_t
answer_counts(char out[SOCKETMAP_REPLY_BYTES])
{
	char text[80];

	(void)snprintf(text, sizeof text, "%llu %llu %llu", counts.ok,
	    counts.notfound, counts.temp);
	return say(out, "OK ", text);
}

/* Count the lookup whose reply is OUT. */
static void
count(const char *out)
{
	if (out[0] == 'O')
		counts.ok++;
	else if (out[0] == 'N')
		counts.notfound++;
	else
		counts.temp++;
}

size_t
answer(struct reader *reader, const char *question, size_t len, bool names,
    char out[SOCKETMAP_REPLY_BYTES])
{
	const char *space = memchr(question, ' ', len);
	size_t name_len = space == NULL ? len : (size_t)(space - question);
	enum wanted wanted = wanted_of(question, name_len);
	struct address address;

	if (wanted == WANTED_NOTHING)
		return say(out, "PERM ", "unknown table: use relay, popauth, "
		    "user or popuser");
	if (space == NULL)
		return say(out, "PERM ", "no key after the name of the table");
	if (wanted == WANTED_COUNTS)
		return answer_counts(out);
	if (wanted != WANTED_OK && !names)
		return say(out, "PERM ", "this client may not get names of users");
	if (!key_read(space + 1, len - name_len - 1, &address))
		len = say(out, "NOTFOUND ", "");
	else
		len = answer_address(reader, &address, wanted, out);
	if (wanted == WANTED_OK)
		count(out);
	return len;
}
