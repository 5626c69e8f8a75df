/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "image/blob.h"
#include "image/layers.h"
#include "kernel/fs/erofs.h"
#include "kernel/fs/inroot.h"
#include "kernel/process/helper.h"
#include "kernel/process/spawn.h"
#include "kernel/process/userns.h"
#include "spec/image/digest.h"

enum { FILE_MAX = 1 << 20, PIPE_SIZE = 1 << 20 };

/* ---- the stack ---- */

/* ChainID(L1|...|Ln) = Digest(ChainID(L1|...|Ln-1) + " " + DiffID(Ln)): config.md, "Layer ChainID". */
const char *layer_chain(const struct layer_stack *s, const char *diff_id)
{
	const char *both = arena_printf(s->arena, "%s %s", s->chain, diff_id);

	return s->chain ? blob_digest(s->arena, both, strlen(both)) : diff_id;
}

static void push(struct layer_stack *s, const char *chain)
{
	const char *dir = arena_printf(s->arena, "layers/%s", digest_hex(chain));

	s->chain = chain;
	arena_push(s->arena, s->below, s->n, dir);
}

bool layer_is_there(struct layer_stack *s, const char *diff_id)
{
	const char *chain = layer_chain(s, diff_id);

	if (faccessat(s->images, arena_printf(s->arena, "layers/%s", digest_hex(chain)), F_OK,
		      AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	push(s, chain);
	return true;
}

/* ---- the directory that it is unpacked in ---- */

static int failed(const char *what, struct err *e)
{
	return err_set(e, "layer", errno, "%s", what);
}

/* The root has the owner and mode that it has below, unless the layer says otherwise. */
static int copy_root(int dir, int upper, struct err *e)
{
	struct stat st;

	if (fstatat(dir, "0", &st, 0) < 0 || fchown(upper, st.st_uid, st.st_gid) < 0 ||
	    fchmod(upper, st.st_mode & 07777) < 0 ||
	    futimens(upper, (struct timespec[]){ st.st_atim, st.st_mtim }) < 0)
		return failed("give a layer's root its owner", e);
	return 0;
}

/* By short names, 0 the uppermost: links to directories, and mounts of EROFS images. */
static int place_lowers(const struct layer_stack *s, int dir, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *layer = arena_printf(s->arena, "../../%s", s->below[s->n - 1 - i]);
		const char *name = arena_printf(s->arena, "%zu", i);
		int r;

		if (erofs_is_file(dir, layer)) {
			if ((r = erofs_mount_at(dir, name, layer)) < 0)
				return err_set(e, "layer", -r, "mount a layer, which is an EROFS image");
		} else if (symlinkat(layer, dir, name) < 0) {
			return failed("link to a layer", e);
		}
	}
	return 0;
}

/* The options hold names and no paths: a page holds those of the most layers that there can be. */
static int mount_stack(const struct layer_stack *s, struct err *e)
{
	struct str options = { .arena = s->arena };

	str_add(&options, "lowerdir=");
	for (size_t i = 0; i < s->n; i++)
		str_addf(&options, "%s%zu", i ? ":" : "", i);
	/* each layer holds its files whole, whatever the module's own defaults are */
	str_add(&options, ",upperdir=upper,workdir=work,index=off,metacopy=off");
	/* where only these marks are believed, also by the overlay of a container (plan/build/root.c) */
	if (userns_inside())
		str_add(&options, ",userxattr");
	if (mount("overlay", "merged", "overlay", 0, options.p) < 0)
		return failed("mount the layers below", e),
		       err_hint_for(e, ENODEV, "this kernel has no overlayfs: modprobe overlay");
	return 0;
}

/* Relative names in the options begin at the working directory. */
static int mount_there(const struct layer_stack *s, int dir, struct err *e)
{
	autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (here < 0 || fchdir(dir) < 0)
		return failed("change to the layer's directory", e);
	r = mount_stack(s, e);
	if (fchdir(here) < 0 && r == 0)
		r = failed("change back from the layer's directory", e);
	return r;
}

/* What guise-archive gets: the root that it writes to, and the layer's own part of it if there is more. */
static int make_place(const struct layer_stack *s, struct layer_unpack *u, int *root, struct err *e)
{
	static unsigned turn;
	autoclose int dir = -1;

	snprintf(u->name, sizeof(u->name), "new/layer-%d-%u", getpid(), turn++);
	if (mkdirat(s->images, u->name, 0700) < 0 ||
	    (dir = openat(s->images, u->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
	    mkdirat(dir, "upper", 0755) < 0 || mkdirat(dir, "work", 0700) < 0 ||
	    mkdirat(dir, "merged", 0700) < 0)
		return failed("make a directory for a layer", e);
	u->upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (u->upper < 0)
		return failed("open a layer's directory", e);
	if (s->n &&
	    (place_lowers(s, dir, e) < 0 || copy_root(dir, u->upper, e) < 0 || mount_there(s, dir, e) < 0))
		return -e->no;
	*root = openat(dir, s->n ? "merged" : "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *root < 0 ? failed("open a layer's directory", e) : 0;
}

/* Links are left alone. */
static void unmount(const struct layer_stack *s, const struct layer_unpack *u, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s/%s", s->images, u->name, name);
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static void remove_place(const struct layer_stack *s, struct layer_unpack *u)
{
	fd_close(&u->upper);
	if (s->n)
		unmount(s, u, "merged");
	for (size_t i = 0; i < s->n; i++)
		unmount(s, u, arena_printf(s->arena, "%zu", i));
	io_remove_tree(s->images, u->name);
}

int layer_view(struct layer_stack *s, struct layer_unpack *u, int *root, struct err *e)
{
	*u = (struct layer_unpack){ .in = -1, .report = -1, .upper = -1, .make.said = -1 };
	return make_place(s, u, root, e);
}

void layer_view_end(const struct layer_stack *s, struct layer_unpack *u)
{
	remove_place(s, u);
}

/* What hostile content makes of a path stays below the root (kernel/fs/inroot.h), and is read only if it is a file. */
static char *read_one(struct layer_stack *s, int root, const char *path)
{
	autoclose int fd = inroot_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char *text;
	size_t len;

	return fd >= 0 && io_read_fd(s->arena, fd, FILE_MAX, &text, &len) == 0 ? text : NULL;
}

int layer_read(struct layer_stack *s, const char *const *paths, size_t n, char **texts, struct err *e)
{
	struct layer_unpack u;
	autoclose int root = -1;
	int r = layer_view(s, &u, &root, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		texts[i] = read_one(s, root, paths[i]);
	remove_place(s, &u);
	return r;
}

/* ---- the process ---- */

static int start(const struct layer_stack *s, const char *diff_id, int root, int in, struct layer_unpack *u,
		 struct err *e)
{
	char path[HELPER_PATH_MAX];
	const char *program = helper_path(secure_getenv("GUISE_ARCHIVE"), "guise-archive", path);
	char *argv[] = { (char *)program,
			 (char *)"layer",
			 (char *)diff_id,
			 arena_printf(s->arena, "%llu", (unsigned long long)s->limits.bytes),
			 arena_printf(s->arena, "%llu", (unsigned long long)s->limits.entries),
			 arena_printf(s->arena, "%llu", (unsigned long long)s->limits.ratio),
			 NULL };
	int report[2], r;

	if (pipe2(report, O_CLOEXEC) < 0)
		return failed("make a pipe", e);
	/* by number: cmd/archive/archive.h */
	r = spawn_with(argv, (int[]){ in, -1, STDERR_FILENO, report[1], root, s->n ? u->upper : -1 }, 6,
		       &u->pid);
	close(report[1]);
	u->report = report[0];
	return r < 0 ? err_set(e, "process", -r, "start %s", program),
	       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_ARCHIVE") : 0;
}

int layer_begin(struct layer_stack *s, const char *diff_id, struct layer_unpack *u, struct err *e)
{
	autoclose int root = -1, out = -1;
	int ends[2], r;

	*u = (struct layer_unpack){ .in = -1, .report = -1, .upper = -1, .make.said = -1 };
	r = make_place(s, u, &root, e);
	if (r == 0 && pipe2(ends, O_CLOEXEC) < 0)
		r = failed("make a pipe", e);
	if (r == 0) {
		out = ends[0];
		u->in = ends[1];
		/* this end alone, and a larger one where that may be */
		fcntl(u->in, F_SETFL, O_WRONLY | O_NONBLOCK);
		fcntl(u->in, F_SETPIPE_SZ, PIPE_SIZE);
		r = start(s, diff_id, root, out, u, e);
	}
	if (r < 0) {
		layer_unpacked(s, u, false, &(struct err){ 0 });
		layer_end(s, diff_id, u, false, &(struct err){ 0 });
	}
	return r;
}

/* Its end, and what it says. */
static int hear(struct layer_unpack *u, struct layer_report *report, struct err *e)
{
	union {
		struct err err;
		struct layer_report report;
	} told = { 0 };
	ssize_t n;
	int status = 0;

	if (!u->pid)
		return -ECANCELED;
	while ((n = read(u->report, &told, sizeof(told))) < 0 && errno == EINTR)
		;
	while (waitpid(u->pid, &status, 0) < 0 && errno == EINTR)
		;
	u->pid = 0;
	fd_close(&u->report);
	if (n == sizeof(told.err))
		return err_take(e, &told.err);
	*report = told.report;
	if (n == sizeof(told.report) && status == 0)
		return 0;
	return err_set(e, "process", EPROTO, "hear from guise-archive"),
	       err_cause(e, WIFSIGNALED(status) ? "it was killed" : "it ended without saying why");
}

int layer_unpacked(struct layer_stack *s, struct layer_unpack *u, bool fetched, struct err *e)
{
	struct layer_report report = { 0 };
	autoclose int dir = -1;
	int r;

	fd_close(&u->in);
	r = hear(u, &report, e);
	u->bytes = report.bytes;
	s->devices += report.devices;
	if (r < 0 || !fetched || !s->erofs)
		return r;
	dir = openat(s->images, u->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return failed("open a layer's directory", e);
	r = erofs_make_begin(&u->make, dir, "upper", "erofs", report.sizes, s->limits.bytes, e);
	u->report = u->make.said;
	return r;
}

/* The directory, all of which is on the disk then; or the file that was made of it, and it need not be. */
static int finish(struct layer_stack *s, struct layer_unpack *u, const char **name, struct err *e)
{
	autoclose int file = -1;
	int r;

	*name = arena_printf(s->arena, "%s/%s", u->name, u->make.pid ? "erofs" : "upper");
	if (!u->make.pid)
		return syncfs(u->upper) < 0 ? failed("write a layer to the disk", e) : 0;
	if ((r = erofs_make_end(&u->make, s->images, *name, e)) < 0)
		return r;
	file = openat(s->images, *name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return file < 0 || fsync(file) < 0 ? failed("write a layer to the disk", e) : 0;
}

/* Whoever was faster has made the same. */
static int keep(struct layer_stack *s, const char *chain, struct layer_unpack *u, struct err *e)
{
	const char *to = arena_printf(s->arena, "layers/%s", digest_hex(chain)), *from;
	int r = finish(s, u, &from, e);

	if (r < 0)
		return r;
	if ((r = layers_note_size(s->images, s->arena, digest_hex(chain), u->bytes)) < 0)
		return err_set(e, "layer", -r, "note a layer's size");
	if (renameat2(s->images, from, s->images, to, RENAME_NOREPLACE) < 0 && errno != EEXIST)
		return failed("keep a layer", e);
	push(s, chain);
	return 0;
}

int layer_end(struct layer_stack *s, const char *diff_id, struct layer_unpack *u, bool good, struct err *e)
{
	int r = good ? keep(s, layer_chain(s, diff_id), u, e) : 0;

	erofs_make_drop(&u->make);
	remove_place(s, u);
	return r;
}
