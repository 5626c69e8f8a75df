/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>

#include "base/str.h"
#include "spec/image/change.h"

#define BEFORE "{\"Env\":[\"A=1\",\"AB=2\"],\"WorkingDir\":\"/srv\"}"

static const char *changed(struct arena *a, const char *text, struct err *e)
{
	json_object *config = json_tokener_parse(BEFORE);
	const char *out = NULL;

	if (image_change(a, config, text, e) == 0)
		out = arena_strdup(a,
				   json_object_to_json_string_ext(
					   config, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(config);
	return out;
}

static void test_changes(void **state)
{
	static const char env[] = "{\"Env\":[\"A=1\",\"AB=2\"]", dir[] = ",\"WorkingDir\":\"/srv\"";
	static const struct {
		const char *text, *begin, *member, *end;
	} rows[] = {
		{ "CMD [\"a\", \"b c\"]", env, dir, ",\"Cmd\":[\"a\",\"b c\"]}" },
		{ "cmd echo $HOME", env, dir, ",\"Cmd\":[\"/bin/sh\",\"-c\",\"echo $HOME\"]}" },
		{ "CMD=[\"a\"]", env, dir, ",\"Cmd\":[\"a\"]}" },
		{ "ENTRYPOINT [\"x\"]", env, dir, ",\"Entrypoint\":[\"x\"]}" },
		{ "ENV A=3 C='x y' D=\\\"", "{\"Env\":[\"A=3\",\"AB=2\",\"C=x y\",\"D=\\\"\"]", dir, "}" },
		{ "ENV A  one two", "{\"Env\":[\"A=one two\",\"AB=2\"]", dir, "}" },
		{ "LABEL k=\"v w\" l=", env, dir, ",\"Labels\":{\"k\":\"v w\",\"l\":\"\"}}" },
		{ "EXPOSE 80 53/udp", env, dir, ",\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}}}" },
		{ "EXPOSE 8000-8002/tcp", env, dir,
		  ",\"ExposedPorts\":{\"8000/tcp\":{},\"8001/tcp\":{},\"8002/tcp\":{}}}" },
		{ "VOLUME //a/./b/", env, dir, ",\"Volumes\":{\"/a/b\":{}}}" },
		{ "VOLUME [\"/a\", \"/b\"]", env, dir, ",\"Volumes\":{\"/a\":{},\"/b\":{}}}" },
		{ "VOLUME /a", env, dir, ",\"Volumes\":{\"/a\":{}}}" },
		{ "USER app:team", env, dir, ",\"User\":\"app:team\"}" },
		{ "STOPSIGNAL QUIT", env, dir, ",\"StopSignal\":\"QUIT\"}" },
		{ "WORKDIR sub", env, ",\"WorkingDir\":\"/srv/sub\"", "}" },
		{ "WORKDIR /", env, ",\"WorkingDir\":\"/\"", "}" },
		{ "ONBUILD RUN x", env, dir, ",\"OnBuild\":[\"RUN x\"]}" },
	};
	static char block[32768];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = ARENA_INIT(block);
		struct err e = { 0 };
		const char *want = arena_printf(&a, "%s%s%s", rows[i].begin, rows[i].member, rows[i].end);

		assert_string_equal(changed(&a, rows[i].text, &e) ?: e.cause, want);
		arena_free(&a);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = { "",         "CMD",      "RUN x",       "ENV =x", "ENV A",
					     "ENV 'A=1", "VOLUME a", "EXPOSE http", "CMDX a", "VOLUME [1]",
					     "VOLUME /", "VOLUME /a/../b", "EXPOSE 80/icmp", "EXPOSE 0" };
	static char block[32768];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct arena a = ARENA_INIT(block);
		struct err e = { 0 };

		if (changed(&a, texts[i], &e))
			fail_msg("'%s' is taken", texts[i]);
		assert_string_equal(e.code, "bad-change");
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_changes), cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
