/* What goes wrong while a writer or a sweep is at work: nothing is published
 * that is not whole, and all is well the next time. */
#include "logins.h"
#include "sweeper/sweep.h"
#include "tap.h"

static bool
said(const char *what)
{
	return strstr(scratch_log, what) != NULL;
}

static struct sweep_report report;

static int
sweep_once(void)
{
	struct sweep sweep = { .scanned_at = 0 };

	scratch_log[0] = '\0';
	return sweep_pass(am, &sweep, &report);
}

static void
unsaved(void)
{
	char away[256];

	(void)record("192.0.2.5", "joe");
	scratch_now += 1801;
	(void)record("192.0.2.6", "joe");
	(void)snprintf(away, sizeof away, "%s/away", scratch);
	(void)rename(am->config.state_dir, away);
	is_int(sweep_once(), 0, "a map that cannot be saved counts as swept");
	ok(report.unsaved && !report.saved, "  and is reported as unsaved");
	ok(said("relay.saved: cannot be saved"), "  is said");
	is_int(authmap_lookup(am, "192.0.2.6", NULL), 1, "  it is swept");
	(void)rename(away, am->config.state_dir);
	is_int(sweep_once(), 0, "  and saved the next time");
	ok(report.saved && !report.unsaved && is_there("state/relay.saved"),
	    "  really");
}

static unsigned int asked;

/* The clock of a sweep: when it is asked for the second time, it has walked the
 * map, and the map is lost. */
static time_t
lose_map(time_t *t)
{
	if (++asked == 3)
		(void)unlink(am->files.map);
	return scratch_clock(t);
}

static void
lost_meanwhile(void)
{
	(void)record("192.0.2.7", "joe");
	(void)sweep_once();
	scratch_now += 1801;
	(void)record("192.0.2.8", "joe");
	am->clock = lose_map;
	is_int(sweep_once(), -1, "a map is lost during a sweep");
	am->clock = scratch_clock;
	ok(said("was made anew during a sweep"), "  and made anew");
	is_int(sweep_once(), 0, "  the next sweep is for it");
	is_int(authmap_lookup(am, "192.0.2.8", NULL), 1,
	    "  with what was saved");
}

static void
asked_for(void)
{
	struct authmap_login l = login("192.0.2.10", "joe");
	struct authmap_entry entry = { .expires = 0 };

	l.window = AUTHMAP_WINDOW_MAX + 1;
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "too long a window");
	(void)authmap_lookup(am, "192.0.2.10", &entry);
	is_int(entry.expires, scratch_now + 1800, "  is cut to the longest");
	is_int(authmap_remove(am, "example.org", NULL), -1,
	    "what is no address cannot be removed");
}

int
main(void)
{
	am = scratch_authmap("lock_timeout = 10s\n");
	(void)record("192.0.2.1", "joe");
	unsaved();
	lost_meanwhile();
	asked_for();
	authmap_free(am);
	return tap_done();
}
