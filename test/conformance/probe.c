// probe: what the kernel says of the process that asks. Static; runs inside the containers under test.
//
// Each verb prints lines of words and exits 0, or says what failed and exits 1. `call`, `i386` and `x32`
// print the result of one system call as the kernel returns it: a number, negative for an error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

// ---- what the process was given

// The open descriptors, by asking for each: a list in /proc could be a forged one.
static int probe_fds(char **args)
{
	(void)args;
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	return 0;
}

static int probe_limits(char **args)
{
	static const char *const names[RLIM_NLIMITS] = {
		[RLIMIT_AS] = "AS",
		[RLIMIT_CORE] = "CORE",
		[RLIMIT_CPU] = "CPU",
		[RLIMIT_DATA] = "DATA",
		[RLIMIT_FSIZE] = "FSIZE",
		[RLIMIT_LOCKS] = "LOCKS",
		[RLIMIT_MEMLOCK] = "MEMLOCK",
		[RLIMIT_MSGQUEUE] = "MSGQUEUE",
		[RLIMIT_NICE] = "NICE",
		[RLIMIT_NOFILE] = "NOFILE",
		[RLIMIT_NPROC] = "NPROC",
		[RLIMIT_RSS] = "RSS",
		[RLIMIT_RTPRIO] = "RTPRIO",
		[RLIMIT_RTTIME] = "RTTIME",
		[RLIMIT_SIGPENDING] = "SIGPENDING",
		[RLIMIT_STACK] = "STACK",
	};

	(void)args;
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit))
			return fail(names[i]);
		printf("RLIMIT_%s %llu %llu\n", names[i], (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	return 0;
}

// (glibc has no struct for it before 2.41, and the kernel's header collides with glibc's.)
struct attributes {
	unsigned size, policy;
	unsigned long long flags;
	int nice;
	unsigned priority;
	unsigned long long runtime, deadline, period;
};

static int probe_sched(char **args)
{
	struct attributes attr = { 0 };

	(void)args;
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0))
		return fail("sched_getattr");
	printf("policy %u nice %d priority %u flags %llu runtime %llu deadline %llu period %llu\n",
	       attr.policy, attr.nice, attr.priority, attr.flags, attr.runtime, attr.deadline, attr.period);
	return 0;
}

static int probe_ioprio(char **args)
{
	long value = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	(void)args;
	if (value < 0)
		return fail("ioprio_get");
	printf("class %ld priority %ld\n", value >> IOPRIO_CLASS_SHIFT, value & 7);
	return 0;
}

static int probe_affinity(char **args)
{
	cpu_set_t set;

	(void)args;
	if (sched_getaffinity(0, sizeof(set), &set))
		return fail("sched_getaffinity");
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			printf("%d\n", i);
	return 0;
}

// The mode with its flags, and the first 64 nodes.
static int probe_mempolicy(char **args)
{
	unsigned long nodes[16] = { 0 };
	int mode = -1;

	(void)args;
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * CHAR_BIT, NULL, 0))
		return fail("get_mempolicy");
	printf("mode %d nodes %lx\n", mode, nodes[0]);
	return 0;
}

static int probe_personality(char **args)
{
	(void)args;
	printf("%x\n", personality(0xffffffff));
	return 0;
}

static int probe_clocks(char **args)
{
	struct timespec monotonic, boot;

	(void)args;
	if (clock_gettime(CLOCK_MONOTONIC, &monotonic) || clock_gettime(CLOCK_BOOTTIME, &boot))
		return fail("clock_gettime");
	printf("monotonic %lld boottime %lld\n", (long long)monotonic.tv_sec, (long long)boot.tv_sec);
	return 0;
}

static int probe_winsize(char **args)
{
	struct winsize size;

	(void)args;
	if (ioctl(0, TIOCGWINSZ, &size))
		return fail("TIOCGWINSZ");
	printf("height %d width %d\n", size.ws_row, size.ws_col);
	return 0;
}

