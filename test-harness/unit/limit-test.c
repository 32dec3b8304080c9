/* SPDX-License-Identifier: ISC */
/* max_per_user, which a sweep enforces, and max_entries, which a login does. */
#include "limits.h"

static void
oldest_go(void)
{
	begin("max_per_user = 3\n");
	apart = 1;
	logins(1, 2, "joe2");
	logins(3, 3, "joe");
	sweep();
	is_str(there(), "12345", "as many as the limit");
	logins(6, 2, "joe");
	is_str(there(), "1234567", "more, until a sweep");
	scratch_now += 60;
	is_int(refresh("192.0.2.4", "joe"), AUTHMAP_REFRESHED, "a refresh");
	scratch_log[0] = '\0';
	sweep();
	is_str(there(), "12467", "  the least recently used go");
	is_int(said("removed 2 addresses of user=joe: max_per_user = 3 is "
	    "reached"), 1, "  which is logged once for the user");
	scratch_log[0] = '\0';
	sweep();
	is_int(said("max_per_user"), 0, "  and not again");
	is_int(report.entries, 5, "  they are five");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED,
	    "an address that was another user's");
	sweep();
	is_str(there(), "1247", "  is one more");
}

/* What has expired does not count. */
static void
expired(void)
{
	begin("max_per_user = 3\nwindow = 60s\n");
	logins(1, 3, "joe");
	scratch_now += 60;
	logins(4, 3, "joe");
	scratch_log[0] = '\0';
	sweep();
	is_int(said("is reached"), 0, "what has expired does not count");
	is_str(there(), "456", "  the others stay");
}

static void
names(void)
{
	begin("max_per_user = 2\n");
	logins(1, 2, "j oe\n");
	logins(3, 2, "j oe");
	sweep();
	is_str(there(), "1234", "names that are encoded are two users");
	logins(5, 1, "j oe\n");
	scratch_log[0] = '\0';
	sweep();
	is_str(there(), "2345", "  one has more than the limit");
	is_int(said("user=j\\soe\\n: "), 1, "  it is logged");
	begin("max_per_user = 2\n");
	logins(1, 9, NULL);
	sweep();
	is_str(there(), "123456789", "an unknown name has no limit");
	begin("max_per_user = 2\n");
	logins(1, 3, "-");
	sweep();
	is_str(there(), "23", "a user who is called \"-\" has");
}

/* A login during the sweep keeps its address. */
static void
many_users(void)
{
	char address[32], user[32];
	int left = 0;

	begin("max_per_user = 3\n");
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(address, sizeof address, "10.0.%d.%d", i / 256,
		    i % 256);
		(void)snprintf(user, sizeof user, "user%d", i % 250);
		scratch_now++;
		(void)record(address, user);
	}
	sweep();
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(address, sizeof address, "10.0.%d.%d", i / 256,
		    i % 256);
		left += authmap_lookup(am, address, NULL) == 1;
	}
	is_int(left, 750, "250 users: three addresses each");
	is_int(authmap_lookup(am, "10.0.0.0", NULL), 0, "  not their oldest");
	is_int(authmap_lookup(am, "10.0.3.231", NULL), 1, "  but their newest");
}

static void
entries(void)
{
	begin("max_entries = 5\n");
	logins(1, 3, "joe");
	logins(4, 2, "amy");
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "no room for another");
	is_int(said("refused 192.0.2.6 service=imap user=bob: "
	    "max_entries = 5 is reached: "), 1, "  it is logged");
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "once more");
	is_str(scratch_log, "", "  once a minute");
	is_str(there(), "12345", "  nobody had to go");
	is_int(record("192.0.2.1", "bob"), AUTHMAP_GRANTED,
	    "an address that is there needs no room");
	is_int(refresh("192.0.2.2", "joe"), AUTHMAP_REFRESHED,
	    "nor does a refresh");
	scratch_now += 1800;
	sweep();
	is_int(record("192.0.2.6", "bob"), AUTHMAP_GRANTED,
	    "a sweep makes room of what has expired");
}

static void
off(void)
{
	begin("max_per_user = off\nmax_entries = off\n");
	logins(1, 9, "joe");
	sweep();
	is_str(there(), "123456789", "no limit");
	settings("max_per_user = 4\n");
	sweep();
	is_str(there(), "6789", "a limit that is set later is enforced");
}

int
main(void)
{
	oldest_go();
	expired();
	names();
	many_users();
	entries();
	off();
	authmap_free(am);
	return tap_done();
}
