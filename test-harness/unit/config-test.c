/* SPDX-License-Identifier: ISC */
/* /etc/authmap.conf: what is taken, and one clear line for what is not. */
#include <fcntl.h>
#include <sys/syscall.h>

#include "base/config-read.h"
#include "base/settings.h"
#include "scratch.h"
#include "tap.h"

static struct config config;

/* What another process does to the file while it is read: a command, or NULL. */
static const char *meanwhile;

ssize_t
read(int fd, void *data, size_t size)
{
	const char *command = meanwhile;
	ssize_t n = syscall(SYS_read, fd, data, size);

	meanwhile = NULL;
	if (command != NULL && system(command) != 0)
		errx(1, "%s", command);
	return n;
}

static int
reads(const char *text)
{
	const struct log log = { scratch_line, NULL };

	config_free(&config);
	scratch_log[0] = '\0';
	return config_read(&config, scratch_file("conf", text), &log);
}

static void
wrong(const char *line, const char *wanted)
{
	char said[512], text[512];

	(void)snprintf(said, sizeof said, "%s/conf:1: %s", scratch, wanted);
	(void)snprintf(text, sizeof text, "%s\n", line);
	is_int(reads(text), 1, line);
	if (!ok(strncmp(scratch_log, said, strlen(said)) == 0, "  is said"))
		(void)printf("# got %s# wanted %s\n", scratch_log, said);
}

static void
taken(void)
{
	struct address address;

	is_int(reads("# nothing but a comment\n"), 0, "a comment alone");
	is_int(config.unsafe, false, "  says whom to exclude: the default");
	is_str(config.map, "/run/authmap/relay.gdbm", "the default map");
	is_int(config.window, 1800, "the default window");
	is_int(config.map_mode, 0660, "the default mode");
	is_int(config.max_per_user, 1000, "the default limit of one user");
	is_int(config.max_entries, 1000000, "and of all");
	is_int(config.master_users, false, "administrators are not recorded");
	ok(address_parse("127.8.9.1", &address) &&
	    networks_have(&config.exclude, &address), "loopback is excluded");
	is_int(reads("# comment\n\nwindow=2h # why\r\n"
	    "lock_timeout = 1s\nexclude = 192.0.2.0/24, 2001:db8::/32\n"
	    "map_mode = 0664\nipv6_prefix = 64\nstatic=192.0.2.1\n"
	    "master_users = yes\nmax_per_user = off\nmax_entries = 7\n"), 0,
	    "every form");
	is_int(config.window, 7200, "a time");
	is_int(config.origin[CONFIG_WINDOW].line, 3, "  is known by its line");
	is_int(config.lock_timeout, 1000, "milliseconds");
	is_int(config.exclude.count, 2, "networks");
	is_int(config.master_users, true, "yes");
	is_int(config.max_per_user, 0, "off");
	is_int(config.max_entries, 7, "a number");
	ok(!networks_have(&config.exclude, &address),
	    "what is set takes the default's place");
	is_int(reads("cluster = sentinel://joe@a,[2001:db8::1]:7,b/main/3\n"), 0,
	    "several Sentinels");
	ok(config.cluster.count == 3 && config.cluster.db == 3 &&
	    strcmp(config.cluster.user, "joe") == 0 &&
	    strcmp(config.cluster.master, "main") == 0 &&
	    config.cluster.host[0].port == 26379, "  are read");
	is_str(config.cluster.host[1].name, "2001:db8::1", "  each");
	is_int(config.cluster.host[1].port, 7, "  with its port");
	is_int(reads("cluster = rediss://a\n"), 0, "an engine");
	ok(config.cluster.tls && config.cluster.count == 1 &&
	    config.cluster.host[0].port == 6379, "  over TLS");
	is_int(reads("cluster = sentinels://a,b/main\n"), 0, "Sentinels");
	ok(config.cluster.tls && config.cluster.count == 2 &&
	    config.cluster.host[1].port == 26379 &&
	    strcmp(config.cluster.master, "main") == 0, "  over TLS");
	is_int(config_longest(&config), 1800, "no window is longer than window");
	is_int(reads("max_window = 2h\n"), 0, "but with max_window");
	is_int(config_longest(&config), 7200, "  it may be");
	is_int(reads("max_window = window\nwindow = 3h\n"), 0, "  as window");
	is_int(config_longest(&config), 10800, "  it is");
	is_int(reads("exclude =\n"), 0, "an empty list");
	is_int(config.exclude.count, 0, "  is one");
}

