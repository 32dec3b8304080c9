/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE		/* syscall(2) */

#include "store/lock.h"

#include <sys/file.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>

#include <linux/futex.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"

#define LOCK_MODE 0660

/*
 * Behind the counters, relay.lock has two words, by which whoever waits for the
 * lock is woken: how often it was dropped while somebody waited, and whether
 * somebody waits.  Everybody in the group may write them; a wrong value, or a
 * holder that was killed, makes a waiter look again after WAIT_MOST_MS.
 */
#define TURN_OFFSET 512
#define WAITERS_OFFSET 516
#define WAIT_MOST_MS 20

static uint32_t
word_read(int fd, off_t at)
{
	uint32_t word = 0;

	return pread(fd, &word, sizeof word, at) == sizeof word ? word : 0;
}

static bool
word_write(int fd, off_t at, uint32_t word)
{
	return pwrite(fd, &word, sizeof word, at) == sizeof word;
}

#ifdef __linux__
/*
 * Call futex(2) for the turn of the lock FD.  Its page is only named to the
 * kernel: a file that is cut short meanwhile makes the call fail, where reading
 * the page here would raise SIGBUS.
 */
static long
turn_futex(int fd, int op, uint32_t value, const struct timespec *most)
{
	long page = sysconf(_SC_PAGESIZE), result;
	void *map = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -1;
	result = syscall(SYS_futex, (char *)map + TURN_OFFSET, op, value, most,
	    NULL, 0);
	(void)munmap(map, (size_t)page);
	return result;
}

/* Sleep until the turn is no longer TURN, WAIT_MOST_MS, or END. */
static void
turn_wait(int fd, uint32_t turn, deadline end)
{
	struct timespec most = { 0, WAIT_MOST_MS * 1000000L };
	long long left = WAIT_MOST_MS * 1000LL;
	unsigned int pause = 0;

	if (end != NEVER)
		left = end * 1000 - monotonic_us();
	if (left <= 0)
		return;
	if (left < WAIT_MOST_MS * 1000LL)
		most.tv_nsec = (long)left * 1000;
	if (turn_futex(fd, FUTEX_WAIT, turn, &most) == -1 &&
	    errno != ETIMEDOUT && errno != EAGAIN && errno != EINTR)
		nap(&pause, end);
}

/* Wake one process that waits, if any does. */
static void
turn_pass(int fd)
{
	if (word_read(fd, WAITERS_OFFSET) == 0)
		return;
	(void)word_write(fd, TURN_OFFSET, word_read(fd, TURN_OFFSET) + 1);
	if (turn_futex(fd, FUTEX_WAKE, 1, NULL) == 0)
		(void)word_write(fd, WAITERS_OFFSET, 0);
}
#else
static void
turn_wait(int fd, uint32_t turn, deadline end)
{
	unsigned int pause = 0;

	(void)fd;
	(void)turn;
	nap(&pause, end);
}

static void
turn_pass(int fd)
{
	(void)fd;
}
#endif

/*
 * Take the lock of FD if it is free: 0, or -1 with errno, EWOULDBLOCK when
 * another process has it.  A file that was removed meanwhile excludes nobody:
 * ESTALE.
 */
static int
take(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EINTR)
			errno = EWOULDBLOCK;
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_nlink > 0)
		return 0;
	errno = ESTALE;
	return -1;
}

static int
open_lock(const struct authmap *am)
{
	return file_claim(am, am->files.lock, O_RDWR | O_CREAT, LOCK_MODE);
}

/* Close FD, and return -1 with ERROR; a stale file is the next try's affair. */
static int
fail(int fd, int error)
{
	(void)close(fd);
	errno = error == ESTALE ? EWOULDBLOCK : error;
	return -1;
}

int
lock_try(const struct authmap *am)
{
	int fd = open_lock(am);

	return fd == -1 || take(fd) == 0 ? fd : fail(fd, errno);
}

/* Wait for the lock of FD until END, as take(). */
static int
take_until(int fd, deadline end)
{
	struct stat st;

	while (take(fd) == -1) {
		uint32_t turn = word_read(fd, TURN_OFFSET);

		if (errno != EWOULDBLOCK)
			return -1;
		if (deadline_over(end)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		/* The holder must see that somebody waits, before the lock is
		 * found to be held once more: else it would wake nobody. */
		if (word_write(fd, WAITERS_OFFSET, 1) && take(fd) == 0)
			return 0;
		turn_wait(fd, turn, end);
		if (fstat(fd, &st) == -1 || st.st_nlink == 0) {
			errno = ESTALE;
			return -1;
		}
	}
	return 0;
}

int
lock_wait(const struct authmap *am, deadline end)
{
	for (;;) {
		int fd = open_lock(am), error;

		if (fd == -1 || take_until(fd, end) == 0)
			return fd;
		error = errno;
		(void)close(fd);
		errno = error == ESTALE ? EWOULDBLOCK : error;
		if (error != ESTALE || deadline_over(end))
			return -1;
	}
}

int
lock_named(const struct authmap *am, const char *path, mode_t mode,
    deadline end)
{
	unsigned int pause = 0;
	int fd;

	while ((fd = file_claim(am, path, O_RDWR | O_CREAT, mode)) != -1) {
		/* One that was removed meanwhile is no lock. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && file_is(path, fd))
			break;
		(void)close(fd);
		if (deadline_over(end)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nap(&pause, end);
	}
	return fd;
}

void
lock_drop(int lock)
{
	(void)flock(lock, LOCK_UN);
	turn_pass(lock);
	(void)close(lock);
}
