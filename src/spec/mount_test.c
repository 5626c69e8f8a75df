/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/str.h"
#include "spec/mount.h"

static char first_block[64 * 1024];

/* A mount in one line: type source target, attributes, propagation, marks, data. */
static const char *mount_text(struct arena *a, const struct spec_mount *m)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} attr[] = {
		{ MOUNT_ATTR_RDONLY, " ro" },       { MOUNT_ATTR_NOSUID, " nosuid" },
		{ MOUNT_ATTR_NODEV, " nodev" },     { MOUNT_ATTR_NOEXEC, " noexec" },
		{ MOUNT_ATTR_NOATIME, " noatime" },
	};
	struct str s = { .arena = a };

	str_addf(&s, "%s %s %s", m->type, m->volume ? m->volume : m->source, m->target);
	for (size_t i = 0; i < ARRAY_LEN(attr); i++)
		str_add(&s, m->attr & attr[i].bit ? attr[i].word : "");
	if (m->propagation)
		str_addf(&s, " %s%s", m->propagation & MS_REC ? "r" : "",
			 m->propagation & MS_SHARED ? "shared" :
			 m->propagation & MS_SLAVE  ? "slave" :
						      "private");
	str_add(&s, m->recursive ? " +rec" : "");
	str_add(&s, m->attr_recursive ? " +attr_rec" : "");
	str_add(&s, m->copy_up ? " +copy_up" : "");
	str_add(&s, m->no_copy ? " +no_copy" : "");
	if (m->data)
		str_addf(&s, " (%s)", m->data);
	return s.p;
}

static int parse(struct arena *a, const char *way, const char *text, struct spec_mount *m, struct err *e)
{
	if (str_eq(way, "-v"))
		return mount_parse_volume(a, text, "/home/me", m, e);
	if (str_eq(way, "--tmpfs"))
		return mount_parse_tmpfs(a, text, m, e);
	return mount_parse_fields(a, text, "/home/me", m, e);
}

