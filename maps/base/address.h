/* SPDX-License-Identifier: ISC */
/* What an address and a network look like; the only file that knows. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <stdbool.h>

#include "authmap.h"

struct address {
	int family;		/* AF_INET or AF_INET6 */
	unsigned char byte[16];	/* network order; IPv4 uses four */
};

struct network {
	struct address base;	/* host bits are zero */
	unsigned int bits;
};

struct networks {
	struct network *list;
	size_t count;
};

/*
 * Reads numeric TEXT.  An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2)
 * becomes the IPv4 address that it stands for.  Returns false for anything
 * else, scoped addresses among it.
 */
bool address_parse(const char *text, struct address *address);

/*
 * Reads TEXT as MTAs write addresses, too: in brackets, and IPv6 after the
 * "IPv6:" of RFC 5321, 4.1.3, in either case.  False: it is none, but a host's
 * name, say.
 */
bool address_read(const char *text, struct address *address);

/*
 * Writes the key that ADDRESS has in the map: IPv4 dotted, IPv6 as
 * inet_ntop(3) prints it, with PREFIX below 128 its network as
 * 2001:db8:1:2::/64.
 */
void address_key(const struct address *address, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE]);

/* Reads TEXT, an address or a key with /PREFIX, and writes its key. */
bool address_text_to_key(const char *text, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE]);

/* Is TEXT just what address_key() writes for some address and prefix? */
bool address_is_key(const char *text);

/*
 * Orders keys for a reader: IPv4 before IPv6, then by number; what is no
 * address comes last, by its text.  As strcmp(3) returns.
 */
int address_key_compare(const char *a, const char *b);

/* Reads address/bits, or an address alone.  Bits set beyond are an error. */
bool network_parse(const char *text, struct network *network);

bool network_has(const struct network *network, const struct address *address);

/* Is all of INNER in OUTER?  Have A and B an address in common? */
bool network_within(const struct network *inner, const struct network *outer);
bool networks_overlap(const struct network *a, const struct network *b);

/* Return whether ADDRESS is in one of NETWORKS. */
bool networks_have(const struct networks *networks,
    const struct address *address);

/*
 * fe80::/10 of RFC 4291, 2.5.6.  Its addresses are the same on every link, so
 * none of them tells who the client is.
 */
extern const struct network network_link_local;

#endif
