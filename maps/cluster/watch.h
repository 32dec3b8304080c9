/* SPDX-License-Identifier: ISC */
/* Waking the loop when a file changes, where the system can. */
#ifndef CLUSTER_WATCH_H
#define CLUSTER_WATCH_H

/* How often to look at the files, in milliseconds, where it cannot. */
#define CLUSTER_LOOK_MS 20

/* Return a descriptor for poll(2), or -1 where the system cannot. */
int cluster_watch_begin(void);

/* Wake the loop when the file or folder PATH changes. */
void cluster_watch_file(int watch, const char *path);

/* Read away what has woken the loop. */
void cluster_watch_drain(int watch);

#endif
