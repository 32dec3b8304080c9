/* SPDX-License-Identifier: ISC */
/* Addresses and networks, and their text forms. */
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
 * Parse the numeric address TEXT.  An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2)
 * becomes the IPv4 address in it.  Return false if TEXT is no address or has a
 * scope.
 */
bool address_parse(const char *text, struct address *address);

/*
 * Parse TEXT, an address in any form that MTAs use: also in brackets, and IPv6 after
 * "IPv6:" in any case (RFC 5321, 4.1.3).  Return false if TEXT is no address, such
 * as the name of a host.
 */
bool address_read(const char *text, struct address *address);

/*
 * Write the map's KEY of ADDRESS: IPv4 dotted, IPv6 as inet_ntop(3) prints it.  If
 * PREFIX is below 128, the key of IPv6 is its network, as 2001:db8:1:2::/64.
 */
void address_key(const struct address *address, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE]);

/* Write the KEY of TEXT, an address, or a key with /PREFIX.  Return false if TEXT is
 * neither. */
bool address_text_to_key(const char *text, unsigned int prefix,
    char key[AUTHMAP_ADDRESS_SIZE]);

/* Return whether address_key() writes TEXT for some address and prefix. */
bool address_is_key(const char *text);

/*
 * Compare two keys for sorting: IPv4 before IPv6, then by number, and text that is
 * no key last.  Return a number as strcmp(3) does.
 */
int address_key_compare(const char *a, const char *b);

/* Parse TEXT, an address/bits or a single address.  Return false if it is neither,
 * or has host bits set. */
bool network_parse(const char *text, struct network *network);

/* Return whether ADDRESS is in NETWORK. */
bool network_has(const struct network *network, const struct address *address);

/* Return whether all addresses of INNER are in OUTER. */
bool network_within(const struct network *inner, const struct network *outer);

/* Return whether A and B have an address in common. */
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
