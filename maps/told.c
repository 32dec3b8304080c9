#include "told.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"

/* It is written every ten seconds. */
#define STALE 60

/* More lines than it has. */
#define LINES_MOST 100

static long long
number(const char *text)
{
	const char *wrong;
	long long n = strtonum(text, 0, LLONG_MAX, &wrong);

	return wrong == NULL ? n : 0;
}

static void
read_line(struct told *told, char *line)
{
	char *name = strsep(&line, " ");

	if (line == NULL)
		return;
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(name, "state") == 0)
		(void)strlcpy(told->state, line, sizeof told->state);
	else if (strcmp(name, "engine") == 0)
		(void)strlcpy(told->engine, line, sizeof told->engine);
	else if (strcmp(name, "why") == 0)
		(void)strlcpy(told->why, line, sizeof told->why);
	else if (strcmp(name, "compared") == 0)
		told->compared = number(line);
	else if (strcmp(name, "sent") == 0)
		told->sent = number(line);
	else if (strcmp(name, "received") == 0)
		told->received = number(line);
	else if (strcmp(name, "refused") == 0)
		told->refused = number(line);
}

int
told_read(const struct authmap *am, struct told *told)
{
	char line[512];
	struct stat st;
	int fd = file_open_stat(am->files.cluster, O_RDONLY, 0, &st);
	FILE *in = fd == -1 ? NULL : file_stream(fd, "r");

	memset(told, 0, sizeof *told);
	if (in == NULL)
		return -1;
	told->at = st.st_mtim.tv_sec;
	for (int i = 0; i < LINES_MOST &&
	    fgets(line, sizeof line, in) != NULL; i++)
		read_line(told, line);
	(void)fclose(in);
	return 0;
}

bool
told_running(const struct told *told)
{
	return strcmp(told->state, "stopped") != 0 &&
	    told->at >= time(NULL) - STALE;
}

bool
told_in_touch(const struct told *told)
{
	return told_running(told) && strcmp(told->state, "waiting") != 0;
}
