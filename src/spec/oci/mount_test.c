/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/testing.h"

#include <sys/mount.h>

static struct oci_config config;

#define NS "'linux':{'namespaces':[{'type':'mount'}]},"

/* The one mount with these options. */
static const struct oci_mount *with(const char *options)
{
	const char *text = NS "'mounts':[{'destination':'/t','type':'tmpfs','source':'s','options':[%s]}]";
	char members[1024];

	snprintf(members, sizeof(members), text, options);
	if (test_parse(members, &config) < 0)
		fail_msg("%s: %s", options, test_line);
	assert_int_equal(config.n_mounts, 1);
	return config.mounts;
}

#define ATIME MOUNT_ATTR__ATIME

/* Every word of config.md's table "Linux mount options". */
static const struct {
	const char *word;
	struct oci_mount is;
} words[] = {
	{ "async", { 0 } },
	{ "atime", { .attr_clear = ATIME } },
	{ "bind", { .type = "bind" } },
	{ "defaults", { 0 } },
	{ "dev", { .attr_clear = MOUNT_ATTR_NODEV } },
	{ "diratime", { .attr_clear = MOUNT_ATTR_NODIRATIME } },
	{ "dirsync", { .flags = MS_DIRSYNC } },
	{ "exec", { .attr_clear = MOUNT_ATTR_NOEXEC } },
	{ "iversion", { .flags = MS_I_VERSION } },
	{ "lazytime", { .flags = MS_LAZYTIME } },
	{ "loud", { 0 } },
	{ "mand", { .flags = MS_MANDLOCK } },
	{ "noatime", { .attr = MOUNT_ATTR_NOATIME, .attr_clear = ATIME } },
	{ "nodev", { .attr = MOUNT_ATTR_NODEV } },
	{ "nodiratime", { .attr = MOUNT_ATTR_NODIRATIME } },
	{ "noexec", { .attr = MOUNT_ATTR_NOEXEC } },
	{ "noiversion", { 0 } },
	{ "nolazytime", { 0 } },
	{ "nomand", { 0 } },
	{ "norelatime", { 0 } },
	{ "nostrictatime", { .attr_clear = ATIME } },
	{ "nosuid", { .attr = MOUNT_ATTR_NOSUID } },
	{ "nosymfollow", { .attr = MOUNT_ATTR_NOSYMFOLLOW } },
	{ "private", { .propagation = MS_PRIVATE } },
	{ "ratime", { .rec_attr_clear = ATIME } },
	{ "rbind", { .type = "bind", .recursive = true } },
	{ "rdev", { .rec_attr_clear = MOUNT_ATTR_NODEV } },
	{ "rdiratime", { .rec_attr_clear = MOUNT_ATTR_NODIRATIME } },
	{ "relatime", { .attr_clear = ATIME } },
	{ "remount", { .remount = true } },
	{ "rexec", { .rec_attr_clear = MOUNT_ATTR_NOEXEC } },
	{ "rnoatime", { .rec_attr = MOUNT_ATTR_NOATIME, .rec_attr_clear = ATIME } },
	{ "rnodev", { .rec_attr = MOUNT_ATTR_NODEV } },
	{ "rnodiratime", { .rec_attr = MOUNT_ATTR_NODIRATIME } },
	{ "rnoexec", { .rec_attr = MOUNT_ATTR_NOEXEC } },
	{ "rnorelatime", { 0 } },
	{ "rnostrictatime", { .rec_attr_clear = ATIME } },
	{ "rnosuid", { .rec_attr = MOUNT_ATTR_NOSUID } },
	{ "rnosymfollow", { .rec_attr = MOUNT_ATTR_NOSYMFOLLOW } },
	{ "ro", { .attr = MOUNT_ATTR_RDONLY } },
	{ "rprivate", { .propagation = MS_PRIVATE | MS_REC } },
	{ "rrelatime", { .rec_attr_clear = ATIME } },
	{ "rro", { .rec_attr = MOUNT_ATTR_RDONLY } },
	{ "rrw", { .rec_attr_clear = MOUNT_ATTR_RDONLY } },
	{ "rshared", { .propagation = MS_SHARED | MS_REC } },
	{ "rslave", { .propagation = MS_SLAVE | MS_REC } },
	{ "rstrictatime", { .rec_attr = MOUNT_ATTR_STRICTATIME, .rec_attr_clear = ATIME } },
	{ "rsuid", { .rec_attr_clear = MOUNT_ATTR_NOSUID } },
	{ "rsymfollow", { .rec_attr_clear = MOUNT_ATTR_NOSYMFOLLOW } },
	{ "runbindable", { .propagation = MS_UNBINDABLE | MS_REC } },
	{ "rw", { .attr_clear = MOUNT_ATTR_RDONLY } },
	{ "shared", { .propagation = MS_SHARED } },
	{ "silent", { .flags = MS_SILENT } },
	{ "slave", { .propagation = MS_SLAVE } },
	{ "strictatime", { .attr = MOUNT_ATTR_STRICTATIME, .attr_clear = ATIME } },
	{ "suid", { .attr_clear = MOUNT_ATTR_NOSUID } },
	{ "symfollow", { .attr_clear = MOUNT_ATTR_NOSYMFOLLOW } },
	{ "sync", { .flags = MS_SYNCHRONOUS } },
	{ "tmpcopyup", { .copy_up = true } },
	{ "unbindable", { .propagation = MS_UNBINDABLE } },
	{ "idmap", { .idmap = true } },
	{ "ridmap", { .idmap = true, .idmap_recursive = true } },
	{ "copy-symlink", { .type = "bind", .copy_link = true } },
	{ "src-nofollow", { .type = "bind", .link_source = true } },
	{ "dest-nofollow", { .type = "bind", .link_target = true } },
};