static void test_good(void **state)
{
	static const struct {
		const char *way, *text, *mount;
	} t[] = {
		{ "-v", "/a:/b", "bind /a /b +rec" },
		{ "-v", "/a:/b/./c//", "bind /a /b/c +rec" },
		{ "-v", "./x:/b", "bind /home/me/./x /b +rec" },
		{ "-v", ".:/b", "bind /home/me/. /b +rec" },
		{ "-v", "../x:/b", "bind /home/me/../x /b +rec" },
		{ "-v", "/a:/b:rw", "bind /a /b +rec" },
		{ "-v", "/a:/b:ro", "bind /a /b ro +rec +attr_rec" },
		{ "-v", "/a:/b:ro,bind", "bind /a /b ro" },
		{ "-v", "/a:/b:z", "bind /a /b +rec" },
		{ "-v", "/a:/b:nosuid,nodev,noexec,noatime", "bind /a /b nosuid nodev noexec noatime +rec" },
		{ "-v", "/a:/b:noatime,relatime,noexec,exec", "bind /a /b +rec" },
		{ "-v", "/a:/b:rslave", "bind /a /b rslave +rec" },
		{ "-v", "/a:/b:shared,Z,ro", "bind /a /b ro shared +rec +attr_rec" },
		{ "-v", "data:/b", "volume data /b" },
		{ "-v", "data:/b:ro,nocopy", "volume data /b ro +no_copy" },
		{ "-v", "data:/b:copy,noexec", "volume data /b noexec" },
		{ "-v", "/b/./c", "volume  /b/c" },
		{ "--tmpfs", "/t", "tmpfs tmpfs /t nosuid nodev noexec" },
		{ "--tmpfs", "/t:rw,exec,suid,dev", "tmpfs tmpfs /t" },
		{ "--tmpfs", "/t:ro,size=64m,mode=1777,uid=5,gid=6",
		  "tmpfs tmpfs /t ro nosuid nodev noexec (size=64m,mode=1777,uid=5,gid=6)" },
		{ "--tmpfs", "/t:size=50%,tmpcopyup",
		  "tmpfs tmpfs /t nosuid nodev noexec +copy_up (size=50%)" },
		{ "--mount", "type=bind,source=/a,target=/b", "bind /a /b +rec" },
		{ "--mount", "type=bind,src=./a,dst=/b,readonly", "bind /home/me/./a /b ro +rec +attr_rec" },
		{ "--mount", "type=bind,src=/a,destination=/b,ro=true", "bind /a /b ro +rec +attr_rec" },
		{ "--mount", "dst=/b,readonly=false,src=/a,type=bind", "bind /a /b +rec" },
		{ "--mount", "type=bind,src=/a,dst=/b,bind-propagation=rshared", "bind /a /b rshared +rec" },
		{ "--mount", "type=bind,src=/a,dst=/b,ro,bind-nonrecursive", "bind /a /b ro" },
		{ "--mount", "type=bind,src=/a,dst=/b,ro,bind-recursive=disabled", "bind /a /b ro" },
		{ "--mount", "type=bind,src=/a,dst=/b,ro,bind-recursive=writable", "bind /a /b ro +rec" },
		{ "--mount", "type=bind,\"src=/a,b\",dst=/b", "bind /a,b /b +rec" },
		{ "--mount", "type=volume,source=data,target=/b", "volume data /b" },
		{ "--mount", "type=volume,src=data,dst=/b,readonly,volume-nocopy",
		  "volume data /b ro +no_copy" },
		{ "--mount", "type=volume,dst=/b", "volume  /b" },
		{ "--mount", "source=data,target=/b", "volume data /b" },
		{ "--mount", "type=tmpfs,target=/t", "tmpfs tmpfs /t nosuid nodev noexec" },
		{ "--mount", "type=tmpfs,target=/t,tmpfs-size=1g,tmpfs-mode=0700,ro",
		  "tmpfs tmpfs /t ro nosuid nodev noexec (size=1g,mode=0700)" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct spec_mount m;
		struct err e;
		char line[1024];

		if (parse(&a, t[i].way, t[i].text, &m, &e) < 0)
			fail_msg("%s %s: %s", t[i].way, t[i].text, err_line(&e, line, sizeof(line)));
		assert_string_equal(mount_text(&a, &m), t[i].mount);
	}
	arena_free(&a);
}

static void test_bad(void **state)
{
	static const struct {
		const char *way, *text, *code, *cause;
	} t[] = {
		{ "-v", "-data:/b", "bad-volume-name",
		  "a name begins with a letter or digit, and has letters, digits, _ . and - then" },
		{ "-v", "b", "bad-mount", "its target is not an absolute path without '..'" },
		{ "-v", "/a:/b:nocopy", "bad-mount", "a directory of the host is never copied to" },
		{ "-v", "a/b:/b", "bad-mount", "its source is not an absolute path" },
		{ "-v", ":/b", "bad-mount", "its source is empty" },
		{ "-v", "/a:b", "bad-mount", "its target is not an absolute path without '..'" },
		{ "-v", "/a:", "bad-mount", "its target is not an absolute path without '..'" },
		{ "-v", "/a:/b/../../etc", "bad-mount", "its target is not an absolute path without '..'" },
		{ "-v", "/a:/", "bad-mount", "its target is the root itself" },
		{ "-v", "/a://.", "bad-mount", "its target is the root itself" },
		{ "-v", "/a:/b:roo", "bad-mount-option", "the option 'roo' is not known here" },
		{ "-v", "/a:/b:U", "bad-mount-option", "the option 'U' is not known here" },
		{ "-v", "/a:/b:", "bad-mount-option", "the option '' is not known here" },
		{ "-v", "/a:/b:ro:rw", "bad-mount-option", "the option 'ro:rw' is not known here" },
		{ "--tmpfs", "t", "bad-mount", "its target is not an absolute path without '..'" },
		{ "--tmpfs", "/t:size=64mb", "bad-mount",
		  "its size is not a number with k, m, g or % behind it" },
		{ "--tmpfs", "/t:size=", "bad-mount",
		  "its size is not a number with k, m, g or % behind it" },
		{ "--tmpfs", "/t:nr_inodes=5%", "bad-mount",
		  "its size is not a number with k, m, g or % behind it" },
		{ "--tmpfs", "/t:mode=999", "bad-mode", "not an octal number up to 7777" },
		{ "--tmpfs", "/t:uid=me", "bad-id", "not a number" },
		{ "--tmpfs", "/t:huge=always", "bad-mount-option",
		  "the option 'huge=always' is not known here" },
		{ "--tmpfs", "/t:rshared", "bad-mount-option", "the option 'rshared' is not known here" },
		{ "--mount", "", "bad-mount-option", "the option '' is not known here" },
		{ "--mount", "source=/a,target=/b", "bad-volume-name",
		  "a name begins with a letter or digit, and has letters, digits, _ . and - then" },
		{ "--mount", "type=nfs,source=/a,target=/b", "bad-mount", "its type is not known" },
		{ "--mount", "type=volume,source=a,target=/b,bind-nonrecursive", "bad-mount-option",
		  "type=volume has no bind-nonrecursive" },
		{ "--mount", "type=bind,source=a,target=/b", "bad-mount",
		  "its source is the name of a volume" },
		{ "--mount", "type=bind,source=/a,target=/b,volume-nocopy", "bad-mount-option",
		  "type=bind has no volume-nocopy" },
		{ "--mount", "type=bind,source=/a", "bad-mount", "it has no target" },
		{ "--mount", "type=bind,target=/a", "bad-mount", "it has no source" },
		{ "--mount", "type=bind,source,target=/a", "bad-mount", "a field has no value" },
		{ "--mount", "type=bind,source=/a,target=/b,colour=red", "bad-mount-option",
		  "the option 'colour' is not known here" },
		{ "--mount", "type=bind,source=/a,target=/b,tmpfs-size=1m", "bad-mount-option",
		  "type=bind has no tmpfs-size" },
		{ "--mount", "type=tmpfs,source=/a,target=/b", "bad-mount-option",
		  "type=tmpfs has no source" },
		{ "--mount", "type=bind,source=/a,target=/b,ro=maybe", "bad-bool", "neither true nor false" },
		{ "--mount", "type=bind,source=/a,target=/b,bind-propagation=up", "bad-mount",
		  "its propagation is not known" },
		{ "--mount", "type=bind,source=/a,target=/b,bind-recursive=yes", "bad-mount",
		  "its bind-recursive is not known" },
		{ "--mount", "type=tmpfs,target=/b,tmpfs-size=lots", "bad-mount",
		  "its tmpfs-size is not a number with k, m, g or % behind it" },
		{ "--mount", "type=tmpfs,target=/b,tmpfs-mode=rwx", "bad-mode",
		  "not an octal number up to 7777" },
		/* what would smuggle an option into the kernel's option string */
		{ "--mount", "type=tmpfs,target=/b,\"tmpfs-size=1m,mode=7\"", "bad-mount",
		  "its tmpfs-size is not a number with k, m, g or % behind it" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct spec_mount m;
		struct err e;

		if (parse(&a, t[i].way, t[i].text, &m, &e) == 0)
			fail_msg("%s %s was taken", t[i].way, t[i].text);
		assert_string_equal(e.code, t[i].code);
		assert_string_equal(e.cause, t[i].cause);
		/* the object is named, the option's whole text */
		assert_non_null(strstr(e.what, arena_printf(&a, "mount '%s'", t[i].text)));
	}
	arena_free(&a);
}

static void test_sort(void **state)
{
	struct spec_mount m[] = {
		{ .target = "/a/b/c" }, { .target = "/z" },   { .target = "/a/b" },
		{ .target = "/a" },     { .target = "/b/c" },
	};
	static const char *const sorted[] = { "/z", "/a", "/a/b", "/b/c", "/a/b/c" };
	struct spec_mount twice[] = { { .target = "/a" }, { .target = "/b" }, { .target = "/a" } };
	struct err e;
	char line[512];

	assert_int_equal(mount_sort(m, ARRAY_LEN(m), &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		assert_string_equal(m[i].target, sorted[i]);
	assert_true(mount_sort(twice, 3, &e) < 0);
	assert_string_equal(err_line(&e, line, sizeof(line)),
			    "mount point /a: two mounts have it as their target; leave one of them out");
	assert_int_equal(mount_sort(NULL, 0, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
