/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What is mounted at a path inside the root file system: see plan/steps/root.c for the order.
 *
 * INIT closes none of the descriptors that it opens here: in a moment exec does (plan/steps/exec.c), and each
 * close would be a system call on the way of every start.
 */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "kernel/fs/copytree.h"
#include "kernel/fs/inroot.h"
#include "kernel/fs/mount.h"
#include "plan/live.h"
#include "plan/look.h"
#include "plan/plan.h"

static int mount_fail(const struct step_mount *s, int no, struct err *e)
{
	const char *log = mount_log();

	err_set(e, "mount", no, "mount %s on %s", s->source ? s->source : s->type, s->target);
	if (*log)
		err_cause(e, "%s (%s)", strerror(no), log);
	return -no;
}

static bool is_bind(const struct step_mount *s)
{
	return str_eq(s->type, "bind");
}

/* A new file system has nothing below it, and nothing to clear. */
static uint64_t new_attr(const struct step_mount *s)
{
	return s->attr | s->rec_attr;
}

/* Descriptors of /proc and /dev are kept: the way to write sysctls and find devices that no later mount and
 * no link of the image can turn elsewhere. */
static int *kept_as(const struct step_mount *s, struct live *live)
{
	if (str_eq(s->target, "/proc") && str_eq(s->type, "proc"))
		return &live->proc;
	return str_eq(s->target, "/dev") ? &live->dev : NULL;
}

/* What the mount shall have of its source is cleared as well; but not what only a user namespace further
 * out may. */
static int set_attr(const struct step_mount *s, int fd)
{
	uint64_t clear = s->attr_clear;
	int r = -EPERM;

	if (s->attr_reset)
		r = mount_set(fd, s->attr, clear | s->attr_reset, false);
	return r == -EPERM ? mount_set(fd, s->attr, clear, false) : r;
}

static int set_attrs(const struct step_mount *s, int fd)
{
	int r = 0;

	if (s->attr || s->attr_clear || s->attr_reset)
		r = set_attr(s, fd);
	if (r == 0 && (s->rec_attr || s->rec_attr_clear))
		r = mount_set(fd, s->rec_attr, s->rec_attr_clear, true);
	return r;
}

