/* SPDX-License-Identifier: ISC */
/* Wake the loop when a file changes, if the system supports it. */
#ifndef CLUSTER_WATCH_H
#define CLUSTER_WATCH_H

/* How often to look at the files if the system does not support it. */
#define CLUSTER_LOOK_MS 20

/* Return a descriptor for poll(2), or -1 if the system does not support it. */
int cluster_watch_begin(void);

/* Wake the loop when the file or folder PATH changes. */
void cluster_watch_file(int watch, const char *path);

/* Discard the events that have woken the loop. */
void cluster_watch_drain(int watch);

#endif
