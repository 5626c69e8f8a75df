/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/devfilter.h"

_Static_assert((int)DEV_MKNOD == BPF_DEVCG_ACC_MKNOD && (int)DEV_READ == BPF_DEVCG_ACC_READ &&
		       (int)DEV_WRITE == BPF_DEVCG_ACC_WRITE,
	       "the accesses are passed to the program as they are");

/* clang-format off */
const struct dev_rule dev_default[] = {
	{ 'a', false, DEV_RWM,   -1,  -1 },
	{ 'c', true,  DEV_MKNOD, -1,  -1 },
	{ 'b', true,  DEV_MKNOD, -1,  -1 },
	{ 'c', true,  DEV_RWM,   136, -1 }, /* pts */
	{ 'c', true,  DEV_RWM,   5,   1 },  /* console */
	{ 'c', true,  DEV_RWM,   5,   0 },  /* tty */
	{ 'c', true,  DEV_RWM,   5,   2 },  /* ptmx */
	{ 'c', true,  DEV_RWM,   1,   7 },  /* full */
	{ 'c', true,  DEV_RWM,   1,   8 },  /* random */
	{ 'c', true,  DEV_RWM,   1,   5 },  /* zero */
	{ 'c', true,  DEV_RWM,   1,   9 },  /* urandom */
	{ 'c', true,  DEV_RWM,   1,   3 },  /* null: opened most, so decided first */
};
/* clang-format on */
const size_t dev_default_count = ARRAY_LEN(dev_default);

const char *dev_rule_str(struct arena *a, const struct dev_rule *r)
{
	char major[24] = "*", minor[24] = "*";

	if (r->major >= 0)
		snprintf(major, sizeof(major), "%" PRId64, r->major);
	if (r->minor >= 0)
		snprintf(minor, sizeof(minor), "%" PRId64, r->minor);
	return arena_printf(a, "%c %s:%s %s%s%s", r->type, major, minor, r->access & DEV_READ ? "r" : "",
			    r->access & DEV_WRITE ? "w" : "", r->access & DEV_MKNOD ? "m" : "");
}

/* A number, or "*" for any, up to the character that ends it. */
static bool parse_part(const char **p, int64_t *n, char behind)
{
	char *end = (char *)*p + 1;

	*n = **p == '*' ? -1 : strtoll(*p, &end, 10);
	*p = end + 1;
	return *end == behind;
}

/* Not by sscanf(3): a dozen rules are on the way of every start. */
int dev_rule_parse(const char *text, struct dev_rule *r)
{
	static const char letters[] = "rwm";
	static const int accesses[] = { DEV_READ, DEV_WRITE, DEV_MKNOD };
	const char *p = text + 2, *letter;

	if (!text[0] || text[1] != ' ' || !parse_part(&p, &r->major, ':') || !parse_part(&p, &r->minor, ' '))
		return -EINVAL;
	r->type = *text;
	r->access = 0;
	for (; *p && (letter = strchr(letters, *p)); p++)
		r->access |= accesses[letter - letters];
	return r->access ? 0 : -EINVAL;
}

/*
 * The program. It keeps the accesses asked for in a register and goes through the rules from the last
 * to the first: one that allows takes its accesses out, and when none is left all are allowed; one that
 * refuses an access still there ends it. That is "the last rule decides", for each access by itself.
 *
 *	r0 = 1
 *	r2 = type, r3 = accesses asked for, r4 = major, r5 = minor
 *	RULE (if r2 != 'c' goto next; if r4 != 1 goto next; if r5 != 3 goto next)
 *	     allow: r3 &= ~rule; if r3 == 0 goto allow	     deny: if r3 & rule goto deny
 *	...
 *   deny:  r0 = 0
 *   allow: exit
 */
enum { TYPE = BPF_REG_2, ASKED = BPF_REG_3, MAJOR = BPF_REG_4, MINOR = BPF_REG_5 };
enum { TO_ALLOW = -1, TO_DENY = -2 }; /* jump offsets until the targets are known */
enum { HEAD = 7, RULE_MAX = 5, TAIL = 3 };

