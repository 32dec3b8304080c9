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
 * Behind the counters, relay.lock has two words, by which waiting processes are
 * woken: the number of times that the lock was dropped while a process waited, and
 * whether a process waits.  Each member of the group may write them.  After a wrong
 * value, or if a lock holder is killed, a waiter looks again by itself: at first
 * after WAIT_FIRST_MS, then after twice as long, up to WAIT_MOST_MS.
 */
#define TURN_OFFSET 512
#define WAITERS_OFFSET 516
#define WAIT_FIRST_MS 20
#define WAIT_MOST_MS 160	/* many waiters must not keep the processors busy */

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
 * Return the first page of the lock FD for futex(2), or NULL.  This process never
 * reads the page, so it cannot get a SIGBUS: if the file is shortened meanwhile,
 * futex(2) fails.
 */
static void *
turn_map(int fd)
{
	void *page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

static void
turn_unmap(void *page)
{
	if (page != NULL)
		(void)munmap(page, (size_t)sysconf(_SC_PAGESIZE));
}

static long
turn_futex(void *page, int op, uint32_t value, const struct timespec *most)
{
	if (page == NULL) {
		errno = EFAULT;
		return -1;
	}
	return syscall(SYS_futex, (char *)page + TURN_OFFSET, op, value, most,
	    NULL, 0);
}

/* Sleep until the turn in PAGE differs from TURN, for MOST_MS, or until END. */
static void
turn_wait(void *page, uint32_t turn, unsigned int most_ms, deadline end)
{
	struct timespec most = { 0, (long)most_ms * 1000000 };
	long long left = most_ms * 1000LL;
	unsigned int pause = 0;

	if (end != DEADLINE_NEVER)
		left = end * 1000 - monotonic_us();
	if (left <= 0)
		return;
	if (left < most_ms * 1000LL)
		most.tv_nsec = (long)left * 1000;
	if (turn_futex(page, FUTEX_WAIT, turn, &most) == -1 &&
	    errno != ETIMEDOUT && errno != EAGAIN && errno != EINTR)
		nap(&pause, end);
}

/* Wake one waiting process, if there is any. */
static void
turn_pass(int fd)
{
	void *page;

	if (word_read(fd, WAITERS_OFFSET) == 0)
		return;
	(void)word_write(fd, TURN_OFFSET, word_read(fd, TURN_OFFSET) + 1);
	page = turn_map(fd);
	if (turn_futex(page, FUTEX_WAKE, 1, NULL) == 0)
		(void)word_write(fd, WAITERS_OFFSET, 0);
	turn_unmap(page);
}
#else
static void *
turn_map(int fd)
{
	(void)fd;
	return NULL;
}

static void
turn_unmap(void *page)
{
	(void)page;
}

static void
turn_wait(void *page, uint32_t turn, unsigned int most_ms, deadline end)
{
	unsigned int pause = 0;

	(void)page;
	(void)turn;
	(void)most_ms;
	nap(&pause, end);
}

static void
turn_pass(int fd)
{
	(void)fd;
}
#endif

/*
 * Lock FD if no process holds the lock.  Return 0, or -1 with errno: EWOULDBLOCK if
 * another process holds it, ESTALE if the file was removed, so that its lock
 * excludes nobody.
 */
static int
lock_now(int fd)
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

/* Close FD, and return -1 with ERROR.  For a removed file, the caller may try
 * again. */
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

	return fd == -1 || lock_now(fd) == 0 ? fd : fail(fd, errno);
}

/* Wait until END for the lock of FD, whose first page is PAGE.  Return as lock_now()
 * does. */
static int
wait_for_turn(int fd, void *page, deadline end)
{
	unsigned int most_ms = WAIT_FIRST_MS;
	struct stat st;

	while (!deadline_passed(end)) {
		uint32_t turn = word_read(fd, TURN_OFFSET);

		/* Set the word before the lock is tried again, so that a holder that
		 * drops it later sees that this process waits. */
		(void)word_write(fd, WAITERS_OFFSET, 1);
		if (lock_now(fd) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		turn_wait(page, turn, most_ms, end);
		if (most_ms < WAIT_MOST_MS)
			most_ms *= 2;
		if (fstat(fd, &st) == -1 || st.st_nlink == 0) {
			errno = ESTALE;
			return -1;
		}
	}
	return lock_now(fd);
}

/* Wait until END for the lock of FD.  Return as lock_now() does. */
static int
lock_until(int fd, deadline end)
{
	void *page;
	int locked, error;

	if (lock_now(fd) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -1;
	page = turn_map(fd);
	locked = wait_for_turn(fd, page, end);
	error = errno;
	turn_unmap(page);
	errno = error;
	return locked;
}

int
lock_wait(const struct authmap *am, deadline end)
{
	for (;;) {
		int fd = open_lock(am), error;

		if (fd == -1 || lock_until(fd, end) == 0)
			return fd;
		error = errno;
		(void)close(fd);
		errno = error == ESTALE ? EWOULDBLOCK : error;
		if (error != ESTALE || deadline_passed(end))
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
		/* A file that was removed meanwhile excludes nobody. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && file_is(path, fd))
			break;
		(void)close(fd);
		if (deadline_passed(end)) {
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
