/* SPDX-License-Identifier: ISC */
/* OpenSMTPD's two protocols, distinguished by the first byte as main() does.  Each
 * client that is looked up stands in the input, after the one before.  For each
 * client that may relay, and for no other, there is one reply that says so. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"
#include "opensmtpd/table.h"

/* An input of odd size is followed by more bytes than a message may have. */
#define MORE 65536

static const char *unasked;	/* the input after the last client */
static size_t unasked_len;
static bool in_lines, update_fails;
static unsigned int may, may_not, updated;	/* the results */
static jmp_buf left;

void
table_garbage(const char *what)
{
	must(what[0] != '\0');
	longjmp(left, 1);
}

/* A message has the NUL of the string, too. */
static void
asked(const char *client)
{
	size_t len = strlen(client) + (in_lines ? 0 : 1);
	const char *at = memmem(unasked, unasked_len, client, len);

	must(at != NULL);
	unasked_len -= (size_t)(at + len - unasked);
	unasked = at + len;
}

int
table_ask(struct table *table, const char *client,
    char key[AUTHMAP_ADDRESS_SIZE])
{
	struct address address;

	asked(client);
	if (!address_read(client, &address)) {
		may_not++;
		return 0;
	}
	address_key(&address, 128, key);
	(void)strlcpy(table->trouble, "trouble", sizeof table->trouble);
	/* Fail depending on the input. */
	switch (key[strlen(key) - 1] % 3) {
	case 0:
		may++;
		return 1;
	case 1:
		may_not++;
		return 0;
	default:
		return -1;
	}
}

bool
table_update(struct table *table)
{
	(void)strlcpy(table->trouble, "trouble", sizeof table->trouble);
	updated += !update_fails;
	return !update_fails;
}

/* Is LINE, one of LEN bytes, OPERATION-result|ID|RESULT[|...]? */
static bool
line_says(const char *line, size_t len, const char *result)
{
	const char *id = memmem(line, len, "-result|", 8), *word;

	must(id != NULL);
	id += 8;
	word = memchr(id, '|', len - (size_t)(id - line));
	must(word != NULL && word > id);
	word++;
	len -= (size_t)(word - line);
	return len >= strlen(result) && memcmp(word, result,
	    strlen(result)) == 0 &&
	    (len == strlen(result) || word[strlen(result)] == '|');
}

static void
check_lines(const char *text, size_t size)
{
	static const char ready[] = "register|netaddr\nregister|ready\n";
	unsigned int found = 0, not_found = 0;

	if (size == 0)
		return;
	must(size >= strlen(ready) && memcmp(text, ready, strlen(ready)) == 0);
	for (size_t at = strlen(ready); at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t len;

		must(end != NULL);
		len = (size_t)(end - text) - at;
		if (line_says(text + at, len, "found"))
			found++;
		else if (line_says(text + at, len, "not-found"))
			not_found++;
		else
			must(line_says(text + at, len, "ok") ||
			    line_says(text + at, len, "error"));
		at += len + 1;
	}
	must(found == may && not_found == may_not);
}

static void
serve_lines(struct table *table)
{
	FILE *before = stdout;
	size_t size;
	char *text;

	stdout = open_memstream(&text, &size);
	must(stdout != NULL);
	if (setjmp(left) == 0)
		table_serve_lines(table);
	must(fclose(stdout) == 0);
	stdout = before;
	check_lines(text, size);
	free(text);
}

/* A reply is a header, and a body that is empty or has a number and perhaps a
 * key. */
static void
check_messages(const char *text, size_t size)
{
	unsigned int found = 0;

	for (size_t at = 0; at < size;) {
		uint16_t len;
		int result;

		must(size - at >= 16);
		memcpy(&len, text + at + 4, sizeof len);
		must(len >= 16 && len <= size - at && text[at] == 0);
		if (len > 16) {
			must(len >= 20);
			memcpy(&result, text + at + 16, sizeof result);
			must(result >= -1 && result <= 1);
			found += result == 1;
		}
		if (len > 20)
			must(result == 1 && text[at + len - 1] == '\0' &&
			    address_is_key(text + at + 20));
		at += len;
	}
	/* The reply to an update is 1, too. */
	must(found == may + updated);
}

/* Replies go to descriptor 0. */
static void
serve_messages(struct table *table)
{
	static char text[1 << 16];
	FILE *out = tmpfile();
	ssize_t size;

	must(out != NULL && dup2(fileno(out), STDIN_FILENO) == STDIN_FILENO);
	if (setjmp(left) == 0)
		table_serve_messages(table);
	size = pread(fileno(out), text, sizeof text, 0);
	must(size >= 0 && size < (ssize_t)sizeof text);
	check_messages(text, (size_t)size);
	(void)fclose(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole = size + (size % 2 == 0 ? 0 : MORE);
	struct table table = { .trouble = "" };
	FILE *before = stdin;
	char *text;

	if (size == 0 || size > 16384)
		return 0;
	text = calloc(1, whole);
	must(text != NULL);
	memcpy(text, data, size);
	unasked = text;
	unasked_len = whole;
	in_lines = data[0] == 'c';
	update_fails = size % 4 < 2;
	may = may_not = updated = 0;
	stdin = fmemopen(text, whole, "r");
	must(stdin != NULL);
	if (in_lines)
		serve_lines(&table);
	else
		serve_messages(&table);
	(void)fclose(stdin);
	stdin = before;
	free(text);
	return 0;
}
