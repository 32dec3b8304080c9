/* SPDX-License-Identifier: ISC */
/* stats: the number of entries, and the counters. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/handle.h"
#include "store/counters.h"
#include "tool/entries.h"
#include "daemon/ask.h"
#include "daemon/cluster-status.h"
#include "tool/json.h"
#include "tool/output.h"
#include "tool/tool.h"

/* How long the responder may take to answer. */
#define RESPONDER_PATIENCE_MS 500

enum form { TEXT, JSON, PROMETHEUS };

/* TIME: seconds since 1970; SPAN: microseconds; TRUTH: 0 or 1; LIMIT: UNKNOWN if
 * there is no limit. */
enum kind { GAUGE, COUNTER, TIME, SPAN, TRUTH, LIMIT };

enum figure {
	ENTRIES, USERS, MAX_ENTRIES, GRANTS, REFRESHES, FAILURES, EXCLUDED,
	BLOCKED, UNLISTED, PUBLISHES, SINCE, CHANGED, SWEPT, SAVED, PUBLISHED,
	TOOK,
	/* The responder's: */
	OK, NOTFOUND, TEMP,
	/* Of several hosts: */
	CONNECTED, SENT, RECEIVED, REJECTED, RECONCILED, FAILED, FIGURES
};

#define REFUSED_HELP "Logins that were not recorded, by the reason."
#define LOOKUPS_HELP "Lookups that the responder has answered, by the reply."

/* The names of the figures, in the order in which they are printed. */
static const struct {
	enum kind kind;
	const char *label, *name, *metric, *help;
} figures[FIGURES] = {
	[ENTRIES] = { GAUGE, "entries", "entries", "entries",
	    "Addresses that may relay now." },
	[USERS] = { GAUGE, "users", "users", "users",
	    "Users who have logged in from these addresses." },
	[MAX_ENTRIES] = { LIMIT, "max entries", "max_entries", "max_entries",
	    "The limit above which no new address is recorded." },
	[GRANTS] = { COUNTER, "grants", "grants", "grants_total",
	    "Logins from a new address, or of another user." },
	[REFRESHES] = { COUNTER, "refreshes", "refreshes", "refreshes_total",
	    "Logins and refreshes of a known address." },
	[FAILURES] = { COUNTER, "failures", "failures", "failures_total",
	    "Logins and refreshes that could not be recorded." },
	[EXCLUDED] = { COUNTER, "excluded", "refused_excluded",
	    "refused_logins_total", REFUSED_HELP },
	[BLOCKED] = { COUNTER, "blocked", "refused_blocked",
	    "refused_logins_total", REFUSED_HELP },
	[UNLISTED] = { COUNTER, "unlisted", "refused_unlisted",
	    "refused_logins_total", REFUSED_HELP },
	[PUBLISHES] = { COUNTER, "publishes", "publishes", "publishes_total",
	    "How often a new file has replaced the map." },
	[SINCE] = { TIME, "counted since", "counted_since",
	    "counted_since_timestamp_seconds",
	    "When the counters started at zero." },
	[CHANGED] = { TIME, "map changed", "map_changed",
	    "map_changed_timestamp_seconds",
	    "When the map was last written." },
	[SWEPT] = { TIME, "last sweep", "last_sweep",
	    "last_sweep_timestamp_seconds", "When the map was last swept." },
	[SAVED] = { TIME, "state saved", "state_saved",
	    "state_saved_timestamp_seconds",
	    "When the saved state was last known to match the map." },
	[PUBLISHED] = { TIME, "last publish", "last_publish",
	    "last_publish_timestamp_seconds",
	    "When a new file last replaced the map." },
	[TOOK] = { SPAN, "publish took", "publish_seconds",
	    "last_publish_duration_seconds",
	    "How long its writer had held the lock by then." },
	[OK] = { COUNTER, "lookups ok", "lookups_ok", "lookups_total",
	    LOOKUPS_HELP },
	[NOTFOUND] = { COUNTER, "lookups no", "lookups_notfound",
	    "lookups_total", LOOKUPS_HELP },
	[TEMP] = { COUNTER, "lookups later", "lookups_temp", "lookups_total",
	    LOOKUPS_HELP },
	[CONNECTED] = { TRUTH, "connected", "cluster_connected",
	    "cluster_connected",
	    "Whether this host is connected to the engine and in sync." },
	[SENT] = { COUNTER, "sent", "cluster_sent", "cluster_sent_total",
	    "Changes that were sent to other hosts." },
	[RECEIVED] = { COUNTER, "received", "cluster_received",
	    "cluster_received_total",
	    "Changes of other hosts that were received and applied." },
	[REJECTED] = { COUNTER, "rejected", "cluster_rejected",
	    "cluster_rejected_total",
	    "Changes of other hosts that were rejected." },
	[RECONCILED] = { TIME, "reconciled", "cluster_reconciled",
	    "cluster_reconciled_timestamp_seconds",
	    "When the whole map was last reconciled." },
	[FAILED] = { TIME, "last error", "cluster_failed",
	    "cluster_failed_timestamp_seconds",
	    "When a connection to the engine last failed." },
};

