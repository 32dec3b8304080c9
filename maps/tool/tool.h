/* authmap(8), the administrator's tool: what its verbs share. */
#ifndef TOOL_H
#define TOOL_H

#include "base/handle.h"
#include "base/record.h"
#include "daemon/print.h"

#define TOOL_NAME "authmap"

/* Exit statuses; trouble is 2, as of grep(1) and test(1). */
enum { TOOL_YES = 0, TOOL_NO = 1, TOOL_TROUBLE = 2 };

struct tool {
	struct authmap *am;
	int errors;		/* in the configuration */
	bool json;
	const char *user;	/* --user */
	bool login_times;	/* --login-times */
	const char *service;	/* --service */
	const char *how_long;	/* --for */
	bool prometheus;	/* --prometheus */
	const char *interval;	/* --interval */
	char option;		/* which kind of a verb: 'e', --env; 'p', --pam */
	int argc;		/* what stands after the verb */
	char **argv;
};

/* Each returns an exit status. */
int tool_list(struct tool *tool);
int tool_lookup(struct tool *tool);
int tool_record(struct tool *tool);
int tool_remove(struct tool *tool);
int tool_block(struct tool *tool);
int tool_unblock(struct tool *tool);
int tool_blocks(struct tool *tool);
int tool_import(struct tool *tool);
int tool_stats(struct tool *tool);
int tool_watch(struct tool *tool);
int tool_check(struct tool *tool);
int tool_config(struct tool *tool);
int tool_sweep(struct tool *tool);
int tool_relaylock(struct tool *tool);
int tool_prelogin(struct tool *tool);
int tool_record_env(struct tool *tool);
int tool_record_pam(struct tool *tool);

/* Becomes the program ARGV; returns an exit status if it cannot be run. */
int tool_exec(char *const *argv);

/* Prints one line to stderr after the program's name, encoded as log_say() does;
 * returns TOOL_TROUBLE. */
int tool_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The entry as a JSON object, without a newline. */
void tool_json_entry(const struct authmap_entry *entry, time_t now);

/* The user as one word: encoded, "-" when nobody knows. */
void tool_user(const struct authmap_entry *entry,
    char out[4 * AUTHMAP_USER_SIZE]);

/*
 * Return TEXT, a user's name from the command line, as record_user_given() takes
 * it.  With --json it is the name itself, as JSON has it, and comes back encoded,
 * in ROOM.
 */
const char *tool_name(const struct tool *tool, const char *text,
    char room[RECORD_USER_SIZE]);

/*
 * Return TEXT, or, if it is a key of the map as list prints it, 2001:db8:1:2::/64,
 * one of its addresses, in ROOM.
 */
const char *tool_address(const struct tool *tool, const char *text,
    char room[AUTHMAP_ADDRESS_SIZE]);

/*
 * Say how to give the user whose name is TEXT itself, as DOM\ted, if TEXT was
 * taken for USER, of whom nothing was found, and who is hardly anybody.
 */
void tool_name_hint(const char *text, const char *user);

/* For scripts: the entry's fields parted by one tab, times in seconds. */
void tool_fields(const struct authmap_entry *entry, time_t now);

/* WHEN for people: "2026-11-20 09:47:24". */
void tool_date(time_t when, char out[32]);

/* SECONDS for people: "29m 58s". */
void tool_duration(long long seconds, char out[32]);

#endif
