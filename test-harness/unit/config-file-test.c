/* SPDX-License-Identifier: ISC */
/* How /etc/authmap.conf is read: lines that continue, text that may hide a setting,
 * and files of all sizes and kinds. */
#include <fcntl.h>
#include <sys/syscall.h>

#include "configs.h"

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

/* Lists that continue in the next lines, as in Postfix's main.cf. */
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
	    "any setting may continue");
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
	{ "a list that continues without blanks", "exclude =\n192.0.2.1\n",
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
	    "conf:2: begins with a blank, but there is no setting" },
	{ "indented below a commented-out setting", "static = 198.51.100.1\n"
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
	{ "a no-break space", "exclude\xc2\xa0= 192.0.2.1\n",
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

/* With any error that may hide an excluded network, the configuration is not
 * safe. */
static void
misreadings(void)
{
	for (size_t i = 0; i < sizeof misread / sizeof *misread; i++) {
		is_int(reads(misread[i].text) > 0, true, misread[i].name);
		is_int(config.unsafe, true, "  is not safe");
		if (!ok(strstr(scratch_log, misread[i].said) != NULL,
		    "  and reported with its line"))
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

/* Write the first LEN bytes of TEXT COUNT times, read the file, and return the
 * number of its errors. */
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
	    "  is reported, and not safe");
	(void)strlcpy(line, "exclude =", sizeof line);
	while (strlcat(line, " 192.0.2.1", sizeof line) < sizeof line - 12)
		lines++;
	(void)strlcat(line, "\n", sizeof line);
	is_int(reads(line), 0, "a very long line");
	is_int(config.exclude.count, lines + 1, "  is read whole");
	is_int(reads_bytes("#\n", 2, 512 * 1024), 0, "1 MiB");
	is_int(reads_bytes("#\n", 2, 512 * 1024 + 1), 1, "more than 1 MiB");
	ok(config.unsafe && strstr(scratch_log, "larger than 1 MiB") != NULL,
	    "  is reported, and not safe");
	is_int(reads_bytes("nonsense\n", 9, 100000) < 30, true,
	    "of a file of another kind, only the first errors are reported");
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
	    "  is reported, and not safe"))
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
		    "it was read: try again") != NULL,
		    "  is reported, and not safe");
	}
}

static void
files(void)
{
	char fifo[256];

	is_no_file("/nonexistent/conf", "cannot be opened: No such file",
	    "a file that was named must be there");
	is_no_file(scratch, "is not a regular file", "a folder is not a file");
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", scratch);
	is_int(mkfifo(fifo, 0600), 0, "a FIFO");
	is_no_file(fifo, "is not a regular file", "  is not waited for");
	is_no_file("/dev/zero", "is not a regular file", "a file without an end");
}

int
main(void)
{
	authmap_free(scratch_authmap(""));
	continued();
	misreadings();
	sizes();
	changes();
	files();
	config_free(&config);
	return tap_done();
}