/* The labels of metrics that several figures share.  Such figures are adjacent. */
static const char *const labels[FIGURES] = {
	[EXCLUDED] = "{reason=\"excluded\"}", [BLOCKED] = "{reason=\"blocked\"}",
	[UNLISTED] = "{reason=\"unlisted\"}", [OK] = "{result=\"ok\"}",
	[NOTFOUND] = "{result=\"notfound\"}", [TEMP] = "{result=\"temp\"}",
};

/* A figure that is not known, or an event that never happened. */
#define UNKNOWN (-1)

static long long
changed_at(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 ? UNKNOWN : (long long)st.st_mtim.tv_sec;
}

/* Read the map.  Return an exit status; upon trouble the figures are UNKNOWN. */
static int
look_at_map(struct authmap *am, long long value[FIGURES])
{
	struct entries entries = { NULL, 0, 0 };
	int status = entries_read(&entries, am);

	value[ENTRIES] = status == 0 ? (long long)entries.count : UNKNOWN;
	value[USERS] = status == 0 ? (long long)entries_users(&entries) : UNKNOWN;
	entries_free(&entries);
	if (status > 0)
		return tool_fail("no memory");
	return status == 0 ? TOOL_YES : TOOL_TROUBLE;
}

static int
look_at_counts(const struct authmap *am, long long value[FIGURES])
{
	static const enum counter from[FIGURES] = {
		[GRANTS] = COUNT_GRANTS, [REFRESHES] = COUNT_REFRESHES,
		[FAILURES] = COUNT_FAILURES, [EXCLUDED] = COUNT_EXCLUDED,
		[BLOCKED] = COUNT_BLOCKED, [UNLISTED] = COUNT_UNLISTED,
		[PUBLISHES] = COUNT_PUBLISHES, [SINCE] = COUNT_SINCE,
		[PUBLISHED] = COUNT_PUBLISHED_AT, [TOOK] = COUNT_LOCK_HELD_US,
	};
	struct counters counts;
	int read = counters_read(am, &counts), error = errno;

	for (int i = GRANTS; i <= TOOK; i++) {
		if (i == CHANGED || i == SWEPT || i == SAVED)
			continue;
		value[i] = read == 0 ? counts.of[from[i]] : UNKNOWN;
		if (figures[i].kind == TIME && value[i] == 0)
			value[i] = UNKNOWN;
	}
	if (value[PUBLISHED] == UNKNOWN)
		value[TOOK] = UNKNOWN;
	return read == 0 ? TOOL_YES : tool_fail("%s: the counters cannot be "
	    "read: %s", am->files.lock, strerror(error));
}

/* Read the numbers of the reply "OK 1 2 3" into COUNT values.  Return false if it
 * has another form, as from a responder that does not count. */
static bool
read_numbers(char *text, long long *value, int count)
{
	char *word = strsep(&text, " ");

	if (strcmp(word, "OK") != 0)
		return false;
	for (int i = 0; i < count; i++) {
		const char *wrong = "none";

		word = strsep(&text, " ");
		if (word != NULL)
			value[i] = strtonum(word, 0, LLONG_MAX, &wrong);
		if (wrong != NULL)
			return false;
	}
	return text == NULL;
}

/* Ask the responder for its counters.  Without a responder, they are UNKNOWN. */
static void
look_at_lookups(const struct authmap *am, long long value[FIGURES])
{
	const char *sockets = config_text(&am->config, CONFIG_SOCKET);
	deadline end = deadline_in(RESPONDER_PATIENCE_MS);
	char text[SOCKETMAP_REPLY_BYTES];
	struct endpoint endpoint;
	bool known = false;

	while (!known && endpoint_next(&sockets, &endpoint))
		known = ask_responder(&endpoint, "counts", "-", end,
		    text) == 0 && read_numbers(text, value + OK, TEMP - OK + 1);
	for (int i = OK; !known && i <= TEMP; i++)
		value[i] = UNKNOWN;
}

/* Read the cluster's status.  STATUS is all zero if it cannot be read. */
static void
look_at_cluster(const struct authmap *am, struct cluster_status *status,
    long long value[FIGURES])
{
	bool there = cluster_status_read(am, status) == 0;

	value[CONNECTED] = there && cluster_status_connected(status);
	value[SENT] = there ? status->sent : UNKNOWN;
	value[RECEIVED] = there ? status->received : UNKNOWN;
	value[REJECTED] = there ? status->rejected : UNKNOWN;
	value[RECONCILED] = status->reconciled != 0 ? status->reconciled :
	    UNKNOWN;
	value[FAILED] = status->failed != 0 ? status->failed : UNKNOWN;
}