/* Lists that go on in the next lines, as in Postfix's main.cf. */
static void
continued(void)
{
	is_int(reads("exclude = 192.0.2.1,\n\t192.0.2.2 # webmail\n# a comment\n"
	    "\n    # another\n 192.0.2.3\r\n  192.0.2.4\nwindow = 1h\n"), 0,
	    "a list of several lines");
	is_int(config.exclude.count, 4, "  is read whole");
	is_str(config_text(&config, CONFIG_EXCLUDE),
	    "192.0.2.1, 192.0.2.2 192.0.2.3 192.0.2.4", "  as one");
	is_int(config.window, 3600, "  the line after it, too");
	is_int(reads("exclude =\n  192.0.2.1\n  192.0.2.2\n"), 0,
	    "nothing behind the \"=\"");
	is_int(config.exclude.count, 2, "  but below");
	is_int(reads("\xef\xbb\xbf" "exclude = 192.0.2.1 192.0.2.2\n"), 0,
	    "a byte order mark");
	is_int(config.exclude.count, 2, "  is skipped");
	is_int(reads("map =\n\t/run/x\nexclude = 192.0.2.1\n"), 0,
	    "any setting may go on");
	is_str(config.map, "/run/x", "  and be read");
}

static const struct {
	const char *name, *text, *said;
} misread[] = {
	{ "+=", "exclude = 192.0.2.1\nexclude += 192.0.2.2\n",
	    "conf:2: there is no setting \"exclude +\"" },
	{ "a capital", "Exclude = 192.0.2.1\n",
	    "conf:1: there is no setting \"Exclude\"" },
	{ "a plural", "\nexcludes = 192.0.2.1\n",
	    "conf:2: there is no setting \"excludes\"" },
	{ "a slip", "exlude = 192.0.2.1\n",
	    "conf:1: there is no setting \"exlude\"" },
	{ "a colon", "exclude: = 192.0.2.1\n",
	    "conf:1: there is no setting \"exclude:\"" },
	{ "a colon alone", "exclude: 192.0.2.1\n",
	    "conf:1: no \"=\" after \"exclude:\"" },
	{ "two =", "exclude == 192.0.2.1\n",
	    "conf:1: exclude: \"= 192.0.2.1\" must be" },
	{ "quotes", "exclude = \"192.0.2.1\"\n",
	    "conf:1: exclude: \"\"192.0.2.1\"\" must be" },
	{ "a backslash at the end", "exclude = 192.0.2.1 \\\n  192.0.2.2\n",
	    "conf:1: exclude: \"192.0.2.1 \\\" must be" },
	{ "a list that goes on without blanks", "exclude =\n192.0.2.1\n",
	    "conf:2: no \"=\" after \"192.0.2.1\"" },
	{ "one wrong line of a list", "exclude =\n 192.0.2.1\n\n# old\n"
	    " 192.0.2.300\n 192.0.2.3\n",
	    "conf:5: exclude: \"192.0.2.300\" must be" },
	{ "a wrong line below another", "exclude = ::1\n a#b\n 192.0.2.300\n",
	    "conf:3: exclude: \"192.0.2.300\" must be" },
	{ "twice", "exclude = 192.0.2.1\n\nexclude = 192.0.2.2\n",
	    "conf:3: exclude is set in line 1 already" },
	{ "any setting twice", "window = 1h\nwindow = 1h\n",
	    "conf:2: window is set in line 1 already" },
	{ "indented", "window = 1h\n  exclude = 192.0.2.1\n",
	    "conf:2: begins with a blank, so it continues the setting of "
	    "line 1" },
	{ "indented, nothing above", "# us\n  exclude = 192.0.2.1\n",
	    "conf:2: begins with a blank, to continue" },
	{ "indented below what is commented out", "static = 198.51.100.1\n"
	    "#exclude =\n  192.0.2.1\n",
	    "conf:3: begins with a blank, so it continues the setting of "
	    "line 1, and not the one that is commented out in line 2" },
	{ "indented below another setting", "map = /run/x\n  192.0.2.1\n",
	    "conf:2: map: \"192.0.2.1\" must be" },
	{ "behind another setting", "window = 1h exclude = 192.0.2.1\n",
	    "conf:1: window: \"1h exclude = 192.0.2.1\" must be" },
	{ "behind a path", "map = /run/x exclude = 192.0.2.1\n",
	    "conf:1: map: \"/run/x exclude = 192.0.2.1\" must be one path" },
	{ "# within a value", "exclude = 192.0.2.1#192.0.2.2\n",
	    "conf:1: \"#\" directly behind other text" },
	{ "# behind a comma", "exclude = 192.0.2.1,#old 192.0.2.2\n",
	    "conf:1: \"#\" directly behind other text" },
	{ "lines that end with CR", "# us\rexclude = 192.0.2.1\r\n",
	    "conf:1: a carriage return within the line" },
	{ "a form feed", "# us\fexclude = 192.0.2.1\n",
	    "conf:1: byte \\014 is a control character" },
	{ "a byte order mark later", "window = 1h\n"
	    "\xef\xbb\xbf" "exclude = 192.0.2.1\n",
	    "conf:2: there is no setting" },
	{ "a blank that is none", "exclude\xc2\xa0= 192.0.2.1\n",
	    "conf:1: there is no setting" },
	{ "cut", "exclude = 192.0.2.1 192.0.2.2", "conf:1: the file ends within "
	    "this line" },
	{ "cut behind a blank", "exclude = 192.0.2.1\n  ", "conf:2: the file ends "
	    "within this line" },
	{ "cut within a comment", "# us", "conf:1: the file ends within" },
	{ "empty", "", "conf: is empty" },
	{ "nothing but blanks", " \r\n\t\n", "conf: is empty" },
	{ "nothing but a byte order mark", "\xef\xbb\xbf", "conf: is empty" },
};

