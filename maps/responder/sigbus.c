#include "responder/sigbus.h"

#include <sys/mman.h>

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "store/map.h"

static size_t page;

/*
 * Puts a page of zeros where the file has none (for Linux an address error, for
 * FreeBSD one of the object).  gdbm takes it for a damaged file, which it then
 * is.  Anything else ends the process, as it would have.
 */
static void
on_bus_error(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr & ~(uintptr_t)(page - 1);

	(void)context;
	/* si_addr is where memory is to be replaced, which is no object. */
	if ((info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR) &&
	    mmap((void *)at, page,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	    -1, 0) != MAP_FAILED)
		return;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

void
guard_mapping(void)
{
	struct sigaction action = { .sa_sigaction = on_bus_error,
	    .sa_flags = SA_SIGINFO };

	page = (size_t)sysconf(_SC_PAGESIZE);
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, NULL) == 0)
		map_mapping();
}
