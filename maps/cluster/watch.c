/* SPDX-License-Identifier: ISC */
#include "cluster/watch.h"

#ifdef __linux__
#include <sys/inotify.h>

#include <unistd.h>

int
cluster_watch_begin(void)
{
	return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

/* PATH is a folder, or a file that may be removed. */
void
cluster_watch_file(int watch, const char *path)
{
	if (watch != -1)
		(void)inotify_add_watch(watch, path,
		    IN_MODIFY | IN_ATTRIB | IN_MOVED_TO);
}

void
cluster_watch_drain(int watch)
{
	char events[4096];

	while (watch != -1 && read(watch, events, sizeof events) > 0)
		continue;
}

#else
int
cluster_watch_begin(void)
{
	return -1;
}

void
cluster_watch_file(int watch, const char *path)
{
	(void)watch;
	(void)path;
}

void
cluster_watch_drain(int watch)
{
	(void)watch;
}
#endif
