/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/port.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"

static const struct {
	const char *name;
	uint8_t number;
} protos[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP } };

const char *port_proto(uint64_t proto)
{
	for (size_t i = 0; i < ARRAY_LEN(protos); i++)
		if (protos[i].number == proto)
			return protos[i].name;
	return "?";
}

uint8_t port_proto_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(protos); i++)
		if (strcasecmp(protos[i].name, name) == 0)
			return protos[i].number;
	return 0;
}

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t address_of(struct ip at, unsigned port, union address *to)
{
	*to = (union address){ 0 };
	if (at.family == AF_INET6) {
		to->ipv6.sin6_family = AF_INET6;
		to->ipv6.sin6_port = htons((uint16_t)port);
		memcpy(&to->ipv6.sin6_addr, at.bytes, ip_size(at));
		return sizeof(to->ipv6);
	}
	to->ipv4.sin_family = AF_INET;
	to->ipv4.sin_port = htons((uint16_t)port);
	memcpy(&to->ipv4.sin_addr, at.bytes, ip_size(at));
	return sizeof(to->ipv4);
}

/* ---- holding ---- */

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int bind_to(int fd, struct ip at, unsigned port)
{
	union address to;
	socklen_t len = address_of(at, port, &to);

	return bind(fd, &to.any, len) < 0 ? -errno : 0;
}

/*
 * Of a server that ended a moment ago the kernel keeps connections (TIME_WAIT), which a bind without SO_REUSEADDR takes for
 * somebody who is there. With it, a socket that is bound and doesn't listen is taken for nobody, be it another guise's. To
 * listen without it asks once more, of both (inet_csk_get_port() in the kernel); what is shut down at once stays bound.
 */
static int bind_behind_others(int fd, struct ip at, unsigned port)
{
	int r = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (r == 0 && (r = bind_to(fd, at, port)) == 0)
		r = set(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	if (r == 0 && (listen(fd, 0) < 0 || shutdown(fd, SHUT_RDWR) < 0))
		r = -errno;
	return r;
}

/* Not one datagram is kept: a filter takes none. */
static int be_deaf(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { 1, &none };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ? -errno : 0;
}

static int hold(int fd, struct ip at, uint8_t proto, unsigned port)
{
	int r = at.family == AF_INET6 ? set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0;

	if (r == 0 && proto == IPPROTO_UDP)
		r = be_deaf(fd);
	if (r == 0)
		r = bind_to(fd, at, port);
	return r == -EADDRINUSE && proto == IPPROTO_TCP && port ? bind_behind_others(fd, at, port) : r;
}

static int failed(struct ip at, uint8_t proto, unsigned port, int r, struct err *e)
{
	char text[IP_TEXT];

	ip_text(at, text);
	if (r == -EADDRNOTAVAIL) {
		err_set(e, "no-address", -r, "publish at %s", text);
		err_cause(e, "no interface of this machine has that address");
		return err_hint(e, "see `ip address`, or leave the address out");
	}
	err_set(e, r == -EADDRINUSE ? "port-taken" : "port", -r, "publish port %u/%s", port,
		port_proto(proto));
	if (r == -EADDRINUSE)
		err_cause(e, "it is in use");
	err_hint_for(e, EMFILE, "raise the limit: ulimit -n");
	return err_hint_for(e, EACCES,
			    "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE");
}

/* To ask for a socket of SCTP would load its module. */
static bool is_there(uint8_t proto)
{
	return proto != IPPROTO_SCTP || access("/proc/net/sctp", F_OK) == 0;
}

int port_hold(struct ip at, uint8_t proto, unsigned *port, int *fd, struct err *e)
{
	int type = proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, r;
	union address is;
	socklen_t len = sizeof(is);

	*fd = is_there(proto) ? socket(at.family, type | SOCK_CLOEXEC, proto) : -1;
	if (*fd < 0 && (!is_there(proto) || errno == EPROTONOSUPPORT))
		return 0;
	r = *fd < 0 ? -errno : hold(*fd, at, proto, *port);
	if (r == 0 && getsockname(*fd, &is.any, &len) < 0)
		r = -errno;
	if (r == 0) {
		*port = ntohs(at.family == AF_INET6 ? is.ipv6.sin6_port : is.ipv4.sin_port);
		return 0;
	}
	fd_close(fd);
	return failed(at, proto, *port, r, e);
}

/* ---- who has it ---- */

/* Eight digits of four bytes each, which are a number of this machine's: "0100007F". An address of IPv4 as IPv6 has it
 * (::ffff:127.0.0.1) is that of IPv4. */
static struct ip read_address(const char *digits)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint32_t words[4] = { 0 };
	size_t n = strlen(digits) / 8;

	for (size_t i = 0; i < n && i < ARRAY_LEN(words); i++)
		sscanf(digits + 8 * i, "%8x", &words[i]);
	if (n == 1)
		return ip_of(AF_INET, words, 4);
	return memcmp(words, mapped, sizeof(mapped)) == 0 ? ip_of(AF_INET, words + 3, 4) :
							    ip_of(AF_INET6, words, 16);
}

