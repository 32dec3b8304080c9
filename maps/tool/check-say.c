/* SPDX-License-Identifier: ISC */
#include "tool/check-say.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "tool/json.h"
#include "tool/output.h"

void
check_say(struct check *check, enum finding finding, const char *what,
    const char *format, ...)
{
	static const char *const word[] = { "ok", "warning", "wrong" };
	char raw[LOG_LINE_SIZE + 1], text[LOG_LINE_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(raw, sizeof raw, format, ap);
	va_end(ap);
	(void)encode_text(raw, text, sizeof text);
	if (finding == WRONG)
		check->worst = TOOL_NO;
	if (!check->tool->json) {
		print(stdout, "%-8s %-10s %s\n", word[finding], what, text);
		return;
	}
	print(stdout, "%s\n{\"what\": \"%s\", \"is\": \"%s\", \"text\": ",
	    check->lines++ > 0 ? "," : "", what, word[finding]);
	json_string(stdout, text);
	(void)printf("}");
}
