/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An OCI runtime bundle of an image: config.json, and a root file system of its own. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/image/show.h"
#include "image/layer.h"
#include "image/layers.h"
#include "kernel/process/caps.h"
#include "run/engine/archive.h"
#include "run/engine/own_ids.h"
#include "run/start/probe.h"
#include "spec/env.h"
#include "spec/oci/template.h"

/* ---- the root ---- */

/* Its own entry is in no archive of it. */
static int copy_root_itself(int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0 ||
	    fchmod(to, st.st_mode & 07777) < 0 ||
	    futimens(to, (struct timespec[]){ st.st_atim, st.st_mtim }) < 0)
		return err_set(e, "copy-write", errno, "give the root file system its owner and mode");
	return 0;
}

static int copy_root(struct layer_stack *s, int to, struct err *e)
{
	struct layer_unpack view;
	autoclose int from = -1;
	int r = layer_view(s, &view, &from, e);
	struct archive_end source = {
		.root = from, .process = -1, .path = "/", .container = true, .alone = true
	};
	struct archive_end target = {
		.root = to, .process = -1, .path = "/", .container = true, .keep = true
	};

	target.devices = true;
	if (r == 0)
		r = archive_copy(&source, &target, e);
	if (r == 0)
		r = copy_root_itself(from, to, e);
	fd_close(&from);
	layer_view_end(s, &view);
	return r;
}

static int make_root(int images, struct arena *a, const struct image *image, int bundle, struct err *e)
{
	struct layer_stack s = { .images = images, .arena = a };
	autoclose int to = -1;

	for (unsigned i = image->n_layers; i-- > 0;) {
		const char *dir = arena_printf(a, "layers/%s", layers_name(images, a, image, i) ?: "");

		arena_push(a, s.below, s.n, dir);
	}
	if (mkdirat(bundle, "rootfs", 0755) < 0 ||
	    (to = openat(bundle, "rootfs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_set(e, "file", errno, "make the directory rootfs");
	return copy_root(&s, to, e);
}

/* ---- config.json ---- */

/* As guise run has it: names are looked up in the image. */
static int set_user(struct arena *a, const struct image *image, const struct image_config *c,
		    json_object *process, struct err *e)
{
	autoclose int root = open(image->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	json_object *user = object_within(process, "user"), *groups;
	struct user_ids ids;
	int r;

	if (root < 0)
		return err_set(e, "image-broken", errno, "open %s", image->path);
	if ((r = probe_user(a, root, c->user && *c->user ? c->user : NULL, &(struct strv){ 0 }, &ids, e)) < 0)
		return r;
	groups = json_object_new_array();
	object_int(user, "uid", ids.uid);
	object_int(user, "gid", ids.gid);
	for (size_t i = 0; i < ids.n_groups; i++)
		json_object_array_add(groups, json_object_new_int64(ids.groups[i]));
	json_object_object_add(user, "additionalGids", groups);
	return 0;
}

static void set_capabilities(json_object *process)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };
	json_object *caps = object_within(process, "capabilities");

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		json_object *list = json_object_new_array();

		for (int cap = 0; cap < 64; cap++)
			if (CAPS_DEFAULT & CAPS_BIT(cap))
				json_object_array_add(list, json_object_new_string(caps_name(cap)));
		json_object_object_add(caps, sets[i], list);
	}
}

static void set_process(struct arena *a, const struct image_config *c, json_object *process)
{
	struct strv args = { 0 }, env = { 0 };

	for (size_t i = 0; i < c->entrypoint.n; i++)
		strv_push(a, &args, c->entrypoint.v[i]);
	for (size_t i = 0; i < c->cmd.n; i++)
		strv_push(a, &args, c->cmd.v[i]);
	if (!args.n)
		strv_push(a, &args, "sh");
	for (size_t i = 0; i < c->env.n; i++)
		strv_push(a, &env, c->env.v[i]);
	env_default(a, &env, "PATH", env_path);
	object_list(process, "args", &args, 0);
	object_list(process, "env", &env, 0);
	object_str(process, "cwd", c->working_dir && *c->working_dir ? c->working_dir : "/");
	object_flag(process, "terminal", false);
	object_flag(process, "noNewPrivileges", false);
	set_capabilities(process);
}

static void set_annotations(json_object *root, const struct image *image, const struct image_config *c)
{
	json_object *notes = object_within(root, "annotations");

	for (size_t i = 0; i + 1 < c->labels.n; i += 2)
		object_str(notes, c->labels.v[i], c->labels.v[i + 1]);
	object_str(notes, "org.opencontainers.image.base.digest", image->digest);
	if (c->stop_signal)
		object_str(notes, "org.opencontainers.image.stopSignal", c->stop_signal);
}

static int write_config(int images, struct arena *a, const struct image *image, int bundle, struct err *e)
{
	struct str text = { .arena = a };
	struct image_config c;
	json_object *root;
	const char *out;
	int r = images_config(images, a, image, &c, e);

	if (r < 0)
		return r;
	oci_template(&(struct oci_template){ .cgroup_ns = probe_cgroup2_alone() }, &text);
	root = json_tokener_parse(text.p);
	set_process(a, &c, json_within(root, "process"));
	object_flag(json_within(root, "root"), "readonly", false);
	set_annotations(root, image, &c);
	if ((r = set_user(a, image, &c, json_within(root, "process"), e)) == 0) {
		out = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
								   JSON_C_TO_STRING_NOSLASHESCAPE);
		r = io_write_file(bundle, "config.json", out, strlen(out), 0644);
		if (r < 0)
			r = err_set(e, "file", -r, "write config.json");
	}
	json_object_put(root);
	return r;
}

/* ---- the command ---- */

/* Nobody else gets in: an image has set-user-id programs of whoever made it. */
static int open_bundle(const char *path, struct err *e)
{
	int dir = mkdir(path, 0700) < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir >= 0)
		return dir;
	err_set(e, "file", errno, "make the directory %s", path);
	return err_hint_for(e, EEXIST, "name one that is not there yet");
}

static int bundle_run(struct call *call, struct err *e)
{
	autoclose int images = -1, bundle = -1;
	struct image image;
	struct strv words;
	const char *why;
	struct state st;
	int r = opt_parse(call, NULL, &words, e);

	if (r || (r = command_open(call, &st, e)) < 0 || (r = own_ids_mounts(call->arena, &why, e)) < 0)
		return r;
	images = images_open(&st, false, LOCK_SH, e);
	if (images < 0 && images != -ENOENT)
		return images;
	if ((r = images_find(&st, images, call->arena, words.v[0], &image, e)) < 0)
		return r;
	if ((bundle = open_bundle(words.v[1], e)) < 0)
		return bundle;
	if ((r = write_config(images, call->arena, &image, bundle, e)) == 0)
		r = make_root(images, call->arena, &image, bundle, e);
	if (r < 0)
		io_remove_tree(AT_FDCWD, words.v[1]);
	return r;
}

const struct command bundle_command = {
	.name = "bundle",
	.operands = "IMAGE DIR",
	.summary = IMAGE_BUNDLE,
	.details =
		"DIR, which is made, gets config.json and a copy of the image's root file system, rootfs, that no other shares: to "
		"remove the directory removes all of it. Its process is the image's, with docker's capabilities and without a "
		"terminal; its network namespace has no network until somebody puts it on one.",
	.min = 2,
	.max = 2,
	.run = bundle_run,
};
