/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE		/* glibc shows struct ucred with it only */
#include "daemon/session.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

/* As the kernel calls the state of a connection that is open at both ends. */
#define STATE_ESTABLISHED 1

/* The process at the other end of the UNIX socket FD, or -1. */
static pid_t
peer_pid(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1 ||
	    peer.pid <= 0)
		return -1;
	return peer.pid;
}

bool
session_find(struct session *session, int client, int server)
{
	socklen_t local = sizeof session->local, peer = sizeof session->peer;
	socklen_t cookie = sizeof session->cookie;
	struct stat st;

	memset(session, 0, sizeof *session);
	if (fstat(client, &st) == -1 ||
	    getsockname(client, (struct sockaddr *)&session->local, &local) == -1 ||
	    getpeername(client, (struct sockaddr *)&session->peer, &peer) == -1 ||
	    getsockopt(client, SOL_SOCKET, SO_COOKIE, &session->cookie,
	    &cookie) == -1)
		return false;
	session->inode = st.st_ino;
	session->pid = peer_pid(server);
	session->known = true;
	/* This process has the connection, so the system never knows it: the kernel
	 * lacks tcp_diag or unix_diag, or this is another network namespace. */
	if (session_state(session) == SESSION_ENDED && errno == ENOENT)
		session->known = false;
	return true;
}

int
session_process(const struct session *session)
{
	if (session->pid == -1)
		return -1;
	return (int)syscall(SYS_pidfd_open, session->pid, 0);
}

/* A question about one socket, see sock_diag(7). */
struct question {
	struct nlmsghdr header;
	union {
		struct inet_diag_req_v2 inet;
		struct unix_diag_req local;
	} about;
};

static void
address_put(const struct sockaddr_storage *from, __be16 *port, __be32 address[4])
{
	const void *in = from;

	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = in;

		*port = six->sin6_port;
		memcpy(address, &six->sin6_addr, sizeof six->sin6_addr);
	} else {
		const struct sockaddr_in *four = in;

		*port = four->sin_port;
		address[0] = four->sin_addr.s_addr;
	}
}

/* Fill in the question about SESSION.  Return false if its family has none. */
static bool
question_make(struct question *question, const struct session *session)
{
	const uint32_t cookie[2] = { (uint32_t)session->cookie,
	    (uint32_t)(session->cookie >> 32) };
	struct inet_diag_req_v2 *inet = &question->about.inet;
	struct unix_diag_req *local = &question->about.local;

	memset(question, 0, sizeof *question);
	question->header.nlmsg_len = sizeof *question;
	question->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	question->header.nlmsg_flags = NLM_F_REQUEST;
	switch (session->local.ss_family) {
	case AF_INET:
	case AF_INET6:
		inet->sdiag_family = (uint8_t)session->local.ss_family;
		inet->sdiag_protocol = IPPROTO_TCP;
		inet->idiag_states = ~0u;
		address_put(&session->local, &inet->id.idiag_sport,
		    inet->id.idiag_src);
		address_put(&session->peer, &inet->id.idiag_dport,
		    inet->id.idiag_dst);
		memcpy(inet->id.idiag_cookie, cookie, sizeof cookie);
		return true;
	case AF_UNIX:
		local->sdiag_family = AF_UNIX;
		local->udiag_states = ~0u;
		local->udiag_ino = (uint32_t)session->inode;
		local->udiag_show = UDIAG_SHOW_NAME;
		memcpy(local->udiag_cookie, cookie, sizeof cookie);
		return true;
	default:
		errno = EAFNOSUPPORT;
		return false;
	}
}

/* The kernel has answered by the time send(2) returns. */
static ssize_t
ask(const struct question *question, void *answer, size_t size)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t len = -1;
	int error;

	if (fd == -1)
		return -1;
	if (send(fd, question, sizeof *question, 0) != -1)
		len = recv(fd, answer, size, MSG_DONTWAIT);
	error = errno;
	(void)close(fd);
	errno = error;
	return len;
}

static enum session_state
answer_read(struct nlmsghdr *header, size_t len)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	const struct inet_diag_msg *inet = NLMSG_DATA(header);
	const struct unix_diag_msg *local = NLMSG_DATA(header);
	uint8_t state;

	errno = EPROTO;
	if (len >= NLMSG_LENGTH(sizeof *error) &&
	    header->nlmsg_type == NLMSG_ERROR) {
		errno = -error->error;
		/* ESTALE: a later socket has its inode. */
		return errno == ENOENT || errno == ESTALE ? SESSION_ENDED :
		    SESSION_UNKNOWN;
	}
	if (len < NLMSG_LENGTH(sizeof *local) ||
	    header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return SESSION_UNKNOWN;
	/* Both begin with the family. */
	state = local->udiag_family == AF_UNIX ? local->udiag_state :
	    inet->idiag_state;
	return state == STATE_ESTABLISHED ? SESSION_OPEN : SESSION_ENDED;
}

enum session_state
session_state(const struct session *session)
{
	union {
		struct nlmsghdr header;
		char room[4096];
	} answer;
	struct question question;
	ssize_t len;

	if (!session->known) {
		errno = ENOENT;
		return SESSION_UNKNOWN;
	}
	if (!question_make(&question, session))
		return SESSION_UNKNOWN;
	len = ask(&question, &answer, sizeof answer);
	if (len < (ssize_t)sizeof answer.header)
		return SESSION_UNKNOWN;
	return answer_read(&answer.header, (size_t)len);
}

#else

bool
session_find(struct session *session, int client, int server)
{
	(void)client;
	(void)server;
	memset(session, 0, sizeof *session);
	session->pid = -1;
	return true;
}

int
session_process(const struct session *session)
{
	(void)session;
	return -1;
}

enum session_state
session_state(const struct session *session)
{
	(void)session;
	errno = ENOSYS;
	return SESSION_UNKNOWN;
}

#endif
