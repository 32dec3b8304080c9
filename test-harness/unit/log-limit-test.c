/* What the log was told lately. */
#include "base/clock.h"
#include "daemon/log-limit.h"
#include "tap.h"

static struct said said;

static bool
said_number(int number)
{
	char line[32];

	(void)snprintf(line, sizeof line, "line %d", number);
	return said_lately(&said, line);
}

int
main(void)
{
	ok(!said_number(0), "a line is said");
	ok(said_number(0), "  and not again within an hour");
	ok(!said_number(1), "as is another");
	for (int i = 2; i < SAID_LINES; i++)
		(void)said_number(i);
	ok(said_enough(&said), "so many lines are remembered");
	ok(!said_number(SAID_LINES), "one more is said");
	said.lines[7].until = deadline_in(0) - 1;
	ok(!said_enough(&said), "after an hour there is room for another");
	ok(!said_number(7), "  and that line is said again");
	ok(said_number(SAID_LINES), "  while the others are remembered");
	said_forget(&said);
	ok(!said_number(SAID_LINES), "all is forgotten");
	return tap_done();
}
