/* SPDX-License-Identifier: ISC */
#include "tool/command.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safefile.h"

/* The exit status of a child that could not become the program. */
#define NOT_RUN 127

/* How often to see whether a child that has closed its output has ended. */
#define NAP_US 2000

struct stream {
	int fd;			/* the parent's end of the pipe; -1: closed */
	char *text;
	size_t len, room;
};

bool
command_find(const char *name, char path[PATH_MAX])
{
	const char *folder = COMMAND_PATH;
	struct stat st;

	while (*folder != '\0') {
		size_t len = strcspn(folder, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", (int)len, folder,
		    name) < PATH_MAX && stat(path, &st) == 0 &&
		    S_ISREG(st.st_mode) && access(path, X_OK) == 0)
			return true;
		folder += len;
		folder += strspn(folder, ":");
	}
	return false;
}

static bool
become(const char *user)
{
	const struct passwd *pw;

	if (user == NULL || geteuid() != 0)
		return true;
	pw = getpwnam(user);
	return pw != NULL && initgroups(pw->pw_name, pw->pw_gid) == 0 &&
	    setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0;
}

/* Set the environment of a program.  Nothing else of the caller's environment is
 * passed on, since it could change the output.  Postfix needs MAIL_CONFIG. */
static void
environment(const struct command *command, const char *env[6])
{
	static char mail_config[PATH_MAX + 16];
	const char *folder = getenv("MAIL_CONFIG");
	int n = 0;

	env[n++] = "PATH=" COMMAND_PATH;
	env[n++] = "LC_ALL=C";
	env[n++] = "HOME=/";
	if (folder != NULL) {
		(void)snprintf(mail_config, sizeof mail_config,
		    "MAIL_CONFIG=%s", folder);
		env[n++] = mail_config;
	}
	if (command->set != NULL)
		env[n++] = command->set;
	env[n] = NULL;
}

static _Noreturn void
child(const struct command *command, const char *path, const int in, int out,
    int err)
{
	union { const char *const *from; char *const *to; } argv, env;
	const char *list[6];
	struct sigaction action;
	sigset_t none;

	(void)setsid();
	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(err, STDERR_FILENO) == -1)
		_exit(NOT_RUN);
	closefrom(STDERR_FILENO + 1);
	if (chdir("/") == -1 || !become(command->user))
		_exit(NOT_RUN);
	environment(command, list);
	argv.from = command->argv;
	env.from = list;
	(void)execve(path, argv.to, env.to);
	_exit(NOT_RUN);
}

/* Read once from STREAM.  Return false if there is no memory, or too much output. */
static bool
stream_read(struct stream *stream)
{
	char *grown;
	ssize_t n;

	if (stream->len + 1 >= stream->room) {
		size_t room = stream->room == 0 ? 4096 : 2 * stream->room;

		grown = room > COMMAND_OUTPUT_BYTES ? NULL :
		    realloc(stream->text, room);
		if (grown == NULL)
			return false;
		stream->text = grown;
		stream->room = room;
	}
	n = read(stream->fd, stream->text + stream->len,
	    stream->room - stream->len - 1);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		(void)close(stream->fd);
		stream->fd = -1;
		n = 0;
	}
	stream->len += (size_t)n;
	stream->text[stream->len] = '\0';
	return true;
}

/* Read both streams until they are closed.  Return NULL, or why they were not. */
static const char *
streams_read(struct stream stream[2], deadline end)
{
	while (stream[0].fd != -1 || stream[1].fd != -1) {
		struct pollfd fds[] = { { stream[0].fd, POLLIN, 0 },
		    { stream[1].fd, POLLIN, 0 } };

		if (deadline_passed(end))
			return "timed out";
		if (poll(fds, 2, 20) <= 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (fds[i].fd != -1 && fds[i].revents != 0 &&
			    !stream_read(&stream[i]))
				return "printed too much";
	}
	return NULL;
}

/* Wait for PID until END.  Return NULL, or why there is no exit status. */
static const char *
end_wait(pid_t pid, deadline end, int *status)
{
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0 ||
	    (ended == -1 && errno == EINTR)) {
		if (deadline_passed(end)) {
			(void)kill(-pid, SIGKILL);
			while (waitpid(pid, status, 0) == -1 && errno == EINTR)
				;
			return "timed out";
		}
		(void)usleep(NAP_US);
	}
	if (ended == -1)
		return strerror(errno);
	return WIFEXITED(*status) ? NULL : "was killed";
}

