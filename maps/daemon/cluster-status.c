#include "daemon/cluster-status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/safefile.h"

/* It is written every ten seconds. */
#define STALE 60

/* More lines than it has. */
#define LINES_MOST 100

/* Two of these can be subtracted, and be times. */
#define NUMBER_MAX 999999999999999LL

/* A comparison that takes longer, in seconds, does not get on. */
#define COMPARED_IN 60

static long long
number(const char *text)
{
	const char *wrong;
	long long n = strtonum(text, -NUMBER_MAX, NUMBER_MAX, &wrong);

	return wrong == NULL ? n : 0;
}

/* Who may write in its folder may have written it. */
static void
read_text(struct told *told, const char *name, const char *text)
{
	if (strcmp(name, "state") == 0)
		(void)encode_text(text, told->state, sizeof told->state);
	else if (strcmp(name, "engine") == 0)
		(void)encode_text(text, told->engine, sizeof told->engine);
	else if (strcmp(name, "why") == 0)
		(void)encode_text(text, told->why, sizeof told->why);
}

static void
read_line(struct told *told, char *line)
{
	const struct { const char *name; long long *where; } numbers[] = {
		{ "ahead", &told->ahead }, { "since", &told->since },
		{ "compared", &told->compared }, { "sent", &told->sent },
		{ "received", &told->received }, { "refused", &told->refused },
		{ "failed", &told->failed },
	};
	const char *name = strsep(&line, " "), *wrong;

	if (line == NULL)
		return;
	line[strcspn(line, "\n")] = '\0';
	read_text(told, name, line);
	if (strcmp(name, "pid") == 0)
		told->pid = (pid_t)strtonum(line, 1, INT_MAX, &wrong);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(name, numbers[i].name) == 0)
			*numbers[i].where = number(line);
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
	    told->at >= time(NULL) - STALE && told->pid > 0 &&
	    (kill(told->pid, 0) == 0 || errno == EPERM);
}

long long
told_stuck(const struct told *told)
{
	long long begun = told->since > told->compared ? told->since :
	    told->compared;
	long long time_taken = (long long)time(NULL) - begun;

	return strcmp(told->state, "comparing") == 0 &&
	    time_taken > COMPARED_IN ? time_taken : 0;
}

bool
told_failing(const struct told *told)
{
	if (strcmp(told->state, "comparing") == 0)
		return told->failed >= told->since &&
		    told->failed >= time(NULL) - COMPARED_IN;
	return strcmp(told->state, "ready") != 0;
}

bool
told_connected(const struct told *told)
{
	return told_running(told) && !told_failing(told) &&
	    told_stuck(told) == 0;
}
