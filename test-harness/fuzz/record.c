/* SPDX-License-Identifier: ISC */
/* A value of the map: a valid record is encoded again as the same text, and its
 * user's name, as printed, means that user. */
#include "fuzz.h"
#include "base/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record record, again;
	struct authmap_entry entry;
	char text[RECORD_SIZE], user[RECORD_USER_SIZE];
	char given[RECORD_USER_SIZE];
	size_t len;

	if (!record_decode((const char *)data, size, &record))
		return 0;
	len = record_encode(&record, text);
	must(len < sizeof text && record_decode(text, len, &again));
	must(record_same_name(&record, &again) &&
	    record.expires == again.expires && record.last == again.last);
	must(!record_valid(&record, record.expires));
	must(!record_removed(&record) || !record_valid(&record, record.last));
	record_to_entry(&record, "192.0.2.1", &entry);
	record_vis_user(entry.user, user);
	must(strpbrk(user, " \t\r\n") == NULL);
	must(entry.user[0] == '\0' || (record_user_given(user, given) &&
	    strcmp(given, user) == 0));
	return 0;
}
