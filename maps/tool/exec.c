/* SPDX-License-Identifier: ISC */
#include "tool/exec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tool/output.h"

int
tool_exec(char *const *argv)
{
	(void)execvp(argv[0], argv);
	/* As env(1) and nohup(1) end. */
	(void)tool_fail("%s: %s", argv[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
