/* SPDX-License-Identifier: ISC */
#include "tool/remedy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The folders that are in the package's tmpfiles.d. */
static const char *const packaged[] = { "/run/authmap", "/var/lib/authmap" };

/* The socket that systemd makes if Postfix is installed. */
#define POSTFIX_SOCKET "/var/spool/postfix/authmap/sock"

bool
remedy_has_systemd(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

/* Write to PATH the script of DAEMON in FreeBSD's rc.d, which has "_" for "-".
 * Return whether it exists. */
static bool
freebsd_script(const char *daemon, char path[REMEDY_BYTES])
{
	(void)snprintf(path, REMEDY_BYTES, "/usr/local/etc/rc.d/%s", daemon);
	for (char *c = path + strlen("/usr/local/etc/rc.d/"); *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
	return access(path, X_OK) == 0;
}

/* Return the System V script of DAEMON, or NULL.  One script starts sweeper and
 * responder. */
static const char *
sysv_script(const char *daemon)
{
	const char *path = strcmp(daemon, "authmap-cluster") == 0 ?
	    "/etc/init.d/authmap-cluster" : "/etc/init.d/authmap";

	return access(path, X_OK) == 0 ? path : NULL;
}

static const char *
service(const char *daemon, const char *verb, char out[REMEDY_BYTES])
{
	const char *script = sysv_script(daemon);
	char path[REMEDY_BYTES];

	if (remedy_has_systemd())
		(void)snprintf(out, REMEDY_BYTES, "systemctl %s %s.service",
		    verb, daemon);
	else if (script != NULL)
		(void)snprintf(out, REMEDY_BYTES, "%s %s", script, verb);
	else if (freebsd_script(daemon, path))
		(void)snprintf(out, REMEDY_BYTES, "service %s %s",
		    strrchr(path, '/') + 1, verb);
	else
		(void)snprintf(out, REMEDY_BYTES, "%s %s as root", verb, daemon);
	return out;
}

const char *
remedy_start(const char *daemon, char out[REMEDY_BYTES])
{
	return service(daemon, "start", out);
}

const char *
remedy_restart(const char *daemon, char out[REMEDY_BYTES])
{
	return service(daemon, "restart", out);
}

const char *
remedy_folder(const struct config *config, const char *folder,
    unsigned int mode, char out[REMEDY_BYTES])
{
	for (size_t i = 0; i < sizeof packaged / sizeof *packaged; i++)
		if (remedy_has_systemd() && strcmp(folder, packaged[i]) == 0) {
			(void)strlcpy(out, "systemd-tmpfiles --create",
			    REMEDY_BYTES);
			return out;
		}
	(void)snprintf(out, REMEDY_BYTES, "install -d -o %s -g %s -m %04o %s",
	    config->user, config->group, mode, folder);
	return out;
}

const char *
remedy_socket(const struct config *config, const char *path,
    char out[REMEDY_BYTES])
{
	/* A restart of the service also starts authmap-postfix.socket. */
	if (remedy_has_systemd() && strcmp(path, POSTFIX_SOCKET) == 0)
		(void)remedy_restart("authmap-socketmapd", out);
	else if (remedy_has_systemd())
		(void)snprintf(out, REMEDY_BYTES, "systemctl edit "
		    "authmap-socketmapd.socket, add [Socket] and "
		    "ListenStream=%s, then systemctl restart "
		    "authmap-socketmapd.socket authmap-socketmapd.service; "
		    "name it in socket = of %s, too", path, config->file);
	else {
		char restart[REMEDY_BYTES];

		(void)snprintf(out, REMEDY_BYTES, "add %s to socket = of %s, "
		    "then %s", path, config->file,
		    remedy_restart("authmap-socketmapd", restart));
	}
	return out;
}
