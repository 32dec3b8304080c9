/* SPDX-License-Identifier: ISC */
/* relay.feed and the saved state: each line is a change that is encoded again as the
 * same text, or is counted as wrong. */
#include <stdio.h>

#include "store/change.h"
#include "fuzz.h"

/* All kinds of lines that a file has or another host sends. */
#define ALL_OPS LOGIN_OPS PEER_OPS "-"

static void
written_back(const struct change *change)
{
	char text[CHANGE_SIZE];
	struct change again;
	struct record result;
	size_t len = change_encode(change, text);

	/* A newline precedes and follows the line. */
	must(len > 2 && len < sizeof text && text[0] == '\n' &&
	    text[len - 1] == '\n');
	must(change_decode(text + 1, len - 2, ALL_OPS, &again));
	must(again.op == change->op && strcmp(again.key, change->key) == 0 &&
	    record_same_name(&again.record, &change->record));
	(void)change_resolve(change, NULL, change->record.last, &result);
	(void)change_resolve(change, &again.record, change->record.last + 60,
	    &result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	FILE *in = size == 0 ? NULL : fmemopen(text, size, "r");
	struct change change;
	unsigned int bad = 0;

	while (in != NULL && change_next(in, ALL_OPS, &change, &bad))
		written_back(&change);
	if (in != NULL)
		(void)fclose(in);
	free(text);
	return 0;
}
