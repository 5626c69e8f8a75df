/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/image_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "kernel/process/helper.h"
#include "kernel/process/signal.h"
#include "kernel/process/spawn.h"
#include "spec/expose.h"
#include "spec/mount.h"
#include "state/images.h"

static bool has_label(const struct strv *labels, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < labels->n; i++)
		if (strncmp(labels->v[i], name, len) == 0 && (!labels->v[i][len] || labels->v[i][len] == '='))
			return true;
	return false;
}

static void take_labels(struct arena *a, struct spec *s, const struct strv *pairs)
{
	for (size_t i = 0; i + 1 < pairs->n; i += 2)
		if (!has_label(&s->labels, pairs->v[i]))
			strv_push(a, &s->labels, arena_printf(a, "%s=%s", pairs->v[i], pairs->v[i + 1]));
}

static bool has_mount(const struct spec *s, const char *target)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (str_eq(s->mounts[i].target, target))
			return true;
	return false;
}

/* Anonymous ones, where the command line mounts nothing. */
static int take_volumes(struct arena *a, struct spec *s, const struct strv *volumes, struct err *e)
{
	for (size_t i = 0; i < volumes->n; i++) {
		struct spec_mount m;
		int r = mount_parse_target(a, volumes->v[i], &m, e);

		if (r < 0)
			return err_prefix(e, "use the image's Volumes");
		if (!has_mount(s, m.target))
			arena_push(a, s->mounts, s->n_mounts, m);
	}
	return mount_sort(s->mounts, s->n_mounts, e);
}

static int take_stop_signal(struct run_options *o, const struct image_config *c, struct err *e)
{
	int sig;

	if (!c->stop_signal || !*c->stop_signal || o->stop_signal_given)
		return 0;
	if ((sig = signal_from_name(c->stop_signal)) < 0)
		return err_set(e, "bad-image-config", EINVAL, "use the image's StopSignal %s",
			       c->stop_signal),
		       err_cause(e, "it is no signal"), err_hint(e, "--stop-signal says another one");
	o->spec.stop_signal = sig;
	return 0;
}

/* Set-user-id programs and capabilities of files work in images, as under docker: they are made for that. */
static int take_config(struct arena *a, struct run_options *o, const struct image_config *c, struct err *e)
{
	struct spec *s = &o->spec;
	int r;

	if (!s->user && c->user && *c->user)
		s->user = c->user;
	if (!s->workdir && c->working_dir && *c->working_dir)
		s->workdir = c->working_dir;
	if (!o->no_new_privs_given)
		s->security.no_new_privs = false;
	o->image_env = c->env;
	take_labels(a, s, &c->labels);
	run_options_argv(a, o, &c->entrypoint, &c->cmd);
	if ((r = take_volumes(a, s, &c->volumes, e)) < 0)
		return r;
	for (size_t i = 0; i < c->ports.n; i++)
		if ((r = expose_parse(a, c->ports.v[i], &s->exposed, e)) < 0)
			return err_prefix(e, "use the image's ExposedPorts");
	s->exposed = expose_once(a, &s->exposed);
	return take_stop_signal(o, c, e);
}

static int find(struct state *st, int images, struct arena *a, struct run_options *o, const char *digest,
		struct err *e)
{
	struct spec_root *root = &o->spec.root;
	struct image_config c;
	struct image image;
	int r = digest ? images_load(st, images, a, digest, &image, e) :
			 images_find(st, images, a, root->image, &image, e);

	if (r < 0 || (r = images_config(images, a, &image, &c, e)) < 0)
		return r;
	if (image.n_layers > MANIFEST_LAYERS_MAX)
		return err_set(e, "image-layers", E2BIG, "run image %.19s", image.id),
		       err_cause(e, "it has %u layers, and %d is the most that can be mounted on each other",
				 image.n_layers, MANIFEST_LAYERS_MAX);
	root->path = image.path;
	root->digest = image.digest;
	root->layers = image.n_layers;
	root->erofs = image.erofs;
	return take_config(a, o, &c, e);
}

static int find_locked(struct state *st, struct arena *a, struct run_options *o, const char *digest,
		       int *lock, struct err *e)
{
	int images = images_open(st, false, LOCK_SH, e), r;

	if (images < 0 && images != -ENOENT)
		return images;
	r = find(st, images, a, o, digest, e);
	if (r < 0)
		fd_close(&images);
	*lock = images;
	return r;
}

/* By guise-image, whose libraries no start of a container pays for. Whoever sits before it is told of its work; standard output
 * is the command's. */
static int pull(const struct state *st, const struct run_options *o, struct err *e)
{
	char path[HELPER_PATH_MAX];
	char *argv[12] = { (char *)helper_path(secure_getenv("GUISE_IMAGE"), "guise-image", path) };
	size_t n = 1;
	autoclose int out = isatty(STDERR_FILENO) ? dup(STDERR_FILENO) :
						    open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status, r;
	pid_t pid;

	if (str_eq(st->path, st->data)) {
		argv[n++] = (char *)"--root";
		argv[n++] = (char *)st->path;
	}
	if (o->format) {
		argv[n++] = (char *)"--format";
		argv[n++] = (char *)o->format;
	}
	argv[n++] = (char *)"pull";
	if (!isatty(STDERR_FILENO))
		argv[n++] = (char *)"--quiet";
	if (o->platform) {
		argv[n++] = (char *)"--platform";
		argv[n++] = (char *)o->platform;
	}
	argv[n++] = (char *)"--";
	argv[n++] = (char *)o->spec.root.image;
	r = spawn_with(argv, (int[]){ -1, out }, 2, &pid);
	if (r < 0)
		return err_set(e, "process", -r, "start %s", argv[0]),
		       err_hint_for(e, ENOENT, "it is installed with guise, or found by GUISE_IMAGE");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	err_set(e, WIFEXITED(status) ? COMMAND_TOLD : "pull", EIO, "pull %s", o->spec.root.image);
	return err_cause(e, "guise-image was killed");
}

int image_options(struct state *st, struct arena *a, struct run_options *o, const char *digest, int *lock,
		  struct err *e)
{
	bool may = !digest && !o->dry_run && !str_eq(o->pull, "never");
	int r;

	*lock = -1;
	if (o->spec.root.kind != ROOT_IMAGE)
		return 0;
	if (may && str_eq(o->pull, "always") && (r = pull(st, o, e)) < 0)
		return r;
	r = find_locked(st, a, o, digest, lock, e);
	if (r != -ENOENT || !may || str_eq(o->pull, "always") || !str_eq(e->code, "no-image"))
		return r;
	*e = (struct err){ 0 };
	r = pull(st, o, e);
	return r < 0 ? r : find_locked(st, a, o, digest, lock, e);
}
