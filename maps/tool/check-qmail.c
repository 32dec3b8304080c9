/* SPDX-License-Identifier: ISC */
/* check: whether authmap relaylock runs the SMTP service of qmail or mailfront. */
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/handle.h"
#include "tool/command.h"
#include "tool/mta-report.h"
#include "tool/mta-text.h"

/* The scripts of daemontools, runit and qmail that start the service. */
static const char *const patterns[] = { "/service/*/run",
    "/etc/service/*/run", "/var/qmail/supervise/*/run", "/var/qmail/rc" };

/* Programs that serve SMTP. */
static const char *const servers[] = { "qmail-smtpd", "smtpfront" };

/* Ask relaylock about the probe address, as the account that serves SMTP. */
static void
probe(struct check *check, const struct mta *mta)
{
	const char *const argv[] = { "/proc/self/exe", "-c",
	    check->am->config.file, "relaylock", "--", "env", NULL };
	char address[sizeof "TCPREMOTEIP=" + AUTHMAP_ADDRESS_SIZE];
	const struct command command = { .argv = argv, .set = address,
	    .user = getpwnam("qmaild") != NULL ? "qmaild" : NULL };
	struct command_result result;
	bool ran;

	(void)snprintf(address, sizeof address, "TCPREMOTEIP=%s", check->probe);
	ran = command_run(&command, &result);
	mta_say_probed(check, mta, ran && strstr(result.out,
	    "\nRELAYCLIENT=\n") != NULL, ran && result.err[0] == '\0' ?
	    "RELAYCLIENT is not set" : command_trouble(&result));
	command_free(&result);
}

/* Check the run script FILE.  Return false if it does not serve SMTP. */
static bool
check_script(struct check *check, const struct mta *mta, const char *file)
{
	char *text = mta_text_read(file);
	const char *server = NULL, *lock;

	for (size_t i = 0; text != NULL && server == NULL &&
	    i < sizeof servers / sizeof *servers; i++)
		server = strstr(text, servers[i]);
	lock = server != NULL ? strstr(text, "relaylock") : NULL;
	if (lock != NULL && strstr(text, "authmap") != NULL) {
		check->mta_asks = true;
		check_say(check, FINDING_GOOD, "mta",
		    "%s runs authmap relaylock: %s",
		    mta->name, file);
		if (check->probe != NULL)
			probe(check, mta);
	} else if (server != NULL)
		mta_say_silent(check, mta);
	free(text);
	return server != NULL;
}

static bool
check_qmail(struct check *check, const struct mta *mta)
{
	bool here = false;

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		glob_t files;

		if (glob(patterns[i], 0, NULL, &files) != 0)
			continue;
		for (size_t j = 0; j < files.gl_pathc; j++)
			if (check_script(check, mta, files.gl_pathv[j]))
				here = true;
		globfree(&files);
	}
	return here;
}

const struct mta mta_qmail = { "qmail", "qmail-authmap.sh", check_qmail };
