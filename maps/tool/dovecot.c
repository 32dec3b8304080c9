/* SPDX-License-Identifier: ISC */
#include "tool/dovecot.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/command.h"
#include "tool/outdated.h"

/* A larger program or module is not searched. */
#define PROGRAM_BYTES_MAX (8L * 1024 * 1024)

#define ABI_MARK ".ABIv"

void
dovecot_series(char series[DOVECOT_SERIES])
{
	struct command_result result;

	(void)strlcpy(series, "2.4", DOVECOT_SERIES);
	if (command_ask((const char *const[]){ "dovecot", "--version", NULL },
	    &result) && strncmp(result.out, "2.3", 3) == 0)
		(void)strlcpy(series, "2.3", DOVECOT_SERIES);
	command_free(&result);
}

/* Copy to ABI the version around MARK, which is in the LEN bytes at DATA. */
static bool
abi_copy(const char *data, size_t len, const char *mark, char abi[DOVECOT_ABI])
{
	const char *begin = mark, *end = mark + strlen(ABI_MARK);

	while (begin > data && (begin[-1] == '.' ||
	    (begin[-1] >= '0' && begin[-1] <= '9')))
		begin--;
	while (end < data + len && *end >= '0' && *end <= '9')
		end++;
	if (begin == mark || end == mark + strlen(ABI_MARK) ||
	    end - begin >= DOVECOT_ABI)
		return false;
	memcpy(abi, begin, (size_t)(end - begin));
	abi[end - begin] = '\0';
	return true;
}

static bool
abi_find(const char *data, size_t len, char abi[DOVECOT_ABI])
{
	const char *at = data, *end = data + len;

	while ((at = memchr(at, ABI_MARK[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) > strlen(ABI_MARK) &&
		    memcmp(at, ABI_MARK, strlen(ABI_MARK)) == 0 &&
		    abi_copy(data, len, at, abi))
			return true;
		at++;
	}
	return false;
}

bool
dovecot_abi_of(const char *file, char abi[DOVECOT_ABI])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st = { .st_size = 0 };
	char *data = NULL;
	bool found = false;
	ssize_t n = -1;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0 && st.st_size <= PROGRAM_BYTES_MAX)
		data = malloc((size_t)st.st_size);
	if (data != NULL)
		n = pread(fd, data, (size_t)st.st_size, 0);
	if (n > 0)
		found = abi_find(data, (size_t)n, abi);
	free(data);
	if (fd != -1)
		(void)close(fd);
	return found;
}

bool
dovecot_abi(char abi[DOVECOT_ABI])
{
	char path[PATH_MAX];

	return command_find("doveconf", path) && dovecot_abi_of(path, abi);
}

/* Return the process ID in BASE/master.pid, or 0 if there is none. */
static pid_t
master_pid(const char *base)
{
	char path[PATH_MAX], text[16];
	const char *wrong;
	ssize_t n = -1;
	long long pid;
	int fd;

	if (snprintf(path, sizeof path, "%s/master.pid", base) >= PATH_MAX)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd != -1) {
		n = pread(fd, text, sizeof text - 1, 0);
		(void)close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	pid = strtonum(text, 1, INT_MAX, &wrong);
	return wrong == NULL ? (pid_t)pid : 0;
}

enum dovecot_state
dovecot_running(const char *base)
{
	static const char gone[] = " (deleted)";
	char link[64], program[PATH_MAX + sizeof gone];
	pid_t pid = master_pid(base);
	ssize_t len;

	if (pid == 0 || (kill(pid, 0) == -1 && errno == ESRCH))
		return DOVECOT_DOWN;
	(void)snprintf(link, sizeof link, "/proc/%lld/exe", (long long)pid);
	len = readlink(link, program, sizeof program - 1);
	if (len < (ssize_t)sizeof gone)
		return DOVECOT_UP;
	program[len] = '\0';
	return strcmp(program + len - (sizeof gone - 1), gone) == 0 ?
	    DOVECOT_REPLACED : DOVECOT_UP;
}

bool
dovecot_is_outdated(const char *base, char file[PATH_MAX])
{
	glob_t names = { .gl_pathc = 0 };
	char socket[PATH_MAX];
	bool found = false;

	if (snprintf(socket, sizeof socket, "%s/config", base) >= PATH_MAX)
		return false;
	(void)glob("/etc/dovecot/*.conf", 0, NULL, &names);
	(void)glob("/etc/dovecot/conf.d/*.conf", GLOB_APPEND, NULL, &names);
	for (size_t i = 0; !found && i < names.gl_pathc; i++)
		found = outdated(names.gl_pathv[i], socket) &&
		    strlcpy(file, names.gl_pathv[i], PATH_MAX) < PATH_MAX;
	globfree(&names);
	return found;
}