static bool is_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].word, word))
			return true;
	return false;
}

static void test_every_word(void **state)
{
	const char *text = "'linux':{'namespaces':[{'type':'mount'},{'type':'user','path':'/u'}]},"
			   "'mounts':[{'destination':'/t','type':'%s','source':'s','options':['%s']}]";
	char members[512];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const struct oci_mount *is = &words[i].is, *m;

		snprintf(members, sizeof(members), text, is->type ? is->type : "tmpfs", words[i].word);
		if (test_parse(members, &config) < 0)
			fail_msg("%s: %s", words[i].word, test_line);
		m = config.mounts;
		if (m->data)
			fail_msg("%s went to the file system", words[i].word);
		assert_string_equal(m->type, is->type ? is->type : "tmpfs");
		if (m->attr != is->attr || m->attr_clear != is->attr_clear || m->rec_attr != is->rec_attr ||
		    m->rec_attr_clear != is->rec_attr_clear || m->propagation != is->propagation ||
		    m->flags != is->flags || m->copy_link != is->copy_link ||
		    m->link_source != is->link_source || m->link_target != is->link_target ||
		    m->recursive != is->recursive || m->copy_up != is->copy_up || m->idmap != is->idmap ||
		    m->idmap_recursive != is->idmap_recursive || m->remount != is->remount)
			fail_msg("%s is read wrongly", words[i].word);
	}
	for (; oci_mount_option(n); n++)
		if (!is_word(oci_mount_option(n)))
			fail_msg("%s has no test", oci_mount_option(n));
	assert_int_equal(n, ARRAY_LEN(words));
}

/* What a bind mount does not keep of its source once an option says a flag. */
#define RESET                                                                                                \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |                      \
	 MOUNT_ATTR_NOSYMFOLLOW)

