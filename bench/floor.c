/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * floor: the least that the kernel must do for one container, and nothing else. It is what a container
 * engine is measured against, not a container engine: no options are checked, nothing is looked up,
 * nothing is recorded, nothing is undone.
 *
 *	floor [-n] [-v] ROOT PROGRAM [ARG...]
 *
 * One clone into new pid, mount, uts, ipc, cgroup and network namespaces (-n: not the last); the mounts,
 * devices and links of the OCI specification's default; pivot_root; the usual masked and read-only paths; a
 * hostname; fewer capabilities; no_new_privs; a system call filter; exec; wait. -v prints on stderr how
 * many microseconds each part took.
 *
 * ROOT is a mount point whose tree has the empty directories dev, proc and sys. The bare network
 * namespace (lo, down) is the yardstick for a network too: what an engine adds to it is its bridge, veth
 * pair, address and NAT.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC };

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- inside ---- */

static void mount_all(void)
{
	static const struct {
		const char *type, *at, *options;
		unsigned long flags;
	} mounts[] = {
		{ "proc", "proc", NULL, SAFE },
		{ "tmpfs", "dev", "mode=755,size=64m", MS_NOSUID | MS_STRICTATIME },
		{ "devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "dev/shm", "mode=1777,size=64m", SAFE },
		{ "mqueue", "dev/mqueue", NULL, SAFE },
		{ "sysfs", "sys", NULL, SAFE | MS_RDONLY },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].at, 0755);
		must(mount(mounts[i].type, mounts[i].at, mounts[i].type, mounts[i].flags, mounts[i].options),
		     mounts[i].at);
	}
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = { { "dev/null", 1, 3 },   { "dev/zero", 1, 5 },    { "dev/full", 1, 7 },
		      { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },       { "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
		{ "pts/ptmx", "dev/ptmx" },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
		     nodes[i].path);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void cover(void)
{
	static const char *const directories[] = { "/proc/acpi", "/proc/scsi", "/sys/firmware" };
	static const char *const files[] = { "/proc/interrupts",    "/proc/kcore",      "/proc/keys",
					     "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug" };
	static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys" };

	/* what this kernel doesn't have is not there to be covered */
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, NULL);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		mount("/dev/null", files[i], NULL, MS_BIND, NULL);
	for (size_t i = 0; i < sizeof(readonly) / sizeof(*readonly); i++) {
		must(mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL), readonly[i]);
		must(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | SAFE, NULL),
		     readonly[i]);
	}
}

static void pivot(void)
{
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
}

static void confine(void)
{
	enum { KEEP = 1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | 1 << CAP_SETUID | 1 << CAP_SETGID };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = KEEP, .permitted = KEEP } };
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kexec_load, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };

	must(sethostname("floor", 5), "sethostname");
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap > 31 || !(KEEP & 1U << cap))
			must(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0), "bounding set");
	must(syscall(SYS_capset, &head, data), "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

_Noreturn static void inside(const char *root, char **argv, bool verbose, long cloned)
{
	long started = now_us(), mounted;

	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
	must(chdir(root), root);
	mount_all();
	make_devices();
	pivot();
	cover();
	mounted = now_us();
	confine();
	if (verbose)
		fprintf(stderr, "clone %ld, mounts %ld, confinement %ld microseconds\n", started - cloned,
			mounted - started, now_us() - mounted);
	execvp(*argv, argv);
	must(-1, *argv);
	_exit(125);
}

int main(int argc, char **argv)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	bool verbose = false;
	int opt, status;
	long cloned, pid;

	args.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP |
		     CLONE_NEWNET;
	while ((opt = getopt(argc, argv, "+nv")) != -1) {
		if (opt == 'n')
			args.flags &= ~(uint64_t)CLONE_NEWNET;
		else if (opt == 'v')
			verbose = true;
		else
			return 125;
	}
	if (argc - optind < 2) {
		fputs("usage: floor [-n] [-v] ROOT PROGRAM [ARG...]\n", stderr);
		return 125;
	}
	cloned = now_us();
	must(pid = syscall(SYS_clone3, &args, sizeof(args)), "clone3");
	if (pid == 0)
		inside(argv[optind], argv + optind + 1, verbose, cloned);
	must(waitpid((pid_t)pid, &status, 0), "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
