/* SPDX-License-Identifier: GPL-2.0-or-later */

/* /dev: nodes, links and the terminal, all made in the container's own tmpfs, which nothing hostile has
 * seen yet; a further device (--device) is made there too. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "kernel/process/fdpass.h"
#include "kernel/process/proc.h"
#include "kernel/process/tty.h"
#include "plan/live.h"
#include "plan/look.h"

/* The directory that path lies in, and the name there: our tmpfs for /dev/NAME, else looked up and then
 * *opened, the caller's to close. */
static int find_parent(struct live *live, const char *path, const char **name, int *opened)
{
	const char *in_dev = str_after(path, "/dev/");

	if (in_dev && live->dev >= 0 && !strchr(in_dev, '/')) {
		*name = in_dev;
		return live->dev;
	}
	return *opened = inroot_parent(live->root, path, name);
}

static mode_t file_type(const struct step_device *s)
{
	return s->type == 'b' ? S_IFBLK : s->type == 'p' ? S_IFIFO : S_IFCHR;
}

static bool is_device(const struct step_device *s, const struct stat *st)
{
	return (st->st_mode & S_IFMT) == file_type(s) &&
	       (s->type == 'p' || st->st_rdev == makedev((unsigned)s->major, (unsigned)s->minor));
}

/* Where /dev is no mount of the container's own, the image may have the node already; anything else of that
 * name is an error (config-linux.md, "Devices"). */
static int device_found(const struct step_device *s, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return is_device(s, &st) ? 0 : -EEXIST;
}

