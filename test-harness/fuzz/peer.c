/* SPDX-License-Identifier: ISC */
/* Data of other hosts, besides records: a line of a block, and the engine's address.
 * Two hosts that merge their records get the same result. */
#include "store/blocklist.h"
#include "base/cluster-url.h"
#include "fuzz.h"

#define NOW 1700000000

static void
block(const uint8_t *data, size_t size)
{
	char *line = fuzz_string(data, size);
	struct block block;

	memset(&block, 0, sizeof block);
	if (block_decode(line, strlen(line), &block)) {
		must(block.since >= 0 && block.until >= 0);
		must(block.what >= line && block.what <= line + size);
		must(strpbrk(block.what, " ") == NULL);
		must(strlen(block.what) < RECORD_USER_SIZE);
	}
	free(line);
}

static void
url(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct cluster_url url;

	if (cluster_url_parse(text, &url) == NULL)
		must((url.count == 0) == (text[0] == '\0') &&
		    url.count <= CLUSTER_HOSTS_MAX);
	else
		must(url.count == 0);
	for (unsigned int i = 0; i < url.count; i++)
		must(url.host[i].name[0] != '\0' && url.host[i].port > 0 &&
		    url.host[i].port < 65536);
	free(text);
}

/* Return the result of NEW on a host that has OLD. */
static struct record
merged(const struct record *old, const struct record *new)
{
	struct change change = { .op = CHANGE_PEER, .record = *new };
	struct record result;

	return change_resolve(&change, old, NOW, &result) == EFFECT_NOTHING ?
	    *old : result;
}

/* Two records, a line each.  A session brings nothing back. */
static void
merge(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	struct record a, b, one, other;

	if (end == NULL ||
	    !record_decode((const char *)data, (size_t)(end - data), &a) ||
	    !record_decode((const char *)end + 1,
	    size - (size_t)(end - data) - 1, &b) ||
	    a.last > NOW || b.last > NOW ||
	    record_removed(&a) != record_removed(&b))
		return;
	one = merged(&a, &b);
	other = merged(&b, &a);
	must(one.expires == other.expires && one.last == other.last &&
	    record_same_name(&one, &other));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	block(data, size);
	url(data, size);
	merge(data, size);
	return 0;
}
