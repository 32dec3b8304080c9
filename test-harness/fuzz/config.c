/* SPDX-License-Identifier: ISC */
/* The configuration: with any file, every setting has a value, and the values,
 * written as a file, are read without an error. */
#define _GNU_SOURCE		/* memfd_create(2) */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/config-file.h"
#include "base/settings.h"
#include "fuzz.h"

static int
read_text(struct config *config, const char *text, size_t size)
{
	const struct log quiet = { NULL, NULL };
	char path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC), errors;

	must(fd != -1 && write(fd, text, size) == (ssize_t)size);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	errors = config_read(config, path, &quiet);
	(void)close(fd);
	return errors;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config, again;
	char *text;
	size_t len;
	int errors;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	errors = read_text(&config, (const char *)data, size);
	must(errors >= 0 && config.unsafe == (errors > 0));
	must(config.window > 0 && config.lock_timeout > 0 &&
	    config.map[0] == '/');
	for (int i = 0; i < CONFIG_COUNT; i++)
		must(fprintf(out, "%s = %s\n",
		    config_name((enum config_setting)i),
		    config_text(&config, (enum config_setting)i)) > 0);
	must(fclose(out) == 0);
	must(read_text(&again, text, len) == 0);
	must(again.window == config.window &&
	    again.exclude.count == config.exclude.count);
	free(text);
	config_free(&config);
	config_free(&again);
	return 0;
}