// Each of the session keyring: its serial number, and what keys(7) says of it.
static int probe_keyring(char **args)
{
	char text[256];
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	(void)args;
	if (id < 0)
		return fail("KEYCTL_GET_KEYRING_ID");
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text)) < 0)
		return fail("KEYCTL_DESCRIBE");
	printf("%ld %s\n", id, text);
	return 0;
}

// search NAME: a key of type "user" in the session's keyring.
static int probe_key(char **args)
{
	long id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", args[0], 0);

	if (id < 0)
		return fail("KEYCTL_SEARCH");
	printf("found\n");
	return 0;
}

// ---- what the process may do

// access rwm of a device, by using it: `device r|w|m c|b MAJOR MINOR`.
static int probe_device(char **args)
{
	mode_t type = args[1][0] == 'b' ? S_IFBLK : S_IFCHR;
	dev_t device = makedev(atoi(args[2]), atoi(args[3]));
	const char *path = "/tmp/device";

	unlink(path);
	if (mknod(path, type | 0666, device))
		return fail("mknod");
	if (args[0][0] != 'm') {
		int fd = open(path, (args[0][0] == 'r' ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0)
			return fail("open");
		close(fd);
	}
	printf("allowed\n");
	return 0;
}

// call NUMBER [ARGUMENT...]: a system call of the native kind.
static int probe_call(char **args)
{
	long a[7] = { 0 };

	for (int i = 0; i < 7 && args[i]; i++)
		a[i] = strtol(args[i], NULL, 0);
	long result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);

	printf("%ld\n", result < 0 ? -errno : result);
	return 0;
}

#ifdef __x86_64__
// The other two ways into the kernel. Their results are raw.
static int probe_x32(char **args)
{
	long result, number = strtol(args[0], NULL, 0) | 0x40000000;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(0), "S"(0), "d"(0)
			 : "rcx", "r11", "memory");
	printf("%ld\n", result);
	return 0;
}

static int probe_i386(char **args)
{
	int result, number = atoi(args[0]);

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(0), "c"(0), "d"(0)
			 : "r8", "r9", "r10", "r11", "memory");
	printf("%d\n", result);
	return 0;
}
#endif

// type WORD: put it into the terminal's input, as if somebody had typed it.
static int probe_type(char **args)
{
	for (const char *c = args[0]; *c; c++)
		if (ioctl(0, TIOCSTI, c))
			return fail("TIOCSTI");
	printf("typed\n");
	return 0;
}

// connect @NAME: to an abstract socket.
static int probe_connect(char **args)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path + 1, args[0] + 1, strlen(args[0]) - 1);
	if (connect(fd, (struct sockaddr *)&addr, offsetof(struct sockaddr_un, sun_path) + strlen(args[0])))
		return fail("connect");
	printf("connected\n");
	return 0;
}

