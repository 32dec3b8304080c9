/* SPDX-License-Identifier: ISC */
/* check: the configuration. */
#include <unistd.h>

#include "base/handle.h"
#include "tool/check.h"

/* Of `static` and `exclude`, the latter wins. */
static void
check_static(struct check *check)
{
	const struct config *config = &check->am->config;

	for (size_t i = 0; i < config->always.count; i++) {
		const struct network *network = &config->always.list[i];
		bool over = networks_overlap(network, &network_link_local);
		char key[AUTHMAP_ADDRESS_SIZE];

		for (size_t j = 0; !over && j < config->exclude.count; j++)
			over = networks_overlap(network,
			    &config->exclude.list[j]);
		address_key(&network->base, 128, key);
		if (over)
			check_say(check, DOUBTFUL, "static", "%s/%u: not all "
			    "of it may relay: exclude has some of it, or it "
			    "is link-local", key, network->bits);
	}
}

void
check_config(struct check *check)
{
	const struct config *config = &check->am->config;
	int errors = check->tool->errors;

	if (errors > 0)
		check_say(check, WRONG, "config", "%s: %d errors: mend the lines "
		    "above", config->file, errors);
	else
		check_say(check, GOOD, "config", "%s%s", config->file,
		    access(config->file, F_OK) == 0 ? "" : " is not there: "
		    "defaults");
	check_static(check);
}
