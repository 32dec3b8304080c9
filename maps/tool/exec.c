/* SPDX-License-Identifier: ISC */
#include "tool/exec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool/output.h"

int
tool_exec(char *const *argv)
{
	int error;

	(void)execvp(argv[0], argv);
	error = errno;
	(void)tool_fail("%s: %s", argv[0], strerror(error));
	/* The exit statuses are those of env(1) and nohup(1). */
	return error == ENOENT ? 127 : 126;
}
