/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/image/make.h"
#include "cmd/image/show.h"
#include "cmd/image/take.h"
#include "image/blob.h"
#include "image/tar.h"
#include "kernel/process/apart.h"
#include "run/engine/archive.h"
#include "run/engine/changes.h"
#include "spec/env.h"

struct commit_options {
	struct make_options make;
	struct layer_limits limits;
	const char *author;
	bool pause, quiet;
};

static const struct opt commit_table[] = {
	MAKE_ROWS,
	{ "author", 'a', "TEXT", opt_string, offsetof(struct commit_options, author), "who made it" },
	{ "pause", 'p', NULL, opt_flag, offsetof(struct commit_options, pause),
	  "pause the container while its files are read (true)" },
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct commit_options, quiet),
	  "print only the id, as always" },
	LIMIT_ROWS(offsetof(struct commit_options, limits)),
	{ 0 },
};

/* ---- the layer ---- */

struct listing {
	struct control *k;
	int list;
};

static int write_changes(void *arg, struct err *e)
{
	const struct listing *l = arg;
	struct changes changes;
	int r = changes_read(l->k, &changes, e);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < changes.n; i++) {
		const char *path = changes.v[i].path;

		if ((r = io_write_all(l->list, &changes.v[i].kind, 1)) == 0)
			r = io_write_all(l->list, path, strlen(path) + 1);
	}
	return r < 0 ? err_set(e, "file", -r, "list the changes") : 0;
}

/* What it has changed, for guise-archive: all of it, so that neither waits for the other. By another process: a user's image is
 * looked at in a user namespace, out of which there is no way to a container that runs. */
static int list_changes(struct control *k, int *list, struct err *e)
{
	int r;

	*list = memfd_create("guise-changes", MFD_CLOEXEC);
	if (*list < 0)
		return err_set(e, "file", errno, "list the changes");
	if ((r = apart_call(write_changes, &(struct listing){ k, *list }, e)) < 0)
		return r;
	return lseek(*list, 0, SEEK_SET) < 0 ? err_set(e, "file", errno, "list the changes") : 0;
}

static int pack(struct control *k, int out, struct err *e)
{
	struct archive_end end = { .root = -1 };
	autoclose int list = -1;
	int r;

	/* it was never started, and has changed nothing */
	if (!k->rec.begun)
		return (r = tar_end(out)) < 0 ? err_set(e, "copy-write", -r, "write the layer") : 0;
	r = list_changes(k, &list, e);
	if (r == 0)
		r = archive_root(&end, k, e);
	if (r == 0)
		r = archive_changes(&end, list, out, e);
	fd_close(&end.root);
	return r;
}

/* What writes meanwhile would be half in it. One that does not run has been locked. */
static int pack_paused(struct control *k, bool pause, int out, struct err *e)
{
	bool paused = pause && k->pid > 0 && !k->paused && k->rec.cgroup;
	struct err later = { 0 };
	int r = paused ? control_pause(k, true, e) : 0, n = 0;

	if (r < 0)
		return r;
	r = pack(k, out, e);
	if (paused)
		n = control_pause(k, false, &later);
	if (r == 0 && n < 0)
		*e = later, r = n;
	return r;
}

/* ---- the configuration ---- */

