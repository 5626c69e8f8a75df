/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <string.h>

static const char data[] =
	"{\"Id\":\"abc\",\"Pid\":42,\"Up\":true,\"Down\":false,\"None\":null,\"Half\":0.5,"
	"\"State\":{\"Status\":\"running\",\"Code\":0},\"Args\":[\"a\",\"b c\"],\"Empty\":[],"
	"\"Labels\":{\"z\":\"1\",\"com.x/y\":\"2\"},\"Mounts\":[{\"S\":\"/a\",\"D\":\"/b\"},{\"S\":\"/c\",\"D\":\"/d\"}]}";

static const struct {
	const char *text, *result;
} good[] = {
	{ "plain", "plain" },
	{ "{{.Id}}", "abc" },
	{ "<{{ .State.Status }}>", "<running>" },
	{ "{{.Pid}} {{.Up}} {{.None}} {{.Half}}", "42 true <no value> 0.5" },
	{ "{{.Args}} {{.Labels}}", "[a b c] map[com.x/y:2 z:1]" },
	{ "{{json .Args}}", "[\"a\",\"b c\"]" },
	{ "{{json .State}}", "{\"Status\":\"running\",\"Code\":0}" },
	{ "{{.State | json | len}}", "29" },
	{ "{{upper .Id}}{{.Id|upper|lower}}{{title .Id}}", "ABCabcAbc" },
	{ "{{len .Mounts}} {{len .Id}} {{len .Labels}}", "2 3 2" },
	{ "{{index .Args 1}} {{index .Labels \"com.x/y\"}} <{{index .Labels \"no\"}}>", "b c 2 <>" },
	{ "{{(index .Mounts 0).D}}", "/b" },
	{ "{{.Labels \"z\"}}", "1" },
	{ "{{join .Args \"-\"}} {{split \"a:b\" \":\"}}", "a-b c [a b]" },
	{ "{{truncate .Id 2}}{{truncate \"äöü\" 2}}", "abäö" },
	{ "{{if .Up}}yes{{else}}no{{end}}{{if .Down}}yes{{else}}no{{end}}", "yesno" },
	{ "{{if .Down}}a{{else if .Up}}b{{else}}c{{end}}{{if .Down}}a{{else if .Empty}}b{{else}}c{{end}}",
	  "bc" },
	{ "{{if .None}}{{.No.Such}}{{else}}x{{end}}", "x" },
	{ "{{if eq .State.Status \"running\" \"paused\"}}1{{end}}{{if ne .Pid 42}}2{{end}}{{if gt .Pid 41}}3{{end}}",
	  "13" },
	{ "{{if and .Up (not .Down)}}1{{end}}{{or .Down .Id}}", "1abc" },
	{ "{{range .Mounts}}{{.S}}:{{.D}} {{end}}", "/a:/b /c:/d " },
	{ "{{range $i, $m := .Mounts}}{{$i}}={{$m.S}},{{end}}", "0=/a,1=/c," },
	{ "{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "com.x/y=2;z=1;" },
	{ "{{range $v := .Args}}{{$v}}{{$.Id}}{{end}}", "aabcb cabc" },
	{ "{{range .Empty}}x{{else}}none{{end}}{{range .Args}}{{else}}none{{end}}", "none" },
	{ "{{range .Mounts}}{{range .}}{{.}}{{end}}|{{end}}", "/b/a|/d/c|" },
	{ "{{with .State}}{{.Code}}{{end}}{{with .None}}a{{else}}b{{end}}", "0b" },
	{ "a {{- .Id -}} b", "aabcb" },
	{ "{{/* no {{ word */}}x{{- /* y */ -}} z", "xz" },
	{ "{{print 1 2 \"x\" 3}}{{println .Id}}", "1 2x3abc\n" },
	{ "{{printf \"%-5s|%5s|%d%%\" .Id .Id .Pid}}", "abc  |  abc|42%" },
	{ "{{printf \"%q\" .Id}} {{`raw\\t`}} {{\"t\\tn\"}}", "\"abc\" raw\\t t\tn" },
	{ "{{- 7 }}{{-3}}{{true}}", "7-3true" },
};

static const struct {
	const char *text, *cause;
} bad[] = {
	{ "{{.No}}",
	  "there is no field No; there are Args, Down, Empty, Half, Id, Labels, Mounts, None, Pid, State, Up" },
	{ "{{.Id.x}}", "there is no field x in string" },
	{ "{{.None.x}}", "there is no field x in null" },
	{ "{{.Id", "}} is missing" },
	{ "{{.Id x}}", "'x}}' is no value" },
	{ "{{.Id)}}", "')}}' was not expected" },
	{ "{{nothing .Id}}", "there is no function nothing" },
	{ "{{if .Id}}x", "{{end}} is missing" },
	{ "{{if .Down}}x", "{{end}} is missing" },
	{ "{{range .Args}}x", "{{end}} is missing" },
	{ "{{if .Down}}{{.Id", "{{end}} is missing" },
	{ "x{{end}}", "{{end}} or {{else}} without what it ends" },
	{ "x{{else}}", "{{end}} or {{else}} without what it ends" },
	{ "{{range .Id}}{{end}}", "range: a list or an object is needed" },
	{ "{{index .Args 2}}", "index: 2 is not in a list of 2" },
	{ "{{index .Args \"x\"}}", "index: a list and a number are needed, or an object and a text" },
	{ "{{upper .Pid}}", "a text is needed, not 42" },
	{ "{{upper}}", "upper takes 1 value, and not 0" },
	{ "{{eq .Pid \"42\"}}", "int and string can't be compared" },
	{ "{{.Id | .Pid}}", "| wants a function behind it" },
	{ "{{\"x}}", "the closing \" is missing" },
	{ "{{(.Id}}", ") is missing" },
	{ "{{$x}}", "there is no variable $x" },
	{ "{{/* x", "*/ is missing" },
	{ "{{printf \"%x\" 1}}", "printf: only %s, %d, %v and %q are known" },
	{ "{{printf \"%s\"}}", "printf: more verbs than values" },
	{ "{{split .Id \"\"}}", "split: the text between is empty" },
};

static struct arena a;
static json_object *root;

static int run(const char *text, struct str *out, struct err *e)
{
	*out = (struct str){ .arena = &a };
	*e = (struct err){ 0 };
	return template_run(text, root, out, e);
}

static void test_good(void **state)
{
	struct str out;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		if (run(good[i].text, &out, &e) < 0)
			fail_msg("%s: %s", good[i].text, e.cause);
		if (strcmp(str_get(&out), good[i].result) != 0)
			fail_msg("%s: '%s' is not '%s'", good[i].text, str_get(&out), good[i].result);
	}
}