/* Anything that may hide a network to exclude: nobody is to be recorded. */
static void
misreadings(void)
{
	for (size_t i = 0; i < sizeof misread / sizeof *misread; i++) {
		is_int(reads(misread[i].text) > 0, true, misread[i].name);
		is_int(config.unsafe, true, "  is not safe");
		if (!ok(strstr(scratch_log, misread[i].said) != NULL,
		    "  and told with its line"))
			(void)printf("# got %s# wanted %s\n", scratch_log,
			    misread[i].said);
	}
	for (int i = 0; i < CONFIG_COUNT; i++) {
		const char *name = config_name((enum config_setting)i);
		char text[128];

		(void)snprintf(text, sizeof text, "%s = \001\n", name);
		is_int(reads(text) > 0 && config.unsafe, true, name);
	}
}

/* Writes LEN bytes of COUNT times TEXT and reads them; how many errors? */
static int
reads_bytes(const char *text, size_t len, size_t count)
{
	const struct log log = { scratch_line, NULL };
	const char *path = scratch_file("conf", "");
	FILE *out = fopen(path, "w");

	while (out != NULL && count-- > 0)
		(void)fwrite(text, 1, len, out);
	if (out == NULL || fclose(out) == EOF)
		err(1, "%s", path);
	config_free(&config);
	scratch_log[0] = '\0';
	return config_read(&config, path, &log);
}

