#include "store/lock.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LOCK_MODE 0660

int
lock_try(const struct authmap *am)
{
	struct stat st;
	int error, fd = file_claim(am, am->files.lock, O_RDWR | O_CREAT,
	    LOCK_MODE);

	if (fd == -1)
		return -1;
	/*
	 * Somebody may have removed or replaced the file in between: then
	 * this one excludes nobody, and the next try opens the right one.
	 */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		errno = EWOULDBLOCK;
	}
	error = errno == EINTR ? EWOULDBLOCK : errno;
	(void)close(fd);
	errno = error;
	return -1;
}

int
lock_wait(const struct authmap *am, deadline end)
{
	unsigned int pause = 0;
	int fd;

	while ((fd = lock_try(am)) == -1 && errno == EWOULDBLOCK) {
		if (deadline_over(end)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nap(&pause, end);
	}
	return fd;
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
	(void)close(lock);
}