/* One of IPv6 that is bound to all may have IPv4's, too. */
static bool meets(struct ip bound, struct ip at)
{
	return bound.family == at.family ? ip_meet(bound, at) : bound.family == AF_INET6 && ip_is_any(bound);
}

/* A line of /proc/net/tcp: "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 ...":
 * the inode of a socket that is bound to that port, at an address that meets this one, and to no other end. */
static unsigned long inode_of(const char *line, struct ip at, unsigned port)
{
	unsigned local, remote;
	unsigned long inode;
	char address[33];

	return sscanf(line, "%*[^:]: %32[0-9A-F]:%x %*[0-9A-F]:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %lu",
		      address, &local, &remote, &inode) == 4 &&
			       local == port && remote == 0 && meets(read_address(address), at) ?
		       inode :
		       0;
}

static unsigned long find_socket(const char *table, struct ip at, unsigned port)
{
	FILE *f = fopen(table, "re");
	char line[512];
	unsigned long inode = 0;

	while (f && !inode && fgets(line, sizeof(line), f))
		inode = inode_of(line, at, port);
	if (f)
		fclose(f);
	return inode;
}

static bool has_socket(const char *pid, unsigned long inode)
{
	char path[64], want[64], link[64];
	bool found = false;
	const char *name;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", inode);
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(fd);

	while (fd >= 0 && !found && (name = io_dir_next(&dir))) {
		ssize_t n = readlinkat(fd, name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = '\0';
		found = str_eq(link, want);
	}
	return found;
}

static pid_t find_process(unsigned long inode, char comm[static PORT_COMM])
{
	autoclose int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(proc);
	char path[64];

	for (const char *name; proc >= 0 && (name = io_dir_next(&dir));) {
		if (!isdigit((unsigned char)*name) || !has_socket(name, inode))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", name);
		if (io_read_small(AT_FDCWD, path, comm, PORT_COMM) < 0)
			*comm = '\0';
		return (pid_t)strtol(name, NULL, 10);
	}
	return 0;
}

/* One of IPv6 can have IPv4's ports, too. */
pid_t port_holder(struct ip at, uint8_t proto, unsigned port, char comm[static PORT_COMM])
{
	const char *tables[2] = { proto == IPPROTO_UDP ? "/proc/net/udp" : "/proc/net/tcp",
				  proto == IPPROTO_UDP ? "/proc/net/udp6" : "/proc/net/tcp6" };
	unsigned long inode = 0;

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return 0;
	for (size_t i = at.family == AF_INET6; !inode && i < ARRAY_LEN(tables); i++)
		inode = find_socket(tables[i], at, port);
	return inode ? find_process(inode, comm) : 0;
}