/* What two words mean together: as both crun and runc have it. */
static const struct {
	const char *options;
	uint64_t attr, clear, reset, rec_attr, rec_clear;
} together[] = {
	{ "'ro','rw'", 0, MOUNT_ATTR_RDONLY, RESET & ~MOUNT_ATTR_RDONLY },
	{ "'rw','ro'", MOUNT_ATTR_RDONLY, 0, RESET & ~MOUNT_ATTR_RDONLY },
	{ "'nosuid','suid'", 0, MOUNT_ATTR_NOSUID, RESET & ~MOUNT_ATTR_NOSUID },
	{ "'nosuid','nodev'", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0,
	  RESET & ~(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) },
	{ "'noatime','relatime'", MOUNT_ATTR_NOATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'noatime','strictatime'", MOUNT_ATTR_STRICTATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'strictatime','noatime'", MOUNT_ATTR_STRICTATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'strictatime','relatime'", MOUNT_ATTR_STRICTATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'strictatime','nostrictatime'", 0, ATIME, 0 },
	{ "'noatime','atime'", 0, ATIME, 0 },
	{ "'noatime','nostrictatime'", MOUNT_ATTR_NOATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'noatime','norelatime'", MOUNT_ATTR_NOATIME, ATIME, RESET | MOUNT_ATTR_NODIRATIME },
	{ "'nodiratime','defaults'", MOUNT_ATTR_NODIRATIME, 0, RESET | ATIME },
	{ "'sync','rslave'", 0, 0, RESET },
	{ "'async','rslave'", 0, 0, 0 },
	{ "'rprivate','shared'", 0, 0, 0 },
	{ "'rro','rrw'", 0, 0, 0, MOUNT_ATTR_RDONLY },
	{ "'rrw','rro'", 0, 0, 0, MOUNT_ATTR_RDONLY },
	{ "'rnodev','rdev'", 0, 0, 0, MOUNT_ATTR_NODEV },
	{ "'rnoatime','rrelatime'", 0, 0, 0, MOUNT_ATTR_NOATIME, ATIME },
	{ "'rro','rw'", 0, MOUNT_ATTR_RDONLY, RESET & ~MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY },
	{ "'ro','rrw'", MOUNT_ATTR_RDONLY, 0, RESET & ~MOUNT_ATTR_RDONLY, 0, MOUNT_ATTR_RDONLY },
};

static void test_together(void **state)
{
	const char *text = NS "'mounts':[{'destination':'/t','source':'s','options':['rbind',%s]}]";
	char members[512];

	for (size_t i = 0; i < ARRAY_LEN(together); i++) {
		const struct oci_mount *m;

		snprintf(members, sizeof(members), text, together[i].options);
		if (test_parse(members, &config) < 0)
			fail_msg("%s: %s", together[i].options, test_line);
		m = config.mounts;
		if (m->attr != together[i].attr || m->attr_clear != together[i].clear ||
		    m->attr_reset != together[i].reset || m->rec_attr != together[i].rec_attr ||
		    m->rec_attr_clear != together[i].rec_clear)
			fail_msg("%s: set %#lx, clear %#lx, reset %#lx; recursively set %#lx, clear %#lx",
				 together[i].options, m->attr, m->attr_clear, m->attr_reset, m->rec_attr,
				 m->rec_attr_clear);
	}
	assert_int_equal(with("'noatime','ro'")->attr_reset, 0);
	assert_int_equal(with("'sync','async'")->flags, 0);
	assert_int_equal(with("'shared','rslave'")->propagation, MS_SLAVE | MS_REC);
	assert_int_equal(test_parse(NS
				    "'mounts':[{'destination':'/t','source':'s','options':['rbind','bind']}]",
				    &config),
			 0);
	assert_false(config.mounts[0].recursive);
}

static void test_data(void **state)
{
	assert_string_equal(with("'nosuid','mode=755','','size=65536k','RO'")->data,
			    "mode=755,size=65536k,RO");
	assert_null(with("'nosuid',''")->data);
}

static void test_places(void **state)
{
	static const struct {
		const char *destination, *target;
	} t[] = {
		{ "/a", "/a" },      { "//a//b/", "/a/b" },    { "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" }, { "/a/b/../../c", "/c" }, { "/..a/b..", "/..a/b.." },
		{ "/...", "/..." },
	};
	char members[256];

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		snprintf(members, sizeof(members), NS "'mounts':[{'destination':'%s','type':'tmpfs'}]",
			 t[i].destination);
		assert_int_equal(test_parse(members, &config), 0);
		assert_string_equal(config.mounts[0].target, t[i].target);
		assert_int_equal(config.warnings.n, 0);
	}
	assert_int_equal(test_parse(NS "'mounts':[{'destination':'a/b','type':'tmpfs'}]", &config), 0);
	assert_string_equal(config.mounts[0].target, "/a/b");
	assert_int_equal(config.warnings.n, 1);
	assert_string_equal(config.warnings.v[0],
			    "config.json: mounts[0].destination: a/b: relative paths are "
			    "deprecated, it is taken as /a/b");
}

static void test_sources(void **state)
{
	assert_int_equal(
		test_parse(NS
			   "'mounts':[{'destination':'/a','source':'data','type':'none','options':['bind']},"
			   "{'destination':'/b','source':'/data','options':['rbind']},"
			   "{'destination':'/c','source':'x','type':'bind'},"
			   "{'destination':'/d','type':'cgroup','source':'cgroup'},"
			   "{'destination':'/e','type':'proc'}]",
			   &config),
		0);
	assert_int_equal(config.n_mounts, 5);
	assert_string_equal(config.mounts[0].type, "bind");
	assert_string_equal(config.mounts[0].source, "/bundle/data");
	assert_string_equal(config.mounts[1].source, "/data");
	assert_true(config.mounts[1].recursive);
	assert_string_equal(config.mounts[2].source, "/bundle/x");
	assert_string_equal(config.mounts[3].source, "cgroup");
	assert_null(config.mounts[4].source);
}

