/* max_per_user and max_entries, seen from one process that plays several. */
#include <sys/wait.h>

#include "limits.h"
#include "store/lock.h"
#include "store/user-index.h"

static void
oldest_goes(void)
{
	begin("max_per_user = 3\n");
	logins(1, 2, "joe2");
	logins(3, 3, "joe");
	is_str(there(), "12345", "as many as the limit");
	logins(6, 1, "joe");
	ok(strstr(scratch_log, "removed 192.0.2.3 service=imap user=joe: "
	    "max_per_user = 3 is reached by 192.0.2.6: change his password")
	    != NULL, "one more is said");
	is_str(there(), "12456", "  the oldest goes");
	scratch_now += 10;
	is_int(record("192.0.2.4", "joe"), AUTHMAP_REFRESHED, "a sign of life");
	logins(7, 1, "joe");
	is_str(there(), "12467", "  the least recent one goes");
	is_int(said("max_per_user"), 0, "  nothing is said within a minute");
	scratch_now += 50;
	logins(8, 1, "joe");
	is_int(said("max_per_user"), 1, "  but after it");
	is_str(there(), "12478", "the next goes");
	is_int(record("192.0.2.7", "joe"), AUTHMAP_REFRESHED,
	    "who is there makes none go");
	is_int(refresh("192.0.2.3", "joe"), AUTHMAP_FULL,
	    "a session does not come back");
	is_str(there(), "12478", "  nor make any go");
	is_int(authmap_remove(am, "192.0.2.4", NULL), 1, "one is removed");
	is_int(refresh("192.0.2.3", "joe"), AUTHMAP_GRANTED,
	    "  a session takes its place");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED,
	    "what was another's address");
	is_str(there(), "1238", "  is one more");
}

/* What is over does not count; what comes back does. */
static void
what_is_over(void)
{
	begin("max_per_user = 3\nwindow = 60s\n");
	logins(1, 3, "joe");
	scratch_now += 60;
	logins(4, 3, "joe");
	is_int(said("is reached"), 0, "what is over does not count");
	is_int(record("192.0.2.1", "joe"), AUTHMAP_GRANTED, "one comes back");
	is_str(there(), "156", "  the oldest goes");
	is_int(refresh("192.0.2.2", "joe"), AUTHMAP_FULL,
	    "no session brings back what is over");
	is_int(refresh("192.0.2.5", "joe"), AUTHMAP_REFRESHED,
	    "a session that is there goes on");
	is_str(there(), "156", "  they are three");
	for (int i = 0; i < 50; i++) {
		scratch_now += 60;
		(void)record("192.0.2.7", "joe");
	}
	is_int(users_total(am) < 10, 1, "one that comes and goes is one line");
	is_str(there(), "7", "  and one entry");
}

static void
names(void)
{
	begin("max_per_user = 2\n");
	logins(1, 2, "j oe\n");
	logins(3, 2, "j oe");
	is_str(there(), "1234", "names that are encoded are two users");
	logins(5, 1, "j oe\n");
	is_str(there(), "2345", "  one has more than the limit");
	ok(strstr(scratch_log, "user=j\\soe\\n: ") != NULL, "  it is said");
	begin("max_per_user = 2\n");
	logins(1, 9, NULL);
	is_str(there(), "123456789", "those whom nobody knows have no limit");
	is_int(record("192.0.2.10", "-"), AUTHMAP_GRANTED, "but who is called");
	is_int(record("192.0.2.11", "-"), AUTHMAP_GRANTED, "  \"-\"");
	is_int(record("192.0.2.12", "-"), AUTHMAP_GRANTED, "  has");
	is_int(authmap_lookup(am, "192.0.2.10", NULL), 0, "  his first goes");
}

static void
entries(void)
{
	begin("max_entries = 5\n");
	logins(1, 3, "joe");
	logins(4, 2, "amy");
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "no room for another");
	ok(strstr(scratch_log, "refused 192.0.2.6 service=imap user=bob: "
	    "max_entries = 5 is reached: ") != NULL, "  it is said");
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "once more");
	is_str(scratch_log, "", "  once a minute");
	is_str(there(), "12345", "  nobody had to go");
	scratch_now += 60;
	logins(7, 1, "amy");
	is_str(there(), "12357", "who is there makes room himself");
	ok(strstr(scratch_log, "removed 192.0.2.4 service=imap user=amy: "
	    "max_entries = 5 is reached by 192.0.2.7: ") != NULL,
	    "  it is said");
	is_int(refresh("192.0.2.4", "amy"), AUTHMAP_FULL,
	    "a session makes no room");
	is_int(record("192.0.2.1", "bob"), AUTHMAP_GRANTED,
	    "what is another's address by now needs none");
	is_str(there(), "12357", "  they are five");
	scratch_now += 1740;
	logins(5, 1, "amy");
	is_int(said("is reached"), 0, "what is over of his own makes room");
	sweep();
	logins(8, 1, "bob");
	is_int(said("is reached"), 0, "a sweep makes room of what is over");
}