static void
sizes(void)
{
	static const char nul[] = "exclude = 192.0.2.1\0 192.0.2.2\n";
	static char line[300000];
	unsigned int lines = 0;

	is_int(reads_bytes(nul, sizeof nul - 1, 1), 1, "a NUL byte");
	ok(config.unsafe && strstr(scratch_log, "conf:1: byte \\000") != NULL,
	    "  is told, and not safe");
	(void)strlcpy(line, "exclude =", sizeof line);
	while (strlcat(line, " 192.0.2.1", sizeof line) < sizeof line - 12)
		lines++;
	(void)strlcat(line, "\n", sizeof line);
	is_int(reads(line), 0, "a very long line");
	is_int(config.exclude.count, lines + 1, "  is read whole");
	is_int(reads_bytes("#\n", 2, 512 * 1024), 0, "1 MiB");
	is_int(reads_bytes("#\n", 2, 512 * 1024 + 1), 1, "more than 1 MiB");
	ok(config.unsafe && strstr(scratch_log, "larger than 1 MiB") != NULL,
	    "  is told, and not safe");
	is_int(reads_bytes("nonsense\n", 9, 100000) < 30, true,
	    "the errors of a file of another kind are not told one by one");
	is_int(config.unsafe, true, "  it is not safe");
}

static void
is_no_file(const char *path, const char *said, const char *name)
{
	const struct log log = { scratch_line, NULL };

	config_free(&config);
	scratch_log[0] = '\0';
	is_int(config_read(&config, path, &log), 1, name);
	if (!ok(config.unsafe && strstr(scratch_log, said) != NULL,
	    "  is told, and not safe"))
		(void)printf("# got %s", scratch_log);
	is_int(config.window, 1800, "  defaults then");
}

/* Anybody may save the file while it is read. */
static void
changes(void)
{
	static const char *const how[] = {
		"echo 'exclude = 192.0.2.2' >>$C",	/* longer */
		": >$C",				/* cut */
		"printf x | dd of=$C conv=notrunc 2>/dev/null",	/* as long */
	};
	const struct timespec then[2] = { { .tv_sec = 1700000000 },
	    { .tv_sec = 1700000000 } };
	const struct log log = { scratch_line, NULL };

	for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
		const char *path = scratch_file("conf", "exclude = ::1\n");

		(void)setenv("C", path, 1);
		(void)utimensat(AT_FDCWD, path, then, 0);
		config_free(&config);
		scratch_log[0] = '\0';
		meanwhile = how[i];
		is_int(config_read(&config, path, &log), 1, how[i]);
		ok(config.unsafe && strstr(scratch_log, "changed while "
		    "it was read: try again") != NULL, "  is told, and not safe");
	}
}

static void
files(void)
{
	char fifo[256];

	is_no_file("/nonexistent/conf", "cannot be opened: No such file",
	    "a file that was named must be there");
	is_no_file(scratch, "is not a regular file", "a folder is none");
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", scratch);
	is_int(mkfifo(fifo, 0600), 0, "a FIFO");
	is_no_file(fifo, "is not a regular file", "  is not waited for");
	is_no_file("/dev/zero", "is not a regular file", "a file without an end");
}

