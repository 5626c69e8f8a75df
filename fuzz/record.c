/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded plan, as rm, exec and doctor read it: it is written anew, read again, and printed as a script.
 */
#include <json-c/json_object.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "plan/plan.h"

static int read_plan(struct arena *a, const char *text, size_t len, struct plan *p)
{
	struct err e;
	json_object *o = json_from_text(text, len, &e), *list = NULL;
	int r = -1;

	*p = (struct plan){.arena = a};
	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, "plan", &list))
		r = plan_from_json(p, list, &e);
	json_object_put(o);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct str once = {.arena = &a}, twice = {.arena = &a};
	struct plan p, again;

	/* json_from_text() wants a NUL behind the text, as io_read_file() gives it */
	if (read_plan(&a, arena_strndup(&a, (const char *)data, size), size, &p) == 0) {
		str_add(&once, "{\"plan\": ");
		plan_to_json(&p, &once);
		str_add(&once, "}");
		if (read_plan(&a, once.p, once.len, &again) < 0)
			__builtin_trap();
		str_add(&twice, "{\"plan\": ");
		plan_to_json(&again, &twice);
		str_add(&twice, "}");
		if (strcmp(once.p, twice.p) != 0)
			__builtin_trap();
	}
	arena_free(&a);
	return 0;
}
