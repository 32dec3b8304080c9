/* What goes wrong while a writer or a sweep is at work: nothing is published
 * that is not whole, and all is well the next time. */
#include "store/commit.h"
#include "logins.h"
#include "sweeper/sweep.h"
#include "store/pending.h"
#include "tap.h"

static bool
said(const char *what)
{
	return strstr(scratch_log, what) != NULL;
}

static enum map_status
commit_with(int lock, const char *address)
{
	struct change change = { .op = CHANGE_LOGIN };
	enum map_status status;
	struct writer w;

	(void)strcpy(change.key, address);
	record_fill(&change.record, scratch_now, 1800, "imap", "joe");
	scratch_log[0] = '\0';
	writer_begin(&w, am, lock, deadline_in(10000));
	status = writer_commit(&w, &change, NULL, NULL);
	writer_end(&w);
	return status;
}

/* Then another may hold the new one: two would publish. */
static void
lock_replaced(void)
{
	int lock = lock_try(am);

	(void)unlink(am->files.lock);
	is_int(commit_with(lock, "192.0.2.2"), MAP_TROUBLE,
	    "the lock is removed while it is held");
	ok(said("was removed or replaced while it was held"), "  is said");
	is_int(authmap_lookup(am, "192.0.2.2", NULL), 0,
	    "  nothing is published");
	is_int(commit_with(lock_try(am), "192.0.2.2"), MAP_OK,
	    "  but with the next one");
}

static void
pending_full(void)
{
	int lock = lock_try(am);
	FILE *out = fopen(am->files.pending, "w");
	bool good = out != NULL;

	for (int i = 0; good && i < PENDING_END / 2 + 4096; i++)
		good = putc('\n', out) != EOF;
	good = good && fprintf(out, "+ 192.0.2.3 %010lld %010lld imap joe\n",
	    (long long)scratch_now + 1800, (long long)scratch_now) > 0;
	ok(good && fclose(out) == 0, "the pending file is full");
	is_int(record("192.0.2.4", "joe"), AUTHMAP_FAILED,
	    "  while the lock is held, nobody is recorded");
	ok(said("File too large"), "  which is said");
	lock_drop(lock);
	is_int(record("192.0.2.4", "joe"), AUTHMAP_GRANTED,
	    "  then all are");
	is_int(authmap_lookup(am, "192.0.2.3", NULL), 1, "  who waited, too");
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

static bool lost;

/* Once the sweep has copied the map, it is lost. */
static time_t
lose_map(time_t *t)
{
	if (!lost && file_there(am->files.swept))
		lost = unlink(am->files.map) == 0;
	return scratch_clock(t);
}

static void
lost_meanwhile(void)
{
	(void)record("192.0.2.7", "joe");
	scratch_now += 1801;
	(void)record("192.0.2.8", "joe");
	am->clock = lose_map;
	is_int(sweep_once(), -1, "a map is lost during a sweep");
	am->clock = scratch_clock;
	is_int(lost, true, "  it is");
	ok(said("was begun anew during a sweep"), "  and begun anew");
	is_int(authmap_lookup(am, "192.0.2.8", NULL), 1,
	    "  with what was saved");
	is_int(sweep_once(), 0, "  the next sweep is for it");
	is_int(authmap_lookup(am, "192.0.2.8", NULL), 1, "  and keeps it");
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
	lock_replaced();
	pending_full();
	unsaved();
	lost_meanwhile();
	asked_for();
	authmap_free(am);
	return tap_done();
}