static struct bpf_insn load(int reg, size_t offset)
{
	return (struct bpf_insn){ BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1, offset, 0 };
}

static struct bpf_insn alu(int op, int reg, int32_t value)
{
	return (struct bpf_insn){ BPF_ALU | BPF_K | op, reg, 0, 0, value };
}

static struct bpf_insn jump_if(int op, int reg, int32_t value, int16_t offset)
{
	return (struct bpf_insn){ BPF_JMP32 | BPF_K | op, reg, 0, offset, value };
}

static int32_t type_of(const struct dev_rule *r)
{
	return r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

static bool allows_all(const struct dev_rule *r)
{
	return r->allow && r->access == DEV_RWM;
}

static size_t rule_emit(struct bpf_insn *p, const struct dev_rule *r)
{
	struct bpf_insn *start = p, *body;

	if (r->type != 'a')
		*p++ = jump_if(BPF_JNE, TYPE, type_of(r), 0);
	if (r->major >= 0)
		*p++ = jump_if(BPF_JNE, MAJOR, r->major, 0);
	if (r->minor >= 0)
		*p++ = jump_if(BPF_JNE, MINOR, r->minor, 0);
	body = p;
	if (allows_all(r)) {
		*p++ = (struct bpf_insn){ BPF_JMP | BPF_JA, 0, 0, TO_ALLOW };
	} else if (r->allow) {
		*p++ = alu(BPF_AND, ASKED, ~r->access);
		*p++ = jump_if(BPF_JEQ, ASKED, 0, TO_ALLOW);
	} else {
		*p++ = jump_if(BPF_JSET, ASKED, r->access, TO_DENY);
	}
	for (struct bpf_insn *i = start; i < body; i++)
		i->off = p - i - 1;
	return p - start;
}

/* Counted back from the last of the n rules: how many allow all on one device, with one major number for all?
 * null, zero, full, ... have major 1. */
static size_t group_length(const struct dev_rule *rules, size_t n)
{
	const struct dev_rule *last = &rules[n - 1];
	size_t length = 0;

	while (length < n && allows_all(last - length) && last->type != 'a' && last->major >= 0 &&
	       (last - length)->type == last->type && last[-length].major == last->major &&
	       (last - length)->minor >= 0)
		length++;
	return length;
}

/* Such rules share the tests of type and major. That halves what the kernel verifies and compiles at each
 * start. */
static size_t group_emit(struct bpf_insn *p, const struct dev_rule *last, size_t length)
{
	*p++ = jump_if(BPF_JNE, TYPE, type_of(last), (int16_t)(length + 1));
	*p++ = jump_if(BPF_JNE, MAJOR, last->major, (int16_t)length);
	for (size_t i = 0; i < length; i++)
		*p++ = jump_if(BPF_JEQ, MINOR, (last - i)->minor, TO_ALLOW);
	return length + 2;
}

/* The program for the rules; 0 instructions if it would allow everything. */
static size_t program_emit(struct bpf_insn *prog, const struct dev_rule *rules, size_t n)
{
	struct bpf_insn *p = prog, *deny;
	bool all = false;

	*p++ = (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1 };
	*p++ = load(TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	*p++ = load(MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	*p++ = load(MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	*p++ = (struct bpf_insn){ BPF_ALU | BPF_MOV | BPF_X, ASKED, TYPE };
	*p++ = alu(BPF_AND, TYPE, 0xffff);
	*p++ = alu(BPF_RSH, ASKED, 16);
	for (size_t length; n > 0; n -= length) {
		const struct dev_rule *r = &rules[n - 1];

		/* Whatever comes before a rule for everything has no effect, and the verifier refuses code
		 * that cannot be reached. */
		if (r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == DEV_RWM) {
			all = r->allow;
			break;
		}
		length = group_length(rules, n);
		if (length > 1) {
			p += group_emit(p, r, length);
		} else {
			p += rule_emit(p, r);
			length = 1;
		}
	}
	if (all)
		*p++ = (struct bpf_insn){ BPF_JMP | BPF_JA, 0, 0, TO_ALLOW };
	deny = p;
	*p++ = (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 };
	*p++ = (struct bpf_insn){ BPF_JMP | BPF_EXIT };

	bool refuses = !all;
	for (struct bpf_insn *i = prog; i < deny; i++) {
		refuses |= i->off == TO_DENY;
		if (i->off == TO_ALLOW || i->off == TO_DENY)
			i->off = deny + (i->off == TO_ALLOW) - i - 1;
	}
	return refuses ? p - prog : 0;
}

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* The verifier's own errors: a bad program, or one that is too long. All others come from before or after
 * it. */
static bool is_refusal(int no)
{
	return no == EINVAL || no == EACCES || no == E2BIG;
}

/* The offset of a jump has 16 bits. Long before that is too few, the verifier gives up: it follows 8192 tests
 * in a row (BPF_COMPLEXITY_LIMIT_JMP_SEQ). */
static int too_long(size_t n, struct err *e)
{
	err_set(e, "devices-load", E2BIG, "load the device filter");
	err_cause(e, "the rules make %zu instructions, and the kernel takes no more than some 8000 rules", n);
	return err_hint(e, "name devices by one rule for all minor numbers of a major one");
}

static int program_load(struct arena *a, const struct bpf_insn *prog, size_t n, struct err *e)
{
	if (n > INT16_MAX)
		return too_long(n, e);
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = n,
		.insns = (uintptr_t)prog,
		.license = (uintptr_t) "GPL",
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.prog_name = "guise_devices", /* as bpftool lists it */
	};
	enum { LOG = 64 * 1024 };
	int fd = sys_bpf(BPF_PROG_LOAD, &attr), no = errno;
	char *log;

	if (fd >= 0)
		return fd;
	err_set(e, "devices-load", no, "load the device filter");
	if (no == EPERM)
		return err_hint(e, "it needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN");
	/* Asked for only now: the verifier is slower when it keeps a log. */
	log = arena_alloc(a, LOG);
	attr.log_buf = (uintptr_t)log;
	attr.log_size = LOG;
	attr.log_level = 1;
	if ((fd = sys_bpf(BPF_PROG_LOAD, &attr)) >= 0)
		return fd;
	/* a verifier that was content has written something, too */
	return is_refusal(errno) && *log ? err_cause(e, "the verifier says: %.300s", log) : -no;
}

int devfilter_attach(struct arena *a, int cgroup_fd, const struct dev_rule *rules, size_t n, struct err *e)
{
	struct bpf_insn *prog = arena_array(a, struct bpf_insn, HEAD + n * RULE_MAX + TAIL);
	size_t length = program_emit(prog, rules, n);

	if (!length)
		return 0;
	autoclose int fd = program_load(a, prog, length, e);
	if (fd < 0)
		return fd;
	union bpf_attr attr = {
		.target_fd = cgroup_fd,
		.attach_bpf_fd = fd,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	if (sys_bpf(BPF_PROG_ATTACH, &attr) == 0)
		return 0;
	err_set(e, "devices-attach", errno, "attach the device filter to the container's cgroup");
	if (e->no == EPERM)
		return err_cause(e, "a cgroup above has a filter that lets no further one be added");
	return -e->no;
}

/* The kernel's own digest of a program's instructions (bpf_prog_info.tag, Linux 4.13). */
static int program_tag(int fd, uint8_t tag[BPF_TAG_SIZE])
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .info = {
					.bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info } };

	if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return -errno;
	memcpy(tag, info.tag, BPF_TAG_SIZE);
	return 0;
}

static int program_tag_by_id(uint32_t id, uint8_t tag[BPF_TAG_SIZE])
{
	union bpf_attr attr = { .prog_id = id };
	autoclose int fd = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);

	return fd < 0 ? -errno : program_tag(fd, tag);
}

/* The programs attached to the cgroup: how many, or -errno. */
static int query(int cgroup_fd, uint32_t *ids, uint32_t max)
{
	union bpf_attr attr = { .query = { .target_fd = cgroup_fd,
					   .attach_type = BPF_CGROUP_DEVICE,
					   .prog_ids = (uintptr_t)ids,
					   .prog_cnt = max } };

	return sys_bpf(BPF_PROG_QUERY, &attr) < 0 ? -errno : (int)attr.query.prog_cnt;
}

int devfilter_check(struct arena *a, int cgroup_fd, const struct dev_rule *rules, size_t n, struct err *e)
{
	enum { ATTACHED_MAX = 64 }; /* to one cgroup (BPF_CGROUP_MAX_PROGS) */
	struct bpf_insn *prog = arena_array(a, struct bpf_insn, HEAD + n * RULE_MAX + TAIL);
	size_t length = program_emit(prog, rules, n);
	uint8_t ours[BPF_TAG_SIZE], tag[BPF_TAG_SIZE];
	uint32_t ids[ATTACHED_MAX];
	int count = query(cgroup_fd, ids, ATTACHED_MAX), r = 0;

	if (count < 0)
		return err_set(e, "devices-query", -count, "list the device filters of a cgroup");
	if (!length)
		return 0;
	if (!count)
		return err_set(e, "devices-missing", ENOENT, "find the device filter of a cgroup");
	autoclose int fd = program_load(a, prog, length, e);
	if (fd < 0)
		return fd;
	r = program_tag(fd, ours);
	for (int i = 0; r == 0 && i < count; i++)
		if ((r = program_tag_by_id(ids[i], tag)) == 0 && memcmp(ours, tag, sizeof(tag)) == 0)
			return 0;
	return err_set(e, "devices-different", r < 0 ? -r : ESTALE, "compare the device filter of a cgroup");
}

int devfilter_write_v1(struct arena *a, const char *dir, const struct dev_rule *rules, size_t n,
		       struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = cgroup_set(dir, rules[i].allow ? "devices.allow" : "devices.deny",
			       dev_rule_str(a, &rules[i]), e);
	return r;
}

static bool is_everything(const struct dev_rule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == DEV_RWM;
}

static struct dev_rule *find_device(struct dev_rule *list, size_t n, const struct dev_rule *r)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].type == r->type && list[i].major == r->major && list[i].minor == r->minor)
			return &list[i];
	return NULL;
}

