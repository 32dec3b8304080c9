/* SPDX-License-Identifier: ISC */
#include "daemon/print.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static void
print_string(FILE *out, const char *text, int width)
{
	char one[ENCODE_BYTE_MAX];

	for (; *text != '\0'; text++) {
		size_t n = encode_byte(*text, one);

		(void)fwrite(one, 1, n, out);
		width -= (int)n;
	}
	for (; width > 0; width--)
		(void)fputc(' ', out);
}

void
print(FILE *out, const char *format, ...)
{
	va_list ap;
	char *end;
	int width;

	va_start(ap, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			(void)fputc(*format, out);
			continue;
		}
		format++;
		if (*format == '-')
			format++;
		width = (int)strtol(format, &end, 10);
		format = end;
		if (*format == '*') {
			width = va_arg(ap, int);
			format++;
		}
		if (*format == 's') {
			print_string(out, va_arg(ap, const char *), width);
			continue;
		}
		(void)fprintf(out, "%lld", va_arg(ap, long long));
		format += strlen("lld") - 1;
	}
	va_end(ap);
}

void
print_option_wrong(const struct log *log, int c, int argc, char **argv)
{
	/* An option without its value is the last word. */
	if (c == ':')
		log_say(log, LOG_ERR, "%s: needs a value", argv[argc - 1]);
	else if (optopt == 0 || strchr(argv[optind - 1], '=') != NULL)
		log_say(log, LOG_ERR, "%s: is not an option", argv[optind - 1]);
	else
		log_say(log, LOG_ERR, "-%c: is not an option", optopt);
}
