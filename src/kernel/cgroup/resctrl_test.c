/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cgroup/resctrl.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena a;

static const char schemata[] = "    MB:0=100;1= 70\n    L3:0=7ff;1=01f\nL3CODE:0=3\n";

static void values(void **state)
{
	assert_true(resctrl_text_has(schemata, "L3:0=7ff;1=1f"));
	assert_true(resctrl_text_has(schemata, "L3:1=1F\nMB:1=70\n"));
	assert_true(resctrl_text_has(schemata, "L3CODE:0=03"));
	assert_true(resctrl_text_has(schemata, ""));
	assert_false(resctrl_text_has(schemata, "L3:0=7fe"));
	assert_false(resctrl_text_has(schemata, "L3:2=7ff")); /* no such cache */
	assert_false(resctrl_text_has(schemata, "MB:0=64"));  /* 100 is no hexadecimal number */
	assert_false(resctrl_text_has(schemata, "L2:0=f"));
	assert_false(resctrl_text_has(schemata, "L3"));
	assert_false(resctrl_text_has(schemata, "L3:x"));
}

/* Few machines have it: the files are ordinary ones here. */
static void files(void **state)
{
	char dir[] = "/tmp/resctrl.XXXXXX", path[64], *text;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	for (const char *const *name = (const char *[]){ "tasks", "schemata", NULL }; *name; name++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *name);
		f = fopen(path, "w");
		fputs(**name == 't' ? "12\n4711\n" : schemata, f);
		fclose(f);
	}
	assert_int_equal(resctrl_holds(&a, dir, 4711), 1);
	assert_int_equal(resctrl_holds(&a, dir, 471), 0);
	assert_int_equal(resctrl_has(&a, dir, "L3:0=7ff"), 1);
	assert_int_equal(resctrl_has(&a, dir, "L3:0=7"), 0);
	assert_int_equal(resctrl_write(dir, "L3:0=7"), 0);
	assert_int_equal(resctrl_join(dir, 99), 0);
	assert_int_equal(resctrl_holds(&a, dir, 99), 1);
	text = arena_printf(&a, "%s/none", dir);
	assert_true(resctrl_has(&a, text, "L3:0=7ff") < 0 && resctrl_join(text, 1) < 0 &&
		    resctrl_holds(&a, text, 1) < 0);
	assert_string_equal(resctrl_status(&a, text), "");
	for (const char *const *name = (const char *[]){ "tasks", "schemata", NULL }; *name; name++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *name);
		unlink(path);
	}
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values), cmocka_unit_test(files) };
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&a);
	return r;
}