// Attackers make a file to say that they are at work. Another file makes them do a last round and end.
static int begin_attack(void)
{
	int fd = open("/tmp/ready", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	return fd < 0 ? fail("open /tmp/ready") : close(fd);
}

static int is_over(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end->tv_sec || !access("/tmp/stop", F_OK);
}

static struct timespec latest_end(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 60;
	return end;
}

// spy: look at all processes that come to this process's pid namespace, before they execute the
// container's own program, and try what a debugger could. A process that has become that program meanwhile
// does not count. Nor does guise-init, the small program that executes it with its privileges.
static int is_program(int pid)
{
	static const char *const programs[] = { "/bin/busybox", "/bin/probe" };
	char path[64], link[256];
	struct stat exe, program;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	ssize_t n = readlink(path, link, sizeof(link) - 1);

	if (n < 0)
		return errno == ENOENT || errno == ESRCH;
	link[n] = '\0';
	if (strstr(link, "guise-init"))
		return 1;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (!stat(path, &exe) && !stat(programs[i], &program) && exe.st_dev == program.st_dev &&
		    exe.st_ino == program.st_ino)
			return 1;
	return 0;
}

static int spy_on(int pid)
{
	static const char *const files[] = { "mem", "environ", "maps", "fd/0", "fd/3", "exe", "root", "cwd" };
	char path[64], link[256];
	int got = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		ssize_t n = readlink(path, link, sizeof(link) - 1);

		close(fd);
		if (is_program(pid))
			return 0;
		link[n > 0 ? n : 0] = '\0';
		printf("opened %s %s\n", path, link);
		got++;
	}
	if (!ptrace(PTRACE_SEIZE, pid, 0, 0)) {
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		waitpid(pid, NULL, __WALL);
		if (!is_program(pid))
			got += printf("seized %d\n", pid) > 0;
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	return got;
}

// Whether pid is called like one of the test's own programs, rather than the runtime.
static int is_ours(int pid)
{
	char path[64], name[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 1;
	ssize_t n = read(fd, name, sizeof(name) - 1);

	close(fd);
	if (n <= 0)
		return 1;
	name[n - 1] = '\0';
	return !strcmp(name, "probe") || !strcmp(name, "sh") || !strcmp(name, "sleep") ||
	       !strcmp(name, "true") || !strcmp(name, "busybox");
}

static int probe_spy(char **args)
{
	const struct timespec end = latest_end();
	int seen = 0, got = 0, self = getpid(), last;

	(void)args;
	if (begin_attack())
		return 1;
	do {
		char path[64];

		last = is_over(&end);
		for (int pid = 2; pid < 400; pid++) {
			snprintf(path, sizeof(path), "/proc/%d", pid);
			if (pid == self || access(path, F_OK) || is_ours(pid))
				continue;
			seen++;
			got += spy_on(pid);
		}
	} while (!last);
	printf("seen %s\ngot %d\n", seen ? "yes" : "no", got);
	return 0;
}

// overwrite: whatever a process that is not ours executes, in this pid namespace: hold it, and write into it
// as soon as nobody executes it any more.
static int write_into(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0)
		return errno == ETXTBSY ? 0 : -1;
	/* (a sealed memfd can be opened, but not written) */
	if (write(file, "gone", 4) == 4)
		printf("overwritten\n");
	close(file);
	return 1;
}

static int probe_overwrite(char **args)
{
	int held[64], count = 0, self = getpid(), last;
	const struct timespec end = latest_end();

	(void)args;
	if (begin_attack())
		return 1;
	do {
		char path[64];

		last = is_over(&end);

		for (int pid = 2; pid < 100 && count < 64; pid++) {
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			if (pid == self || is_ours(pid))
				continue;
			int fd = open(path, O_PATH | O_CLOEXEC);

			if (fd >= 0)
				held[count++] = fd;
		}
		for (int i = 0; i < count; i++)
			if (write_into(held[i])) {
				close(held[i]);
				held[i--] = held[--count];
			}
	} while (!last);
	printf("held %d\n", count);
	return 0;
}

// Not being able to say so, a wrong count of arguments ends in a crash: that is a bug of the test.
static const struct {
	const char *name;
	int (*run)(char **args);
} verbs[] = {
	{ "fds", probe_fds },
	{ "limits", probe_limits },
	{ "sched", probe_sched },
	{ "ioprio", probe_ioprio },
	{ "affinity", probe_affinity },
	{ "mempolicy", probe_mempolicy },
	{ "personality", probe_personality },
	{ "clocks", probe_clocks },
	{ "winsize", probe_winsize },
	{ "keyring", probe_keyring },
	{ "key", probe_key },
	{ "device", probe_device },
	{ "call", probe_call },
	{ "type", probe_type },
	{ "connect", probe_connect },
	{ "spy", probe_spy },
	{ "overwrite", probe_overwrite },
#ifdef __x86_64__
	{ "x32", probe_x32 },
	{ "i386", probe_i386 },
#endif
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv + 2);
	fprintf(stderr, "probe: no such verb\n");
	return 2;
}
