/* SPDX-License-Identifier: ISC */
/*
 * reader: look up entries that must be in the map, as an MTA with gdbm does, without
 * authmap's library.
 *
 * usage: reader map prefix count seconds window
 *
 * PREFIX.0.0 to PREFIX.0.COUNT-1 must be in the map, of user joe, valid for WINDOW
 * seconds from their LAST.  In turn, it opens the map for each of gdbm's four modes
 * (with and without locks and mapping), looks up one entry, and closes it; looks up
 * the same in a map that it keeps open for a while; and now and then walks through
 * one.  Prints lookups, walks, failed opens, missing entries and torn records.
 * Exits 0 if there was no failure of any kind.
 */
#include <err.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MODES 4
#define KEPT_LOOKUPS 500	/* in a map that is kept open */
#define WALK_TURNS 250		/* a walk in so many turns */

static const int modes[MODES] = { 0, GDBM_NOLOCK, GDBM_NOMMAP,
	GDBM_NOLOCK | GDBM_NOMMAP };

static const char *path, *prefix;
static int count;
static long window;
static unsigned long lookups, walks, failed, missing, torn;

/* Return whether the record is EXPIRES LAST imap joe, with times of one login. */
static int
whole(datum value)
{
	char text[64], end;
	long long expires, last, now = (long long)time(NULL);

	if (value.dsize <= 0 || value.dsize >= (int)sizeof text)
		return 0;
	memcpy(text, value.dptr, (size_t)value.dsize);
	text[value.dsize] = '\0';
	if (sscanf(text, "%10lld %10lld imap jo%c", &expires, &last, &end) != 3 ||
	    end != 'e' || value.dsize != 21 + 9)
		return 0;
	return expires - last == window && last <= now + 1 &&
	    expires > now;
}

/* Return whether the record of any entry begins with two times. */
static int
has_times(datum value)
{
	for (int i = 0; i < 22; i++) {
		char c = i < value.dsize ? value.dptr[i] : '\0';

		if (i % 11 == 10 ? c != ' ' : c < '0' || c > '9')
			return 0;
	}
	return 1;
}

static GDBM_FILE
open_map(int mode)
{
	GDBM_FILE map = gdbm_open(path, 0, GDBM_READER | mode, 0, NULL);

	if (map == NULL && failed++ == 0)
		warnx("open: %s", gdbm_strerror(gdbm_errno));
	return map;
}

static void
note_missing(datum key)
{
	if (missing++ == 0)
		warnx("%.*s: %s", key.dsize, key.dptr, gdbm_strerror(gdbm_errno));
}

static void
note_torn(datum key, datum value)
{
	if (torn++ == 0)
		warnx("%.*s: \"%.*s\"", key.dsize, key.dptr, value.dsize,
		    value.dptr);
}

static void
look(GDBM_FILE map, int number)
{
	char text[64];
	datum key = { text, 0 }, value;

	lookups++;
	key.dsize = snprintf(text, sizeof text, "%s.0.%d", prefix, number);
	value = gdbm_fetch(map, key);
	if (value.dptr == NULL)
		note_missing(key);
	else if (!whole(value))
		note_torn(key, value);
	free(value.dptr);
}

/* Return the number of an entry that must be in the map, or -1. */
static int
number_of(datum key)
{
	char text[64], again[64];
	size_t len = strlen(prefix);
	int number;

	if (key.dsize >= (int)sizeof text)
		return -1;
	memcpy(text, key.dptr, (size_t)key.dsize);
	text[key.dsize] = '\0';
	if (strncmp(text, prefix, len) != 0 ||
	    sscanf(text + len, ".0.%d", &number) != 1)
		return -1;
	(void)snprintf(again, sizeof again, "%s.0.%d", prefix, number);
	return strcmp(text, again) == 0 && number < count ? number : -1;
}

/* Each entry that must be there has to be met once. */
static void
walk(GDBM_FILE map)
{
	unsigned char *met = calloc((size_t)count, 1);
	datum key = gdbm_firstkey(map), next, value;

	if (met == NULL)
		err(1, NULL);
	walks++;
	for (; key.dptr != NULL; key = next) {
		int number = number_of(key);

		value = gdbm_fetch(map, key);
		if (value.dptr == NULL || (number >= 0 && met[number]++ != 0))
			note_missing(key);
		else if (number >= 0 ? !whole(value) : !has_times(value))
			note_torn(key, value);
		next = gdbm_nextkey(map, key);
		free(value.dptr);
		free(key.dptr);
	}
	if (gdbm_errno != GDBM_ITEM_NOT_FOUND && missing++ == 0)
		warnx("walk: %s", gdbm_strerror(gdbm_errno));
	for (int i = 0; i < count; i++)
		if (!met[i] && missing++ == 0)
			warnx("%s.0.%d: not met in a walk", prefix, i);
	free(met);
}

/* Use the map, opened for this turn, and KEPT, which is opened again at times. */
static void
take_turn(unsigned long turn, GDBM_FILE *kept)
{
	int mode = modes[turn % MODES];
	GDBM_FILE map = open_map(mode);
	int number = (int)(turn * 7 % (unsigned)count);

	if (*kept == NULL)
		*kept = open_map(mode);
	if (map != NULL) {
		look(map, number);
		if (turn % WALK_TURNS < MODES)
			walk(map);
		(void)gdbm_close(map);
	}
	if (*kept == NULL)
		return;
	look(*kept, number);
	if (turn / MODES % KEPT_LOOKUPS == KEPT_LOOKUPS - 1) {
		walk(*kept);
		(void)gdbm_close(*kept);
		*kept = NULL;
	}
}

int
main(int argc, char **argv)
{
	GDBM_FILE kept[MODES] = { NULL };
	time_t end;

	if (argc != 6)
		errx(2, "usage: reader map prefix count seconds window");
	path = argv[1];
	prefix = argv[2];
	count = atoi(argv[3]);
	end = time(NULL) + atoi(argv[4]);
	window = atol(argv[5]);
	for (unsigned long turn = 0; time(NULL) < end; turn++)
		take_turn(turn, &kept[turn % MODES]);
	for (int i = 0; i < MODES; i++)
		if (kept[i] != NULL)
			(void)gdbm_close(kept[i]);
	(void)printf("%lu lookups, %lu walks, %lu failed opens, %lu missing, "
	    "%lu torn\n", lookups, walks, failed, missing, torn);
	return failed + missing + torn == 0 && walks > 0 ? 0 : 1;
}