static size_t length(json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* Begins the container's command with those words? */
static bool begins_with(const struct strv *command, json_object *words)
{
	for (size_t i = 0; i < length(words); i++)
		if (i >= command->n ||
		    !str_eq(json_object_get_string(json_object_array_get_idx(words, i)), command->v[i]))
			return false;
	return true;
}

/* The entrypoint and command that together are the container's: the image's entrypoint, where it was used. */
static void set_command(json_object *config, const struct record *rec)
{
	json_object *entrypoint = NULL;
	struct strv first = { rec->command.v, 1 };
	size_t n;

	json_object_object_get_ex(config, "Entrypoint", &entrypoint);
	n = begins_with(&rec->command, entrypoint) ? length(entrypoint) : 0;
	if (!n && rec->entrypoint && rec->command.n)
		object_list(config, "Entrypoint", &first, n++);
	else if (!n)
		json_object_object_del(config, "Entrypoint");
	object_list(config, "Cmd", &rec->command, n);
}

/* Without what guise itself has put there, unless the image has it like that: of the next container it is another. */
static struct strv environment(struct arena *a, const struct record *rec, const struct image_config *parent)
{
	struct strv usual = { 0 }, env = { 0 };

	env_usual(a, &usual, rec->tty, rec->hostname);
	for (size_t i = 0; i < rec->env.n; i++)
		if (!strv_has(&usual, rec->env.v[i]) || strv_has(&parent->env, rec->env.v[i]))
			strv_push(a, &env, rec->env.v[i]);
	return env;
}

static json_object *config_of(struct call *call, const struct record *rec, const char *text,
			      const struct image_config *parent)
{
	json_object *root = json_tokener_parse(text), *config = json_within(root, "config");
	struct strv env = environment(call->arena, rec, parent);

	set_command(config, rec);
	if (env.n || parent->env.n)
		object_list(config, "Env", &env, 0);
	if (rec->labels.n)
		object_labels(call->arena, config, "Labels", &rec->labels);
	if (rec->user && *rec->user)
		object_str(config, "User", rec->user);
	if (rec->workdir && *rec->workdir)
		object_str(config, "WorkingDir", rec->workdir);
	return root;
}

static const char *words_of(struct arena *a, const struct strv *argv)
{
	struct str s = { .arena = a };

	for (size_t i = 0; i < argv->n; i++) {
		str_add(&s, i ? " " : "");
		str_add_shell(&s, argv->v[i]);
	}
	return str_get(&s);
}

/* ---- the command ---- */

static int no_parent(const struct control *k, struct err *e)
{
	return err_set(e, "no-image", ENOENT, "commit container %s", k->rec.name),
	       err_cause(e, "it is not made of an image"),
	       err_hint(e, "all of its root: guise export %s | guise import - NAME", k->rec.name);
}

static int commit(struct call *call, struct state *st, struct control *k, int images,
		  const struct commit_options *o, const struct reference *name, struct err *e)
{
	struct derive d = { .add = { .images = images, .limits = o->limits }, .author = o->author };
	autoclose int out = -1;
	struct image_config config;
	struct image parent;
	const char *file;
	char *text;
	size_t len;
	int r;

	if (!k->rec.image)
		return no_parent(k, e);
	if ((r = images_load(st, images, call->arena, k->rec.image, &parent, e)) < 0 ||
	    (r = blob_read(images, call->arena, parent.id, &text, &len, e)) < 0 ||
	    (r = image_config_parse(call->arena, text, len, &config, e)) < 0)
		return r;
	if ((out = make_file(call, images, &file, e)) < 0)
		return out;
	if ((r = pack_paused(k, o->pause, out, e)) < 0) {
		unlinkat(images, file, 0);
		return r;
	}
	d.parent = &parent;
	d.config = config_of(call, &k->rec, text, &config);
	d.created_by = words_of(call->arena, &k->rec.command);
	return make_image(call, st, &d, &o->make, file, name, e);
}

static int commit_run(struct call *call, struct err *e)
{
	struct commit_options o = { .pause = true, .limits = take_limits };
	autoclose int images = -1;
	struct reference name;
	struct strv words;
	struct control k;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (words.n > 1 && (r = show_new_name(call, words.v[1], &name, e)) < 0) ||
	    (r = command_state(call, &st, e)) < 0)
		return r;
	r = control_open(&k, &st, call->arena, words.v[0], e);
	if (r == 0)
		r = images = images_open(&st, true, LOCK_SH, e);
	if (r >= 0)
		r = commit(call, &st, &k, images, &o, words.n > 1 ? &name : NULL, e);
	control_close(&k);
	return r;
}

const struct command commit_command = {
	.name = "commit",
	.operands = "CONTAINER [NAME[:TAG]]",
	.summary = IMAGE_COMMIT,
	.details =
		"The image that it is made of, with a layer of what it has changed (guise diff), and with its command, environment, "
		"user, directory and labels. What is mounted in it, such as volumes, is not a part of it.",
	.options = commit_table,
	.min = 1,
	.max = 2,
	.hint = "@container",
	.run = commit_run,
};
