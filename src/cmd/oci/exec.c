/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cmd/oci/options.h"
#include "kernel/process/caps.h"
#include "run/oci/exec.h"
#include "spec/value.h"

enum { CANNOT_EXECUTE = 255 }; /* as runc says what is no exit status of the command */

static int set_id(const char *text, uint32_t *id, struct err *e)
{
	int64_t n;
	int r = value_number(text, 0, UINT32_MAX - 1, &n, e);

	if (r == 0)
		*id = (uint32_t)n;
	return r;
}

static int set_user(const struct opt_use *u, struct err *e)
{
	struct oci_exec *x = u->options;
	const char *colon = strchr(u->value, ':');
	size_t len = colon ? (size_t)(colon - u->value) : strlen(u->value);
	int r = set_id(arena_strndup(u->call->arena, u->value, len), &x->uid, e);

	x->has_user = true;
	x->has_gid = colon;
	return r == 0 && colon ? set_id(colon + 1, &x->gid, e) : r;
}

static int add_group(const struct opt_use *u, struct err *e)
{
	struct oci_exec *x = u->options;
	uint32_t gid;
	int r = set_id(u->value, &gid, e);

	if (r == 0)
		arena_push(u->call->arena, x->groups, x->n_groups, gid);
	return r;
}

static int add_cap(const struct opt_use *u, struct err *e)
{
	uint64_t mask = caps_from_name(u->value);

	if (!mask)
		return err_set(e, "bad-cap", EINVAL, "'%s'", u->value),
		       err_cause(e, "no capability has that name");
	*(uint64_t *)u->field |= mask;
	return 0;
}

#define AT(member) offsetof(struct oci_exec, member)

/* clang-format off */
static const struct opt exec_table[] = {
	{ "process", 'p', "FILE", oci_opt_path, AT(process_file), "the process as JSON, instead of a command line", "@file" },
	{ "detach", 'd', NULL, opt_flag, AT(detach), "return when the command runs" },
	{ "tty", 't', NULL, opt_flag, AT(tty), "give it a terminal" },
	{ "console-socket", 0, "SOCKET", oci_opt_path, AT(console_socket), "who gets the terminal's master", "@file" },
	{ "pidfd-socket", 0, "SOCKET", oci_opt_path, AT(pidfd_socket), "who gets a pidfd of it, by SCM_RIGHTS", "@file" },
	{ "pid-file", 0, "FILE", oci_opt_path, AT(pid_file), "write its pid there", "@file" },
	{ "env", 'e', "NAME=VALUE", opt_list, AT(env), "an environment variable", .many = true },
	{ "cwd", 0, "DIR", opt_string, AT(cwd), "the working directory (the container's)" },
	{ "user", 'u', "UID[:GID]", set_user, 0, "the user (the container's)" },
	{ "additional-gids", 'g', "GID", add_group, 0, "a supplementary group", .many = true },
	{ "cap", 'c', "CAPABILITY", add_cap, AT(caps), "a capability beside the container's", .many = true },
	{ "no-new-privs", 0, NULL, opt_flag, AT(no_new_privs), "set no_new_privs" },
	{ "apparmor", 0, "PROFILE", opt_string, AT(apparmor), "the AppArmor profile" },
	{ "process-label", 0, "LABEL", opt_string, AT(label), "the SELinux label" },
	{ "cgroup", 0, "[CONTROLLER,...:]PATH", opt_list, AT(cgroups),
	  "a cgroup below the container's, which exists, of these controllers (v1) or all", .many = true },
	{ "preserve-fds", 0, "N", opt_unsigned, AT(preserve_fds), "pass on N descriptors from 3 on" },
	{ "ignore-paused", 0, NULL, opt_flag, AT(ignore_paused), "also in a paused container, where it will wait" },
	{ 0 },
};
/* clang-format on */

static int exec_container(struct call *call, const char *id, const struct oci_exec *x, struct err *e)
{
	struct oci_warn warn = oci_warner(call);
	struct oci_container o;
	int r = oci_find(call, &o, id, e);

	if (r < 0)
		return r;
	r = oci_exec(&o, x, &warn, &call->status, e);
	oci_close(&o);
	return r;
}

static int exec_run(struct call *call, struct err *e)
{
	struct oci_exec x = { 0 };
	struct strv words;
	int r = opt_parse(call, &x, &words, e);

	if (r)
		return r;
	x.args = (struct strv){ .v = words.v + 1, .n = words.n - 1 };
	if (!x.process_file && x.args.n == 0)
		r = err_set(e, "operands", EINVAL, "exec"), err_cause(e, "process args cannot be empty");
	else
		r = exec_container(call, words.v[0], &x, e);
	if (r < 0)
		call->status = CANNOT_EXECUTE;
	return r;
}

const struct command oci_exec_command = {
	.name = "exec",
	.operands = "CONTAINER COMMAND [ARG...]",
	.summary = "run one more command in a container that runs, or was created",
	.details =
		"It is as the container's own process, unless the options, or --process, say otherwise. The exit "
		"status is the command's, 128 and the number of the signal that ended it, or 255 if it could not "
		"be run.",
	.options = exec_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
	.hint = "@container",
	.run = exec_run,
};
