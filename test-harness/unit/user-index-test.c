/* relay.users: whose each entry is; what it is worth when it is damaged. */
#include <fcntl.h>

#include "logins.h"
#include "tap.h"
#include "store/user-index.h"

static struct users users;
static char found[4096];
static const char *dropped;

static enum users_verdict
find(const char *key, uint32_t number, void *arg)
{
	(void)number;
	(void)arg;
	if (dropped != NULL && strstr(dropped, key) != NULL)
		return USERS_DROP;
	(void)strlcat(found, key, sizeof found);
	(void)strlcat(found, " ", sizeof found);
	return USERS_KEEP;
}

/* Those of USER's slot; DROP are taken out on the way. */
static const char *
keys_of(const char *user, const char *drop)
{
	found[0] = '\0';
	dropped = drop;
	return users_each(&users, user, find, NULL) ? found : "damaged";
}

static unsigned int
most(const char *user)
{
	unsigned int n = 999;

	return users_most(&users, user, &n) ? n : 999;
}

static void
making(void)
{
	ok(!users_open(am, &users), "there is none");
	is_int(users_total(am), -1, "  it has no lines");
	ok(users_begin(am, &users, am->files.users) &&
	    users_add(&users, "joe", "192.0.2.1"), "one is begun");
	is_int(users_total(am), -1, "  and is none yet");
	scratch_log[0] = '\0';
	users_close(&users);
	ok(!users_open(am, &users), "  nor is it if its maker was killed");
	is_str(scratch_log, "", "  of which nothing is said");
	ok(users_begin(am, &users, am->files.users) &&
	    users_add(&users, "joe", "192.0.2.1") &&
	    users_add(&users, "joe2", "192.0.2.2") &&
	    users_add(&users, "joe", "192.0.2.3") && users_end(&users),
	    "one is made");
	users_close(&users);
	is_int(users_total(am), 3, "  with its lines");
	ok(users_open(am, &users), "  and opened");
}

static void
using(void)
{
	ok(users_add(&users, "joe", "192.0.2.4") &&
	    users_add(&users, "j\\soe", "2001:db8:1:2::/64"), "more lines");
	is_int(most("joe"), 3, "joe's are counted");
	is_str(keys_of("joe", NULL), "192.0.2.4 192.0.2.3 192.0.2.1 ",
	    "  the last one first");
	is_int(most("joe2"), 1, "joe2 is another");
	is_str(keys_of("joe2", NULL), "192.0.2.2 ", "  with his own");
	is_str(keys_of("j\\soe", NULL), "2001:db8:1:2::/64 ",
	    "a name that is encoded");
	is_int(most("amy"), 0, "who has none");
	is_str(keys_of("amy", NULL), "", "  has none");
}

static void
dropping(void)
{
	is_str(keys_of("joe", "192.0.2.3"), "192.0.2.4 192.0.2.1 ",
	    "one from the middle");
	is_str(keys_of("joe", NULL), "192.0.2.4 192.0.2.1 ", "  is gone");
	is_int(most("joe"), 2, "  and not counted");
	is_str(keys_of("joe", "192.0.2.4"), "192.0.2.1 ", "the last added");
	is_str(keys_of("joe", NULL), "192.0.2.1 ", "  is gone");
	ok(users_add(&users, "joe", "192.0.2.5") &&
	    users_add(&users, "joe", "192.0.2.6") &&
	    users_drop(&users, "joe", "192.0.2.1"), "the first");
	is_str(keys_of("joe", NULL), "192.0.2.6 192.0.2.5 ", "  is gone");
	ok(users_drop(&users, "joe", "192.0.2.99"), "what is not there");
	is_int(most("joe"), 2, "  is not missed");
	is_str(keys_of("joe", "192.0.2.6 192.0.2.5"), "", "all");
	is_str(keys_of("joe", NULL), "", "  are gone");
	is_int(users_total(am), -1, "until it is settled it counts as none");
	ok(users_settle(&users), "settled,");
	is_int(users_total(am), 2, "  it has the others");
	ok(users_add(&users, "joe", "192.0.2.7"), "one more");
	is_str(keys_of("joe", NULL), "192.0.2.7 ", "  is alone");
	users_close(&users);
}

/* Writes COUNT bytes of TEXT into the file at AT. */
static void
scribble(off_t at, const void *text, size_t count)
{
	int fd = open(am->files.users, O_WRONLY);

	if (fd == -1 || pwrite(fd, text, count, at) != (ssize_t)count)
		err(1, "%s", am->files.users);
	(void)close(fd);
}

static void
remake(void)
{
	if (!users_begin(am, &users, am->files.users) ||
	    !users_add(&users, "joe", "192.0.2.1") ||
	    !users_add(&users, "joe", "192.0.2.2") || !users_end(&users))
		err(1, "%s", am->files.users);
	users_close(&users);
	scratch_log[0] = '\0';
}

/* COMMAND damages the file, or puts something in its place. */
static void
damaged(const char *what, const char *command)
{
	char line[512];

	remake();
	(void)snprintf(line, sizeof line, "cd %s && f=relay.users && %s",
	    scratch, command);
	if (system(line) != 0)
		err(1, "%s", line);
	ok(!users_open(am, &users), what);
	ok(!is_there("relay.users"), "  is set aside");
	ok(strstr(scratch_log, "kept as") != NULL, "  which is said");
}

static void
damage(void)
{
	const uint32_t wild = 77777, itself = 2;
	struct stat st;

	damaged("a text", "echo mine >$f");
	damaged("garbage", "shred -n 1 $f");
	damaged("a symbolic link", "mv $f x && ln -s x $f");
	damaged("a FIFO", "rm $f && mkfifo $f");
	damaged("a folder", "rm $f && mkdir $f");
	damaged("a gigabyte", "truncate -s 1G $f");
	remake();
	(void)truncate(am->files.users, 5000);
	ok(!users_open(am, &users), "a part of one");
	remake();
	(void)stat(am->files.users, &st);
	(void)truncate(am->files.users, st.st_size - 40);
	ok(users_open(am, &users), "one that was cut short");
	is_str(keys_of("joe", NULL), "damaged", "  is found out");
	users_close(&users);
	remake();
	(void)stat(am->files.users, &st);
	scribble(st.st_size - 48, &wild, sizeof wild);
	ok(users_open(am, &users), "a line before which none can stand");
	is_str(keys_of("joe", NULL), "damaged", "  is found out");
	users_close(&users);
	remake();
	scribble(st.st_size - 48, &itself, sizeof itself);
	ok(users_open(am, &users), "a ring");
	is_str(keys_of("joe", NULL), "damaged", "  is found out");
	users_close(&users);
}

int
main(void)
{
	am = scratch_authmap("");
	making();
	using();
	dropping();
	damage();
	authmap_free(am);
	return tap_done();
}
