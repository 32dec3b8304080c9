/* SPDX-License-Identifier: ISC */
/*
 * login: measure logins over IMAP, from LOGIN to its OK.
 *
 * usage: login count prefix first port [port]
 *
 * A PROXY header gives the client's address: PREFIX.0.0 and so on, from number
 * FIRST.  With two ports, it asks the two servers in turn, so that other load on the
 * machine affects both.  Prints the median of each in microseconds, and the ratio of
 * two.
 */
#include <stdlib.h>

#include "imap.h"

int
main(int argc, char **argv)
{
	int count = argc > 4 ? atoi(argv[1]) : 0, servers = argc - 4;
	double *took[2], middle[2] = { 0, 0 };

	if (count < 1 || servers > 2)
		errx(2, "usage: login count prefix first port [port]");
	for (int s = 0; s < servers; s++)
		took[s] = calloc((size_t)count, sizeof(double));
	for (int i = 0; i < count; i++)
		for (int s = 0; s < servers; s++) {
			took[s][i] = imap_session(atoi(argv[4 + s]),
			    argv[2], atoi(argv[3]) + i);
			/* The work of a server after a session must not delay the
			 * other server. */
			if (servers == 2)
				(void)usleep(2000);
		}
	for (int s = 0; s < servers; s++) {
		middle[s] = median(took[s], (size_t)count);
		(void)printf("%.1f%s", middle[s], servers == 2 ? " " : "\n");
		free(took[s]);
	}
	if (servers == 2)
		(void)printf("%.3f\n", middle[0] / middle[1]);
	return 0;
}
