/* SPDX-License-Identifier: ISC */
#include "daemon/cluster-password.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Cut the LEN bytes in PASSWORD after the first line.  Return NULL, or what is
 * wrong. */
static const char *
cut_line(char password[CLUSTER_PASSWORD_BYTES], size_t len)
{
	size_t line;

	password[len] = '\0';
	line = strcspn(password, "\r\n");
	if (line == len && len == CLUSTER_PASSWORD_BYTES - 1)
		return "its first line is too long for a password";
	if (line != len && password[line] == '\0')
		return "it has a NUL byte: it must be text";
	password[line] = '\0';
	return line == 0 ? "its first line is empty" : NULL;
}

const char *
cluster_password_read(const char *path, char password[CLUSTER_PASSWORD_BYTES])
{
	/* O_NONBLOCK: the open of a FIFO would wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong = NULL;
	struct stat st;
	ssize_t len;

	password[0] = '\0';
	if (fd == -1)
		return strerror(errno);
	if (fstat(fd, &st) == -1) {
		wrong = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		wrong = "it is not a regular file";
	} else {
		len = read(fd, password, CLUSTER_PASSWORD_BYTES - 1);
		wrong = len == -1 ? strerror(errno) :
		    cut_line(password, (size_t)len);
	}
	(void)close(fd);
	return wrong;
}
