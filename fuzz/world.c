/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world of --from: what is wrong with it is found, and its map drawn in every form. What was written is read back. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "observe/report/map.h"

static int load(struct arena *a, const void *data, size_t size, struct world *w)
{
	autoclose int fd = memfd_create("world", MFD_CLOEXEC);
	struct err e = { 0 };

	if (fd < 0 || io_write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return world_load(a, fd, w, &e);
}

static void draw(struct arena *a, const struct world *w)
{
	struct map_look narrow = { .width = 60, .ascii = true }, wide = { .width = 120, .color = true };
	struct str out = { .arena = a };
	struct findings f;
	struct map m;

	findings(w, NULL, a, &f);
	map_make(w, &f, a, &m);
	map_text(&m, &narrow, &out);
	map_text(&m, &wide, &out);
	map_svg(&m, &out);
	map_dot(&m, &out);
	map_json(&m, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct str once = { .arena = &a }, twice = { .arena = &a };
	struct world w, again;

	if (load(&a, data, size, &w) == 0) {
		draw(&a, &w);
		world_write(&w, &once);
		if (load(&a, str_get(&once), once.len, &again) < 0)
			__builtin_trap();
		world_write(&again, &twice);
		if (strcmp(str_get(&once), str_get(&twice)) != 0)
			__builtin_trap();
	}
	arena_free(&a);
	return 0;
}
