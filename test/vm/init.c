/*
 * init.c - first process of the test machine: builds the root, starts COMMAND
 *
 * Theory of operation
 *
 * test/vm/run boots a kernel with an initramfs that holds this program, the
 * modules needed to reach the disk and the host's files, and the parameters of
 * the run, all in /run/vm. One file is one parameter; a list is separated by NUL:
 *
 *	/run/vm/load	modules to load, in order: files in /run/vm
 *	/run/vm/modules	where the host keeps the modules of this kernel
 *	/run/vm/shares	host directories to mount read-write at the same path
 *	/run/vm/argv	COMMAND and its arguments
 *	/run/vm/env		its whole environment
 *	/run/vm/cwd		its working directory, where that exists
 *	/run/vm/user	"UID GID GID..." to run it as; the first GID is the primary one
 *	/run/vm/timeout	seconds it may take
 *	/run/vm/files	how many files virtiofsd can have open
 *	/run/vm/systemd	exists when systemd is to be process 1
 *
 * As process 1 it builds the root: the host's / over virtiofs, never written,
 * below an overlay whose upper directory is on a private ext4 disk. Then it
 * runs COMMAND itself, or executes systemd, which starts this same program
 * again in a service of its own; there it is not process 1 and goes straight
 * to running COMMAND, which is in command.c.
 *
 * A failure of the machine itself is a message on the console and a reboot,
 * which QEMU turns into its exit; run then shows the console.
 *
 * C and static, because a fork and exec of a dynamic program takes 100 ms in
 * an emulated machine, and a shell script would need dozens of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init.h"

#define DISK "/dev/vda"

/* Mounts on a directory that it makes when it is missing. */
static void mount_at(const char *source, const char *target, const char *type, unsigned long flags,
		     const char *options)
{
	make_dirs(target, 0755);
	if (mount(source, target, type, flags, options) < 0)
		fail("mounting %s on %s", source, target);
}

static void make_link(const char *to, const char *path)
{
	if (symlink(to, path) < 0 && errno != EEXIST)
		fail("linking %s to %s", path, to);
}

static void make_device(const char *path, unsigned int major, unsigned int minor)
{
	if (mknod(path, S_IFCHR, makedev(major, minor)) < 0 && errno != EEXIST)
		fail("%s", path);
	chmod(path, 0666);
}

