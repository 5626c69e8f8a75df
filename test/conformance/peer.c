// peer: the other end of what a runtime does outside of containers: the receiver of a console, the agent of
// seccomp notifications, the listener on an abstract socket, the one who swaps files in a race.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

// PATH, or @NAME for an abstract one.
static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	if (bind(fd, (struct sockaddr *)&addr, offsetof(struct sockaddr_un, sun_path) + strlen(path)) ||
	    listen(fd, 8))
		exit(fail(path));
	return fd;
}

// One message, with up to eight descriptors; their number, and the message's length in *len.
static int receive(int fd, char *text, size_t *len, int fds[8])
{
	char control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec iov = { .iov_base = text, .iov_len = *len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *cmsg = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*len = n > 0 ? n : 0;
	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	memcpy(fds, CMSG_DATA(cmsg), cmsg->cmsg_len - CMSG_LEN(0));
	return (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
}

// console SOCKET: take a terminal from the runtime and print what comes out of it, until its end.
static int peer_console(char **args)
{
	char text[4096];
	size_t len = sizeof(text);
	int fds[8], listener = listen_at(args[0]), fd = accept(listener, NULL, NULL);
	int count = receive(fd, text, &len, fds);
	ssize_t n;

	printf("descriptors %d\nterminal %s\n", count, count == 1 && isatty(fds[0]) ? "yes" : "no");
	fflush(stdout);
	while (count && (n = read(fds[0], text, sizeof(text))) > 0)
		if (write(1, text, n) != n)
			break;
	return 0;
}

// agent SOCKET: until killed, print a line of JSON for each connection: how many messages with how many
// descriptors came before its end, and the message. Answers the notifications with ENOANO, a rare error.
static void answer(int notify)
{
	struct seccomp_notif request = { 0 };

	if (ioctl(notify, SECCOMP_IOCTL_NOTIF_RECV, &request))
		return;
	struct seccomp_notif_resp response = { .id = request.id, .error = -ENOANO };

	ioctl(notify, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void serve(int fd)
{
	static char text[65536];
	size_t used = 0, len;
	int fds[8], notify = -1, messages = 0, first = 0, later = 0;

	while (len = sizeof(text) - 1 - used, len) {
		int count = receive(fd, text + used, &len, fds);

		if (!len)
			break;
		if (count)
			notify = fds[0];
		*(messages++ ? &later : &first) += count;
		used += len;
	}
	close(fd);
	text[used] = '\0';
	printf("{\"messages\": %d, \"first\": %d, \"later\": %d, \"state\": %s}\n", messages, first, later,
	       used ? text : "null");
	fflush(stdout);
	for (struct pollfd p = { .fd = notify, .events = POLLIN }; notify >= 0 && poll(&p, 1, 10000) > 0;) {
		if (!(p.revents & POLLIN))
			break;
		answer(notify);
	}
}

static int peer_agent(char **args)
{
	int listener = listen_at(args[0]), fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		serve(fd);
	return fail("accept");
}

// listen @NAME: say of each connection that it came.
static int peer_listen(char **args)
{
	int listener = listen_at(args[0]);

	while (accept(listener, NULL, NULL) >= 0) {
		printf("connected\n");
		fflush(stdout);
	}
	return 0;
}

// swap A B SECONDS: exchange two files, again and again.
static int peer_swap(char **args)
{
	time_t end = time(NULL) + atoi(args[2]);

	while (time(NULL) < end)
		for (int i = 0; i < 1000; i++)
			if (syscall(SYS_renameat2, AT_FDCWD, args[0], AT_FDCWD, args[1],
				    2 /* RENAME_EXCHANGE */))
				return fail("renameat2");
	return 0;
}

// leak COMMAND...: with a descriptor of / and of the working directory, not closed on exec.
static int peer_leak(char **args)
{
	if (dup2(open("/", O_RDONLY | O_DIRECTORY), 7) < 0 || dup2(open(".", O_PATH), 21) < 0)
		return fail("open");
	execvp(args[0], args);
	return fail(args[0]);
}

// key NAME COMMAND...: with a session keyring that has a key.
static int peer_key(char **args)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		return fail("KEYCTL_JOIN_SESSION_KEYRING");
	if (syscall(SYS_add_key, "user", args[0], "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
		return fail("add_key");
	execvp(args[1], args + 1);
	return fail(args[1]);
}

// terminal COMMAND...: with a terminal as its controlling one; prints what comes out of it.
static int peer_terminal(char **args)
{
	char text[4096];
	int terminal;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);
	ssize_t n;

	if (!child) {
		execvp(args[0], args);
		_exit(fail(args[0]));
	}
	while ((n = read(terminal, text, sizeof(text))) > 0)
		if (write(1, text, n) != n)
			break;
	return waitpid(child, NULL, 0) < 0;
}

// idmap DIRECTORY: whether this kernel has idmapped mounts of its file system. (The mapping is that of a user
// namespace of a child's.)
static int peer_idmap(char **args)
{
	int ready[2], tree = syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	char path[64];

	if (tree < 0 || pipe2(ready, O_CLOEXEC))
		return fail("open_tree");
	pid_t child = fork();

	if (!child)
		_exit(unshare(CLONE_NEWUSER) || write(ready[1], "", 1) != 1 || pause());
	if (read(ready[0], path, 1) != 1)
		return fail("unshare");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
	for (int i = 0; i < 2; i++, memcpy(strrchr(path, '/'), "/gid_map", 9)) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (write(fd, "0 1000 1000", 11) != 11)
			return fail(path);
		close(fd);
	}
	memcpy(strrchr(path, '/'), "/ns/user", 9);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = open(path, O_RDONLY | O_CLOEXEC) };
	int result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr));

	kill(child, SIGKILL);
	return result ? fail("mount_setattr") : 0;
}

static const struct {
	const char *name;
	int (*run)(char **args);
} verbs[] = {
	{ "console", peer_console }, { "agent", peer_agent },       { "listen", peer_listen },
	{ "swap", peer_swap },       { "leak", peer_leak },         { "idmap", peer_idmap },
	{ "key", peer_key },         { "terminal", peer_terminal },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv + 2);
	fprintf(stderr, "peer: no such verb\n");
	return 2;
}