/* Make and open NAME in our own /dev, a fresh tmpfs; <0 if the target isn't that, or something is there. */
static int open_in_dev(const struct step_mount *s, struct live *live)
{
	const char *name = str_after(s->target, "/dev/");

	if (!name || live->dev < 0 || strchr(name, '/') || mkdirat(live->dev, name, 0755) < 0)
		return -1;
	return openat(live->dev, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What the mount is to cover: of the kind that it is of itself. */
static int open_target(const struct step_mount *s, struct live *live, bool directory, struct err *e)
{
	int fd = -1;

	if (s->link_target)
		fd = inroot_open(live->root, s->target, O_PATH | O_NOFOLLOW);
	if (fd < 0 && directory)
		fd = open_in_dev(s, live);
	if (fd < 0)
		fd = directory ? inroot_make_dir(live->root, s->target, s->real_directory) :
				 inroot_make_file(live->root, s->target);
	if (fd >= 0)
		return fd;
	err_set(e, "mount-target", -fd, "find or make %s in the root file system", s->target);
	if (fd == -ELOOP)
		err_cause(e, "it is a symbolic link, and must be a real directory");
	return fd;
}

static int attach(const struct step_mount *s, struct live *live, int fd, int place, struct err *e)
{
	int r = mount_attach(fd, place, ""), *keep;

	if (r == 0 && s->propagation)
		r = mount_propagate(fd, s->propagation);
	if (r < 0)
		return mount_fail(s, -r, e);
	if ((keep = kept_as(s, live)))
		*keep = fd;
	return 0;
}

/* ---- a new file system ---- */

enum { DATA_MAX = 4096 };

/* A tmpfs is as open as the directory that it covers, unless the configuration says otherwise; one that
 * covers none is open to all (tmpfs(5)). The data with that, in buf. */
static const char *data_with_mode(const struct step_mount *s, struct live *live, char buf[DATA_MAX])
{
	const char *data = s->data ? s->data : "", *mode = strstr(data, "mode=");
	struct stat st;

	if (!str_eq(s->type, "tmpfs") || (mode && (mode == data || mode[-1] == ',')))
		return s->data;
	autoclose int covered = inroot_open(live->root, s->target, O_PATH | O_DIRECTORY);
	if (covered < 0 || fstat(covered, &st) < 0 ||
	    snprintf(buf, DATA_MAX, "%s%smode=%o", data, *data ? "," : "", st.st_mode & 07777) >= DATA_MAX)
		return s->data;
	return buf;
}

/* Of which nothing is wanted but that it is there: made in place. */
static bool mount_in_place(const struct step_mount *s, struct live *live, const char *data, int place)
{
	return !s->copy_up && !s->propagation && !kept_as(s, live) &&
	       mount_on(place, s->type, s->source, data, new_attr(s)) == 0;
}

static int apply_new(const struct step_mount *s, struct live *live, struct err *e)
{
	uint64_t later = s->copy_up ? MOUNT_ATTR_RDONLY : 0; /* it has to be filled first */
	char buf[DATA_MAX];
	const char *data = data_with_mode(s, live, buf);
	int place = open_target(s, live, true, e), fd, r;

	if (place < 0)
		return place;
	if (mount_in_place(s, live, data, place))
		return 0;
	fd = mount_data_is_long(data) ?
		     mount_new_over(live->root, s->type, s->source, data, new_attr(s) & ~later) :
		     mount_new(s->type, s->source, data, new_attr(s) & ~later);
	if (fd < 0)
		return mount_fail(s, -fd, e);
	if (s->copy_up &&
	    ((r = copytree(place, fd, false)) < 0 || (r = mount_set(fd, new_attr(s), 0, false)) < 0))
		return err_set(e, "mount-copy", -r, "copy what %s holds into its tmpfs", s->target);
	return attach(s, live, fd, place, e);
}

/* ---- what is there already ---- */

/* By now, when earlier mounts of the container may have brought it. */
static int open_source(const struct step_mount *s, struct live *live)
{
	if (s->tree)
		return live->trees[s->tree - 1];
	return s->link_source ? mount_clone_nofollow(AT_FDCWD, s->source, s->recursive) :
				mount_clone(AT_FDCWD, s->source, s->recursive);
}

static int no_source(const struct step_mount *s, int no, struct err *e)
{
	err_set(e, "mount-source", no, "open %s, to be mounted on %s", s->source, s->target);
	if (no == EINVAL && !s->recursive)
		err_hint(
			e,
			"in a user namespace a directory with mounts below can only be bound together with them: rbind");
	return -no;
}

static int apply_bind(const struct step_mount *s, struct live *live, struct err *e)
{
	int fd = open_source(s, live), place, r;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return no_source(s, fd < 0 ? -fd : errno, e);
	if ((r = set_attrs(s, fd)) < 0)
		return mount_fail(s, -r, e);
	if ((place = open_target(s, live, S_ISDIR(st.st_mode), e)) < 0)
		return place;
	return attach(s, live, fd, place, e);
}

static int mount_apply(const struct step *s, struct live *live, struct err *e)
{
	return is_bind(&s->mount) || s->mount.tree ? apply_bind(&s->mount, live, e) :
						     apply_new(&s->mount, live, e);
}

static void show_inside(struct str *out, const char *path)
{
	str_add(out, "\"$root\"");
	str_add_shell(out, path);
}

/* The flags that are cleared as mount(8) says it: "suid" for no nosuid. */
void step_show_cleared(uint64_t attr, uint64_t clear, struct str *out)
{
	static const struct {
		uint64_t bits;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_RDONLY, "rw" },
		{ MOUNT_ATTR_NOSUID, "suid" },
		{ MOUNT_ATTR_NODEV, "dev" },
		{ MOUNT_ATTR_NOEXEC, "exec" },
		{ MOUNT_ATTR__ATIME, "relatime" },
		{ MOUNT_ATTR_NODIRATIME, "diratime" },
		{ MOUNT_ATTR_NOSYMFOLLOW, "symfollow" },
	};

	clear &= ~(attr & MOUNT_ATTR__ATIME ? attr | MOUNT_ATTR__ATIME : attr);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (clear & words[i].bits)
			str_addf(out, ",%s", words[i].word);
}

void step_show_attr(uint64_t attr, struct str *out)
{
	char words[128];

	str_add(out, *mount_attr_words(attr, words) ? words : "as the host's");
}

static void show_attrs(const struct step_mount *s, uint64_t attr, uint64_t clear, const char *end,
		       struct str *out)
{
	char words[128];

	if (!attr && !clear)
		return;
	mount_attr_words(attr, words);
	str_addf(out, "mount -o remount,bind%s%s", *words ? "," : "", words);
	step_show_cleared(attr, clear, out);
	str_add(out, " ");
	show_inside(out, s->target);
	str_add(out, end);
}

static void mount_show(const struct step *s, struct str *out)
{
	char words[128];
	bool bind = is_bind(&s->mount);

	mount_attr_words(new_attr(&s->mount), words);
	if (s->mount.file) {
		str_add(out, "[ -e ");
		show_inside(out, s->mount.target);
		str_add(out, " ] || touch ");
	} else {
		str_add(out, "mkdir -p ");
	}
	show_inside(out, s->mount.target);
	str_add(out, bind ? (s->mount.recursive ? "\nmount --rbind " : "\nmount --bind ") : "\nmount -t ");
	if (!bind) {
		str_addf(out, "%s ", str_shell(out, s->mount.type));
		if (*words || s->mount.data)
			str_addf(out, "-o %s%s%s ", words, *words && s->mount.data ? "," : "",
				 s->mount.data ? str_shell(out, s->mount.data) : "");
	}
	str_add_shell(out, s->mount.source ? s->mount.source : s->mount.type);
	str_add(out, " ");
	show_inside(out, s->mount.target);
	str_add(out, "\n");
	if (bind) {
		show_attrs(&s->mount, s->mount.rec_attr, s->mount.rec_attr_clear,
			   "  # and all mounts below it\n", out);
		show_attrs(&s->mount, s->mount.attr, s->mount.attr_clear, "\n", out);
	}
	if (s->mount.propagation) {
		str_addf(out, "mount --make-%s ", mount_propagation_word(s->mount.propagation));
		show_inside(out, s->mount.target);
		str_add(out, "\n");
	}
	if (str_eq(s->mount.type, "tmpfs") && !(s->mount.data && strstr(s->mount.data, "mode=")))
		str_add(out, "# and with the mode of a directory that it covers\n");
	if (s->mount.copy_up)
		str_add(out, "# and what the image holds there is copied into it first\n");
}

/* Bind mounts of a tree that HOST fetched from another container's mount namespace: --ipc container:NAME. */
static bool is_foreign(const struct step_mount *s)
{
	return s->tree && !s->propagation;
}

/* What it shows: the file system, or the very file or directory of the host. What another mount of the
 * plan covers cannot be opened, and what is elsewhere STEP_TREE compares. */
static const char *source_of(const struct step_mount *want, struct target *t, const struct look *l)
{
	int r;

	if (!is_bind(want))
		return l->mount->source;
	if (l->is_covered || is_foreign(want) || (r = look_is_host_file(l, want->source)) > 0)
		return want->source;
	return arena_printf(t->arena, "%s of %s%s", l->mount->root, l->mount->source,
			    r < 0 ? " (the host has nothing there any more)" : "");
}

/* A later step of the plan that gives the mount further attributes. */
static uint64_t attr_later(const struct plan *p, const struct step *s)
{
	uint64_t attr = 0;

	for (const struct step *i = s + 1; i < p->steps + p->count; i++)
		if (i->kind == STEP_REMOUNT && str_eq(i->remount.path, s->mount.target))
			attr |= i->remount.attr;
	return attr;
}

/* The propagation that it has at the end: its own, or that of a later step for all mounts; that of another
 * container's mount may be any. */
static uint64_t propagation_at_end(const struct plan *p, const struct step *s)
{
	uint64_t want = s->mount.propagation;

	for (const struct step *i = s + 1; i < p->steps + p->count; i++)
		if (i->kind == STEP_PROPAGATION && (i->propagation.flags & MS_REC))
			want = i->propagation.flags;
	want &= ~(uint64_t)MS_REC;
	return want || is_foreign(&s->mount) ? want : MS_PRIVATE;
}

/* Each attribute of the plan, set or cleared. Of others a bind mount has those of its source; a file
 * system of its own that cannot be written to, though it should, is one more difference. */
static void mount_outcome(const struct plan *p, const struct step *s, struct step *out)
{
	const struct step_mount *m = &s->mount;
	uint64_t clear = m->rec_attr_clear | m->attr_clear | (is_bind(m) ? 0 : MOUNT_ATTR_RDONLY);

	out->mount.attr = (m->attr & ~m->rec_attr_clear) | m->rec_attr | attr_later(p, s);
	out->mount.attr_clear = clear & ~out->mount.attr & ~(uint64_t)MOUNT_ATTR__ATIME;
	out->mount.propagation = propagation_at_end(p, s);
}

/* The peer group of the host's mount that the source lies on; 0: none, or it isn't known. */
static unsigned source_group(const struct step_mount *s, struct target *t)
{
	struct mountinfo_list host;
	const struct mountinfo *m;
	struct statx x;

	if (statx(AT_FDCWD, s->source, 0, STATX_MNT_ID, &x) < 0 || mountinfo_read_self(t->arena, &host) < 0)
		return 0;
	m = mountinfo_by_id(&host, x.stx_mnt_id);
	return m ? m->shared : 0;
}

/* Does it belong to another peer group than the mount of the host that it shows? */
static bool is_of_other_group(const struct step_mount *want, struct target *t, const struct mountinfo *m)
{
	uint64_t how = want->propagation;
	unsigned group = is_bind(want) && (how == MS_SLAVE || how == MS_SHARED) ? source_group(want, t) : 0;

	return group &&
	       (how == MS_SHARED ? m->shared && m->shared != group : !m->shared && m->master != group);
}

static int mount_read(const struct step *want, struct target *t, struct step *have, struct str *text)
{
	const char *target = want->mount.target;
	struct look l;
	int r = look_at_mount(t, target, &l);

	if (r == -ENOENT) {
		str_addf(text, "nothing is mounted on %s", target);
		return READ_MISSING;
	}
	if (r < 0)
		return look_failed(r, target, text);
	have->mount.type = is_bind(&want->mount) ? want->mount.type : l.mount->type;
	have->mount.source = source_of(&want->mount, t, &l);
	have->mount.attr = have->mount.attr_clear = l.mount->attr;
	have->mount.propagation = step_propagation_of(l.mount, want->mount.propagation);
	fd_close(&l.fd);
	if (!is_of_other_group(&want->mount, t, l.mount))
		return READ_FOUND;
	str_addf(text, "%s is %s, and not connected with the host's", target, mountinfo_propagation(l.mount));
	return READ_CHANGED;
}

/* The rest is how it was made, or what outcome has put into attr. data: the kernel has a file system's
 * options in words of its own. */
static const struct field mount_fields[] = {
	FIELD(STR, mount, type),
	FIELD(MAYBE, mount, source, .compare = COMPARE_GIVEN),
	FIELD(STR, mount, target, .compare = COMPARE_NAME),
	FIELD(MAYBE, mount, data, .compare = COMPARE_NOT),
	FIELD(U64, mount, attr, .compare = COMPARE_BITS, .label = "it is", .show = step_show_attr),
	FIELD(U64, mount, attr_clear, .compare = COMPARE_NO_BITS, .label = "it is", .show = step_show_attr),
	FIELD(U64, mount, attr_reset, .compare = COMPARE_NOT),
	FIELD(U64, mount, rec_attr, .compare = COMPARE_NOT),
	FIELD(U64, mount, rec_attr_clear, .compare = COMPARE_NOT),
	FIELD(BOOL, mount, link_source, .compare = COMPARE_NOT),
	FIELD(BOOL, mount, link_target, .compare = COMPARE_NOT),
	FIELD(U64, mount, propagation, .compare = COMPARE_GIVEN, .show = step_show_propagation),
	FIELD(BOOL, mount, recursive, .compare = COMPARE_NOT),
	FIELD(BOOL, mount, copy_up, .compare = COMPARE_NOT),
	FIELD(BOOL, mount, real_directory, .compare = COMPARE_NOT),
	FIELD(BOOL, mount, file, .compare = COMPARE_NOT),
	FIELD(U64, mount, tree, .compare = COMPARE_NOT),
	{ 0 },
};

static bool mount_mounts(const struct step *s, size_t n, struct mounted *m)
{
	*m = (struct mounted){ .target = s->mount.target,
			       .source = is_bind(&s->mount) ? s->mount.source : NULL,
			       .place = s->mount.file ? PLACE_FILE : PLACE_DIRECTORY,
			       .real_directory = s->mount.real_directory };
	return n == 0;
}

const struct step_ops step_mount = {
	.name = "mount",
	.section = SECTION_ROOT,
	.side = SIDE_INIT,
	.fields = mount_fields,
	.apply = mount_apply,
	.show = mount_show,
	.read = mount_read,
	.outcome = mount_outcome,
	.mounts = mount_mounts,
};

const struct step_mount *plan_next_mount(const struct plan *p, size_t *at)
{
	const struct step *s = plan_next(p, STEP_MOUNT, at);

	return s ? &s->mount : NULL;
}
