/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <json-c/json_object_iterator.h>

#include "base/str.h"
#include "kernel/process/caps.h"

/* Bounds on what a profile may hold: far beyond any real one, small enough to be harmless. */
enum { MAX_RULES = 4096, MAX_NAMES = 1024, MAX_ARGS = 6 * 8, MAX_ARCHES = 64, MAX_ERRNO = 4095 };

/* linux/audit.h has no number for x32, which shares x86-64's; libseccomp uses this. */
#define ARCH_X32 (EM_X86_64 | __AUDIT_ARCH_LE)

static const struct json_word actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
};

static const struct json_word operators[] = {
	{ "SCMP_CMP_NE", SECCOMP_OP_NE },
	{ "SCMP_CMP_LT", SECCOMP_OP_LT },
	{ "SCMP_CMP_LE", SECCOMP_OP_LE },
	{ "SCMP_CMP_EQ", SECCOMP_OP_EQ },
	{ "SCMP_CMP_GE", SECCOMP_OP_GE },
	{ "SCMP_CMP_GT", SECCOMP_OP_GT },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_OP_MASKED_EQ },
};
_Static_assert(ARRAY_LEN(operators) == SECCOMP_OP_COUNT, "a name for every operator");

static const struct json_word arches[] = {
	{ "SCMP_ARCH_X86", AUDIT_ARCH_I386 },
	{ "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", ARCH_X32 },
	{ "SCMP_ARCH_ARM", AUDIT_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64 },
	{ "SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC", AUDIT_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390", AUDIT_ARCH_S390 },
	{ "SCMP_ARCH_S390X", AUDIT_ARCH_S390X },
	{ "SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64 },
	{ "SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", AUDIT_ARCH_M68K },
	{ "SCMP_ARCH_SH", AUDIT_ARCH_SHEL },
	{ "SCMP_ARCH_SHEB", AUDIT_ARCH_SH },
};

static const struct json_word flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

const struct json_words spec_seccomp_actions = JSON_WORDS(actions);
const struct json_words spec_seccomp_operators = JSON_WORDS(operators);
const struct json_words spec_seccomp_arches = JSON_WORDS(arches);
const struct json_words spec_seccomp_flags = JSON_WORDS(flags);

/* A required action and its optional errno, which only ERRNO and TRACE carry. */
static uint32_t read_action(struct json_reader *r, struct json_object *o, const char *key,
			    const char *errno_key)
{
	uint64_t no = EPERM, action = SECCOMP_RET_KILL_PROCESS;
	bool given = json_number(r, o, errno_key, MAX_ERRNO, &no);

	if (!json_word(r, o, key, "action", &spec_seccomp_actions, &action))
		json_fail(r, key, "missing");
	else if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		action |= no;
	else if (given)
		json_fail(r, errno_key, "this action carries no error number");
	return action;
}

static struct seccomp_arg read_arg(struct json_reader *r, struct json_object *o)
{
	struct seccomp_arg arg = { 0 };
	uint64_t index = 0, value = 0, two = 0, op = 0;

	if (!json_word(r, o, "op", "operator", &spec_seccomp_operators, &op))
		json_fail(r, "op", "missing");
	if (!json_number(r, o, "index", 5, &index))
		json_fail(r, "index", "missing");
	if (!json_number(r, o, "value", UINT64_MAX, &value))
		json_fail(r, "value", "missing");
	json_number(r, o, "valueTwo", UINT64_MAX, &two);

	arg.index = index;
	arg.op = op;
	/* MASKED_EQ has its mask in "value" and what to compare with in "valueTwo". */
	arg.value = op == SECCOMP_OP_MASKED_EQ ? two : value;
	arg.mask = op == SECCOMP_OP_MASKED_EQ ? value : UINT64_MAX;
	return arg;
}

static void read_args(struct json_reader *r, struct json_object *o, struct seccomp_rule *rule)
{
	struct json_object *array = json_array(r, o, "args", MAX_ARGS);

	if (!array)
		return;
	size_t n = json_object_array_length(array);
	rule->args = arena_array(r->arena, struct seccomp_arg, n);
	for (size_t i = 0; i < n; i++) {
		size_t at = json_enter_item(r, "args", i);
		struct json_object *item = json_item(r, array, i);
		if (item)
			rule->args[rule->n_args++] = read_arg(r, item);
		json_leave(r, at);
	}
}

/* Two conditions on one argument: libseccomp takes only one, so all runtimes that use it mean "or" then, for
 * all conditions of the rule. */
static bool is_alternatives(const struct seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->n_args; i++) {
		if (seen & 1u << rule->args[i].index)
			return true;
		seen |= 1u << rule->args[i].index;
	}
	return false;
}

struct rules {
	struct seccomp_rule *v;
	size_t n;
	const struct seccomp_host *host; /* for an engine's form; NULL: that does not hold, */
	bool has_conditions;             /* but there was a condition of it */
};

/* Of docker's oldest profiles, which have one "name" a rule. */
static void read_name(struct json_reader *r, struct json_object *o, struct seccomp_rule *rule)
{
	const char *name = json_string(r, o, "name");

	if (!name || rule->n_names)
		return;
	rule->names = arena_array(r->arena, const char *, 1);
	rule->names[rule->n_names++] = name;
}

static void read_rule(struct json_reader *r, struct json_object *o, struct rules *rules)
{
	struct seccomp_rule rule = { 0 };

	if (!rules->host)
		rules->has_conditions |= seccomp_engine_has_conditions(r, o);
	else if (!seccomp_engine_holds(r, o, rules->host))
		return;
	rule.action = read_action(r, o, "action", "errnoRet");
	rule.names = json_strings(r, o, "names", MAX_NAMES, &rule.n_names);
	if (rules->host)
		read_name(r, o, &rule);
	if (rule.n_names == 0)
		json_fail(r, "names", "missing or empty");
	read_args(r, o, &rule);
	if (!is_alternatives(&rule)) {
		arena_push(r->arena, rules->v, rules->n, rule);
		return;
	}
	for (size_t i = 0; i < rule.n_args; i++) {
		struct seccomp_rule one = rule;
		one.args = &rule.args[i];
		one.n_args = 1;
		arena_push(r->arena, rules->v, rules->n, one);
	}
}

static void read_rules(struct json_reader *r, struct json_object *o, const char *key, struct rules *rules)
{
	struct json_object *array = json_array(r, o, key, MAX_RULES);
	size_t n = array ? json_object_array_length(array) : 0;

	for (size_t i = 0; i < n && !r->failed; i++) {
		size_t at = json_enter_item(r, key, i);
		struct json_object *item = json_item(r, array, i);
		if (item)
			read_rule(r, item, rules);
		json_leave(r, at);
	}
}

static void read_arches(struct json_reader *r, struct json_object *o, const char *key,
			struct seccomp_profile *p)
{
	size_t n;
	const char **names = json_strings(r, o, key, MAX_ARCHES, &n);

	p->arches = arena_array(r->arena, uint32_t, n + 1);
	for (size_t i = 0; i < n; i++) {
		uint64_t arch = 0;
		if (!json_word_find(&spec_seccomp_arches, names[i], &arch))
			json_fail(r, key, "unknown architecture %s", names[i]);
		p->arches[p->n_arches++] = arch;
	}
}

/* An engine's: what belongs to each native one. */
static void read_arch_map(struct json_reader *r, struct json_object *o, const struct seccomp_host *h,
			  struct seccomp_profile *p)
{
	struct json_object *array = json_array(r, o, "archMap", MAX_ARCHES);
	size_t n = array ? json_object_array_length(array) : 0;

	if (n && p->n_arches)
		json_fail(r, "archMap", "excludes \"architectures\"");
	for (size_t i = 0; i < n && !r->failed; i++) {
		size_t at = json_enter_item(r, "archMap", i);
		struct json_object *item = json_item(r, array, i);
		uint64_t arch = 0;

		if (item && json_word(r, item, "architecture", "architecture", &spec_seccomp_arches, &arch) &&
		    arch == h->arch)
			read_arches(r, item, "subArchitectures", p);
		json_leave(r, at);
	}
}

/* A configuration may have come through an engine that did not resolve its own form. The specification has
 * unknown keys ignored, so rules that were meant for some containers hold for every one: warn. */
static void warn_of_engine(struct json_reader *r, struct json_object *o, bool has_conditions)
{
	if (json_array(r, o, "archMap", MAX_ARCHES))
		json_warn(r, "archMap", "it is ignored, architectures are listed by \"architectures\"");
	if (has_conditions)
		json_warn(r, "syscalls",
			  "\"includes\" and \"excludes\" are ignored, the rules hold all the same");
}

static bool notifies(const struct seccomp_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].action == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

/* Notifications need someone who answers; as the default action runc and crun refuse them, too. Together with
 * TSYNC the kernel wants a flag by which a failure can be told from a descriptor (Linux 5.7). */
static void check_notify(struct json_reader *r, struct seccomp_profile *p)
{
	if (p->default_action == SECCOMP_RET_USER_NOTIF)
		json_fail(r, "defaultAction", "SCMP_ACT_NOTIFY cannot be the default action");
	if (!notifies(p)) {
		if (p->listener_metadata && !p->listener_path)
			json_fail(r, "listenerMetadata", "needs a listenerPath");
		return;
	}
	if (!p->listener_path)
		json_fail(r, "listenerPath", "missing: SCMP_ACT_NOTIFY needs it");
	p->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if (p->flags & SECCOMP_FILTER_FLAG_TSYNC)
		p->flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
}

void spec_seccomp_read(struct json_reader *r, struct json_object *o, const struct seccomp_host *host,
		       struct seccomp_profile *p)
{
	struct rules rules = { .host = host };
	uint64_t no;

	*p = (struct seccomp_profile){ 0 };
	p->default_action = read_action(r, o, "defaultAction", "defaultErrnoRet");
	/* A profile that refuses by default and says no error number was written for the calls of its day:
	 * newer ones get ENOSYS, so that a C library tries the older call. runc does the same. */
	p->enosys_for_newer = (p->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
			      !json_number(r, o, "defaultErrnoRet", MAX_ERRNO, &no);
	read_arches(r, o, "architectures", p);
	if (host)
		read_arch_map(r, o, host, p);
	p->flags = json_flags(r, o, "flags", "flag", &spec_seccomp_flags);
	p->listener_path = json_string(r, o, "listenerPath");
	p->listener_metadata = json_string(r, o, "listenerMetadata");
	read_rules(r, o, "syscalls", &rules);
	p->rules = rules.v;
	p->n_rules = rules.n;
	check_notify(r, p);
	if (!host)
		warn_of_engine(r, o, rules.has_conditions);
}

int spec_seccomp_parse(struct arena *a, const char *text, size_t len, const char *file,
		       const struct seccomp_host *host, struct seccomp_profile *p, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "seccomp-profile", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);

	if (root)
		spec_seccomp_read(&r, root, host, p);
	return json_result(&r);
}

int spec_seccomp_allow(struct arena *a, const char *text, size_t len, const char *file, uint64_t caps,
		       struct seccomp_profile *p, uint64_t *known, struct err *e)
{
	struct json_reader r = { .arena = a, .file = file, .code = "seccomp-profile", .err = e };
	autojson struct json_object *root = json_parse(&r, text, len);
	struct json_object *object = root ? json_child(&r, root, "capabilities") : NULL;
	struct rules rules = { 0 };
	uint64_t mentioned = 0;

	if (!object)
		json_fail(&r, "capabilities", "missing");
	size_t at = json_enter(&r, "capabilities");
	for (int cap = 0; cap < CAPS_COUNT && object; cap++) {
		if (!json_object_object_get_ex(object, caps_name(cap), NULL))
			continue;
		mentioned |= CAPS_BIT(cap);
		if (caps & CAPS_BIT(cap))
			read_rules(&r, object, caps_name(cap), &rules);
	}
	if (object && __builtin_popcountll(mentioned) != json_object_object_length(object))
		json_fail(&r, NULL, "a name that is no capability");
	json_leave(&r, at);
	if (r.failed)
		return json_result(&r);

	for (size_t i = 0; i < p->n_rules; i++)
		arena_push(a, rules.v, rules.n, p->rules[i]);
	p->rules = rules.v;
	p->n_rules = rules.n;
	if (known)
		*known = mentioned;
	return 0;
}