static void test_bad(void **state)
{
	struct str out;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (run(bad[i].text, &out, &e) == 0)
			fail_msg("%s: accepted", bad[i].text);
		assert_string_equal(e.code, "bad-template");
		if (strcmp(e.cause, bad[i].cause) != 0)
			fail_msg("%s:\n%s\nis not\n%s", bad[i].text, e.cause, bad[i].cause);
	}
}

static void repeat(struct str *out, const char *text, int n)
{
	while (n-- > 0)
		str_add(out, text);
}

/* A template is no way to the end of the stack. */
static void test_depth(void **state)
{
	struct str text = { .arena = &a }, out;
	struct err e;

	repeat(&text, "{{if .Up}}", 100000);
	assert_true(run(str_get(&text), &out, &e) < 0);
	assert_string_equal(e.cause, "too deep");
	text = (struct str){ .arena = &a };
	str_add(&text, "{{");
	repeat(&text, "(", 100000);
	assert_true(run(str_get(&text), &out, &e) < 0);
	text = (struct str){ .arena = &a };
	repeat(&text, "{{if .Down}}", 100000);
	assert_true(run(str_get(&text), &out, &e) < 0);
	assert_true(template_is("{{.Id}}") && !template_is("json") && !template_is(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_depth),
	};
	root = json_tokener_parse(data);
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	json_object_put(root);
	arena_free(&a);
	return r;
}