/* The pipes of a child: its standard input, output and error. */
struct pipes {
	int in[2], out[2], err[2];
};

static bool
pipes_make(struct pipes *pipes)
{
	int *fds[] = { pipes->in, pipes->out, pipes->err };

	for (int i = 0; i < 3; i++)
		if (pipe(fds[i]) == -1) {
			while (i-- > 0) {
				(void)close(fds[i][0]);
				(void)close(fds[i][1]);
			}
			return false;
		}
	return true;
}

static const char *
run(const struct command *command, const char *path,
    struct command_result *result)
{
	deadline end = deadline_in(command->timeout_ms != 0 ?
	    command->timeout_ms : COMMAND_MS);
	struct stream stream[2] = { { .fd = -1 }, { .fd = -1 } };
	struct pipes pipes;
	const char *why, *late;
	int status = 0;
	pid_t pid;

	if (!pipes_make(&pipes))
		return strerror(errno);
	/* The input always fits into a new pipe. */
	if (command->input != NULL)
		(void)write_all(pipes.in[1], command->input,
		    strlen(command->input));
	pid = fork();
	if (pid == 0)
		child(command, path, pipes.in[0], pipes.out[1], pipes.err[1]);
	(void)close(pipes.in[0]);
	(void)close(pipes.in[1]);
	(void)close(pipes.out[1]);
	(void)close(pipes.err[1]);
	stream[0].fd = pipes.out[0];
	stream[1].fd = pipes.err[0];
	why = pid == -1 ? strerror(errno) : streams_read(stream, end);
	if (why != NULL && pid != -1)
		(void)kill(-pid, SIGKILL);
	late = pid == -1 ? NULL : end_wait(pid, end, &status);
	for (int i = 0; i < 2; i++)
		if (stream[i].fd != -1)
			(void)close(stream[i].fd);
	result->out = stream[0].text;
	result->err = stream[1].text;
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return why != NULL ? why : late;
}

bool
command_run(const struct command *command, struct command_result *result)
{
	const char *name = command->argv[0], *why;
	char path[PATH_MAX];

	memset(result, 0, sizeof *result);
	if (strchr(name, '/') != NULL)
		(void)strlcpy(path, name, sizeof path);
	else if (!command_find(name, path)) {
		result->status = -1;
		(void)strlcpy(result->why, "is not installed",
		    sizeof result->why);
		return false;
	}
	why = run(command, path, result);
	if (why != NULL) {
		result->status = -1;
		(void)strlcpy(result->why, why, sizeof result->why);
	} else if (result->status == NOT_RUN)
		(void)strlcpy(result->why, "cannot be run", sizeof result->why);
	return why == NULL && result->status == 0;
}

bool
command_ask(const char *const *argv, struct command_result *result)
{
	const struct command command = { .argv = argv };

	return command_run(&command, result);
}

const char *
command_trouble(struct command_result *result)
{
	if (result->why[0] == '\0' && result->err != NULL &&
	    result->err[0] != '\0') {
		result->err[strcspn(result->err, "\n")] = '\0';
		return result->err;
	}
	if (result->why[0] == '\0')
		(void)snprintf(result->why, sizeof result->why,
		    "exits with status %d", result->status);
	return result->why;
}

void
command_free(struct command_result *result)
{
	free(result->out);
	free(result->err);
	result->out = result->err = NULL;
}
