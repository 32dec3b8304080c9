/* SPDX-License-Identifier: ISC */
#include "base/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#ifndef VIS_NOLOCALE
#define VIS_NOLOCALE 0		/* an older vis(3) ignores the locale anyway */
#endif

#define TIME_DIGITS 10
#define TOMBSTONE_SECS (24 * 3600)

/* Encode USER into OUT.  Return false, with "-" in OUT, if there is no memory, which
 * vis(3) of libbsd needs. */
static bool
encode_user(const char *user, char out[RECORD_USER_SIZE])
{
	char cut[AUTHMAP_USER_SIZE];
	bool known = user != NULL && user[0] != '\0', encoded = true;

	/* "-" means that the user is unknown, so encode a user of this name. */
	if (known && strcmp(user, "-") == 0) {
		(void)strlcpy(out, "\\055", RECORD_USER_SIZE);
		return true;
	}
	if (known) {
		(void)strlcpy(cut, user, sizeof cut);
		encoded = strvis(out, cut, VIS_CSTYLE | VIS_OCTAL |
		    VIS_WHITE | VIS_NOLOCALE) > 0;
	}
	if (!known || !encoded)
		(void)strlcpy(out, "-", RECORD_USER_SIZE);
	return encoded;
}

void
record_vis_user(const char *user, char out[RECORD_USER_SIZE])
{
	(void)encode_user(user, out);
}

static bool
service_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

void
record_fill(struct record *record, time_t last, unsigned int window,
    const char *service, const char *user)
{
	record->last = last;
	record->expires = last + (time_t)window;
	if (service == NULL || service[0] == '\0')
		service = "-";
	(void)strlcpy(record->service, service, sizeof record->service);
	for (char *c = record->service; *c != '\0'; c++)
		if (!service_char(*c))
			*c = '_';
	record_vis_user(user, record->user);
}

size_t
record_encode(const struct record *record, char text[RECORD_SIZE])
{
	int len = snprintf(text, RECORD_SIZE, "%010lld %010lld %s %s",
	    (long long)record->expires, (long long)record->last,
	    record->service, record->user);

	return len < 0 ? 0 : (size_t)len;
}

bool
record_decode_time(const char *text, size_t len, time_t *t)
{
	char digits[TIME_DIGITS + 1];
	const char *wrong;

	if (len <= TIME_DIGITS || text[TIME_DIGITS] != ' ')
		return false;
	for (int i = 0; i < TIME_DIGITS; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	memcpy(digits, text, TIME_DIGITS);
	digits[TIME_DIGITS] = '\0';
	*t = (time_t)strtonum(digits, 0, 9999999999LL, &wrong);
	return wrong == NULL;
}

static bool
decode_service(const char **text, size_t *len, char *service)
{
	size_t n = 0;

	while (n < *len && service_char((*text)[n]))
		n++;
	if (n == 0 || n >= AUTHMAP_SERVICE_SIZE || n == *len ||
	    (*text)[n] != ' ')
		return false;
	memcpy(service, *text, n);
	service[n] = '\0';
	*text += n + 1;
	*len -= n + 1;
	return true;
}

bool
record_decode_user(const char *text, size_t len, char user[RECORD_USER_SIZE])
{
	char plain[RECORD_USER_SIZE], again[RECORD_USER_SIZE];
	int n;

	if (len == 0 || len >= RECORD_USER_SIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	memcpy(user, text, len);
	user[len] = '\0';
	if (strchr(user, '\\') == NULL)
		return len < AUTHMAP_USER_SIZE;
	n = strunvis(plain, user);
	if (n <= 0 || n >= AUTHMAP_USER_SIZE)
		return false;
	/* Without memory, the text cannot be compared: accept it. */
	return !encode_user(plain, again) || strcmp(again, user) == 0;
}

bool
record_user_given(const char *text, char user[RECORD_USER_SIZE])
{
	/* "-" is printed for an unknown user, so it is not the name of a user. */
	if (strcmp(text, "-") != 0 &&
	    record_decode_user(text, strlen(text), user))
		return true;
	record_vis_user(text, user);
	return strcmp(user, "-") != 0;
}

void
record_plain_user(const char *user, char plain[AUTHMAP_USER_SIZE])
{
	char decoded[RECORD_USER_SIZE];

	if (strcmp(user, "-") == 0 || strunvis(decoded, user) < 0)
		decoded[0] = '\0';
	(void)strlcpy(plain, decoded, AUTHMAP_USER_SIZE);
}

bool
record_decode(const char *text, size_t len, struct record *record)
{
	const size_t times = 2 * (TIME_DIGITS + 1);

	if (!record_decode_time(text, len, &record->expires))
		return false;
	if (!record_decode_time(text + TIME_DIGITS + 1, len - TIME_DIGITS - 1,
	    &record->last))
		return false;
	if (record->expires != 0 && (record->expires < record->last ||
	    record->expires - record->last > AUTHMAP_WINDOW_MAX))
		return false;
	text += times;
	len -= times;
	return decode_service(&text, &len, record->service) &&
	    record_decode_user(text, len, record->user);
}

bool
record_valid(const struct record *record, time_t now)
{
	return record->expires > now && record->last <= now + RECORD_SLACK_SECS;
}

void
record_cut(struct record *record, unsigned int longest)
{
	if (record->expires > record->last + (time_t)longest)
		record->expires = record->last + (time_t)longest;
}

bool
record_removed(const struct record *record)
{
	return record->expires == 0;
}

bool
record_same_name(const struct record *a, const struct record *b)
{
	return strcmp(a->service, b->service) == 0 &&
	    strcmp(a->user, b->user) == 0;
}

bool
record_sweep(struct record *record, time_t now)
{
	if (record->last > now + RECORD_SLACK_SECS) {
		if (!record_removed(record))
			record->expires = now + record->expires - record->last;
		record->last = now;
	}
	if (record_removed(record))
		return now - record->last < TOMBSTONE_SECS;
	return record->expires > now;
}

void
record_to_entry(const struct record *record, const char *key,
    struct authmap_entry *entry)
{
	memset(entry, 0, sizeof *entry);
	(void)strlcpy(entry->address, key, sizeof entry->address);
	(void)strlcpy(entry->service, record->service, sizeof entry->service);
	entry->last = record->last;
	entry->expires = record->expires;
	record_plain_user(record->user, entry->user);
}
