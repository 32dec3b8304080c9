/* SPDX-License-Identifier: ISC */
#include "tool/screen.h"

#include <sys/ioctl.h>
#include <sys/select.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "base/safefile.h"

/* Switch to the alternate screen and hide the cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define TOP "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

static volatile sig_atomic_t quit_asked, stop_asked, draw_asked;
static sigset_t awake;		/* the signals while screen_wait() waits */
static struct termios before;
static bool shown, keys;

static void
on_signal(int number)
{
	if (number == SIGTSTP)
		stop_asked = 1;
	else if (number == SIGWINCH || number == SIGCONT)
		draw_asked = 1;
	else
		quit_asked = 1;
}

bool
screen_there(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' &&
	    strcmp(term, "dumb") != 0;
}

void
screen_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	    SIGWINCH, SIGCONT, SIGTSTP };
	struct sigaction action, inherited;
	sigset_t blocked;

	memset(&action, 0, sizeof action);
	action.sa_handler = on_signal;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		/* Leave a signal ignored that nohup(1) has ignored. */
		if (sigaction(numbers[i], NULL, &inherited) == 0 &&
		    inherited.sa_handler == SIG_IGN)
			continue;
		(void)sigaddset(&blocked, numbers[i]);
		(void)sigaction(numbers[i], &action, NULL);
	}
	/* Block these signals.  Only screen_wait() unblocks them, so that they
	 * interrupt nothing else. */
	(void)sigprocmask(SIG_BLOCK, &blocked, &awake);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		(void)sigdelset(&awake, numbers[i]);
}

static bool
put(const char *text)
{
	return write_all(STDOUT_FILENO, text, strlen(text)) == 0;
}

void
screen_enter(void)
{
	struct termios now;

	keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
	if (keys) {
		now = before;
		now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		now.c_cc[VMIN] = 0;
		now.c_cc[VTIME] = 0;
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
	}
	shown = put(ENTER);
}

void
screen_leave(void)
{
	if (shown)
		(void)put(LEAVE);
	if (keys)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	shown = keys = false;
}

bool
screen_begin(struct screen *screen)
{
	struct winsize size;

	memset(screen, 0, sizeof *screen);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 ||
	    size.ws_row == 0 || size.ws_col == 0) {
		size.ws_row = 24;
		size.ws_col = 80;
	}
	screen->rows = size.ws_row;
	screen->columns = size.ws_col;
	screen->out = open_memstream(&screen->text, &screen->len);
	if (screen->out == NULL)
		return false;
	(void)fputs(TOP, screen->out);
	return true;
}

/* Clear the line before it is written.  Afterwards the cursor may still be on the
 * last column, which would be cleared, too. */
void
screen_line(struct screen *screen, const char *format, ...)
{
	char line[LOG_LINE_SIZE], text[LOG_LINE_SIZE];
	size_t columns = (size_t)screen->columns;
	va_list ap;

	if (screen->row == screen->rows)
		return;
	va_start(ap, format);
	if (vsnprintf(line, sizeof line, format, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	(void)fputs(screen->row++ > 0 ? "\r\n" CLEAR_LINE : CLEAR_LINE,
	    screen->out);
	(void)encode_column(line, text, columns < sizeof text ? columns + 1 :
	    sizeof text, SCREEN_CUT);
	(void)fputs(text, screen->out);
}

bool
screen_end(struct screen *screen)
{
	bool good;

	if (screen->row < screen->rows)
		(void)fputs("\r\n" CLEAR_REST, screen->out);
	good = fclose(screen->out) == 0 && put(screen->text);
	free(screen->text);
	return good;
}

/* Stop, as Ctrl-Z asks: show the shell's screen until the process is continued. */
static void
stop(void)
{
	bool was_shown = shown;

	stop_asked = 0;
	screen_leave();
	(void)raise(SIGSTOP);
	if (was_shown)
		screen_enter();
	draw_asked = 1;
}

/* Read what was typed.  Several keys at once count as one. */
static enum screen_event
key(void)
{
	char typed[64];
	ssize_t n = read(STDIN_FILENO, typed, sizeof typed);

	if (n <= 0 || memchr(typed, 'q', (size_t)n) != NULL)
		return SCREEN_QUIT;
	return SCREEN_DRAW;
}

enum screen_event
screen_wait(unsigned int seconds)
{
	struct timespec time = { .tv_sec = (time_t)seconds };
	fd_set set;
	int ready;

	FD_ZERO(&set);
	if (keys)
		FD_SET(STDIN_FILENO, &set);
	ready = pselect(STDIN_FILENO + 1, &set, NULL, NULL, &time, &awake);
	if (stop_asked)
		stop();
	if (quit_asked || (ready == -1 && errno != EINTR))
		return SCREEN_QUIT;
	if (ready == 1)
		return key();
	if (draw_asked) {
		draw_asked = 0;
		return SCREEN_DRAW;
	}
	return SCREEN_TIME;
}
