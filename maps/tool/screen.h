/* SPDX-License-Identifier: ISC */
/* Draw on a terminal's screen, with the sequences that every terminal in use knows
 * (ECMA-48, and the alternate screen of xterm). */
#ifndef TOOL_SCREEN_H
#define TOOL_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

/* The last character of a text that was cut, as in top(1). */
#define SCREEN_CUT "+"

/* The events of screen_wait(). */
enum screen_event {
	SCREEN_TIME,		/* the time has passed */
	SCREEN_DRAW,		/* a new size, or a key: draw again */
	SCREEN_QUIT		/* q, a signal to exit, or the terminal is gone */
};

/* Return whether standard output is a terminal that can be drawn on. */
bool screen_there(void);

/* Catch the signals that end or stop a program.  From now on screen_wait() reports
 * them, with a screen and without. */
void screen_signals(void);

/* Switch to the alternate screen; screen_leave() switches back. */
void screen_enter(void);
void screen_leave(void);

/* A screen to be filled, of the terminal's size. */
struct screen {
	int rows, columns;
	int row;		/* the number of lines so far */
	char *text;
	size_t len;
	FILE *out;		/* writes to text */
};

/* Begin SCREEN.  Return false if there is no memory. */
bool screen_begin(struct screen *screen);

/* Add a line in the format of printf(3), encoded as encode.h does, and cut at the
 * last column.  Lines below the last row are left out. */
void screen_line(struct screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Show SCREEN at once, and free it.  Return false if the terminal is gone. */
bool screen_end(struct screen *screen);

/* Wait for a key, a signal, or SECONDS. */
enum screen_event screen_wait(unsigned int seconds);

#endif
