/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "cmd/image/make.h"
#include "cmd/image/show.h"
#include "cmd/image/take.h"
#include "run/engine/archive.h"

struct import_options {
	struct make_options make;
	struct platform platform;
	struct layer_limits limits;
};

static int set_platform(const struct opt_use *u, struct err *e)
{
	struct import_options *o = u->options;

	return platform_parse(u->call->arena, u->value, &o->platform, e);
}

static const struct opt import_table[] = {
	MAKE_ROWS,
	{ "platform", 0, "OS/ARCH[/VARIANT]", set_platform, 0, "what it is for (this machine's)" },
	LIMIT_ROWS(offsetof(struct import_options, limits)),
	{ 0 },
};

static int open_input(const char *path, struct err *e)
{
	int fd;

	if (strstr(path, "://"))
		return err_set(e, "no-transport", ENOSYS, "fetch %s", path),
		       err_cause(e, "import reads files"), err_hint(e, "curl -sSL %s | guise import -", path);
	if (str_eq(path, "-") && isatty(STDIN_FILENO))
		return err_set(e, "terminal", EINVAL, "read an archive from a terminal"),
		       err_hint(e, "redirect it, or name a file");
	fd = str_eq(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(e, "no-image-file", errno, "open %s", path) : fd;
}

/* Decompressed by guise-archive, in an empty directory: what it reads is a stranger's. */
static int decompress(struct call *call, int images, const struct layer_limits *limits, int in, int out,
		      struct err *e)
{
	const char *empty = arena_printf(call->arena, "new/empty-%d", getpid());
	struct archive_end end = {
		.root = -1, .process = -1, .path = "/", .container = true, .limits = limits
	};
	int r;

	io_remove_tree(images, empty);
	if (mkdirat(images, empty, 0700) < 0 ||
	    (end.root = openat(images, empty, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_set(e, "state", errno, "make a directory to unpack in");
	r = archive_plain(&end, in, out, e);
	fd_close(&end.root);
	io_remove_tree(images, empty);
	return r;
}

static json_object *config_of(struct call *call, const struct import_options *o)
{
	json_object *root = json_object_new_object();
	struct platform p = o->platform;

	if (!p.os)
		platform_here(call->arena, &p);
	object_str(root, "architecture", p.architecture);
	object_str(root, "os", p.os);
	if (p.variant)
		object_str(root, "variant", p.variant);
	return root;
}

static int import(struct call *call, struct state *st, int images, const struct import_options *o,
		  const char *path, const struct reference *name, struct err *e)
{
	struct derive d = { .add = { .images = images, .limits = o->limits } };
	autoclose int in = open_input(path, e), out = -1;
	const char *file;
	int r;

	if (in < 0)
		return in;
	if ((out = make_file(call, images, &file, e)) < 0)
		return out;
	if ((r = decompress(call, images, &o->limits, in, out, e)) < 0) {
		unlinkat(images, file, 0);
		return err_prefix(e, "%s", path), r;
	}
	d.config = config_of(call, o);
	d.comment = arena_printf(call->arena, "Imported from %s", path);
	return make_image(call, st, &d, &o->make, file, name, e);
}

static int import_run(struct call *call, struct err *e)
{
	struct import_options o = { .limits = take_limits };
	autoclose int images = -1;
	struct reference name;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (words.n > 1 && (r = show_new_name(call, words.v[1], &name, e)) < 0) ||
	    (r = command_open(call, &st, e)) < 0)
		return r;
	if ((images = images_open(&st, true, LOCK_SH, e)) < 0)
		return images;
	return import(call, &st, images, &o, words.v[0], words.n > 1 ? &name : NULL, e);
}

const struct command import_command = {
	.name = "import",
	.also = "image import",
	.operands = "FILE|- [NAME[:TAG]]",
	.summary = IMAGE_IMPORT,
	.details =
		"A tar archive, also compressed, of a root file system, as guise export and debootstrap with tar make it. Its command "
		"is what --change says.",
	.options = import_table,
	.min = 1,
	.max = 2,
	.hint = "@file",
	.run = import_run,
};