/* Print the last error of the cluster, if there was one.  As text, also print
 * whether the host is still not connected. */
static void
print_error(enum form form, const struct cluster_status *status)
{
	bool failing = cluster_status_running(status) &&
	    cluster_status_failing(status);

	if (form == JSON) {
		(void)printf(",\n\"cluster_error\": ");
		if (status->failed != 0)
			json_string(stdout, status->why);
		else
			(void)printf("null");
	} else if (form == TEXT && status->failed != 0) {
		print(stdout, "%-14s %s%s: %s\n", "cluster", failing ?
		    "not connected to " : "the last error was",
		    failing ? status->engine : "", status->why);
	}
}

static void
print_text(int i, long long value, time_t now)
{
	char date[32], ago[32];

	print(stdout, "%-14s ", figures[i].label);
	if (value == UNKNOWN)
		print(stdout, "%s\n", figures[i].kind == TIME ? "never" :
		    figures[i].kind == LIMIT ? "off" : "unknown");
	else if (figures[i].kind == SPAN)
		(void)printf("%.2f ms\n", (double)value / 1e3);
	else if (figures[i].kind == TRUTH)
		(void)printf(value != 0 ? "yes\n" : "no\n");
	else if (figures[i].kind == TIME) {
		tool_date((time_t)value, date);
		tool_duration(now - value, ago);
		print(stdout, "%s, %s ago\n", date, ago);
	} else
		(void)printf("%lld\n", value);
}

static void
print_json(int i, long long value, time_t now)
{
	const char *name = figures[i].name;

	print(stdout, "%s\n\"%s\": ", i > 0 ? "," : "", name);
	if (value == UNKNOWN)
		(void)printf("null");
	else if (figures[i].kind == SPAN)
		(void)printf("%.6f", (double)value / 1e6);
	else if (figures[i].kind == TRUTH)
		(void)printf(value != 0 ? "true" : "false");
	else
		(void)printf("%lld", value);
	if (figures[i].kind == TIME && value == UNKNOWN)
		print(stdout, ", \"%s_age\": null", name);
	else if (figures[i].kind == TIME)
		print(stdout, ", \"%s_age\": %lld", name, now - value);
}

/*
 * Print a figure in the text format of Prometheus.  An unknown figure is left out.
 */
static void
print_metric(int i, long long value)
{
	const char *metric = figures[i].metric;

	if (value == UNKNOWN)
		return;
	if (i == 0 || strcmp(figures[i - 1].metric, metric) != 0)
		print(stdout, "# HELP authmap_%s %s\n# TYPE authmap_%s %s\n",
		    metric, figures[i].help, metric,
		    figures[i].kind == COUNTER ? "counter" : "gauge");
	print(stdout, "authmap_%s%s ", metric, labels[i] != NULL ? labels[i] : "");
	if (figures[i].kind == SPAN)
		(void)printf("%.6f\n", (double)value / 1e6);
	else
		(void)printf("%lld\n", value);
}

/*
 * Print all figures.  STATUS is that of authmap-cluster, or NULL without a cluster.
 */
static void
print_all(enum form form, const long long value[FIGURES], int count,
    const struct cluster_status *status, time_t now)
{
	if (form == JSON)
		(void)printf("{");
	for (int i = 0; i < count; i++) {
		if (form == JSON)
			print_json(i, value[i], now);
		else if (form == PROMETHEUS)
			print_metric(i, value[i]);
		else
			print_text(i, value[i], now);
	}
	if (status != NULL)
		print_error(form, status);
	if (form == JSON)
		(void)printf("\n}\n");
}

int
tool_stats(struct tool *tool)
{
	const struct files *files = &tool->am->files;
	long long value[FIGURES];
	int map = look_at_map(tool->am, value);
	int counts = look_at_counts(tool->am, value);
	unsigned int most = tool->am->config.max_entries;
	bool cluster = tool->am->config.cluster.count != 0;
	struct cluster_status status;

	value[MAX_ENTRIES] = most != 0 ? (long long)most : UNKNOWN;
	look_at_lookups(tool->am, value);
	value[CHANGED] = changed_at(files->map);
	value[SWEPT] = changed_at(files->beat);
	value[SAVED] = changed_at(files->saved);
	if (cluster)
		look_at_cluster(tool->am, &status, value);
	print_all(tool->prometheus ? PROMETHEUS : tool->json ? JSON : TEXT, value,
	    cluster ? FIGURES : CONNECTED, cluster ? &status : NULL, time(NULL));
	return map == TOOL_YES ? counts : map;
}
