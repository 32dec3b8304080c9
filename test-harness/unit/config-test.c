/* SPDX-License-Identifier: ISC */
/* /etc/authmap.conf: what is taken, and one clear line for what is not. */
#include "configs.h"

static void
taken(void)
{
	struct address address;

	is_int(reads("# nothing but a comment\n"), 0, "a comment alone");
	is_int(config.unsafe, false, "  excludes the default networks");
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
	    "a setting replaces the default");
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
	is_int(config.exclude.count, 0, "  is empty");
}

static const struct {
	const char *line, *said;
} wrong[] = {
	{ "windw = 30m", "there is no setting \"windw\"" },
	{ "window 30m", "no \"=\" after \"window\"" },
	{ "max_per_user = 0",
	    "max_per_user: \"0\" must be off, or a number from 1 to 10000" },
	{ "max_per_user = 10001", "max_per_user: \"10001\" must be off" },
	{ "max_entries = many",
	    "max_entries: \"many\" must be off, or a number from 1 to 10000000" },
	{ "window = soon", "window: \"soon\" must be a time" },
	{ "window = -5m", "window: \"-5m\" must be a time" },
	{ "window = 5x", "window: \"5x\" must be a time" },
	{ "window = 0", "window: \"0\" must be from" },
	{ "window = 99999999999d", "window: \"99999999999d\" must be from" },
	{ "window = 1500ms", "window: \"1500ms\" must be a time" },
	{ "window =", "window: \"\" must be a time" },
	{ "window = 30",
	    "window: \"30\" has no unit: write 30s, 30m, 30h or 30d\n" },
	{ "max_sweep_age = 5", "max_sweep_age: \"5\" has no unit: write 5s" },
	{ "lock_timeout = 250", "lock_timeout: \"250\" has no unit: write 250ms\n" },
	{ "lock_timeout = 0", "lock_timeout: \"0\" must be from" },
	{ "window = 999999999999", "window: \"999999999999\" must be a time" },
	{ "lock_timeout = 1h", "lock_timeout: \"1h\" must be from" },
	{ "map = relay.gdbm", "map: \"relay.gdbm\" must be an absolute" },
	{ "map = /run/", "map: \"/run/\" must not end" },
	{ "map_mode = 0666", "map_mode: \"0666\" must be" },
	{ "map_mode = 0060", "map_mode: \"0060\" must be" },
	{ "map_mode = 660x", "map_mode: \"660x\" must be" },
	{ "exclude = 192.0.2.1/24", "exclude: \"192.0.2.1/24\" must be" },
	{ "max_window = 32d", "max_window: \"32d\" must be from 1s to 31d" },
	{ "max_window = max_window", "max_window: \"max_window\" must be" },
	{ "exclude = localhost", "exclude: \"localhost\" must be" },
	{ "ipv6_prefix = 129", "ipv6_prefix: \"129\" must be" },
	{ "master_users = 1", "master_users: \"1\" must be yes or no" },
	{ "user = a b", "user: \"a b\" must be one name" },
	{ "socket = sock", "socket: \"sock\" must be absolute" },
	{ "socket =", "socket: \"\" must be from one" },
	{ "socket = /run/a/", "socket: \"/run/a/\" must be the path of a" },
	{ "socket = /run/a inet:192.0.2.1:25",
	    "socket: \"/run/a inet:192.0.2.1:25\" must be on the loopback" },
	{ "socket = inet:127.0.0.1", "socket: \"inet:127.0.0.1\" must be" },
	{ "socket = inet:127.0.0.1:1024",
	    "socket: \"inet:127.0.0.1:1024\" must have a port below 1024" },
	{ "socket = inet:[::1]:2628",
	    "socket: \"inet:[::1]:2628\" must have a port below 1024" },
	{ "socket = inet:127.0.0.1:0", "socket: \"inet:127.0.0.1:0\" must" },
	{ "socket = inet:localhost:1", "socket: \"inet:localhost:1\" must" },
	{ "socket_mode = 0777", "socket_mode: \"0777\" must be 0600" },
	{ "user_map = yes", "user_map: \"yes\" must be none" },
	{ "cluster = engine", "cluster: must be redis://" },
	{ "cluster = redis://", "cluster: must be redis://" },
	{ "cluster = redis://a,b", "cluster: must be" },
	{ "cluster = redis://a:0", "cluster: must be" },
	{ "cluster = redis://[::1", "cluster: must be" },
	{ "cluster = redis://a/x", "cluster: must be" },
	{ "cluster = sentinel://a", "cluster: must be" },
	{ "cluster = redis://a@b@c", "cluster: must be redis://" },
	{ "cluster = redis://a?password=x", "cluster: must be redis://" },
	{ "cluster = redis://a\033[2J", "byte \\033 is a control character" },
	{ "cluster = redis://j\033@a", "byte \\033 is a control character" },
	{ "cluster = sentinel://a/m;n", "cluster: must be redis://" },
	{ "cluster = redis://joe:pw@a", "cluster: must not contain the password" },
	{ "cluster_prefix = *", "cluster_prefix: \"*\" must be up to 63" },
	{ "cluster_password_file = x",
	    "cluster_password_file: must be an absolute path" },
	{ "max_connections = 0", "max_connections: \"0\" must be" },
	{ "idle_timeout = off", "idle_timeout: \"off\" must be a time" },
	{ "max_sweep_age = no", "max_sweep_age: \"no\" must be a time" },
};

static void
refuses(const char *line, const char *wanted)
{
	char said[512], text[512];

	(void)snprintf(said, sizeof said, "%s/conf:1: %s", scratch, wanted);
	(void)snprintf(text, sizeof text, "%s\n", line);
	is_int(reads(text), 1, line);
	if (!ok(strncmp(scratch_log, said, strlen(said)) == 0, "  is said"))
		(void)printf("# got %s# wanted %s\n", scratch_log, said);
}

/* An error is counted, and costs only its own setting. */
static void
errors(void)
{
	is_int(reads("socket = inet:::1:1023\n"), 0, "a socket on ::1");
	is_int(reads("exclude 192.0.2.1\n"), 1, "exclude without its \"=\"");
	is_int(config.unsafe, true, "  is not safe");
	is_int(reads("max_entries = x\nwindow = 1h\nmap_mode = y\n"), 2,
	    "each error is counted");
	is_int(config.window, 3600, "correct settings are used");
	is_int(config.map_mode, 0660, "wrong ones keep the default");
}

int
main(void)
{
	authmap_free(scratch_authmap(""));
	taken();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		refuses(wrong[i].line, wrong[i].said);
	errors();
	config_free(&config);
	return tap_done();
}