#define MAP "[{'containerID':0,'hostID':1000,'size':10}]"

static void test_maps(void **state)
{
	const char *text = NS "'mounts':[{'destination':'/a','source':'/b','options':['bind'%s],"
			      "'uidMappings':" MAP ",'gidMappings':" MAP "}]";
	char members[512];

	snprintf(members, sizeof(members), text, ",'idmap'");
	assert_int_equal(test_parse(members, &config), 0);
	assert_true(config.mounts[0].idmap && config.mounts[0].n_uid_map == 1 &&
		    config.mounts[0].n_gid_map == 1);
	assert_true(config.mounts[0].uid_map[0].outside == 1000 && config.mounts[0].uid_map[0].size == 10);
	assert_int_equal(config.warnings.n, 0);
	snprintf(members, sizeof(members), text, "");
	assert_int_equal(test_parse(members, &config), 0);
	assert_true(config.mounts[0].idmap && !config.mounts[0].idmap_recursive);
	assert_string_equal(
		config.warnings.v[0],
		"config.json: mounts[0].options: should have idmap or ridmap, since mappings are given");
}

static void test_bad(void **state)
{
	static const struct test_bad bad[] = {
		{ "'mounts':{}", "mounts: must be an array" },
		{ "'mounts':[{}]", "mounts[0].destination: missing" },
		{ "'mounts':[{'destination':''}]", "mounts[0].destination: must not be empty" },
		{ "'mounts':[{'destination':'/a'}]",
		  "mounts[0].type: missing: only a bind mount needs none" },
		{ "'mounts':[{'destination':'/a','options':['bind']}]",
		  "mounts[0].source: missing: a bind mount needs it" },
		{ "'mounts':[{'destination':'/a','type':'tmpfs'},{'destination':'/../b','type':'tmpfs'}]",
		  "mounts[1].destination: leads out of the root" },
		{ "'mounts':[{'destination':'../b','type':'tmpfs'}]",
		  "mounts[0].destination: leads out of the root" },
		{ "'mounts':[{'destination':'/a/../..','type':'tmpfs'}]",
		  "mounts[0].destination: leads out of the root" },
		{ "'mounts':[{'destination':'/a/..','type':'tmpfs'}]",
		  "mounts[0].destination: must not be the root itself" },
		{ "'mounts':[{'destination':'/a\\u0000','type':'tmpfs'}]",
		  "mounts[0].destination: must not contain NUL" },
		{ "'mounts':[{'destination':'/a','type':7}]", "mounts[0].type: must be a string" },
		{ "'mounts':[{'destination':'/a','type':'tmpfs','options':'ro'}]",
		  "mounts[0].options: must be an array" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','idmap'],'uidMappings':" MAP
		  "}]",
		  "mounts[0].gidMappings: missing: the two belong together" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','idmap'],'gidMappings':" MAP
		  "}]",
		  "mounts[0].uidMappings: missing: the two belong together" },
		{ "'mounts':[{'destination':'/a','type':'cgroup2','options':['idmap'],'uidMappings':" MAP
		  ",'gidMappings':" MAP "}]",
		  "mounts[0].options: no kernel maps the owners of cgroups (idmap)" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','size=4k']}]",
		  "mounts[0].options: size=4k is no option of bind mounts" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['rbind','nosiud']}]",
		  "mounts[0].options: nosiud is no option of bind mounts" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','tmpcopyup']}]",
		  "mounts[0].options: tmpcopyup is for tmpfs" },
		{ "'mounts':[{'destination':'/a','type':'tmpfs','options':['src-nofollow']}]",
		  "mounts[0].options: copy-symlink, src-nofollow and dest-nofollow are for bind mounts" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','src-nofollow','copy-symlink']}]",
		  "mounts[0].options: copy-symlink excludes src-nofollow and dest-nofollow" },
	};

	test_all_bad(bad, ARRAY_LEN(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word), cmocka_unit_test(test_together),
		cmocka_unit_test(test_data),       cmocka_unit_test(test_places),
		cmocka_unit_test(test_sources),    cmocka_unit_test(test_maps),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