int
main(void)
{
	authmap_free(scratch_authmap(""));
	taken();
	wrong("windw = 30m", "there is no setting \"windw\"");
	wrong("window 30m", "no \"=\" after \"window\"");
	wrong("max_per_user = 0", "max_per_user: \"0\" must be off, or a "
	    "number from 1 to 10000");
	wrong("max_per_user = 10001", "max_per_user: \"10001\" must be off");
	wrong("max_entries = many", "max_entries: \"many\" must be off, or a "
	    "number from 1 to 10000000");
	wrong("window = soon", "window: \"soon\" must be a time");
	wrong("window = -5m", "window: \"-5m\" must be a time");
	wrong("window = 5x", "window: \"5x\" must be a time");
	wrong("window = 0", "window: \"0\" must be from");
	wrong("window = 99999999999d", "window: \"99999999999d\" must be from");
	wrong("window = 1500ms", "window: \"1500ms\" must be a time");
	wrong("window =", "window: \"\" must be a time");
	wrong("window = 30", "window: \"30\" has no unit: write 30s, 30m, 30h "
	    "or 30d\n");
	wrong("max_sweep_age = 5", "max_sweep_age: \"5\" has no unit: write 5s");
	wrong("lock_timeout = 250", "lock_timeout: \"250\" has no unit: write "
	    "250ms\n");
	wrong("lock_timeout = 0", "lock_timeout: \"0\" must be from");
	wrong("window = 999999999999", "window: \"999999999999\" must be a time");
	wrong("lock_timeout = 1h", "lock_timeout: \"1h\" must be from");
	wrong("map = relay.gdbm", "map: \"relay.gdbm\" must be an absolute");
	wrong("map = /run/", "map: \"/run/\" must not end");
	wrong("map_mode = 0666", "map_mode: \"0666\" must be");
	wrong("map_mode = 0060", "map_mode: \"0060\" must be");
	wrong("map_mode = 660x", "map_mode: \"660x\" must be");
	wrong("exclude = 192.0.2.1/24", "exclude: \"192.0.2.1/24\" must be");
	wrong("max_window = 32d", "max_window: \"32d\" must be from 1s to 31d");
	wrong("max_window = max_window", "max_window: \"max_window\" must be");
	wrong("exclude = localhost", "exclude: \"localhost\" must be");
	wrong("ipv6_prefix = 129", "ipv6_prefix: \"129\" must be");
	wrong("master_users = 1", "master_users: \"1\" must be yes or no");
	wrong("user = a b", "user: \"a b\" must be one name");
	wrong("socket = sock", "socket: \"sock\" must be absolute");
	wrong("socket =", "socket: \"\" must be from one");
	wrong("socket = /run/a/", "socket: \"/run/a/\" must be the path of a");
	wrong("socket = /run/a inet:192.0.2.1:25",
	    "socket: \"/run/a inet:192.0.2.1:25\" must be on the loopback");
	wrong("socket = inet:127.0.0.1", "socket: \"inet:127.0.0.1\" must be");
	wrong("socket = inet:127.0.0.1:1024",
	    "socket: \"inet:127.0.0.1:1024\" must have a port below 1024");
	wrong("socket = inet:[::1]:2628",
	    "socket: \"inet:[::1]:2628\" must have a port below 1024");
	wrong("socket = inet:127.0.0.1:0", "socket: \"inet:127.0.0.1:0\" must");
	wrong("socket = inet:localhost:1", "socket: \"inet:localhost:1\" must");
	wrong("socket_mode = 0777", "socket_mode: \"0777\" must be 0600");
	wrong("user_map = yes", "user_map: \"yes\" must be none");
	wrong("cluster = engine", "cluster: must be redis://");
	wrong("cluster = redis://", "cluster: must be redis://");
	wrong("cluster = redis://a,b", "cluster: must be");
	wrong("cluster = redis://a:0", "cluster: must be");
	wrong("cluster = redis://[::1", "cluster: must be");
	wrong("cluster = redis://a/x", "cluster: must be");
	wrong("cluster = sentinel://a", "cluster: must be");
	wrong("cluster = redis://a@b@c", "cluster: must be redis://");
	wrong("cluster = redis://a?password=x", "cluster: must be redis://");
	wrong("cluster = redis://a\033[2J", "byte \\033 is a control character");
	wrong("cluster = redis://j\033@a", "byte \\033 is a control character");
	wrong("cluster = sentinel://a/m;n", "cluster: must be redis://");
	wrong("cluster = redis://joe:pw@a",
	    "cluster: must not contain the password");
	wrong("cluster_prefix = *", "cluster_prefix: \"*\" must be up to 63");
	wrong("cluster_password_file = x", "cluster_password_file: must "
	    "be an absolute path");
	wrong("max_connections = 0", "max_connections: \"0\" must be");
	wrong("idle_timeout = off", "idle_timeout: \"off\" must be a time");
	wrong("max_sweep_age = no", "max_sweep_age: \"no\" must be a time");
	is_int(reads("socket = inet:::1:1023\n"), 0, "a socket on ::1");
	is_int(reads("exclude 192.0.2.1\n"), 1, "exclude without its \"=\"");
	is_int(config.unsafe, true, "  tells nothing of whom to exclude");
	is_int(reads("max_entries = x\nwindow = 1h\nmap_mode = y\n"), 2,
	    "each error is counted");
	is_int(config.window, 3600, "what is right is taken");
	is_int(config.map_mode, 0660, "what is wrong keeps its default");
	continued();
	misreadings();
	sizes();
	changes();
	files();
	config_free(&config);
	return tap_done();
}