static void load_modules(void)
{
	for (char **name = read_list("/run/vm/load"); *name; name++) {
		const char *path = text("/run/vm/%s", *name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
			fail("loading %s", path);
		close(fd);
	}
}

/*
 * Leaves / as the overlay, with three mounts below /run that only the rest of
 * the set-up needs: host (all its files), disk, and vm (our parameters).
 */
static void switch_root(void)
{
	wait_for(DISK);
	mount_at(DISK, "/disk", "ext4", MS_NOATIME, NULL);
	mount_at("host", "/host", "virtiofs", 0, NULL);
	make_dirs("/disk/upper", 0755);
	make_dirs("/disk/work", 0755);
	mount_at("guise-vm", "/root", "overlay", 0, "lowerdir=/host,upperdir=/disk/upper,workdir=/disk/work");

	mount_at("tmpfs", "/root/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mount_at("/host", "/root/run/host", NULL, MS_MOVE, NULL);
	mount_at("/disk", "/root/run/disk", NULL, MS_MOVE, NULL);
	mount_at("/run/vm", "/root/run/vm", NULL, MS_BIND, NULL);
	mount_at("/dev", "/root/dev", NULL, MS_MOVE, NULL);

	/* The initramfs cannot be unmounted, so no pivot_root: it is mounted over. */
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		fail("switching to the root file system");
}

/* As systemd leaves it: without this, mounts leak less than on users' machines. */
static void share_mounts(void)
{
	if (mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) < 0)
		fail("making / shared");
}

static void mount_kernel_filesystems(void)
{
	const unsigned long strict = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	mount_at("proc", "/proc", "proc", strict, NULL);
	mount_at("sysfs", "/sys", "sysfs", strict, NULL);
	mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_at("mqueue", "/dev/mqueue", "mqueue", strict, NULL);
	mount_at("bpf", "/sys/fs/bpf", "bpf", strict, "mode=700");
}

/* What udev and kmod's static nodes would do; opening one loads its module. */
static void make_devices(void)
{
	make_dirs("/dev/net", 0755);
	make_device("/dev/net/tun", 10, 200);
	make_device("/dev/fuse", 10, 229);
	make_device("/dev/loop-control", 10, 237);

	unlink("/dev/ptmx");
	make_link("pts/ptmx", "/dev/ptmx");
	make_link("/proc/self/fd", "/dev/fd");
	make_link("fd/0", "/dev/stdin");
	make_link("fd/1", "/dev/stdout");
	make_link("fd/2", "/dev/stderr");
}

/*
 * Directories that are part of the ext4 disk itself. The root is an overlay,
 * and the upper directory of an overlay cannot be on another one, so whatever
 * holds container layers has to be one of these.
 */
static void mount_disk_dirs(void)
{
	static const struct {
		const char *name, *target;
		mode_t mode;
	} dirs[] = {
		{ "scratch", "/scratch", 01777 },
		{ "tmp", "/tmp", 01777 },
		{ "var-tmp", "/var/tmp", 01777 },
		{ "guise", "/var/lib/guise", 0755 },
		{ "containers", "/var/lib/containers", 0755 },
		{ "docker", "/var/lib/docker", 0710 },
	};

	for (size_t i = 0; i < LENGTH(dirs); i++) {
		const char *source = text("/run/disk/%s", dirs[i].name);

		make_dirs(source, dirs[i].mode);
		mount_at(source, dirs[i].target, NULL, MS_BIND, NULL);
	}
}

/* After everything else, as a share may well be below /tmp. */
static void mount_shares(void)
{
	for (char **dir = read_list("/run/vm/shares"); *dir; dir++)
		mount_at(text("/run/host%s", *dir), *dir, NULL, MS_BIND, NULL);
}

/* The kernel finds modprobe in the host's files, and modprobe these. */
static void mount_modules(void)
{
	struct utsname kernel;

	uname(&kernel);
	mount_at(text("/run/host%s", read_file("/run/vm/modules", NULL)),
		 text("/lib/modules/%s", kernel.release), NULL, MS_BIND, NULL);
}

static void forget_host(void)
{
	if (umount2("/run/host", MNT_DETACH) < 0 || umount2("/run/disk", MNT_DETACH) < 0)
		fail("unmounting /run/host and /run/disk");
	rmdir("/run/host");
	rmdir("/run/disk");
}

static void set_up_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		fail("setting lo up");
	close(fd);
	if (sethostname("guise-vm", strlen("guise-vm")) < 0)
		fail("setting the host name");
}

static void mount_cgroups(void)
{
	mount_at("cgroup2", CGROUPS, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate");
	enable_controllers(CGROUPS);
}

/* What logind makes for a user who logs in. */
static void make_runtime_dir(void)
{
	const struct user user = read_user();
	const char *dir = text("/run/user/%u", user.uid);

	make_dirs(dir, 0700);
	if (chown(dir, user.uid, user.groups[0]) < 0)
		fail("%s", dir);
}

/*
 * systemd mounts what it needs itself, cgroups included. Its units are those
 * in our directory and no others: SYSTEMD_UNIT_PATH replaces the search path.
 * (Transient units, those of systemd-run, have to be on that path as well.)
 */
static _Noreturn void execute_systemd(void)
{
	char *argv[] = { "systemd", "--unit=vm.service", "--log-target=kmsg", "--show-status=no", NULL };
	char *env[] = { "SYSTEMD_UNIT_PATH=/run/systemd/transient:/run/vm/units", NULL };

	write_file("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	write_file("/etc/fstab", "");
	execve("/lib/systemd/systemd", argv, env);
	fail("executing /lib/systemd/systemd");
}

int main(void)
{
	if (getpid() != 1)
		run_command();

	mount_at("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=755");
	load_modules();
	switch_root();
	mount_kernel_filesystems();
	make_devices();
	umask(0);
	mount_disk_dirs();
	umask(022);
	mount_shares();
	mount_modules();
	forget_host();
	set_up_network();

	if (exists("/run/vm/systemd"))
		execute_systemd();
	mount_cgroups();
	share_mounts();
	make_runtime_dir();
	run_command();
}
