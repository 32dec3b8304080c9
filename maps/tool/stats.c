/* SPDX-License-Identifier: ISC */
/* stats: how many there are, were, and failed; for people and programs. */
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

/* How long the responder may take to tell what it has counted. */
#define RESPONDER_PATIENCE_MS 500

enum form { TEXT, JSON, PROMETHEUS };

/* TIME: seconds since 1970; SPAN: microseconds; TRUTH: 0 or 1; LIMIT: unknown if
 * there is none. */
enum kind { GAUGE, COUNTER, TIME, SPAN, TRUTH, LIMIT };

enum figure {
	ENTRIES, USERS, MAX_ENTRIES, GRANTS, REFRESHES, FAILURES, EXCLUDED,
	BLOCKED, UNLISTED, PUBLISHES, SINCE, CHANGED, SWEPT, SAVED, PUBLISHED,
	TOOK,
	/* The responder's: */
	OK, NOTFOUND, TEMP,
	/* Of several hosts: */
	CONNECTED, TOLD, TAKEN, REFUSED, COMPARED, FAILED, FIGURES
};

#define REFUSED_HELP "Logins that were not recorded, by the reason."
#define LOOKUPS_HELP "Lookups that the responder has answered, by the reply."

/* How each of them is called, in the order in which they are printed. */
static const struct {
	enum kind kind;
	const char *label, *name, *metric, *help;
} figures[FIGURES] = {
	[ENTRIES] = { GAUGE, "entries", "entries", "entries",
	    "Addresses that may relay now." },
	[USERS] = { GAUGE, "users", "users", "users",
	    "Users whose logins these were." },
	[MAX_ENTRIES] = { LIMIT, "max entries", "max_entries", "max_entries",
	    "Beyond so many, no new address is recorded." },
	[GRANTS] = { COUNTER, "grants", "grants", "grants_total",
	    "Logins from a new address, or of another user." },
	[REFRESHES] = { COUNTER, "refreshes", "refreshes", "refreshes_total",
	    "Logins and signs of life from a known address." },
	[FAILURES] = { COUNTER, "failures", "failures", "failures_total",
	    "Logins and signs of life that could not be recorded." },
	[EXCLUDED] = { COUNTER, "excluded", "refused_excluded",
	    "refused_logins_total", REFUSED_HELP },
	[BLOCKED] = { COUNTER, "blocked", "refused_blocked",
	    "refused_logins_total", REFUSED_HELP },
	[UNLISTED] = { COUNTER, "unlisted", "refused_unlisted",
	    "refused_logins_total", REFUSED_HELP },
	[PUBLISHES] = { COUNTER, "publishes", "publishes", "publishes_total",
	    "Maps that have taken another's place." },
	[SINCE] = { TIME, "counted since", "counted_since",
	    "counted_since_timestamp_seconds", "When the count was begun." },
	[CHANGED] = { TIME, "map changed", "map_changed",
	    "map_changed_timestamp_seconds",
	    "When the map was changed last." },
	[SWEPT] = { TIME, "last sweep", "last_sweep",
	    "last_sweep_timestamp_seconds", "When the map was swept last." },
	[SAVED] = { TIME, "state saved", "state_saved",
	    "state_saved_timestamp_seconds",
	    "When the saved state was last known to be what the map is." },
	[PUBLISHED] = { TIME, "last publish", "last_publish",
	    "last_publish_timestamp_seconds",
	    "When a map was published last." },
	[TOOK] = { SPAN, "publish took", "publish_seconds",
	    "last_publish_duration_seconds",
	    "For how long its writer had held the lock by then." },
	[OK] = { COUNTER, "lookups ok", "lookups_ok", "lookups_total",
	    LOOKUPS_HELP },
	[NOTFOUND] = { COUNTER, "lookups no", "lookups_notfound",
	    "lookups_total", LOOKUPS_HELP },
	[TEMP] = { COUNTER, "lookups later", "lookups_temp", "lookups_total",
	    LOOKUPS_HELP },
	[CONNECTED] = { TRUTH, "connected", "cluster_connected",
	    "cluster_connected", "Whether the hosts' engine serves this one." },
	[TOLD] = { COUNTER, "told", "cluster_told", "cluster_told_total",
	    "Changes that other hosts were told." },
	[TAKEN] = { COUNTER, "taken", "cluster_taken", "cluster_taken_total",
	    "Changes of other hosts that were taken." },
	[REFUSED] = { COUNTER, "refused", "cluster_refused",
	    "cluster_refused_total",
	    "What stood in the engine and was refused." },
	[COMPARED] = { TIME, "compared", "cluster_compared",
	    "cluster_compared_timestamp_seconds",
	    "When the whole map was compared last." },
	[FAILED] = { TIME, "last error", "cluster_failed",
	    "cluster_failed_timestamp_seconds",
	    "When a connection to the engine failed last." },
};

/* The labels of metrics that several figures share, which stand together. */
static const char *const labels[FIGURES] = {
	[EXCLUDED] = "{reason=\"excluded\"}", [BLOCKED] = "{reason=\"blocked\"}",
	[UNLISTED] = "{reason=\"unlisted\"}", [OK] = "{result=\"ok\"}",
	[NOTFOUND] = "{result=\"notfound\"}", [TEMP] = "{result=\"temp\"}",
};

/* What nobody knows, or never was. */
#define UNKNOWN (-1)

static long long
changed_at(const char *path)
{
	struct stat st;

	return stat(path, &st) == -1 ? UNKNOWN : (long long)st.st_mtim.tv_sec;
}

/* Returns an exit status: TOOL_TROUBLE leaves what is not known out. */
static int
look_at_map(struct authmap *am, long long value[FIGURES])
{
	struct entries entries = { NULL, 0, 0 };
	int status = entries_read(&entries, am);

	value[ENTRIES] = status == 0 ? (long long)entries.count : UNKNOWN;
	value[USERS] = status == 0 ? (long long)entries_users(&entries) : UNKNOWN;
	entries_free(&entries);
	if (status > 0)
		return tool_fail("no memory for so many entries");
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
		[PUBLISHED] = COUNT_PUBLISHED, [TOOK] = COUNT_TOOK,
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
	return read == 0 ? TOOL_YES : tool_fail("%s: what it counts cannot "
	    "be read: %s", am->files.lock, strerror(error));
}

/* Reads the numbers of the reply "OK 1 2 3" into COUNT values; false: it has
 * another form, such as that of a responder which does not count. */
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

/* Asks the responder what it has counted; where there is none, nobody knows. */
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

/* TOLD is all zero if it cannot be read. */
static void
look_at_cluster(const struct authmap *am, struct cluster_status *status,
    long long value[FIGURES])
{
	bool there = cluster_status_read(am, status) == 0;

	value[CONNECTED] = there && cluster_status_connected(status);
	value[TOLD] = there ? status->sent : UNKNOWN;
	value[TAKEN] = there ? status->received : UNKNOWN;
	value[REFUSED] = there ? status->refused : UNKNOWN;
	value[COMPARED] = status->compared != 0 ? status->compared : UNKNOWN;
	value[FAILED] = status->failed != 0 ? status->failed : UNKNOWN;
}

/* Prints what the last error was; to people, also whether it is why there is no
 * connection. */
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

/* The text format that Prometheus reads; what is not known has no line. */
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

/* TOLD: NULL, or how authmap-cluster does. */
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
