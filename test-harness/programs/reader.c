/* SPDX-License-Identifier: ISC */
/*
 * reader: looks up entries that must be there, as an MTA does that knows
 * plain gdbm: no library of ours, gdbm's own locking and mapping on.
 *
 * usage: reader map prefix count seconds window
 *
 * PREFIX.0.0 to PREFIX.0.COUNT-1 must be there, of user joe, valid for WINDOW
 * seconds from their LAST.  Prints lookups, failed opens, missing entries and
 * torn records; exits 0 when there was no failure of any kind.
 */
#include <err.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long lookups, failed, missing, torn;

/* EXPIRES LAST imap joe, of times that belong together. */
static int
whole(const char *value, int len, long window)
{
	char text[64], end;
	long long expires, last, now = (long long)time(NULL);

	if (len <= 0 || len >= (int)sizeof text)
		return 0;
	memcpy(text, value, (size_t)len);
	text[len] = '\0';
	if (sscanf(text, "%10lld %10lld imap jo%c", &expires, &last, &end) != 3 ||
	    end != 'e' || len != 21 + 9)
		return 0;
	return expires - last == window && last <= now + 1 &&
	    expires > now;
}

static void
look(const char *path, const char *prefix, int number, long window)
{
	char key[64];
	datum k = { key, 0 }, value;
	GDBM_FILE map = gdbm_open(path, 0, GDBM_READER, 0, NULL);

	lookups++;
	if (map == NULL) {
		if (failed++ == 0)
			warnx("open: %s", gdbm_strerror(gdbm_errno));
		return;
	}
	k.dsize = snprintf(key, sizeof key, "%s.0.%d", prefix, number);
	value = gdbm_fetch(map, k);
	if (value.dptr == NULL) {
		if (missing++ == 0)
			warnx("%s: %s", key, gdbm_strerror(gdbm_errno));
	} else if (!whole(value.dptr, value.dsize, window)) {
		if (torn++ == 0)
			warnx("%s: \"%.*s\"", key, value.dsize, value.dptr);
	}
	free(value.dptr);
	(void)gdbm_close(map);
}

int
main(int argc, char **argv)
{
	time_t end;
	int count;

	if (argc != 6)
		errx(2, "usage: reader map prefix count seconds window");
	count = atoi(argv[3]);
	end = time(NULL) + atoi(argv[4]);
	while (time(NULL) < end)
		look(argv[1], argv[2], (int)(lookups * 7 % (unsigned)count),
		    atol(argv[5]));
	(void)printf("%lu lookups, %lu failed opens, %lu missing, %lu torn\n",
	    lookups, failed, missing, torn);
	return failed + missing + torn == 0 && lookups > 0 ? 0 : 1;
}
