/* SPDX-License-Identifier: ISC */
/*
 * An excluded address may never relay, and no entry lasts longer than the longest
 * window, in whichever file an entry stands and however it is looked up.
 */
#include "store/blocklist.h"
#include "logins.h"
#include "lib/lookup.h"
#include "sweeper/sweep.h"
#include "tap.h"

#define DAY (24 * 3600)

static struct sweep sweep;
static struct sweep_report report;

static void
begin(const char *more)
{
	authmap_free(am);
	scratch_log[0] = '\0';
	am = scratch_authmap(more);
	memset(&sweep, 0, sizeof sweep);
}

static int
pass(void)
{
	return sweep_run(am, &sweep, &report);
}

/* Write an entry into the map, as a member of the group can. */
static void
forge(const char *key, time_t last, time_t expires)
{
	struct map_entry evicted;
	struct record forged;
	struct map *map;

	record_fill(&forged, last, (unsigned int)(expires - last), "imap",
	    "eve");
	if (map_open(&map, am->files.map, MAP_WRITE) != MAP_OK ||
	    map_put(map, key, &forged, map_rank, NULL, &evicted) != MAP_OK)
		errx(1, "%s cannot be forged: %s", key, map_error());
	map_close(map);
}

/* A line of a file that is read into the map. */
static const char *
line(char op, const char *key, time_t last, time_t expires)
{
	static char text[256];

	(void)snprintf(text, sizeof text, "%c %s %010lld %010lld imap eve\n",
	    op, key, (long long)expires, (long long)last);
	return text;
}

static time_t
expires_in_map(const char *key)
{
	struct record record = { .expires = 0 };
	struct map *map;

	if (map_open(&map, am->files.map, MAP_READ) != MAP_OK)
		return -1;
	if (map_get(map, key, &record) != MAP_OK)
		record.expires = 0;
	map_close(map);
	return record.expires;
}

static int
count(const struct authmap_entry *entry, void *arg)
{
	(void)entry;
	++*(int *)arg;
	return 0;
}

static int
listed(void)
{
	int entries = 0;

	return authmap_walk(am, count, &entries) == 0 ? entries : -1;
}

/* The network of a key is wider than the excluded one. */
static void
neighbours(void)
{
	begin("ipv6_prefix = 64\nexclude = 2001:db8:1:2::5 "
	    "2001:db8:1:2:8000::/65\n");
	is_int(record("2001:db8:1:2::9", "joe"), AUTHMAP_GRANTED,
	    "a neighbour of an excluded address");
	is_int(authmap_lookup(am, "2001:db8:1:2::9", NULL), 1, "  may relay");
	is_int(authmap_lookup(am, "2001:db8:1:2::5", NULL), 0,
	    "  the excluded address may not");
	is_int(authmap_lookup(am, "2001:db8:1:2:8000::7", NULL), 0,
	    "  nor an excluded part of the network");
	is_int(record("2001:db8:1:2::5", "joe"), AUTHMAP_EXCLUDED,
	    "  its own login is not recorded");
	is_int(pass(), 0, "a sweep");
	is_int(listed(), 1, "  keeps the neighbour's entry");
}

/* The network of a key is as wide as the excluded one, or narrower. */
static void
networks(void)
{
	static const char *const wide[] = {
		"ipv6_prefix = 64\nexclude = 2001:db8:1:2::/64\n",
		"ipv6_prefix = 64\nexclude = 2001:db8:1::/48\n",
	};

	for (size_t i = 0; i < 2; i++) {
		begin("ipv6_prefix = 64\n");
		(void)record("2001:db8:1:2::9", "joe");
		is_int(listed(), 1, "an entry from before it was excluded");
		begin(wide[i]);
		is_int(authmap_lookup(am, "2001:db8:1:2::9", NULL), 0,
		    "  may not relay afterwards");
		is_int(listed(), 0, "  is not listed");
		is_int(pass(), 0, "  is swept");
		is_int(report.expired, 1, "    which counts");
		is_int(expires_in_map("2001:db8:1:2::/64"), 0, "    really");
	}
}

