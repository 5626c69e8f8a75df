/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/show.h"
#include "image/save.h"
#include "state/images.h"

struct save_options {
	const char *output, *format;
};

static const struct opt save_table[] = {
	{ "output", 'o', "FILE", opt_string, offsetof(struct save_options, output),
	  "write to FILE, or make the directory, instead of writing to standard output", "@file" },
	/* not opt_format: how errors are printed is another matter */
	{ "format", 0, "FORMAT", opt_choice, offsetof(struct save_options, format),
	  "docker-archive, oci-archive, or a directory: oci-dir, docker-dir (docker-archive)",
	  "docker-archive oci-archive oci-dir docker-dir" },
	{ 0 },
};

static enum image_transport transport_of(const char *format)
{
	return str_eq(format, "oci-archive") ? TRANSPORT_OCI_ARCHIVE :
	       str_eq(format, "oci-dir")     ? TRANSPORT_OCI :
	       str_eq(format, "docker-dir")  ? TRANSPORT_DIR :
					       TRANSPORT_DOCKER_ARCHIVE;
}

/* ---- what is saved ---- */

/* An image of several names is there once. By its id it is saved without a name, as with docker. */
static int add(struct save *s, struct state *st, const char *word, struct err *e)
{
	struct save_image one = { 0 };
	const char *name;
	size_t i = 0;
	int r = images_find(st, s->images, s->arena, word, &one.image, e);

	if (r < 0)
		return r;
	name = images_whole_name(s->images, s->arena, word, &one.image);
	while (i < s->n && !str_eq(s->list[i].image.digest, one.image.digest))
		i++;
	if (i == s->n)
		arena_push(s->arena, s->list, s->n, one);
	if (name)
		strv_push(s->arena, &s->list[i].names, name);
	return 0;
}

/* ---- where to ---- */

/* A pipe, a device, or what a link leads to. */
static int save_into(const struct save *s, const char *path, struct err *e)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd < 0 ? err_set(e, "file", errno, "write %s", path) : save_archive(s, fd, e);
}

/* Beside it first: what was there stays until the new one is whole, and half an archive is none. */
static int save_to_file(const struct save *s, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *beside = arena_printf(s->arena, "%.*s.guise-save-%d", slash ? (int)(slash + 1 - path) : 0,
					  path, getpid());
	autoclose int fd = -1;
	struct stat st;
	int r;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return save_into(s, path, e);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, "file", errno, "write %s", path);
	r = save_archive(s, fd, e);
	if (r == 0 && rename(beside, path) < 0)
		r = err_set(e, "file", errno, "write %s", path);
	if (r < 0)
		unlink(beside);
	return r;
}

static int save_to_directory(const struct save *s, const char *path, struct err *e)
{
	bool made = mkdir(path, 0755) == 0;
	autoclose int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir d = IO_DIR(dir);
	int r;

	if (dir < 0)
		return err_set(e, "file", errno, "make the directory %s", path);
	if (!made && io_dir_next(&d))
		return err_set(e, "file", ENOTEMPTY, "write to the directory %s", path),
		       err_hint(e, "name one that is not there yet");
	r = save_directory(s, dir, e);
	if (r < 0 && made)
		io_remove_tree(AT_FDCWD, path);
	return r;
}

static int save_to(const struct save *s, const char *path, struct err *e)
{
	bool directory = s->transport == TRANSPORT_OCI || s->transport == TRANSPORT_DIR;

	if (s->transport == TRANSPORT_DIR && s->n > 1)
		return err_set(e, "save-many", EINVAL, "save %zu images", s->n),
		       err_cause(e, "this format holds one"), err_hint(e, "--format oci-dir holds several");
	if (directory && !path)
		return err_set(e, "save-directory", EINVAL, "save to standard output"),
		       err_cause(e, "this format is a directory"), err_hint(e, "--output names it");
	if (directory)
		return save_to_directory(s, path, e);
	if (path)
		return save_to_file(s, path, e);
	if (isatty(STDOUT_FILENO))
		return err_set(e, "terminal", EINVAL, "write an archive to a terminal"),
		       err_hint(e, "redirect it, or use --output FILE");
	return save_archive(s, STDOUT_FILENO, e);
}

static int save_run(struct call *call, struct err *e)
{
	struct save_options o = { 0 };
	struct save s = { .arena = call->arena };
	autoclose int images = -1;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = show_open(call, &st, &images, LOCK_SH, e)) < 0)
		return r;
	s.images = images;
	s.transport = transport_of(o.format);
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = add(&s, &st, words.v[i], e);
	return r < 0 ? r : save_to(&s, o.output, e);
}

const struct command save_command = {
	.name = "save",
	.also = "image save",
	.operands = "IMAGE...",
	.summary = IMAGE_SAVE,
	.details =
		"Takes the blobs as they came, so that what loads it has the same digests. An archive of the default format is "
		"one of docker's and an OCI image layout at once: docker load, podman load, skopeo and guise load read it.",
	.options = save_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = save_run,
};
