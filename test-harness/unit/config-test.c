/* /etc/authmap.conf: what is taken, and one clear line for what is not. */
#include "scratch.h"
#include "tap.h"

static struct config config;

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
	char said[512];

	(void)snprintf(said, sizeof said, "%s/conf:1: %s", scratch, wanted);
	is_int(reads(line), 1, line);
	if (!ok(strncmp(scratch_log, said, strlen(said)) == 0, "  is said"))
		(void)printf("# got %s# wanted %s\n", scratch_log, said);
}

static void
taken(void)
{
	struct address address;

	is_int(reads(""), 0, "an empty file");
	is_str(config.map, "/run/authmap/relay.gdbm", "the default map");
	is_int(config.window, 1800, "the default window");
	is_int(config.map_mode, 0660, "the default mode");
	is_int(config.max_per_user, 1000, "the default limit of one user");
	is_int(config.max_entries, 1000000, "and of all");
	is_int(config.master_users, false, "administrators are not recorded");
	ok(address_parse("127.8.9.1", &address) &&
	    networks_have(&config.exclude, &address), "loopback is excluded");
	is_int(reads("# comment\n\n  window=90s # why\r\nwindow = 2h\n"
	    "lock_timeout = 1s\nexclude = 192.0.2.0/24, 2001:db8::/32\n"
	    "map_mode = 0664\nipv6_prefix = 64\nstatic=192.0.2.1\n"
	    "master_users = yes\nmax_per_user = off\nmax_entries = 7"), 0,
	    "every form");
	is_int(config.window, 7200, "the last one counts");
	is_int(config.origin[CONFIG_WINDOW].line, 4, "and is known by its line");
	is_int(config.lock_timeout, 1000, "milliseconds");
	is_int(config.exclude.count, 2, "networks");
	is_int(config.master_users, true, "yes");
	is_int(config.max_per_user, 0, "off");
	is_int(config.max_entries, 7, "a number");
	ok(!networks_have(&config.exclude, &address),
	    "what is set takes the default's place");
	is_int(reads("cluster = sentinel://joe@a,[2001:db8::1]:7,b/main/3"), 0,
	    "several Sentinels");
	ok(config.cluster.count == 3 && config.cluster.db == 3 &&
	    strcmp(config.cluster.user, "joe") == 0 &&
	    strcmp(config.cluster.master, "main") == 0 &&
	    config.cluster.host[0].port == 26379, "  are read");
	is_str(config.cluster.host[1].name, "2001:db8::1", "  each");
	is_int(config.cluster.host[1].port, 7, "  with its port");
	is_int(reads("cluster = rediss://a"), 0, "an engine");
	ok(config.cluster.tls && config.cluster.count == 1 &&
	    config.cluster.host[0].port == 6379, "  over TLS");
	is_int(reads("cluster = sentinels://a,b/main"), 0, "Sentinels");
	ok(config.cluster.tls && config.cluster.count == 2 &&
	    config.cluster.host[1].port == 26379 &&
	    strcmp(config.cluster.master, "main") == 0, "  over TLS");
	is_int(reads("exclude =\n"), 0, "an empty list");
	is_int(config.exclude.count, 0, "  is one");
}

static void
files(void)
{
	const struct log log = { scratch_line, NULL };

	config_free(&config);
	is_int(config_read(&config, "/nonexistent/conf", &log), 1,
	    "a file that was named must be there");
	config_free(&config);
	is_int(config_read(&config, scratch, &log), 1, "a folder is none");
	is_int(config.window, 1800, "defaults then");
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
	wrong("lock_timeout = 250", "lock_timeout: \"250\" must be a time");
	wrong("lock_timeout = 1h", "lock_timeout: \"1h\" must be from");
	wrong("map = relay.gdbm", "map: \"relay.gdbm\" must be an absolute");
	wrong("map = /run/", "map: \"/run/\" must not end");
	wrong("map_mode = 0666", "map_mode: \"0666\" must be");
	wrong("map_mode = 0060", "map_mode: \"0060\" must be");
	wrong("map_mode = 660x", "map_mode: \"660x\" must be");
	wrong("exclude = 192.0.2.1/24", "exclude: \"192.0.2.1/24\" must be");
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
	wrong("cluster = redis://a\033[2J", "cluster: must be redis://");
	wrong("cluster = redis://j\033@a", "cluster: must be redis://");
	wrong("cluster = sentinel://a/m;n", "cluster: must be redis://");
	wrong("cluster = redis://joe:pw@a",
	    "cluster: must not have the password in it");
	wrong("cluster_prefix = *", "cluster_prefix: \"*\" must be up to 63");
	wrong("cluster_password_file = x", "cluster_password_file: must "
	    "be an absolute path");
	wrong("max_connections = 0", "max_connections: \"0\" must be");
	wrong("idle_timeout = off", "idle_timeout: \"off\" must be a time");
	wrong("max_sweep_age = no", "max_sweep_age: \"no\" must be a time");
	is_int(reads("socket = inet:::1:8025"), 0, "a socket on ::1");
	is_int(reads("exclude 192.0.2.1"), 1, "exclude without its \"=\"");
	is_int(config.unsafe, true, "  tells nothing of whom to exclude");
	is_int(reads("window = x\nwindow = 1h\nmap_mode = y\n"), 2,
	    "each error is counted");
	is_int(config.window, 3600, "what is right is taken");
	is_int(config.map_mode, 0660, "what is wrong keeps its default");
	files();
	config_free(&config);
	return tap_done();
}
