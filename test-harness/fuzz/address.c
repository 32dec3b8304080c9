/* SPDX-License-Identifier: ISC */
/* Addresses, networks and keys: each valid one has exactly one key. */
#include "base/address.h"
#include "base/endpoint.h"
#include "fuzz.h"

static void
has_one_key(const struct address *address)
{
	char key[AUTHMAP_ADDRESS_SIZE], again[AUTHMAP_ADDRESS_SIZE];
	struct address parsed;

	address_key(address, 128, key);
	must(address_is_key(key) && address_parse(key, &parsed));
	address_key(&parsed, 128, again);
	must(strcmp(key, again) == 0);
	for (unsigned int bits = 32; bits < 128; bits += 5) {
		address_key(address, bits, key);
		must(address_is_key(key));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	char key[AUTHMAP_ADDRESS_SIZE];
	struct address address, bare;
	struct network network;
	struct endpoint endpoint;
	const char *rest = text;

	if (address_read(text, &address))
		has_one_key(&address);
	if (address_parse(text, &bare))
		must(address_read(text, &address) &&
		    memcmp(&bare, &address, sizeof bare) == 0);
	if (network_parse(text, &network))
		must(network_has(&network, &network.base));
	if (address_text_to_key(text, 64, key))
		must(address_is_key(key));
	(void)address_key_compare(text, "192.0.2.1");
	while (endpoint_next(&rest, &endpoint))
		must(endpoint.len > 0);
	free(text);
	return 0;
}
