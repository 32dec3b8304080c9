/* Limits where files are lost, restored, large, or just being swept. */
#include "limits.h"
#include "store/user-index.h"

static void
restoring(void)
{
	begin("max_per_user = 3\n");
	(void)scratch_file("state/relay.saved", changes('=', 1, 5, "joe"));
	is_int(record("192.0.2.6", "amy"), AUTHMAP_GRANTED,
	    "a map begun anew");
	is_str(there(), "1236", "  has what the limit lets in");
	scratch_now += 10;
	is_int(record("192.0.2.7", "joe"), AUTHMAP_GRANTED, "one more");
	is_str(there(), "2367", "  the oldest goes");
	begin("max_per_user = 3\n");
	logins(6, 1, "joe");
	(void)scratch_file("state/relay.saved", changes('=', 1, 5, "joe"));
	(void)scratch_file("relay.restore", "");
	sweep();
	is_str(there(), "126", "what a sweep restores, likewise");
}

/* What is found only in the middle of it: this login is not weighed. */
static void
cut_short(void)
{
	struct stat st;

	begin("max_per_user = 3\n");
	logins(1, 3, "joe");
	if (stat(am->files.users, &st) == -1 ||
	    truncate(am->files.users, st.st_size - 60) == -1)
		err(1, "%s", am->files.users);
	logins(4, 1, "joe");
	is_str(there(), "1234", "cut short: nobody is kept out");
	is_int(said("is damaged: no limit holds before"), 1, "  it is said");
	logins(5, 1, "joe");
	is_str(there(), "345", "  the next login is weighed");
}

/* However relay.users is lost: the limit holds. */
static void
lost(const char *how, const char *command)
{
	char line[512];

	begin("max_per_user = 3\n");
	logins(1, 3, "joe");
	(void)snprintf(line, sizeof line, "cd %s && f=relay.users && %s",
	    scratch, command);
	if (system(line) != 0)
		err(1, "%s", line);
	ok(true, how);
	logins(4, 1, "joe");
	is_str(there(), "234", "  the limit holds");
	ok(said("kept as") <= 1 && said("\n") - said("is reached") -
	    said("granted") <= 1,
	    "  a line at the most is said of it");
	sweep();
	logins(5, 1, "joe");
	is_str(there(), "345", "  also after a sweep");
	begin("max_per_user = 3\n");
	logins(1, 3, "joe");
	if (system(line) != 0)
		err(1, "%s", line);
	sweep();
	is_int(users_total(am), 3, "  a sweep makes it anew");
}

/* Of a map that is large, only the sweep makes it. */
static void
large(void)
{
	char address[32];

	begin("max_per_user = 5000\nlock_timeout = 5s\n");
	for (int i = 0; i < 12000; i += 4000) {
		char *text = malloc(4000 * 64);
		size_t len = 0;

		for (int j = i; text != NULL && j < i + 4000; j++)
			len += (size_t)snprintf(text + len, 64, "+ 10.0.%d.%d "
			    "%010lld %010lld imap user%d\n", j / 256, j % 256,
			    (long long)scratch_now + 1800,
			    (long long)scratch_now, j / 5000);
		(void)scratch_file("relay.pending", text);
		free(text);
		is_int(record("192.0.2.1", "amy"), i == 0 ? AUTHMAP_GRANTED :
		    AUTHMAP_REFRESHED, "4,000 logins");
		scratch_now++;
	}
	(void)unlink(am->files.users);
	is_int(record("192.0.2.2", "user0"), AUTHMAP_GRANTED, "one too many");
	is_int(authmap_lookup(am, "10.0.0.0", NULL), 1,
	    "  is not known of a large map whose relay.users is lost");
	sweep();
	is_int(users_total(am), 12002, "  before the sweep");
	for (int i = 3; i < 6; i++) {
		(void)snprintf(address, sizeof address, "192.0.2.%d", i);
		is_int(record(address, "user0"), AUTHMAP_GRANTED, address);
	}
	sweep();
	is_int(report.entries, 12001, "  then the limit holds");
}

/* The clock of a sweep, to which others come when it has opened the map. */
static time_t
interrupted_clock(time_t *t)
{
	(void)t;
	if (!is_there("relay.changes"))
		return scratch_now;
	am->clock = scratch_clock;
	logins(5, 2, "joe");
	is_int(record("192.0.2.7", "amy"), AUTHMAP_GRANTED, "somebody else");
	is_int(record("192.0.2.4", "joe"), AUTHMAP_GRANTED,
	    "  and one takes his address");
	return scratch_now;
}

static void
meanwhile(void)
{
	begin("max_per_user = 3\n");
	logins(9, 1, "eve");
	scratch_now += 1795;
	logins(1, 3, "joe");
	logins(4, 1, "amy");
	scratch_now += 5;
	am->clock = interrupted_clock;
	sweep();
	ok(am->clock == scratch_clock, "  with logins meanwhile");
	is_int(report.dropped, 1, "  and something to do");
	is_str(there(), "4567", "whoever had to go for them stays away");
	ok(users_total(am) >= 4, "  each that is there is counted");
	logins(8, 1, "joe");
	is_str(there(), "4678", "  the limit holds");
}

int
main(void)
{
	apart = 1;
	restoring();
	lost("removed", "rm $f");
	lost("empty", ": >$f");
	lost("a part of it", "truncate -s 5000 $f");
	lost("garbage", "shred -n 1 $f");
	lost("a symbolic link", "mv $f x && ln -s x $f");
	lost("a FIFO", "rm $f && mkfifo $f");
	lost("a folder", "rm $f && mkdir -p $f/in");
	lost("a gigabyte", "truncate -s 1G $f");
	cut_short();
	large();
	meanwhile();
	authmap_free(am);
	return tap_done();
}
