/* SPDX-License-Identifier: ISC */
/* Reading the records that the elements of a bucket point to. */
#include <string.h>

#include "store/gdbmfile-layout.h"

/* Return the length of the record of ELEMENT, whose lengths fit. */
static size_t
record_bytes(const struct element *element)
{
	return (size_t)element->key_size + (size_t)element->value_size;
}

static enum gdbmfile_status
check_place(struct gdbmfile *file, const struct element *element)
{
	if (element->record >= (off_t)sizeof(struct header) &&
	    element->record <= file->size - (off_t)record_bytes(element))
		return GDBMFILE_OK;
	return gdbmfile_fail(file, GDBMFILE_INVALID,
	    "a record is outside of the file");
}

/* Fill RECORD with TEXT, which was read where ELEMENT points to.  Return as
 * gdbmfile_record_read(). */
static enum gdbmfile_status
record_fill(const struct element *element, const char *text,
    struct gdbmfile_record *record)
{
	size_t key_len = (size_t)element->key_size;
	size_t value_len = (size_t)element->value_size;

	if (memchr(text, '\0', key_len + value_len) != NULL ||
	    gdbmfile_hash(text, key_len) != (uint32_t)element->hash ||
	    memcmp(element->key_start, text, key_len < KEY_START ? key_len :
	    KEY_START) != 0)
		return GDBMFILE_NOTFOUND;
	memcpy(record->key, text, key_len);
	record->key[key_len] = '\0';
	memcpy(record->value, text + key_len, value_len);
	record->value[value_len] = '\0';
	record->key_len = key_len;
	record->value_len = value_len;
	record->value_at = element->record + (off_t)key_len;
	return GDBMFILE_OK;
}

enum gdbmfile_status
gdbmfile_record_read(struct gdbmfile *file, const struct element *element,
    struct gdbmfile_record *record)
{
	char text[GDBMFILE_KEY_MAX + GDBMFILE_VALUE_MAX];
	enum gdbmfile_status status;

	if (!lengths_fit(element))
		return GDBMFILE_NOTFOUND;
	status = check_place(file, element);
	if (status == GDBMFILE_OK)
		status = gdbmfile_read(file, text, record_bytes(element),
		    element->record);
	return status == GDBMFILE_OK ? record_fill(element, text, record) :
	    status;
}

/* ----- the records of a walk or a copy -------------------------------------- */

/* Return the bytes read ahead at the place of ELEMENT, or NULL. */
static const char *
find_ahead(const struct records *records, const struct element *element)
{
	off_t end = records->ahead_at + (off_t)records->ahead_len;

	if (element->record < records->ahead_at ||
	    element->record > end - (off_t)record_bytes(element))
		return NULL;
	return records->ahead + (element->record - records->ahead_at);
}

/* Read the bytes around the place of ELEMENT, if they can be read.  A rebuild has
 * put the records of a bucket side by side, but not in the order of its elements. */
static void
read_ahead(struct gdbmfile *file, struct records *records,
    const struct element *element)
{
	off_t at = element->record - AHEAD_BYTES / 2;
	size_t len = AHEAD_BYTES;

	if (at < 0)
		at = 0;
	if ((off_t)len > file->size - at)
		len = (size_t)(file->size - at);
	records->ahead_at = at;
	records->ahead_len = gdbmfile_read(file, records->ahead, len, at) ==
	    GDBMFILE_OK ? len : 0;
}

/* Prepare for the records of BUCKET.  If it is another bucket than the last one,
 * forget the records met in that one, and the bytes read ahead: BUCKET may have been
 * written after they were read. */
static void
begin_bucket(struct records *records, off_t bucket)
{
	if (bucket == records->bucket)
		return;
	records->bucket = bucket;
	records->count = 0;
	records->ahead_len = 0;
}

/* Return whether another element of the bucket names the record at AT, too.
 * Elements that name one record are in one bucket, since its key has one hash. */
static bool
was_met(struct records *records, int64_t at)
{
	for (unsigned int i = 0; i < records->count; i++)
		if (records->met[i] == at)
			return true;
	if (records->count < BUCKET_ELEMENTS_MAX)
		records->met[records->count++] = at;
	return false;
}

/* Read the record of ELEMENT, from what was read ahead if it is there. */
static enum gdbmfile_status
read_near(struct gdbmfile *file, struct records *records,
    const struct element *element, struct gdbmfile_record *record)
{
	off_t distance = element->record - records->last;
	const char *text = find_ahead(records, element);

	if (text == NULL && distance > -AHEAD_BYTES && distance < AHEAD_BYTES) {
		read_ahead(file, records, element);
		text = find_ahead(records, element);
	}
	records->last = element->record;
	return text != NULL ? record_fill(element, text, record) :
	    gdbmfile_record_read(file, element, record);
}

enum gdbmfile_status
gdbmfile_records_read(struct gdbmfile *file, struct records *records,
    off_t bucket, const struct element *element, struct gdbmfile_record *record)
{
	enum gdbmfile_status status;

	if (!lengths_fit(element))
		return GDBMFILE_NOTFOUND;
	status = check_place(file, element);
	if (status != GDBMFILE_OK)
		return status;
	begin_bucket(records, bucket);
	status = read_near(file, records, element, record);
	if (status != GDBMFILE_OK)
		return status;
	records->bytes += (off_t)record_bytes(element);
	if (records->bytes > file->size || was_met(records, element->record))
		return gdbmfile_fail(file, GDBMFILE_INVALID,
		    "its records overlap");
	return GDBMFILE_OK;
}
