/* SPDX-License-Identifier: ISC */
/*
 * Troubles while a writer or a sweep is at work: only whole maps are published, and
 * the next sweep repairs everything.
 */
#define _GNU_SOURCE		/* F_OFD_SETLK */

#include <sys/wait.h>

#include <fcntl.h>

#include "store/map-rebuild.h"
#include "store/writer.h"
#include "sweeps.h"

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

/* The clock of a sweep: remove the map when the sweep has walked it. */
static time_t
lose_map(time_t *t)
{
	unsigned int saves = seen.saves;

	look_at_sweep();
	if (seen.saves > saves)
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
	ok(said("was replaced during a sweep"), "  and rebuilt by a writer");
	is_int(sweep_once(), 0, "  the next sweep restores it");
	is_int(authmap_lookup(am, "192.0.2.8", NULL), 1,
	    "  with the saved state");
}

static bool lost;

/* The clock of a sweep that restores: the map is lost after the first entries. */
static time_t
lose_half(time_t *t)
{
	am->clock = scratch_clock;
	if (authmap_lookup(am, "10.0.0.0", NULL) == 1) {
		lost = true;
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
	am->clock = lose_half;
	(void)sweep_once();
	am->clock = scratch_clock;
	ok(lost, "a map is lost while the saved state is restored");
	ok(said("cannot be restored yet"), "  which is logged");
	is_int(sweep_once(), 0, "  the next sweep begins again");
	is_int(authmap_lookup(am, "10.0.0.0", NULL), 1,
	    "  the first entry is there");
	is_int(authmap_lookup(am, "10.0.3.249", NULL), 1, "  and the last one");
}

/* relay.lock is replaced while a writer holds it: two writers have a lock then. */
static void
replaced_lock(void)
{
	struct change change = { .op = CHANGE_LOGIN, .key = "192.0.2.20" };
	struct writer w;
	pid_t other;
	int status;

	record_fill(&change.record, scratch_now, 1800, "imap", "joe");
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	is_int(writer_map(&w), MAP_OK, "a writer has locked the map");
	(void)unlink(am->files.lock);
	other = fork();
	if (other == 0) {
		/* Otherwise the locks would belong to this process, too. */
		(void)close(w.map->fd);
		(void)close(w.lock);
		_exit(record("192.0.2.21", "joe") == AUTHMAP_GRANTED ? 0 : 1);
	}
	/*
 * By now the other writer waits for the map's lock.  If it comes later, it finds the
 * change, which is correct, too.
 */
	(void)usleep(200 * 1000);
	is_int(writer_apply(&w, &change, NULL, NULL), MAP_OK,
	    "  and grants while another waits with a new relay.lock");
	writer_end(&w);
	ok(waitpid(other, &status, 0) == other && status == 0,
	    "  which grants, too");
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "  the first entry is there");
	is_int(authmap_lookup(am, "192.0.2.21", NULL), 1,
	    "  and the second one");
}

/* A user that may only read the map locks it. */
static void
locked_by_reader(void)
{
#ifdef F_OFD_SETLK
	struct flock whole = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	int fd = open(am->files.map, O_RDONLY);

	is_int(fcntl(fd, F_OFD_SETLK, &whole), 0, "a reader locks the map");
	is_int(record("192.0.2.22", "joe"), AUTHMAP_GRANTED,
	    "  which does not prevent a login");
	is_int(sweep_once(), 0, "  or a sweep");
	(void)close(fd);
#endif
}

/* A killed sweep has left its mark in the map. */
static void
stamped(void)
{
	struct writer w;
	off_t once;

	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK &&
	    map_rebuild(am, &w.map, DEADLINE_NEVER) == MAP_OK,
	    "a new map is made");
	once = w.map->file.arena;
	is_int(map_rebuild_mark(w.map), MAP_OK, "  and marked by a sweep");
	writer_end(&w);
	scratch_now++;
	is_int(record("192.0.2.20", "joe"), AUTHMAP_REFRESHED, "  and changed");
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK &&
	    map_rebuild(am, &w.map, DEADLINE_NEVER) == MAP_OK,
	    "  and made again by a writer");
	is_int(w.map->file.arena, once, "  which copies nothing twice");
	writer_end(&w);
}

/* A sweeper makes a new map, and so does a writer, whose map is full. */
static void
two_makers(void)
{
	struct map_rebuild first, second;
	struct writer w;

	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK && map_rebuild_create(&first, am) == MAP_OK &&
	    map_rebuild_copy(&first, w.map, NULL, NULL) == MAP_OK,
	    "a new map is made");
	is_int(map_rebuild_create(&second, am), MAP_OK,
	    "  and another one is created");
	is_int(map_rebuild_publish(&first, &w.map), MAP_ERROR,
	    "  the first is not published, and the published map is not damaged");
	map_rebuild_end(&first);
	ok(map_rebuild_copy(&second, w.map, NULL, NULL) == MAP_OK &&
	    map_rebuild_publish(&second, &w.map) == MAP_OK,
	    "  the second is published");
	map_rebuild_end(&second);
	writer_end(&w);
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "  with all entries");
}

/* The new file is cut while writers change the old one. */
static void
cut(void)
{
	struct map_rebuild rebuild;
	struct map *from;
	struct writer w;

	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK && map_rebuild_mark(w.map) == MAP_OK &&
	    map_rebuild_create(&rebuild, am) == MAP_OK, "a sweep begins");
	writer_end(&w);
	ok(map_open(&from, am->files.map, MAP_READ) == MAP_OK &&
	    map_rebuild_copy(&rebuild, from, NULL, NULL) == MAP_OK,
	    "  and makes a new map");
	scratch_now++;
	is_int(record("192.0.2.20", "joe"), AUTHMAP_REFRESHED,
	    "  a writer changes the old one");
	(void)ftruncate(rebuild.fd, 4096);
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	ok(writer_map(&w) == MAP_OK, "  the new one is cut");
	is_int(map_rebuild_publish(&rebuild, &w.map), MAP_ERROR,
	    "  it is not published, and the old one not taken for damaged");
	is_str(map_error(), "cut short", "  which is reported");
	map_rebuild_end(&rebuild);
	map_close(from);
	writer_end(&w);
	is_int(authmap_lookup(am, "192.0.2.20", NULL), 1,
	    "  and all entries are there");
}

static void
asked_for(void)
{
	struct authmap_login l = login("192.0.2.10", "joe");
	struct authmap_entry entry = { .expires = 0 };

	l.window = AUTHMAP_WINDOW_MAX + 1;
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, "a window that is too long");
	(void)authmap_lookup(am, "192.0.2.10", &entry);
	is_int(entry.expires, scratch_now + 1800, "  is cut to the longest");
	is_int(authmap_remove(am, "example.org", NULL), -1,
	    "text that is no address cannot be removed");
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
	cut();
	asked_for();
	authmap_free(am);
	return tap_done();
}
