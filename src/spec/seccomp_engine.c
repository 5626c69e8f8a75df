/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/seccomp_engine.h"

#include <linux/audit.h>
#include <string.h>
#include <json-c/json_object_iterator.h>

#include "base/str.h"
#include "kernel/process/caps.h"
#include "spec/value.h"

enum { WORDS_MAX = 64 };

static const struct {
	uint32_t arch;
	const char *name;
} go_arches[] = {
	{ AUDIT_ARCH_X86_64, "amd64" }, { AUDIT_ARCH_I386, "386" },        { AUDIT_ARCH_AARCH64, "arm64" },
	{ AUDIT_ARCH_ARM, "arm" },      { AUDIT_ARCH_RISCV64, "riscv64" }, { AUDIT_ARCH_PPC64LE, "ppc64le" },
	{ AUDIT_ARCH_S390X, "s390x" },
};

static bool is_host_arch(const struct seccomp_host *h, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(go_arches); i++)
		if (go_arches[i].arch == h->arch)
			return str_eq(name, go_arches[i].name);
	return false;
}

/* How many of the words hold for the host, and how many there are. */
struct count {
	size_t is, all;
};

static struct count count_arches(struct json_reader *r, struct json_object *o, const struct seccomp_host *h)
{
	struct count c = { 0 };
	const char **words = json_strings(r, o, "arches", WORDS_MAX, &c.all);

	for (size_t i = 0; i < c.all; i++)
		c.is += is_host_arch(h, words[i]);
	return c;
}

static struct count count_caps(struct json_reader *r, struct json_object *o, const struct seccomp_host *h)
{
	struct count c = { 0 };
	const char **words = json_strings(r, o, "caps", WORDS_MAX, &c.all);

	for (size_t i = 0; i < c.all; i++)
		c.is += (caps_from_name(words[i]) & h->caps) != 0;
	return c;
}

/* "4.8" */
static struct count count_kernel(struct json_reader *r, struct json_object *o, const struct seccomp_host *h)
{
	const char *text = json_string(r, o, "minKernel"), *dot = text ? strchr(text, '.') : NULL;
	struct count c = { .all = text != NULL };
	uint64_t major, minor;

	if (!text)
		return c;
	if (!dot || value_digits(text, (size_t)(dot - text), 9999, &major) < 0 ||
	    value_digits(dot + 1, strlen(dot + 1), 9999, &minor) < 0)
		json_fail(r, "minKernel", "%s is not a version as 4.8", text);
	else
		c.is = h->kernel_major > major || (h->kernel_major == major && h->kernel_minor >= minor);
	return c;
}

static void check_keys(struct json_reader *r, struct json_object *o)
{
	struct json_object_iterator at = json_object_iter_begin(o), end = json_object_iter_end(o);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *key = json_object_iter_peek_name(&at);

		if (!str_eq(key, "arches") && !str_eq(key, "caps") && !str_eq(key, "minKernel"))
			json_fail(r, key, "an unknown condition");
	}
}

struct conditions {
	struct count arches, caps, kernel;
};

static struct conditions read_conditions(struct json_reader *r, struct json_object *rule, const char *key,
					 const struct seccomp_host *h)
{
	struct json_object *o = json_child(r, rule, key);
	struct conditions c = { 0 };

	if (!o)
		return c;
	size_t at = json_enter(r, key);
	check_keys(r, o);
	c = (struct conditions){ count_arches(r, o, h), count_caps(r, o, h), count_kernel(r, o, h) };
	json_leave(r, at);
	return c;
}

bool seccomp_engine_has_conditions(struct json_reader *r, struct json_object *rule)
{
	struct json_object *includes = json_child(r, rule, "includes"),
			   *excludes = json_child(r, rule, "excludes");

	return (includes && json_object_object_length(includes)) ||
	       (excludes && json_object_object_length(excludes));
}

bool seccomp_engine_holds(struct json_reader *r, struct json_object *rule, const struct seccomp_host *h)
{
	struct conditions in = read_conditions(r, rule, "includes", h),
			  ex = read_conditions(r, rule, "excludes", h);

	return (!in.arches.all || in.arches.is) && in.caps.is == in.caps.all &&
	       in.kernel.is == in.kernel.all && !ex.arches.is && !ex.caps.is && !ex.kernel.is;
}
