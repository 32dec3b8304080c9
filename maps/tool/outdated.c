/* SPDX-License-Identifier: ISC */
#include "tool/outdated.h"

#include <sys/stat.h>

bool
outdated(const char *config, const char *made)
{
	struct stat c, m;

	if (stat(config, &c) == -1 || lstat(made, &m) == -1)
		return false;
	return c.st_ctim.tv_sec != m.st_ctim.tv_sec ?
	    c.st_ctim.tv_sec > m.st_ctim.tv_sec :
	    c.st_ctim.tv_nsec > m.st_ctim.tv_nsec;
}
