/* SPDX-License-Identifier: ISC */
/*
 * writer: record one address after another, for tests and benchmarks.
 *
 * usage: writer conf prefix count [user]
 *
 * The addresses are PREFIX.0.0, PREFIX.0.1 and so on.  Prints each when it is
 * recorded.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "handle.h"

int
main(int argc, char **argv)
{
	struct authmap *am;
	int count;

	if (argc < 4)
		errx(2, "usage: writer conf prefix count [user]");
	count = atoi(argv[3]);
	am = handle(argv[1]);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < count; i++) {
		char address[64];
		const struct authmap_login login = {
			.address = address, .service = "imap",
			.user = argc > 4 ? argv[4] : "joe"
		};
		enum authmap_result result;

		(void)snprintf(address, sizeof address, "%s.%d.%d", argv[2],
		    i / 256 % 256, i % 256);
		result = authmap_record(am, &login);
		if (result == AUTHMAP_GRANTED || result == AUTHMAP_REFRESHED)
			(void)printf("%s\n", address);
	}
	authmap_free(am);
	return 0;
}
