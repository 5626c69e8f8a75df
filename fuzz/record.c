/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container's record, as every command reads it: its plan is written anew, read again, and explained; exec makes another
 * of it.
 */
#include <json-c/json_object.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "plan/build/exec.h"
#include "plan/build/oci/exec.h"
#include "state/record_parts.h"

static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static int read_record(struct arena *a, const char *text, size_t len, struct record *r)
{
	struct err e;
	json_object *o = json_from_text(text, len, &e);
	int n = -1;

	*r = (struct record){
		.id = id, .name = "box", .rootfs = "", .network = "", .guise = "", .plan.arena = a
	};
	if (json_object_is_type(o, json_type_object))
		n = record_from_json(o, r, &e);
	json_object_put(o);
	return n;
}

static void check_words(const struct record *r)
{
	if (!r->name || !r->rootfs || !r->network || !r->guise)
		__builtin_trap();
	for (size_t i = 0; i < r->labels.n; i++)
		if (!r->labels.v[i])
			__builtin_trap();
}

/* As guise-oci exec does, of a container with the least configuration. */
static void use_oci_plan(struct arena *a, const struct plan *p, struct target *t)
{
	struct str out = { .arena = a };
	struct plan exec = { .arena = a };
	struct oci_facts facts = { .user_home = "/" };
	struct oci_exec_wish wish = { .container = p };
	struct oci_config c = { .has_process = true, .process = { .cwd = "/", .tty = true } };

	plan_build_oci_exec(&exec, &c, &facts, &wish);
	plan_explain(&exec, t, false, &out);
}

static void use_plan(struct arena *a, const struct plan *p)
{
	static const char *const command[] = { "true" };
	struct exec_wish wish = { .container = p, .argv = { (const char **)command, 1 }, .tty = true };
	struct plan exec = { .arena = a };
	struct str out = { .arena = a };
	struct target t;

	target_init(&t, a, 0, -1);
	plan_explain(p, &t, false, &out);
	plan_explain_json(p, &t, false, &out);
	plan_build_exec(&exec, &wish);
	use_oci_plan(a, p, &t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct str once = { .arena = &a }, twice = { .arena = &a };
	struct record r, again;

	/* json_from_text() wants a NUL behind the text, as io_read_file() gives it */
	int n = read_record(&a, arena_strndup(&a, (const char *)data, size), size, &r);
	check_words(&r);
	if (n == 0) {
		use_plan(&a, &r.plan);
		str_add(&once, "{\"plan\": ");
		plan_to_json(&r.plan, &once);
		str_add(&once, "}");
		if (read_record(&a, once.p, once.len, &again) < 0)
			__builtin_trap();
		str_add(&twice, "{\"plan\": ");
		plan_to_json(&again.plan, &twice);
		str_add(&twice, "}");
		if (strcmp(once.p, twice.p) != 0)
			__builtin_trap();
	}
	arena_free(&a);
	return 0;
}
