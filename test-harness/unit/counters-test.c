/* SPDX-License-Identifier: ISC */
/* The writers' counters, and planted files in their place. */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>

#include "base/clock.h"
#include "logins.h"
#include "sweeper/sweep.h"
#include "tap.h"
#include "store/writer.h"

static struct counters counts;

static long long
counted(enum counter what)
{
	if (counters_read(am, &counts) == -1)
		return -1;
	return counts.of[what];
}

static void
counting(void)
{
	is_int(counted(COUNT_GRANTS), 0, "nothing yet");
	(void)record("192.0.2.1", "joe");
	is_int(counted(COUNT_GRANTS), 1, "a grant");
	is_int(counts.of[COUNT_PUBLISHES], 1, "  in a map that was made");
	is_int(counts.of[COUNT_PUBLISHED_AT], scratch_now, "  now");
	ok(counts.of[COUNT_LOCK_HELD_US] > 0 &&
	    counts.of[COUNT_LOCK_HELD_US] < 10000000,
	    "  which took some time");
	is_int(counts.of[COUNT_SINCE], scratch_now, "the count began then");
	scratch_now += 10;
	(void)record("192.0.2.1", "joe");
	is_int(counted(COUNT_REFRESHES), 1, "a refresh");
	(void)refresh_since("192.0.2.1", "joe", scratch_now);
	is_int(counted(COUNT_REFRESHES), 1,
	    "  one that is not written is not counted");
	scratch_now += 60;
	(void)refresh("192.0.2.1", "joe");
	is_int(counted(COUNT_REFRESHES), 2, "  a session's refresh");
	is_int(counts.of[COUNT_PUBLISHES], 1, "  publishes nothing");
	is_int(counts.of[COUNT_PUBLISHED_AT], scratch_now - 70, "  as before");
	(void)record("192.0.2.1", "amy");
	is_int(counted(COUNT_GRANTS), 2, "a login of another user is a grant");
	(void)authmap_remove(am, "192.0.2.1", NULL);
	(void)refresh("192.0.2.1", "amy");
	(void)record("127.0.0.1", "joe");
	is_int(counted(COUNT_GRANTS), 2, "a removal or an excluded address is not");
	is_int(counts.of[COUNT_REFRESHES], 2, "  and not a refresh");
	is_int(counts.of[COUNT_PUBLISHES], 1, "  without a new map");
	is_int(counts.of[COUNT_SINCE], scratch_now - 70, "since the same time");
}

/* Refused logins, by the reason. */
static void
refused(void)
{
	struct authmap *all = am;
	char text[1024], old[1024] = "", *end;
	FILE *in;
	int lock;

	is_int(counted(COUNT_EXCLUDED), 1, "the excluded login was counted");
	(void)refresh("127.0.0.1", "joe");
	is_int(counted(COUNT_EXCLUDED), 1, "  but not its session");
	(void)snprintf(text, sizeof text, "0000000000 %010lld user eve\n",
	    (long long)scratch_now);
	(void)scratch_file("state/relay.blocks", text);
	is_int(record("192.0.2.2", "eve"), AUTHMAP_BLOCKED, "a blocked login");
	is_int(counted(COUNT_BLOCKED), 1, "  is counted");
	am = scratch_authmap("users = joe");
	is_int(record("192.0.2.2", "amy"), AUTHMAP_UNLISTED,
	    "a login of an unlisted user");
	is_int(counted(COUNT_UNLISTED), 1, "  is counted");
	lock = lock_try(am);
	is_int(record("192.0.2.2", "amy"), AUTHMAP_UNLISTED,
	    "a login while the lock is held");
	lock_drop(lock);
	is_int(counted(COUNT_UNLISTED), 1, "  is refused, too, and not counted");
	authmap_free(am);
	am = all;
	(void)unlink(scratch_file("state/relay.blocks", ""));

	/* A file of a version without these counters. */
	in = fopen(am->files.lock, "r");
	if (in == NULL || fread(old, 1, sizeof old - 1, in) == 0)
		err(1, "%s", am->files.lock);
	(void)fclose(in);
	end = strstr(old, "excluded ");
	memset(end, 0, strlen(end));
	(void)scratch_file("relay.lock", old);
	is_int(truncate(am->files.lock, 520), 0, "a file of version 0.1");
	is_int(counted(COUNT_GRANTS), 2, "  counts on");
	is_int(counts.of[COUNT_EXCLUDED], 0, "  has no refused logins");
	(void)record("127.0.0.1", "joe");
	is_int(counted(COUNT_EXCLUDED), 1, "  until there is one");
	is_int(counts.of[COUNT_GRANTS], 2, "  and no other number changes");
}

