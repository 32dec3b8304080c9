/* What the parts of "authmap check" share. */
#ifndef CHECK_H
#define CHECK_H

#include "tool/tool.h"

enum finding { GOOD, DOUBTFUL, WRONG };

struct check {
	struct tool *tool;
	const struct authmap *am;
	int lines;
	int worst;		/* the exit status */
};

/* One line: what was looked at, how it is, and what to do about it. */
void check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Asks the responder, and looks which MTA is set up to ask it. */
void check_asking(struct check *check);

/* Looks how the host gets along with others, if it has any. */
void check_cluster(struct check *check);

#endif