/* An excluded address comes through each file that is read into the map. */
static void
written(void)
{
	time_t now = scratch_now;

	begin("exclude = 203.0.113.0/24\n");
	is_int(pass(), 0, "a map");
	forge("203.0.113.7", now, now + 1800);
	is_int(authmap_lookup(am, "203.0.113.7", NULL), 0,
	    "an excluded address in the map may not relay");
	is_int(listed(), 0, "  is not listed");
	is_int(refresh("203.0.113.7", "eve"), AUTHMAP_EXCLUDED,
	    "  is not refreshed");
	is_int(pass(), 0, "  is swept");
	is_int(expires_in_map("203.0.113.7"), 0, "    really");
	(void)scratch_file("relay.pending", line('+', "203.0.113.8", now,
	    now + 1800));
	is_int(pass(), 0, "one among the logins of authmap 0.1");
	is_int(expires_in_map("203.0.113.8"), 0, "  is not stored");
	(void)unlink(am->files.map);
	(void)scratch_file("state/relay.saved", line('=', "203.0.113.9", now,
	    now + 1800));
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED,
	    "one in the saved state");
	is_int(expires_in_map("203.0.113.9"), 0, "  is not restored by a login");
	(void)scratch_file("state/relay.saved", line('=', "203.0.113.9", now,
	    now + 1800));
	(void)scratch_file("relay.restore", "");
	is_int(pass(), 0, "  nor by the sweeper");
	is_int(expires_in_map("203.0.113.9"), 0, "    really");
	is_int(expires_in_map("192.0.2.1"), now + 1800, "  others stay");
}

/* Return the result of an entry from another host. */
static enum change_effect
told(char op, const char *key)
{
	struct change change = { .op = (enum change_op)op };
	struct record result;

	(void)strlcpy(change.key, key, sizeof change.key);
	record_fill(&change.record, scratch_now, 1800, "imap", "eve");
	return blocks_resolve(am, &change, NULL, scratch_now, &result);
}

static void
elsewhere(void)
{
	begin("ipv6_prefix = 64\nexclude = 2001:db8:1::/48 2001:db8:2::\n");
	is_int(told('~', "2001:db8:1:2::/64"), EFFECT_BLOCKED,
	    "an excluded entry of another host is not stored");
	is_int(told('>', "2001:db8:1:2::/64"), EFFECT_BLOCKED, "  nor a login");
	is_int(told('~', "fe80::/64"), EFFECT_BLOCKED, "  nor a link-local one");
	is_int(told('~', "2001:db8:2::/64"), EFFECT_STORE,
	    "  but that of a network with one excluded address is");
}

static void
in_static(void)
{
	begin("static = 203.0.113.0/24 fe80::/64\nexclude = 203.0.113.7\n");
	is_int(authmap_lookup(am, "203.0.113.8", NULL), 1, "static: yes");
	is_int(authmap_lookup(am, "203.0.113.7", NULL), 0,
	    "a static address that is excluded may not relay");
	is_int(authmap_lookup(am, "fe80::7", NULL), 0,
	    "nor may a static link-local one");
}

static void
link_local(void)
{
	begin("exclude =\n");
	is_int(record("fe80::1", "joe"), AUTHMAP_EXCLUDED,
	    "a link-local address is not recorded");
	is_int(record("febf:ffff::1", "joe"), AUTHMAP_EXCLUDED, "  up to febf");
	is_int(record("fec0::1", "joe"), AUTHMAP_GRANTED,
	    "  an address of fec0::/10 is");
	is_int(record("fe80::1%lo", "joe"), AUTHMAP_FAILED,
	    "  nor is one with a scope");
	forge("fe80::1", scratch_now, scratch_now + 1800);
	is_int(authmap_lookup(am, "fe80::1", NULL), 0, "  nor may it relay");
	is_int(listed(), 2, "  nor is it listed");
	is_int(pass(), 0, "  it is swept");
	is_int(expires_in_map("fe80::1"), 0, "    really");
	(void)authmap_remove(am, "fec0::1", NULL);
}

