/* SPDX-License-Identifier: ISC */
/* A sweep enforces max_per_user, a login max_entries. */
#include "limits.h"

static void
oldest_go(void)
{
	begin("max_per_user = 3\n");
	apart = 1;
	logins(1, 2, "joe2");
	logins(3, 3, "joe");
	sweep();
	is_str(there(), "12345", "as many addresses as the limit");
	logins(6, 2, "joe");
	is_str(there(), "1234567", "more addresses, until a sweep");
	scratch_now += 60;
	is_int(refresh("192.0.2.4", "joe"), AUTHMAP_REFRESHED, "a refresh");
	scratch_log[0] = '\0';
	sweep();
	is_str(there(), "12467", "  the least recently used are removed");
	is_int(said("removed 2 addresses of user=joe: max_per_user = 3 is "
	    "reached"), 1, "  which is logged once for the user");
	scratch_log[0] = '\0';
	sweep();
	is_int(said("max_per_user"), 0, "  and not again");
	is_int(report.entries, 5, "  the user has five addresses");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED,
	    "an address that another user had");
	sweep();
	is_str(there(), "1247", "  counts as one more");
}

/* Expired entries do not count. */
static void
expired(void)
{
	begin("max_per_user = 3\nwindow = 60s\n");
	logins(1, 3, "joe");
	scratch_now += 60;
	logins(4, 3, "joe");
	scratch_log[0] = '\0';
	sweep();
	is_int(said("is reached"), 0, "expired entries do not count");
	is_str(there(), "456", "  the valid ones stay");
}

static void
names(void)
{
	begin("max_per_user = 2\n");
	logins(1, 2, "j oe\n");
	logins(3, 2, "j oe");
	sweep();
	is_str(there(), "1234", "two names that are encoded are two users");
	logins(5, 1, "j oe\n");
	scratch_log[0] = '\0';
	sweep();
	is_str(there(), "2345", "  one of them has more than the limit");
	is_int(said("user=j\\soe\\n: "), 1, "  which is logged");
	begin("max_per_user = 2\n");
	logins(1, 9, NULL);
	sweep();
	is_str(there(), "123456789", "an unknown user has no limit");
	begin("max_per_user = 2\n");
	logins(1, 3, "-");
	sweep();
	is_str(there(), "23", "a user named \"-\" has one");
}

/* The hash shifts the first character of a name as it does the 25th, so these two
 * names have the same hash. */
static void
colliding(void)
{
	static const char one[] = "a-----------------------b";
	static const char two[] = "b-----------------------a";

	is_int(gdbmfile_hash(one, strlen(one)), gdbmfile_hash(two, strlen(two)),
	    "two users' names have the same hash");
	begin("max_per_user = 3\n");
	logins(1, 3, one);
	logins(4, 2, two);
	sweep();
	is_str(there(), "12345", "  each may have as many addresses as the limit");
	logins(6, 2, two);
	scratch_log[0] = '\0';
	sweep();
	is_str(there(), "123567", "  only the one who has more loses some");
	is_int(said("max_per_user = 3 is reached"), 1, "  which is logged");
	ok(strstr(scratch_log, two) != NULL, "  with that name");
}

/* The limit is each user's own, also with many users. */
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
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL,
	    "a further address is refused");
	is_int(said("refused 192.0.2.6 service=imap user=bob: "
	    "max_entries = 5 is reached: "), 1, "  which is logged");
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "once more");
	is_str(scratch_log, "", "  once a minute");
	is_str(there(), "12345", "  no entry was removed");
	is_int(record("192.0.2.1", "bob"), AUTHMAP_GRANTED,
	    "a login from a known address is not refused");
	is_int(refresh("192.0.2.2", "joe"), AUTHMAP_REFRESHED,
	    "nor is a refresh");
	scratch_now += 1800;
	sweep();
	is_int(record("192.0.2.6", "bob"), AUTHMAP_GRANTED,
	    "a sweep removes expired entries, which makes room");
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
	colliding();
	many_users();
	entries();
	off();
	authmap_free(am);
	return tap_done();
}
