/* SPDX-License-Identifier: ISC */
/* The text of another system's map: with any lines, each entry has a valid key, and
 * a time or none, and each error has a text. */
#include "fuzz.h"
#include "tool/import-lines.h"

static void
one(struct import *import, const char *line, size_t len)
{
	struct import_entry entry = { .time = -1 };
	const char *why = NULL;
	char key[AUTHMAP_ADDRESS_SIZE];

	switch (import_line(import, line, len, &entry, &why)) {
	case IMPORT_ENTRY:
		must(entry.time == 0 ||
		    (entry.time >= 1000000000 && entry.time <= 9999999999));
		address_key(&entry.address, 128, key);
		must(address_is_key(key) && strchr(key, '/') == NULL);
		break;
	case IMPORT_WRONG:
	case IMPORT_HOPELESS:
		must(why != NULL && why[0] != '\0');
		break;
	case IMPORT_NOTHING:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Copy it to memory of its exact size, so that a read beyond it is found. */
	const char *text = (const char *)data;
	struct import import;
	const char *why = NULL;

	import_begin(&import);
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t len = end != NULL ? (size_t)(end - text) - at : size - at;

		one(&import, text + at, len > IMPORT_LINE_BYTES ?
		    IMPORT_LINE_BYTES : len);
		at += len + 1;
	}
	must(import_end(&import, &why) || why != NULL);
	return 0;
}
