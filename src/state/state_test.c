/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json_object.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "run/engine/recover.h"
#include "state/record_parts.h"

struct fixture {
	char path[32];
	struct arena a;
	struct state st;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	snprintf(f->path, sizeof(f->path), "/tmp/guise-state-XXXXXX");
	return mkdtemp(f->path) && state_open(&f->st, &f->a, "test", f->path, &f->e) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int r = io_remove_tree(AT_FDCWD, f->path);

	close(f->st.containers);
	close(f->st.fd);
	arena_free(&f->a);
	free(f);
	return r;
}

static void others_directories_are_not_touched(void **state)
{
	struct fixture *f = *state;
	char mine[64], others[64];
	struct state st;
	struct err e;

	snprintf(mine, sizeof(mine), "%s/mine", f->path);
	assert_int_equal(mkdir(mine, 0) | chmod(mine, 0770), 0);
	assert_int_equal(state_open(&st, &f->a, "test", mine, &e), -EPERM);
	assert_string_equal(e.cause, "others may write to it");
	assert_int_equal(rmdir(mine), 0);

	snprintf(others, sizeof(others), "%s/others", f->path);
	assert_int_equal(mkdir(others, 0755), 0);
	if (chown(others, 12345, 0) < 0)
		return; /* not root */
	assert_int_equal(state_open(&st, &f->a, "test", others, &e), -EPERM);
	assert_non_null(strstr(e.cause, "user 12345"));
	assert_int_equal(rmdir(others), 0);
}

/* A container as one leaves it who was killed after its plan was recorded. */
static void make_dead(struct fixture *f, struct container *c)
{
	static const char *const command[] = { "true" };
	struct record r = { .plan.arena = &f->a };
	struct step *s;

	plan_add(&r.plan, STEP_PROCESS, NULL);
	plan_add(&r.plan, STEP_BOUNDING, NULL);
	plan_add(&r.plan, STEP_USER, NULL);
	s = plan_add(&r.plan, STEP_EXEC, NULL);
	s->exec.argv = (struct strv){ (const char **)command, 1 };
	assert_int_equal(container_create(c, &f->st, &f->a, "box", false, &f->e), 0);
	r.id = c->id;
	r.name = c->name;
	assert_int_equal(record_write_container(c, &r, &f->e), 0);
	container_close(c);
}

/* A descriptor of O_PATH can't be locked: EBADF. */
static void only_a_lock_that_was_got_says_dead(void **state)
{
	struct fixture *f = *state;
	enum container_status status;
	struct container c;
	struct record r;

	make_dead(f, &c);
	c = (struct container){ .id = c.id, .dir = openat(f->st.containers, c.id, O_PATH | O_CLOEXEC) };
	assert_int_equal(container_lock(&c, false), -EBADF);
	assert_int_equal(recover(&c, &f->st, &f->a, &r, &status, &f->e), 0);
	assert_int_equal(faccessat(f->st.containers, c.id, F_OK, 0), 0);
	container_close(&c);

	assert_int_equal(container_open(&c, &f->st, &f->a, c.id, &f->e), 0);
	assert_int_equal(recover(&c, &f->st, &f->a, &r, &status, &f->e), -ENOENT);
	assert_int_equal(faccessat(f->st.containers, c.id, F_OK, 0), -1);
	container_close(&c);
}

static void what_is_written_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct str text = { .arena = &f->a };
	struct container c;
	json_object *o;
	struct err e;

	assert_int_equal(container_create(&c, &f->st, &f->a, "box", false, &f->e), 0);
	str_add(&text, "{\"key\": ");
	json_add_bytes(&text, "\xff\xee\xbe\x80\xee\xbd\x80é\x7f\n\"");
	str_add(&text, "}");
	assert_int_equal(record_write_file(&c, "file", &text, &e), 0);
	assert_int_equal(record_read_file(&c, &f->a, "file", &o, &e), 0);
	assert_string_equal(record_get_str(&f->a, o, "key"), "\xff\xee\xbe\x80\xee\xbd\x80é\x7f\n\"");
	json_object_put(o);

	text.len = RECORD_MAX + 1; /* refused before it is looked at */
	assert_int_equal(record_write_file(&c, "file", &text, &e), -E2BIG);
	assert_string_equal(e.code, "record-too-large");
	assert_int_equal(record_read_file(&c, &f->a, "file", &o, &e), 0);
	json_object_put(o);
	assert_int_equal(container_remove(&c, &f->st, &e), 0);
	container_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(others_directories_are_not_touched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_a_lock_that_was_got_says_dead, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_written_can_be_read, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
