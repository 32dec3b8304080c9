/* SPDX-License-Identifier: ISC */
/*
 * `users` and `users_file`: logins are recorded by the user's name, by the name that
 * the client gave, or by domain.  With an error in the list, no login is recorded.
 */
#include "logins.h"
#include "tap.h"

static void
begin(const char *more)
{
	authmap_free(am);
	scratch_log[0] = '\0';
	am = scratch_authmap(more);
}

/* Return the handle of a configuration with errors; the caller frees it. */
static struct authmap *
wrong(const char *more)
{
	char text[1024];
	struct authmap *handle;
	int errors = 0;

	(void)snprintf(text, sizeof text, "map = %s/relay.gdbm\n"
	    "state_dir = %s/state\n%s\n", scratch, scratch, more);
	scratch_log[0] = '\0';
	handle = authmap_new(scratch_file("conf", text), scratch_line, NULL,
	    &errors);
	if (handle == NULL || errors == 0)
		errx(1, "no error: %s", more);
	return handle;
}

/* Record a login as USER, for which the client gave ALIAS. */
static int
as(const char *user, const char *alias)
{
	const struct authmap_login login = { .address = "192.0.2.1",
	    .user = user, .service = "imap", .alias = alias };

	(void)authmap_remove(am, login.address, NULL);
	return authmap_record(am, &login);
}

static void
listed(void)
{
	char name[2048];

	begin("");
	is_int(as("joe", NULL), AUTHMAP_GRANTED,
	    "with empty users, every login is recorded");
	is_int(as(NULL, NULL), AUTHMAP_GRANTED, "  also one without a name");
	begin("users = scanner1, Scanner2\n\t@printers.example.org a\\\\sb");
	is_int(as("scanner1", NULL), AUTHMAP_GRANTED, "a listed user is recorded");
	is_int(as("scanner2", NULL), AUTHMAP_GRANTED, "  in another case");
	is_int(as("x@Printers.example.org", NULL), AUTHMAP_GRANTED,
	    "  by the domain");
	is_int(as("joe", NULL), AUTHMAP_UNLISTED, "another user is not");
	is_int(as("scanner", NULL), AUTHMAP_UNLISTED,
	    "  not one whose name only begins so");
	is_int(as("scanner11", NULL), AUTHMAP_UNLISTED, "  or continues");
	is_int(as("scanner1@example.org", NULL), AUTHMAP_UNLISTED,
	    "  of a domain");
	is_int(as("x@printers.example.org.example.com", NULL),
	    AUTHMAP_UNLISTED, "  of another domain");
	is_int(as("x@a.printers.example.org", NULL), AUTHMAP_UNLISTED,
	    "  below it");
	is_int(as("printers.example.org", NULL), AUTHMAP_UNLISTED,
	    "  without an @");
	is_int(as(NULL, NULL), AUTHMAP_UNLISTED, "without a name");
	is_int(as("", ""), AUTHMAP_UNLISTED, "  or an empty one");
	is_int(as("joe", "scanner1"), AUTHMAP_GRANTED,
	    "a user is recorded if the name that the client gave is listed");
	is_int(as("joe", "amy"), AUTHMAP_UNLISTED, "  neither is");
	is_int(as("joe", "joe@printers.example.org"), AUTHMAP_UNLISTED,
	    "a listed domain that only the client gave records nobody");
	is_int(as("joe", "@printers.example.org"), AUTHMAP_UNLISTED,
	    "  without a name, too");
	is_int(as("x@printers.example.org", "joe"), AUTHMAP_GRANTED,
	    "  the domain of the recorded name counts");
	is_int(as("a\\sb", NULL), AUTHMAP_GRANTED,
	    "a name is listed as authmap list prints it");
	is_int(refresh("192.0.2.1", "joe"), AUTHMAP_UNLISTED,
	    "a session of an unlisted user refreshes nothing");
	/* A record has the first 1024 bytes of a name. */
	memset(name, 'x', sizeof name);
	(void)strlcpy(name + AUTHMAP_USER_SIZE - 22,
	    "@printers.example.org.example.com", 64);
	is_int(as(name, NULL), AUTHMAP_UNLISTED,
	    "a long name is not cut before it is compared");
	is_str(config_text(&am->config, CONFIG_USERS), "scanner1, Scanner2 "
	    "@printers.example.org a\\\\sb", "the setting as text");
}

static void
misread(void)
{
	static const char *const values[] = {
		"users = *", "users = @", "users = scan*", "users = \"joe\"",
		"users = /etc/users", "users_file = users",
		"users_file = /nonexistent/users",
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		authmap_free(am);
		am = wrong(values[i]);
		is_int(as("joe", NULL), AUTHMAP_FAILED, values[i]);
	}
	ok(strstr(scratch_log, "conf:3: users_file: /nonexistent/users: does not "
	    "exist") != NULL, "  is said");
}

/* Read TEXT as users_file.  Return the result of a login of joe. */
static int
with_file(const char *text)
{
	char line[512];

	(void)snprintf(line, sizeof line, "users_file = %s\nusers = amy",
	    scratch_file("users", text));
	authmap_free(am);
	am = NULL;
	scratch_log[0] = '\0';
	am = strstr(text, "joe\n") != NULL ? scratch_authmap(line) : wrong(line);
	return as("joe", NULL);
}

static void
file(void)
{
	char path[512], *large;

	is_int(with_file("# scanners\r\n\nbob eve\r\n  joe # at the door\n@a\n"
	    "joe\n"), AUTHMAP_GRANTED, "a file of users");
	is_int(as("amy", NULL), AUTHMAP_GRANTED, "  and users");
	is_int(as("eve", NULL), AUTHMAP_GRANTED, "  two in a line");
	is_int(as("x@A", NULL), AUTHMAP_GRANTED, "  a domain");
	is_int(as("tom", NULL), AUTHMAP_UNLISTED, "  and no other user");
	is_int(authmap_config_changed(am), 0, "unchanged, it is not read again");
	(void)scratch_file("users", "tom\njoe joe\n");
	is_int(authmap_config_changed(am), 1, "  changed, it is read again");
	(void)unlink(scratch_file("users", ""));
	is_int(authmap_config_changed(am), 1, "  removed, too");
	is_int(with_file(""), AUTHMAP_FAILED, "an empty file");
	is_int(with_file("\n \n"), AUTHMAP_FAILED, "  or one of blanks");
	is_int(with_file("amy\njoe"), AUTHMAP_FAILED, "a file that is cut");
	ok(strstr(scratch_log, "/users:2: the file ends within") != NULL,
	    "  is said");
	is_int(with_file("amy\njoe#"), AUTHMAP_FAILED, "a misplaced #");
	is_int(with_file("joe\ramy\n"), AUTHMAP_FAILED,
	    "a carriage return in a line");
	is_int(with_file("joe*\namy\n"), AUTHMAP_FAILED, "a pattern");
	large = malloc(1024 * 1024 + 2);
	memset(large, '\n', 1024 * 1024 + 1);
	large[1024 * 1024 + 1] = '\0';
	is_int(with_file(large), AUTHMAP_FAILED, "a file that is too large");
	free(large);
	begin("");
	(void)snprintf(path, sizeof path, "users_file = %s",
	    scratch_file("users", "# nobody\n"));
	begin(path);
	is_int(as("joe", NULL), AUTHMAP_UNLISTED,
	    "with a comment alone, no login is recorded");
}

int
main(void)
{
	begin("");
	listed();
	misread();
	file();
	authmap_free(am);
	return tap_done();
}
