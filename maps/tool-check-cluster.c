/* check: how authmap-cluster does, which tells in relay.cluster. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "files.h"

/* It is written every ten seconds. */
#define STALE 60

struct told {
	char state[16];
	char engine[CLUSTER_TEXT];
	char why[CLUSTER_TEXT];
	long long compared, sent, received, refused;
};

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

static void
say(struct check *check, const struct told *told, time_t at)
{
	const char *path = check->am->config.cluster_password_file;
	time_t now = time(NULL);
	struct stat st;

	if (strcmp(told->state, "stopped") == 0 || at < now - STALE)
		check_say(check, WRONG, "cluster", "is not running: start "
		    "authmap-cluster");
	else if (strcmp(told->state, "waiting") == 0)
		check_say(check, WRONG, "cluster", "no touch with %s: %s: the "
		    "hosts' maps drift apart", told->engine, told->why);
	else
		check_say(check, GOOD, "cluster", "in touch with %s, %lld "
		    "told, %lld taken", told->engine, told->sent,
		    told->received);
	if (told->refused > 0)
		check_say(check, DOUBTFUL, "cluster", "%lld were refused that "
		    "stand in the engine: its log says what", told->refused);
	if (path[0] != '\0' && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		check_say(check, DOUBTFUL, "cluster", "%s may be read by "
		    "others: chmod 400 %s", path, path);
}

void
check_cluster(struct check *check)
{
	const char *path = check->am->files.cluster;
	struct told told;
	char line[512];
	struct stat st;
	FILE *in;
	int fd;

	if (check->am->config.cluster.count == 0)
		return;
	fd = file_open_stat(path, O_RDONLY, 0, &st);
	in = fd == -1 ? NULL : file_stream(fd, "r");
	if (in == NULL) {
		check_say(check, WRONG, "cluster", "%s: %s: is authmap-cluster "
		    "started?", path, strerror(errno));
		return;
	}
	memset(&told, 0, sizeof told);
	while (fgets(line, sizeof line, in) != NULL)
		read_line(&told, line);
	(void)fclose(in);
	say(check, &told, st.st_mtim.tv_sec);
}