/* What v1 makes of the rules (security/device_cgroup.c). After "deny a": a list of what is allowed all the
 * same, each device once. After "allow a", or without either: everything, and devices.list tells no more.
 * Returns how many of the list still have an access. */
static size_t fold(struct dev_rule *list, const struct dev_rule *rules, size_t n, bool *all)
{
	size_t count = 0, left = 0;

	*all = true;
	for (size_t i = 0; i < n; i++) {
		struct dev_rule *same = find_device(list, count, &rules[i]);

		if (is_everything(&rules[i])) {
			*all = rules[i].allow;
			count = 0;
		} else if (same) {
			same->access = rules[i].allow ? same->access | rules[i].access :
							same->access & ~rules[i].access;
		} else if (rules[i].allow) {
			list[count++] = rules[i];
		}
	}
	for (size_t i = 0; i < count; i++)
		left += list[i].access != 0;
	return left;
}

bool devfilter_same_v1(struct arena *a, const char *list, const struct dev_rule *rules, size_t n)
{
	struct dev_rule *want = arena_array(a, struct dev_rule, n), have;
	bool all;
	size_t left = fold(want, rules, n, &all);

	for (const char *p = list; *p; p += *p == '\n') {
		struct dev_rule *same;

		if (dev_rule_parse(p, &have) < 0)
			return false;
		p += strcspn(p, "\n");
		if (all || is_everything(&have))
			return all && is_everything(&have);
		same = find_device(want, n, &have);
		if (!same || same->access != have.access)
			return false;
		same->access = 0; /* found */
		left--;
	}
	return !all && !left;
}
