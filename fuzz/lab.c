/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lab's file. */
#include <stdint.h>
#include <string.h>

#include "spec/lab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct lab l;
	struct err e;

	if (lab_parse(&a, "01-fuzz.lab", (const char *)data, size, &l, &e) == 0)
		for (size_t i = 0; i < l.n_goals; i++)
			if (!l.goals[i].words.n || strchr(l.goals[i].text, '\n'))
				__builtin_trap();
	arena_free(&a);
	return 0;
}