static void
missing(void)
{
	int lock = lock_try(am);

	(void)record("unknown", "joe");
	is_int(counted(COUNT_FAILURES), 1,
	    "a login that is not recorded is a failure");
	am->config.lock_timeout = 20;
	(void)record("192.0.2.10", "joe");
	am->config.lock_timeout = 10000;
	is_int(counted(COUNT_FAILURES), 2, "so is a login that waits too long");
	is_int(counts.of[COUNT_GRANTS], 2, "  and not a grant");
	lock_drop(lock);
	(void)record("192.0.2.10", "joe");
	is_int(counted(COUNT_GRANTS), 3, "  until it is retried");
}

/* Restored and imported entries do not count as logins. */
static void
files(void)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;
	char text[128];
	struct writer w;
	bool more;
	FILE *in;

	save_state();
	(void)unlink(am->files.map);
	is_int(sweep_run(am, &sweep, &report), 0, "a map is restored");
	is_int(authmap_lookup(am, "198.51.100.1", NULL), 1, "  it is");
	is_int(counted(COUNT_GRANTS), 3, "  which is not a grant");
	(void)snprintf(text, sizeof text, "~ 203.0.113.1 %010lld %010lld imap "
	    "joe\n", (long long)scratch_now + 1800, (long long)scratch_now);
	in = fopen(scratch_file("other", text), "r");
	writer_begin(&w, am, lock_try(am), DEADLINE_NEVER);
	is_int(writer_apply_file(&w, in, PEER_OPS, 10, NULL, &more),
	    MAP_OK, "an entry of another host");
	writer_end(&w);
	(void)fclose(in);
	is_int(authmap_lookup(am, "203.0.113.1", NULL), 1, "  is there");
	is_int(counted(COUNT_GRANTS), 3, "  and is not a grant");
}

/* All writers together log one warning a minute. */
static void
warning(void)
{
	const struct tally none = { .grants = 0 };
	int lock = lock_try(am);

	ok(counters_add(lock, &none, true, scratch_now), "a warning may be logged");
	ok(!counters_add(lock, &none, true, scratch_now + 59), "not the next one");
	ok(!counters_add(lock, &none, false, scratch_now + 60), "nor none");
	ok(counters_add(lock, &none, true, scratch_now + 60), "after a minute");
	lock_drop(lock);
}

/* A sweep publishes, but grants nothing. */
static void
sweeping(void)
{
	struct sweep sweep = { .scanned_at = 0 };
	struct sweep_report report;

	long long published = counted(COUNT_PUBLISHES);

	scratch_now += 4000;
	is_int(sweep_run(am, &sweep, &report), 0, "a sweep");
	is_int(counted(COUNT_PUBLISHES), published + 1, "  makes a map");
	is_int(counts.of[COUNT_PUBLISHED_AT], scratch_now, "  now");
	is_int(counts.of[COUNT_GRANTS], 3, "  and grants nothing");
	is_int(counts.of[COUNT_FAILURES], 2, "  and keeps the failures");
	(void)record("10.0.0.3", "joe");
}

static void
counts_nothing(const char *how, const char *text)
{
	struct authmap_entry entry;

	(void)scratch_file("relay.lock", text);
	(void)printf("# %s\n", how);
	is_int(counted(COUNT_GRANTS), 0, "counts for nothing");
	scratch_now += 1;
	is_int(record("10.0.0.3", "joe"), AUTHMAP_REFRESHED, "a login continues");
	ok(authmap_lookup(am, "10.0.0.3", &entry) == 1 &&
	    entry.last == scratch_now, "  the login is recorded");
	is_int(counted(COUNT_REFRESHES), 1, "  and is counted as the first");
	is_int(counts.of[COUNT_SINCE], scratch_now, "  since now");
}

