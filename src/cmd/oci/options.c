/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/oci/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/oci/log.h"

int oci_opt_path(const struct opt_use *u, struct err *e)
{
	char cwd[PATH_MAX];

	if (*u->value == '/')
		return opt_string(u, e);
	if (!getcwd(cwd, sizeof(cwd)))
		return err_set(e, "file", errno, "find the working directory");
	*(const char **)u->field = arena_printf(u->call->arena, "%s/%s", cwd, u->value);
	return 0;
}

int oci_state_open(struct call *call, struct state *st, struct err *e)
{
	return state_open(st, call->arena, "guise-oci", oci_global(call)->root, e);
}

static int find(struct call *call, struct oci_container *o, const char *id, bool locked, struct err *e)
{
	struct state *st = arena_new(call->arena, struct state);
	int r = oci_state_open(call, st, e);

	if (r < 0)
		return r;
	return locked ? oci_open_locked(o, st, call->arena, id, e) : oci_open(o, st, call->arena, id, e);
}

int oci_find(struct call *call, struct oci_container *o, const char *id, struct err *e)
{
	return find(call, o, id, false, e);
}

int oci_find_locked(struct call *call, struct oci_container *o, const char *id, struct err *e)
{
	return find(call, o, id, true, e);
}

static void tell(void *call, const struct err *e)
{
	oci_log_warning(call, e);
}

static void debug(void *call, const char *text)
{
	oci_log(call, "debug", text);
}

struct oci_warn oci_warner(struct call *call)
{
	return (struct oci_warn){ tell, oci_log_has(call, "debug") ? debug : NULL, call };
}

enum oci_manager oci_manager(const struct call *call)
{
	const char *name = oci_global(call)->cgroup_manager;

	return str_eq(name, "systemd") ? OCI_SYSTEMD : str_eq(name, "disabled") ? OCI_DISABLED : OCI_CGROUPFS;
}

static enum oci_rootless rootless(const struct call *call)
{
	const char *word = oci_global(call)->rootless;

	return str_eq(word, "true")  ? OCI_ROOTLESS_TRUE :
	       str_eq(word, "false") ? OCI_ROOTLESS_FALSE :
				       OCI_ROOTLESS_AUTO;
}

const char *oci_notify_socket(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	return name && (*name == '/' || *name == '@') ? name : NULL;
}

static struct timing *timing(struct call *call)
{
	return oci_global(call)->timing ? arena_new(call->arena, struct timing) : NULL;
}

/* ---- create and run ---- */

#define AT(member) offsetof(struct oci_make_options, member)

/* clang-format off */
const struct opt oci_make_table[] = {
	{ "detach", 'd', NULL, opt_flag, AT(wish.detach), "return when the command runs" },
	{ "keep", 0, NULL, opt_flag, AT(wish.keep), "do not delete the container after its end" },
	{ "no-subreaper", 0, NULL, opt_flag, AT(no_subreaper), "taken for runc's sake; guise-oci is none" },
	{ "bundle", 'b', "DIR", oci_opt_path, AT(wish.bundle), "the bundle (the working directory)", "@dir" },
	{ "console-socket", 0, "SOCKET", oci_opt_path, AT(wish.console_socket),
	  "who gets the master of the process's terminal", "@file" },
	{ "pidfd-socket", 0, "SOCKET", oci_opt_path, AT(wish.pidfd_socket), "who gets a pidfd of the process, by SCM_RIGHTS", "@file" },
	{ "pid-file", 0, "FILE", oci_opt_path, AT(wish.pid_file), "write the process's pid there", "@file" },
	{ "no-pivot", 0, NULL, opt_flag, AT(wish.no_pivot), "move the root over / and chroot: for ramdisks" },
	{ "no-new-keyring", 0, NULL, opt_flag, AT(wish.no_new_keyring), "keep the caller's session keyring" },
	{ "preserve-fds", 0, "N", opt_unsigned, AT(wish.preserve_fds),
	  "pass on N descriptors from 3 (behind LISTEN_FDS') on" },
	{ 0 },
};
/* clang-format on */

int oci_make_begin(struct call *call, struct oci_make_options *o, struct err *e)
{
	struct strv operands;
	char cwd[PATH_MAX];
	int r = opt_parse(call, o, &operands, e);

	if (r)
		return r;
	o->wish.id = operands.v[0];
	o->wish.manager = oci_manager(call);
	o->wish.rootless = rootless(call);
	/* hooks run there, as below runc. The state tells the bundle's absolute path (runtime.md, "State"),
	 * and this one has no links or dots */
	o->wish.caller_dir = o->wish.bundle ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (o->wish.bundle && chdir(o->wish.bundle) < 0)
		return err_set(e, "bundle-missing", errno, "open the bundle %s", o->wish.bundle);
	if (!getcwd(cwd, sizeof(cwd)))
		return err_set(e, "file", errno, "find the working directory");
	o->wish.bundle = arena_strdup(call->arena, cwd);
	o->wish.notify = oci_notify_socket();
	o->warn = oci_warner(call);
	o->timing = timing(call);
	return oci_state_open(call, &o->st, e);
}

void oci_timing_print(struct call *call, const struct timing *t)
{
	struct str out = { .arena = call->arena };

	if (!t)
		return;
	timing_print(t, &out);
	fputs(str_get(&out), stderr);
}