static int device_make(const struct step_device *s, int dir, const char *name)
{
	mode_t type = file_type(s);
	dev_t dev = makedev((unsigned)s->major, (unsigned)s->minor);

	/* the umask is 0 in INIT (STEP_SESSION), so the mode is as given */
	if (mknodat(dir, name, type | (mode_t)s->mode, dev) < 0)
		return errno == EEXIST ? device_found(s, dir, name) : -errno;
	if ((s->uid || s->gid) && fchownat(dir, name, (uid_t)s->uid, (gid_t)s->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* Without the right to make nodes (a user namespace): an empty file, with the host's node bound over it. */
static int device_bind(const struct step_device *s, int dir, const char *name)
{
	autoclose int made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;

	if (made < 0 &&
	    (errno != EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode)))
		return -errno;
	autoclose int node = mount_clone(AT_FDCWD, s->host, false);
	if (node < 0)
		return node;
	if (fstat(node, &st) < 0 || !is_device(s, &st))
		return -ENXIO; /* the host has something else there */
	return mount_attach(node, dir, name);
}

static int device_apply(const struct step *s, struct live *live, struct err *e)
{
	const char *name;
	autoclose int opened = -1;
	int dir = find_parent(live, s->device.path, &name, &opened), r = dir;

	if (dir >= 0)
		r = s->device.bind ? device_bind(&s->device, dir, name) : device_make(&s->device, dir, name);
	return r < 0 ? err_set(e, "device", -r, "make device %s", s->device.path) : 0;
}

static void device_show(const struct step *s, struct str *out)
{
	const char *p = str_shell(out, s->device.path);

	if (s->device.bind)
		str_addf(out, "touch \"$root\"%s && mount --bind %s \"$root\"%s\n", p,
			 str_shell(out, s->device.host), p);
	else
		str_addf(out, "mknod -m %04o \"$root\"%s %c %lld %lld\n", (unsigned)s->device.mode, p,
			 s->device.type, (long long)s->device.major, (long long)s->device.minor);
}

static char type_letter(mode_t mode)
{
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return S_ISCHR(mode) ? 'c' : 'b';
	return S_ISFIFO(mode) ? 'p' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : '-';
}

/* A bound node has the host's mode and owner. */
static int device_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	struct step_device *h = &have->device;
	struct look l;
	int r = look_at(t, want->device.path, false, &l);

	if (r < 0)
		return look_failed(r, want->device.path, text);
	fd_close(&l.fd);
	h->type = type_letter(l.st.st_mode);
	h->major = h->type == 'p' ? want->device.major : major(l.st.st_rdev);
	h->minor = h->type == 'p' ? want->device.minor : minor(l.st.st_rdev);
	h->bind = want->device.bind && l.is_mounted;
	h->mode = h->bind ? want->device.mode : l.st.st_mode & 07777;
	h->uid = h->bind ? want->device.uid : target_id_inside(t, TARGET_UIDS, l.st.st_uid);
	h->gid = h->bind ? want->device.gid : target_id_inside(t, TARGET_GIDS, l.st.st_gid);
	return READ_FOUND;
}

static void show_mode(uint64_t mode, struct str *out)
{
	str_addf(out, "%04o", (unsigned)mode);
}

/* host: the node that is bound is told by its numbers */
static const struct field device_fields[] = {
	FIELD(STR, device, path, .compare = COMPARE_NAME),
	FIELD(STR, device, host, .compare = COMPARE_NOT),
	FIELD(CHAR, device, type),
	FIELD(I64, device, major),
	FIELD(I64, device, minor),
	FIELD(U64, device, mode, .show = show_mode),
	FIELD(U64, device, uid),
	FIELD(U64, device, gid),
	FIELD(BOOL, device, bind, .label = "bound"),
	{ 0 },
};

static bool device_mounts(const struct step *s, size_t n, struct mounted *m)
{
	*m = (struct mounted){ .target = s->device.path, .source = s->device.host, .place = PLACE_FILE };
	return n == 0 && s->device.bind;
}

const struct step_ops step_device = {
	.name = "device",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = device_fields,
	.apply = device_apply,
	.show = device_show,
	.read = device_read,
	.mounts = device_mounts,
};

static bool is_link_to(int dir, const char *name, const char *to)
{
	char now[4096];
	ssize_t n = readlinkat(dir, name, now, sizeof(now) - 1);

	now[n < 0 ? 0 : n] = '\0';
	return str_eq(now, to);
}

static int symlink_apply(const struct step *s, struct live *live, struct err *e)
{
	const char *name;
	autoclose int opened = -1;
	int dir = find_parent(live, s->symlink.path, &name, &opened);

	/* what is there stays: an image has its own /dev where no mount lies over it */
	if (dir < 0 || (symlinkat(s->symlink.to, dir, name) < 0 &&
			(errno != EEXIST || (s->symlink.must && !is_link_to(dir, name, s->symlink.to)))))
		return err_set(e, "symlink", dir < 0 ? -dir : errno, "make link %s", s->symlink.path);
	return 0;
}

static void symlink_show(const struct step *s, struct str *out)
{
	str_addf(out, "ln -s %s \"$root\"%s\n", str_shell(out, s->symlink.to),
		 str_shell(out, s->symlink.path));
}

static int symlink_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	char to[4096];
	struct look l;
	int r = look_at(t, want->symlink.path, false, &l);
	ssize_t n;

	if (r < 0)
		return look_failed(r, want->symlink.path, text);
	n = readlinkat(l.fd, "", to, sizeof(to));
	fd_close(&l.fd);
	if (n < 0) {
		str_addf(text, "%s is no symbolic link", want->symlink.path);
		return READ_CHANGED;
	}
	have->symlink.to = arena_strndup(t->arena, to, (size_t)n);
	return READ_FOUND;
}