static void
garbage(void)
{
	char text[512], whole[512] = "";
	FILE *in;

	(void)record("10.0.0.3", "joe");
	in = fopen(am->files.lock, "r");
	if (in == NULL || fread(whole, 1, sizeof whole - 1, in) == 0)
		err(1, "%s", am->files.lock);
	(void)fclose(in);
	counts_nothing("empty", "");
	counts_nothing("garbage", "whatever it is\n");
	(void)strlcpy(text, whole, sizeof text);
	text[strlen(text) - 1] = '\0';
	counts_nothing("cut short", text);
	(void)strlcpy(text, whole, sizeof text);
	*strchr(text, '0') = '-';
	counts_nothing("a negative number", text);
	(void)strlcpy(text, whole, sizeof text);
	*strchr(text, 'g') = 'G';
	counts_nothing("another name", text);
	(void)strlcpy(text, whole, sizeof text);
	memcpy(strstr(text, "refreshes ") + 10, "9999999999999999", 16);
	(void)scratch_file("relay.lock", text);
	is_int(counted(COUNT_REFRESHES), 9999999999999999, "the most");
	(void)record("10.0.0.3", "joe");
	is_int(counted(COUNT_REFRESHES), 0, "  and one more");
	(void)strlcpy(text, whole, sizeof text);
	(void)strlcat(text, whole, sizeof text);
	(void)scratch_file("relay.lock", text);
	ok(counted(COUNT_GRANTS) > 0, "data after the counters is not read");
}

static void
planted(const char *how, const char *command, long long wanted)
{
	char line[512];

	(void)snprintf(line, sizeof line, "cd %s && rm -rf relay.failures && "
	    "%s", scratch, command);
	if (system(line) != 0)
		ok(false, command);
	is_int(record("unknown", "joe"), AUTHMAP_FAILED, how);
	is_int(counted(COUNT_FAILURES), wanted, "  counts them");
	counters_prepare(am);
	(void)record("unknown", "joe");
	is_int(counted(COUNT_FAILURES), 1, "  until the next sweep");
}

static void
planted_files(void)
{
	(void)scratch_file("victim", "precious");
	planted("a link in the place of failures", "ln -s victim relay.failures",
	    0);
	planted("a FIFO", "mkfifo relay.failures", 0);
	planted("a folder", "mkdir -p relay.failures/in", 0);
	planted("a gigabyte", "truncate -s 1G relay.failures", 16777216);
	ok(system("test \"$(cat $S/victim)\" = precious") == 0,
	    "nothing is written through a link");
}

/* A step in which nearly every digit changes. */
#define STEP 987654321

/* A reader sees only numbers that were written. */
static void
meanwhile(void)
{
	long long before = 0, jumps = 0, reads = 0;
	pid_t writer;
	int status;

	(void)unlink(am->files.lock);
	writer = fork();
	if (writer == 0) {
		int lock = lock_try(am);
		const struct tally one = { .refreshes = STEP };

		for (long n = 0; n < 300000; n++)
			(void)counters_add(lock, &one, false, scratch_now);
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		long long now = counted(COUNT_REFRESHES);

		if (now < before || now % STEP != 0)
			jumps++;
		before = now;
		reads++;
	}
	is_int(counted(COUNT_REFRESHES), 300000LL * STEP, "as many as were counted");
	ok(reads > 100, "  as many were read meanwhile");
	is_int(jumps, 0, "  and each of them was written");
}

int
main(void)
{
	am = scratch_authmap("");
	(void)setenv("S", scratch, 1);
	counting();
	refused();
	missing();
	files();
	warning();
	sweeping();
	garbage();
	planted_files();
	meanwhile();
	authmap_free(am);
	return tap_done();
}
