/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/env_options.h"

#include <fcntl.h>

#include "base/io.h"
#include "spec/env.h"

enum { ENV_FILE_MAX = 1 << 20 };

int env_options(struct arena *a, struct strv *env, const struct strv *files, const struct strv *given,
		char *const *own, struct err *e)
{
	int r;

	for (size_t i = 0; i < files->n; i++) {
		const char *path = files->v[i];
		char *text;
		size_t len;

		r = io_read_given(a, path, ENV_FILE_MAX, &text, &len);
		if (r < 0)
			return err_set(e, "env-file", -r, "--env-file: read %s", path);
		if ((r = env_file(a, env, path, text, len, own, e)) < 0)
			return err_prefix(e, "--env-file");
	}
	for (size_t i = 0; i < given->n; i++)
		if ((r = env_add(a, env, given->v[i], own, e)) < 0)
			return err_prefix(e, "--env");
	return 0;
}
