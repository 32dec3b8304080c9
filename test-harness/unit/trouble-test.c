/* SPDX-License-Identifier: ISC */
/* What goes wrong while a writer or a sweep is at work: nothing is published
 * that is not whole, and all is well the next time. */
#define _GNU_SOURCE		/* F_OFD_SETLK */

#include <sys/wait.h>

#include <fcntl.h>

#include "base/clock.h"
#include "logins.h"
#include "store/map-make.h"
#include "store/writer.h"
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
	return sweep_run(am, &sweep, &report);
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

/* The clock of a sweep that restores: the map is lost after the first entries. */
static time_t
lose_half(time_t *t)
{
	am->clock = scratch_clock;
	if (authmap_lookup(am, "10.0.0.0", NULL) == 1) {
		asked = 1;
		(void)unlink(am->files.map);
	} else {
		am->clock = lose_half;
	}
	return scratch_clock(t);
}

static void
lost_while_restored(void)
{
	static char text[128 * 1024];
	char line[128];

	text[0] = '\0';
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(line, sizeof line, "= 10.0.%d.%d %010lld "
		    "%010lld imap joe\n", i / 250, i % 250,
		    (long long)scratch_now + 900, (long long)scratch_now - 9);
		(void)strlcat(text, line, sizeof text);
	}
	(void)scratch_file("state/relay.saved", text);
	(void)unlink(am->files.map);
	asked = 0;
	am->clock = lose_half;
	(void)sweep_once();
	am->clock = scratch_clock;
	is_int(asked, 1, "a map is lost while the saved state is restored");
	ok(said("cannot be restored yet"), "  which is said");
	is_int(sweep_once(), 0, "  the next sweep begins again");
	is_int(authmap_lookup(am, "10.0.0.0", NULL), 1, "  the first is there");
	is_int(authmap_lookup(am, "10.0.3.249", NULL), 1, "  and the last");
}

/* Somebody replaces relay.lock while a writer holds it: there are two then. */
static void
replaced_lock(void)
{
	struct change change = { .op = CHANGE_LOGIN, .key = "192.0.2.20" };
	struct writer w;
	pid_t other;
	int status;

	record_fill(&change.record, scratch_now, 1800, "imap", "joe");
	writer_begin(&w, am, lock_try(am), NEVER);
	is_int(writer_map(&w), MAP_OK, "a writer has locked the map");
	(void)unlink(am->files.lock);
	other = fork();
	if (other == 0) {
		/* Else the locks would be this process's, too. */
		(void)close(w.map->fd);
		(void)close(w.lock);
		_exit(record("192.0.2.21", "joe") == AUTHMAP_GRANTED ? 0 : 1);
	}
	/* The other writer waits for the map by now.  If it is slower, it meets
	 * the change, which is no trouble. */
	(void)usleep(200 * 1000);
	is_int(writer_apply(&w, &change, NULL, NULL), MAP_OK,
	    "  and grants when another waits with a new lock");
	writer_end(&w);
	ok(waitpid(other, &status, 0) == other && status == 0,
	    "  which grants, too");
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "  the first grant is there");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 1,
	    "  and the second");
}

/* An account that may only read the map locks it. */
static void
locked_by_reader(void)
{
#ifdef F_OFD_SETLK
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open(am->files.map, O_RDONLY);

	is_int(fcntl(fd, F_OFD_SETLK, &whole), 0, "a reader locks the map");
	is_int(record("192.0.2.22", "joe"), AUTHMAP_GRANTED,
	    "  which keeps no login out");
	is_int(sweep_once(), 0, "  nor the sweeper");
	(void)close(fd);
#endif
}

/* A sweep that was killed has left its mark in the map. */
static void
stamped(void)
{
	struct writer w;
	off_t once;

	writer_begin(&w, am, lock_try(am), NEVER);
	ok(writer_map(&w) == MAP_OK && map_remake(am, &w.map, NEVER) == MAP_OK,
	    "a map is made anew");
	once = w.map->file.arena;
	is_int(map_mark(w.map), MAP_OK, "  and marked by a sweep");
	writer_end(&w);
	scratch_now++;
	is_int(record("192.0.2.20", "joe"), AUTHMAP_REFRESHED, "  and changed");
	writer_begin(&w, am, lock_try(am), NEVER);
	ok(writer_map(&w) == MAP_OK && map_remake(am, &w.map, NEVER) == MAP_OK,
	    "  and made anew by a writer");
	is_int(w.map->file.arena, once, "  which copies nothing twice");
	writer_end(&w);
}

/* A sweeper makes a map, and so does a writer, whose map is full. */
static void
two_makers(void)
{
	struct making first, second;
	struct writer w;

	writer_begin(&w, am, lock_try(am), NEVER);
	ok(writer_map(&w) == MAP_OK && making_create(&first, am) == MAP_OK &&
	    making_copy(&first, w.map, NULL, NULL) == MAP_OK,
	    "a map is made");
	is_int(making_create(&second, am), MAP_OK, "  and another is begun");
	is_int(making_publish(&first, &w.map), MAP_ERROR,
	    "  the first is not published, nor is the published map broken");
	making_end(&first);
	ok(making_copy(&second, w.map, NULL, NULL) == MAP_OK &&
	    making_publish(&second, &w.map) == MAP_OK, "  the second is");
	making_end(&second);
	writer_end(&w);
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "  with all that is in the map");
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
	lost_while_restored();
	replaced_lock();
	two_makers();
	locked_by_reader();
	stamped();
	asked_for();
	authmap_free(am);
	return tap_done();
}