static const struct field symlink_fields[] = {
	FIELD(STR, symlink, path, .compare = COMPARE_NAME),
	FIELD(STR, symlink, to),
	FIELD(BOOL, symlink, must, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_symlink = {
	.name = "symlink",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = symlink_fields,
	.apply = symlink_apply,
	.show = symlink_show,
	.read = symlink_read,
};

/*
 * The terminal is made in the container's own devpts, so that its name there, /dev/pts/0, is true
 * inside. The master is sent to guise; the slave is opened by TIOCGPTPEER (Linux 4.13), not by a path,
 * becomes 0, 1, 2 and the controlling terminal, belongs to the command's user, and for the first process
 * lies over /dev/console.
 */
static int open_devpts(struct live *live)
{
	int fd;

	/* exec: by now this may be anything, but nothing outside; TIOCSPTLCK knows a master when it sees
	 * one */
	if (live->dev < 0)
		return inroot_open(live->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	fd = openat(live->dev, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Where /dev is the image's, a file or a link of it may be there: covered, and not followed. */
static int console_mount(struct live *live, int slave, struct err *e)
{
	const char *name;
	autoclose int opened = -1, copy = mount_clone(slave, "", false);
	int dir = find_parent(live, "/dev/console", &name, &opened), r = copy < 0 ? copy : dir;
	autoclose int file =
		dir < 0 ? -1 : openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (r >= 0)
		r = file < 0 && errno != EEXIST ? -errno : mount_attach(copy, dir, name);
	return r < 0 ? err_set(e, "terminal", -r, "bind the terminal to /dev/console") : 0;
}

static int console_apply(const struct step *s, struct live *live, struct err *e)
{
	autoclose int master = open_devpts(live);
	int zero = 0, r = master;

	if (r >= 0 && ioctl(master, TIOCSPTLCK, &zero) < 0)
		r = -errno;
	if (r < 0)
		return err_set(e, "terminal", -r, "make a terminal");
	autoclose int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || fchown(slave, (uid_t)s->console.uid, -1) < 0)
		return err_set(e, "terminal", errno, "open the terminal's inner side");
	if (s->console.height && s->console.width)
		tty_set_size(slave, (unsigned short)s->console.height, (unsigned short)s->console.width);
	else
		tty_take_size(slave);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_set(e, "terminal", errno, "make the terminal descriptor %d", fd);
	if (ioctl(0, TIOCSCTTY, 0) < 0)
		return err_set(e, "terminal", errno, "make the terminal the controlling one");
	if (s->console.mount && (r = console_mount(live, slave, e)) < 0)
		return r;
	return fdpass_send(live->sync, master) < 0 ?
		       err_set(e, "terminal", errno, "hand the terminal to guise") :
		       0;
}

static void console_show(const struct step *s, struct str *out)
{
	str_add(out, "# a new terminal of the container's own devpts becomes 0, 1, 2 and /dev/console;\n"
		     "# no shell command does that: run the script from a terminal, or under script(1)\n");
}

/* A terminal of the first process, and the same one at /dev/console. The processes may have closed it, and
 * have got another one since. */
static int console_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	enum { PTY_MAJOR = 136, PTY_MAJORS = 8 }; /* Documentation/admin-guide/devices.txt */
	int64_t tty;
	struct look l;
	int r;

	if (proc_stat(t->pid, 7, &tty) < 0)
		return READ_MISSING;
	if (major((dev_t)tty) < PTY_MAJOR || major((dev_t)tty) >= PTY_MAJOR + PTY_MAJORS) {
		str_add(text, "its first process has no terminal");
		return READ_MISSING;
	}
	if ((r = look_at(t, "/dev/console", false, &l)) < 0)
		return look_failed(r, "/dev/console", text);
	fd_close(&l.fd);
	if (l.is_mounted && S_ISCHR(l.st.st_mode) && l.st.st_rdev == (dev_t)tty)
		return READ_FOUND;
	str_add(text, "/dev/console is not its terminal");
	return READ_CHANGED;
}

/* Size and owner are the terminal's, which its user may change at any time. */
static const struct field console_fields[] = {
	FIELD(U64, console, uid, .compare = COMPARE_NOT),
	FIELD(U64, console, height, .compare = COMPARE_NOT),
	FIELD(U64, console, width, .compare = COMPARE_NOT),
	FIELD(BOOL, console, mount, .compare = COMPARE_NOT),
	{ 0 },
};

const struct step_ops step_console = {
	.name = "console",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = console_fields,
	.apply = console_apply,
	.show = console_show,
	.read = console_read,
};
