/* SPDX-License-Identifier: ISC */
#include "tool/check-report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tool/json.h"
#include "tool/output.h"

static const char *const word[] = { "ok", "warning", "wrong" };

void
check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...)
{
	char raw[LOG_LINE_SIZE + 1], text[LOG_LINE_SIZE];
	struct check_line *grown = reallocarray(check->lines, check->count + 1,
	    sizeof *grown);
	va_list ap;

	if (grown == NULL) {
		check->no_memory = true;
		return;
	}
	check->lines = grown;
	va_start(ap, format);
	if (vsnprintf(raw, sizeof raw, format, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	(void)encode_text(raw, text, sizeof text);
	grown += check->count;
	grown->finding = finding;
	grown->what = what;
	grown->text = strdup(text);
	if (grown->text == NULL)
		check->no_memory = true;
	else
		check->count++;
}

static void
print_json(const struct check *check)
{
	(void)printf("[");
	for (size_t i = 0; i < check->count; i++) {
		const struct check_line *line = &check->lines[i];

		print(stdout, "%s\n{\"what\": \"%s\", \"is\": \"%s\", "
		    "\"text\": ", i > 0 ? "," : "", line->what,
		    word[line->finding]);
		json_string(stdout, line->text);
		(void)printf("}");
	}
	(void)printf("\n]\n");
}

/* The summary comes first, since a monitoring system shows only the first line. */
static void
print_lines(const struct check *check, enum finding worst,
    const long long number[3])
{
	print(stdout, "authmap: %s: %lld wrong, %lld warnings, %lld ok\n",
	    word[worst], number[FINDING_WRONG], number[FINDING_DOUBTFUL],
	    number[FINDING_GOOD]);
	for (size_t i = 0; i < check->count; i++)
		print(stdout, "%-8s %-10s %s\n", word[check->lines[i].finding],
		    check->lines[i].what, check->lines[i].text);
}

int
check_print(struct check *check)
{
	long long number[3] = { 0, 0, 0 };
	enum finding worst = FINDING_GOOD;

	for (size_t i = 0; i < check->count; i++) {
		number[check->lines[i].finding]++;
		if (check->lines[i].finding > worst)
			worst = check->lines[i].finding;
	}
	if (check->tool->json)
		print_json(check);
	else
		print_lines(check, worst, number);
	for (size_t i = 0; i < check->count; i++)
		free(check->lines[i].text);
	free(check->lines);
	check->lines = NULL;
	check->count = 0;
	if (check->no_memory)
		return tool_fail("no memory");
	return (int)worst;
}
