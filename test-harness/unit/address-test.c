/* SPDX-License-Identifier: ISC */
/* The text forms of addresses, keys and networks. */
#include "base/address.h"
#include "tap.h"

static void
key_is(const char *text, unsigned int prefix, const char *wanted)
{
	char key[AUTHMAP_ADDRESS_SIZE], name[128];
	struct address address;

	(void)snprintf(name, sizeof name, "%s /%u", text, prefix);
	if (!address_parse(text, &address))
		(void)strcpy(key, "none");
	else
		address_key(&address, prefix, key);
	is_str(key, wanted, name);
}

static void
keys(void)
{
	key_is("192.0.2.1", 128, "192.0.2.1");
	key_is("192.0.2.1", 64, "192.0.2.1");
	key_is("2001:DB8:0:0:0:0:0:7", 128, "2001:db8::7");
	key_is("2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::/64");
	key_is("2001:db8:1:2ff:3::", 57, "2001:db8:1:280::/57");
	key_is("::ffff:192.0.2.1", 128, "192.0.2.1");
	key_is("::ffff:192.0.2.1", 64, "192.0.2.1");
	key_is("::FFFF:c000:0201", 128, "192.0.2.1");
	key_is("::192.0.2.1", 128, "::192.0.2.1");
	key_is("", 128, "none");
	key_is("192.0.2", 128, "none");
	key_is("192.0.2.256", 128, "none");
	key_is("192.0.2.01", 128, "none");
	key_is("192.0.2.1 ", 128, "none");
	key_is("192.0.2.1\n", 128, "none");
	key_is("fe80::1%eth0", 128, "none");
	key_is("2001:db8::1::2", 128, "none");
	key_is("unknown", 128, "none");
	key_is("UNKNOWN", 128, "none");
}

/* The forms in which MTAs write an address. */
static void
read_is(const char *text, const char *wanted)
{
	char key[AUTHMAP_ADDRESS_SIZE] = "none";
	struct address address;

	if (address_read(text, &address))
		address_key(&address, 128, key);
	is_str(key, wanted, text);
}

static void
keys_of_mtas(void)
{
	read_is("192.0.2.1", "192.0.2.1");
	read_is("[192.0.2.1]", "192.0.2.1");
	read_is("2001:db8::7", "2001:db8::7");
	read_is("[2001:db8::7]", "2001:db8::7");
	read_is("IPv6:2001:db8::7", "2001:db8::7");
	read_is("[IPV6:2001:db8::7]", "2001:db8::7");
	read_is("ipv6:2001:db8:0:0:0:0:0:7", "2001:db8::7");
	read_is("IPv6:::ffff:192.0.2.1", "192.0.2.1");
	read_is("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7");
	read_is("0000:0000:0000:0000:0000:ffff:192.000.002.001", "none");
	read_is("ipv6:192.0.2.1", "none");
	read_is("ipv6:", "none");
	read_is("ipv6:ipv6:::1", "none");
	read_is("[]", "none");
	read_is("[", "none");
	read_is("]", "none");
	read_is("[ipv6:]", "none");
	read_is("[192.0.2.1", "none");
	read_is("192.0.2.1]", "none");
	read_is("[[192.0.2.1]]", "none");
	read_is("", "none");
	read_is("mail.example.com", "none");
}

static void
keys_as_text(void)
{
	char key[AUTHMAP_ADDRESS_SIZE];

	ok(address_text_to_key("2001:db8:1:2::/64", 64, key),
	    "a key is accepted in the form that list prints");
	is_str(key, "2001:db8:1:2::/64", "and is not changed");
	ok(!address_text_to_key("2001:db8:1::/48", 64, key),
	    "not a network of another length");
	ok(!address_text_to_key("192.0.2.0/24", 128, key), "nor one of IPv4");
}

static void
contains(const char *text, const char *inside, const char *outside)
{
	struct network network;
	struct address address;

	ok(network_parse(text, &network), text);
	ok(address_parse(inside, &address) && network_has(&network, &address),
	    inside);
	ok(address_parse(outside, &address) &&
	    !network_has(&network, &address), outside);
}

static void
networks(void)
{
	static const char *const bad[] = { "", "/", "192.0.2.0/", "/24",
	    "192.0.2.0/33", "192.0.2.1/24", "192.0.2.0/-1", "192.0.2.0/+8",
	    "192.0.2.0/ 8", "192.0.2.0/8x", "2001:db8::/129", "2001:db8::1/64",
	    "::ffff:192.0.2.0/24", "0.0.0.0/0/0", "x/8" };
	struct network network;

	contains("192.0.2.0/24", "192.0.2.255", "192.0.3.0");
	contains("0.0.0.0/0", "203.0.113.9", "2001:db8::1");
	contains("192.0.2.1", "192.0.2.1", "192.0.2.2");
	contains("192.0.2.128/25", "192.0.2.200", "192.0.2.100");
	contains("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1");
	contains("::1", "::1", "127.0.0.1");
	contains("::ffff:192.0.2.0/120", "192.0.2.77", "192.0.3.77");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!network_parse(bad[i], &network), bad[i]);
}

int
main(void)
{
	keys();
	keys_of_mtas();
	keys_as_text();
	networks();
	ok(address_key_compare("9.0.0.1", "10.0.0.1") < 0, "by number");
	ok(address_key_compare("192.0.2.1", "::1") < 0, "IPv4 first");
	ok(address_key_compare("2001:db8::/64", "?") < 0, "other text last");
	return tap_done();
}