/* A full map is not copied for who is not let in. */
static void
cheaply(void)
{
	ino_t inode;

	begin("max_entries = 5\n");
	logins(1, 5, "joe");
	inode = map_inode();
	is_int(record("192.0.2.6", "bob"), AUTHMAP_FULL, "no room");
	is_int(refresh("192.0.2.7", "joe"), AUTHMAP_FULL, "nor for a session");
	ok(map_inode() == inode, "  no map is made for that");
}

static void
off(void)
{
	begin("max_per_user = off\nmax_entries = off\n");
	apart = 1;
	logins(1, 9, "joe");
	is_str(there(), "123456789", "no limit");
	ok(!is_there("relay.users"), "  nothing is counted");
	settings("max_per_user = 4\n");
	logins(10, 1, "joe");
	is_str(there(), "789", "a limit that was set takes those too many");
	settings("max_per_user = off\nmax_entries = off\n");
	sweep();
	ok(!is_there("relay.users"), "a sweep removes what is not wanted");
}

/* By whom it is stored does not matter. */
static void
for_others(void)
{
	int lock;

	begin("max_per_user = 3\n");
	logins(1, 1, "joe");
	(void)scratch_file("relay.pending", changes('+', 2, 6, "joe"));
	is_int(record("192.0.2.8", "amy"), AUTHMAP_GRANTED, "another's login");
	is_str(there(), "5678", "  stores logins of joe's");
	(void)scratch_file("relay.pending", changes('=', 1, 4, "joe"));
	sweep();
	is_str(there(), "5678", "  no refresh of his");
	(void)scratch_file("relay.pending", changes('=', 1, 9, "bob"));
	(void)authmap_remove(am, "192.0.2.8", NULL);
	is_str(there(), "123567", "sessions of bob's: as many as may");
	lock = lock_try(am);
	is_int(record("192.0.2.9", "joe"), AUTHMAP_WAITING, "one waits");
	lock_drop(lock);
	sweep();
	is_str(there(), "123679", "  and the sweep makes the oldest go");
}

/* What a batch does to LAST before it has to choose. */
static void
in_one_batch(void)
{
	char text[1024];

	begin("max_per_user = 3\n");
	logins(1, 3, "joe");
	scratch_now += 100;
	(void)strlcpy(text, changes('+', 4, 1, "joe"), sizeof text);
	(void)strlcat(text, changes('=', 2, 1, "joe"), sizeof text);
	(void)strlcat(text, changes('+', 5, 1, "joe"), sizeof text);
	(void)scratch_file("relay.pending", text);
	is_int(record("192.0.2.9", "amy"), AUTHMAP_GRANTED, "in one batch");
	is_str(there(), "2459", "  who was refreshed before is not the oldest");
}

/* Who is told nothing by the writer that has the lock looks for himself. */
static void
waiting(void)
{
	pid_t holder;
	int lock;

	begin("max_entries = 2\nlock_timeout = 10s\n");
	logins(1, 2, "joe");
	for (int i = 0; i < 2; i++) {
		lock = lock_try(am);
		holder = fork();
		if (holder == 0) {
			(void)usleep(100000);
			_exit(0);
		}
		/* The child has it, too, and so alone. */
		(void)close(lock);
		is_int(record(i == 0 ? "192.0.2.3" : "192.0.2.4", i == 0 ?
		    "amy" : "joe"), i == 0 ? AUTHMAP_FULL : AUTHMAP_GRANTED,
		    i == 0 ? "who waited for the lock is told that it is full"
		    : "  or that it is not");
		(void)waitpid(holder, NULL, 0);
	}
}

/* Of two names with the same hash, each has his own. */
static void
same_slot(void)
{
	char other[32];
	int n = 0;

	do
		(void)snprintf(other, sizeof other, "user%d", n++);
	while (!users_share("joe", other));
	begin("max_per_user = 3\n");
	logins(1, 2, "joe");
	logins(3, 2, other);
	logins(5, 1, "joe");
	is_str(there(), "12345", "one of the same hash does not count");
	logins(6, 1, "joe");
	is_str(there(), "23456", "  and does not have to go");
}

/* Two users behind one address, in turn. */
static void
in_turn(void)
{
	begin("max_per_user = 3\n");
	for (int i = 0; i < 50; i++) {
		scratch_now++;
		(void)record("192.0.2.1", i % 2 == 0 ? "joe" : "amy");
	}
	is_int(users_total(am), 1, "users in turn: one line");
}

int
main(void)
{
	oldest_goes();
	what_is_over();
	names();
	entries();
	cheaply();
	off();
	for_others();
	in_one_batch();
	waiting();
	same_slot();
	in_turn();
	authmap_free(am);
	return tap_done();
}
