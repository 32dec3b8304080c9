/* SPDX-License-Identifier: ISC */
/* The limit of repeated log lines. */
#include "base/clock.h"
#include "daemon/log-limit.h"
#include "tap.h"

static struct log_limit limit;

static bool
said_number(int number)
{
	char line[32];

	(void)snprintf(line, sizeof line, "line %d", number);
	return log_limit_repeated(&limit, line);
}

int
main(void)
{
	ok(!said_number(0), "a line is logged");
	ok(said_number(0), "  and not again within an hour");
	ok(!said_number(1), "so is another line");
	for (int i = 2; i < LOG_LIMIT_LINES; i++)
		(void)said_number(i);
	ok(log_limit_full(&limit), "the most lines are remembered");
	ok(!said_number(LOG_LIMIT_LINES), "one more is logged");
	limit.lines[7].until = deadline_in(0) - 1;
	ok(!log_limit_full(&limit), "after an hour, another line is remembered");
	ok(!said_number(7), "  and the first one is logged again");
	ok(said_number(LOG_LIMIT_LINES), "  while the others are remembered");
	log_limit_reset(&limit);
	ok(!said_number(LOG_LIMIT_LINES), "after a reset, no line is remembered");
	return tap_done();
}
