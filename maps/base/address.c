/* SPDX-License-Identifier: ISC */
#include "base/address.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const unsigned char mapped[12] =
    { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

const struct network network_link_local = {
	.base = { .family = AF_INET6, .byte = { 0xfe, 0x80 } }, .bits = 10,
};

static void
fold_mapped(struct address *address)
{
	if (address->family != AF_INET6 ||
	    memcmp(address->byte, mapped, sizeof mapped) != 0)
		return;
	address->family = AF_INET;
	memmove(address->byte, address->byte + 12, 4);
	memset(address->byte + 4, 0, 12);
}

bool
address_parse(const char *text, struct address *address)
{
	memset(address, 0, sizeof *address);
	address->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(address->family, text, address->byte) != 1)
		return false;
	fold_mapped(address);
	return true;
}

bool
address_read(const char *text, struct address *address)
{
	static const char tag[] = "ipv6:";
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(text);
	bool tagged;

	if (text[0] == '[') {
		if (text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	tagged = strncasecmp(text, tag, strlen(tag)) == 0;
	if (tagged) {
		text += strlen(tag);
		len -= strlen(tag);
	}
	if (len >= sizeof bare)
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	return (!tagged || strchr(bare, ':') != NULL) &&
	    address_parse(bare, address);
}

/* Clear all bits of ADDRESS after the first BITS. */
static void
mask(struct address *address, unsigned int bits)
{
	for (unsigned int i = 0; i < sizeof address->byte; i++) {
		unsigned int have = bits > 8 * i ? bits - 8 * i : 0;

		if (have < 8)
			address->byte[i] &= (unsigned char)(0xff00 >> have);
	}
}

void
address_key(const struct address *address, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE])
{
	struct address masked = *address;
	size_t len;

	if (address->family == AF_INET6)
		mask(&masked, prefix);
	if (inet_ntop(masked.family, masked.byte, key,
	    AUTHMAP_ADDRESS_SIZE) == NULL)
		key[0] = '\0';
	if (address->family != AF_INET6 || prefix >= 128)
		return;
	len = strlen(key);
	(void)snprintf(key + len, AUTHMAP_ADDRESS_SIZE - len, "/%u", prefix);
}

bool
address_text_to_key(const char *text, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE])
{
	struct address address;
	struct network network;

	if (address_parse(text, &address)) {
		address_key(&address, prefix, key);
		return true;
	}
	if (!network_parse(text, &network) ||
	    network.base.family != AF_INET6 || network.bits != prefix)
		return false;
	address_key(&network.base, prefix, key);
	return true;
}

bool
address_is_key(const char *text)
{
	char key[AUTHMAP_ADDRESS_SIZE];
	struct network network;
	struct in_addr ipv4;

	/* inet_pton(3) accepts only one text for an IPv4 address. */
	if (inet_pton(AF_INET, text, &ipv4) == 1)
		return true;
	if (!network_parse(text, &network))
		return false;
	address_key(&network.base, network.bits, key);
	return strcmp(key, text) == 0;
}

int
address_key_compare(const char *a, const char *b)
{
	struct network na, nb;
	bool ka = network_parse(a, &na), kb = network_parse(b, &nb);

	if (!ka || !kb)
		return ka != kb ? (ka ? -1 : 1) : strcmp(a, b);
	if (na.base.family != nb.base.family)
		return na.base.family == AF_INET ? -1 : 1;
	return memcmp(na.base.byte, nb.base.byte, sizeof na.base.byte);
}

/* Parse the number after SLASH (NULL: all bits) into *BITS.  FOLDED means that the
 * text is an IPv4-mapped address, whose first 96 bits are not counted. */
static bool
network_bits(const char *slash, bool folded, int family, unsigned int *bits)
{
	const char *wrong;
	unsigned int full = family == AF_INET ? 32 : 128;
	unsigned int cut = folded ? 96 : 0;

	if (slash == NULL) {
		*bits = full;
		return true;
	}
	if (slash[1] < '0' || slash[1] > '9')
		return false;
	*bits = (unsigned int)strtonum(slash + 1, cut, full + cut, &wrong);
	*bits -= cut;
	return wrong == NULL;
}

bool
network_parse(const char *text, struct network *network)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct address base;
	bool folded;

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!address_parse(address, &network->base))
		return false;
	folded = network->base.family == AF_INET && strchr(address, ':') != NULL;
	if (!network_bits(slash, folded, network->base.family, &network->bits))
		return false;
	base = network->base;
	mask(&base, network->bits);
	return memcmp(base.byte, network->base.byte, sizeof base.byte) == 0;
}

bool
network_has(const struct network *network, const struct address *address)
{
	struct address masked = *address;

	if (address->family != network->base.family)
		return false;
	mask(&masked, network->bits);
	return memcmp(masked.byte, network->base.byte, sizeof masked.byte) == 0;
}

bool
network_within(const struct network *inner, const struct network *outer)
{
	return outer->bits <= inner->bits && network_has(outer, &inner->base);
}

bool
networks_overlap(const struct network *a, const struct network *b)
{
	return network_has(a, &b->base) || network_has(b, &a->base);
}

bool
networks_have(const struct networks *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_has(&networks->list[i], address))
			return true;
	return false;
}
