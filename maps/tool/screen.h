/* SPDX-License-Identifier: ISC */
/*
 * A screen of a terminal that is drawn anew in place, with the sequences that
 * every terminal in use knows (ECMA-48, and xterm's other screen).
 */
#ifndef TOOL_SCREEN_H
#define TOOL_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

/* What stands in the last column of a text that was cut, as top(1) has it. */
#define SCREEN_CUT "+"

/* What screen_wait() has seen. */
enum screen_event {
	SCREEN_TIME,		/* the time is over */
	SCREEN_DRAW,		/* another size, or a key: draw it again */
	SCREEN_QUIT		/* q, a signal that ends, a lost terminal */
};

/* Is standard output a terminal that can be drawn on? */
bool screen_there(void);

/*
 * Takes the signals that end a program until the process ends: from now on
 * screen_wait() hears them, with a screen and without.
 */
void screen_signals(void);

/* Shows another screen; screen_leave() brings back what was before. */
void screen_enter(void);
void screen_leave(void);

/* A screen to be filled; its size is that of the terminal now. */
struct screen {
	int rows, columns;
	int row;		/* how many lines it has by now */
	char *text;
	size_t len;
	FILE *out;		/* to text */
};

/* Begins a screen.  False: no memory. */
bool screen_begin(struct screen *screen);

/*
 * Adds a line, as printf(3) has it, encoded, see encode.h, and cut at the last
 * column.  What is below the last row is left out.
 */
void screen_line(struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Shows it, all at once, and frees it.  False: the terminal is gone. */
bool screen_end(struct screen *screen);

/* Waits for a key, a signal, or SECONDS. */
enum screen_event screen_wait(unsigned int seconds);

#endif