static void
unsafe(void)
{
	begin("");
	(void)record("203.0.113.50", "joe");
	am->config.unsafe = true;
	is_int(authmap_lookup(am, "203.0.113.50", NULL), -1,
	    "with an error in the configuration, no address may relay");
	is_int(listed(), -1, "  and none is listed");
	am->config.unsafe = false;
	(void)authmap_remove(am, "203.0.113.50", NULL);
}

static time_t
expires_asked(const char *address)
{
	struct authmap_entry entry = { .expires = 0 };

	return authmap_lookup(am, address, &entry) == 1 ? entry.expires : 0;
}

/* A login may have a window of its own, which the administrator sets for a user. */
static void
longer_window(const char *more, time_t wanted, const char *name)
{
	struct authmap_login l = login("203.0.113.51", "joe");

	l.window = 7200;
	begin(more);
	(void)authmap_remove(am, l.address, NULL);
	is_int(authmap_record(am, &l), AUTHMAP_GRANTED, name);
	is_int(expires_asked(l.address), scratch_now + wanted, "  it lasts");
	is_int(expires_in_map(l.address), scratch_now + wanted,
	    "  it is in the map");
	is_int(strstr(scratch_log, "cut to 1800: raise max_window in ") != NULL,
	    wanted == 1800, "  the cut is logged");
	is_int(authmap_refresh_interval(am, 7200), wanted / 3,
	    "  and its sessions are refreshed as often");
}

static void
too_long(void)
{
	time_t now = scratch_now;

	begin("");
	is_int(pass(), 0, "a map");
	forge("203.0.113.52", now - 10, now + 30 * DAY);
	is_int(expires_asked("203.0.113.52"), now + 1790,
	    "a forged entry for a month is valid for a window");
	scratch_now = now + 1790;
	is_int(authmap_lookup(am, "203.0.113.52", NULL), 0, "  and no longer");
	is_int(listed(), 0, "  nor is it listed");
	scratch_now = now;
	is_int(pass(), 0, "  it is swept");
	is_int(expires_in_map("203.0.113.52"), now + 1790, "    and cut");
	forge("203.0.113.52", now - 10, now + 30 * DAY);
	scratch_now += 60;
	is_int(refresh("203.0.113.52", "eve"), AUTHMAP_REFRESHED,
	    "  when its user's session refreshes it");
	is_int(expires_in_map("203.0.113.52"), now + 60 + 1800, "    it is cut");
	scratch_now = now;
	(void)scratch_file("relay.pending", line('+', "203.0.113.53", now,
	    now + 30 * DAY));
	is_int(pass(), 0, "one among the logins of authmap 0.1");
	is_int(expires_in_map("203.0.113.53"), now + 1800, "  is cut");
	(void)unlink(am->files.map);
	(void)scratch_file("state/relay.saved", line('=', "203.0.113.54",
	    now - 2000, now + 30 * DAY));
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED,
	    "one in the saved state that has expired when cut");
	is_int(expires_in_map("203.0.113.54"), 0, "  is not restored");
	begin("window = 10m\n");
	is_int(expires_asked("192.0.2.1"), now + 600,
	    "a shorter window also applies to existing entries");
}

int
main(void)
{
	neighbours();
	networks();
	written();
	elsewhere();
	in_static();
	link_local();
	unsafe();
	longer_window("", 1800, "a login that asks for more than window");
	longer_window("max_window = 2h\n", 7200, "  with max_window");
	longer_window("max_window = 1m\n", 1800, "  less than window");
	longer_window("cluster = redis://a\ncluster_max_window = 2h\n", 7200,
	    "  with cluster_max_window");
	longer_window("cluster_max_window = 2h\n", 1800,
	    "    which does not count on a single host");
	(void)unlink(am->files.map);
	(void)unlink(am->files.saved);
	too_long();
	authmap_free(am);
	return tap_done();
}
