/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "cmd/engine/again.h"
#include "cmd/engine/commands.h"
#include "cmd/look/lab_machine_text.h"
#include "kernel/net/link.h"
#include "kernel/process/nscall.h"
#include "run/engine/exec.h"
#include "run/engine/run.h"

extern char **environ;

static const char *outside_of(struct arena *a, const char *name)
{
	return arena_printf(a, "%s-outside", name);
}

/* ---- what it needs ---- */

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char one[256];

	for (const char *dir = path ? path : ""; *dir; dir += strcspn(dir, ":"), dir += *dir == ':') {
		snprintf(one, sizeof(one), "%.*s/%s", (int)strcspn(dir, ":"), dir, program);
		if (access(one, X_OK) == 0)
			return true;
	}
	snprintf(one, sizeof(one), "/usr/sbin/%s", program);
	return access(one, X_OK) == 0;
}

int lab_machine_tools(struct arena *a, struct err *e)
{
	static const char *const tools[][2] = {
		{ "ip", "iproute2" },      { "bridge", "iproute2" },       { "tc", "iproute2" },
		{ "nft", "nftables" },     { "iptables", "iptables" },     { "ping", "iputils-ping" },
		{ "sysctl", "procps" },    { "unshare", "util-linux" },    { "nsenter", "util-linux" },
		{ "mount", "util-linux" }, { "pivot_root", "util-linux" },
	};
	struct str missing = { .arena = a }, packages = { .arena = a };

	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		if (in_path(tools[i][0]))
			continue;
		str_addf(&missing, "%s%s", missing.len ? ", " : "", tools[i][0]);
		if (!packages.len || !strstr(packages.p, tools[i][1]))
			str_addf(&packages, " %s", tools[i][1]);
	}
	if (!in_path("perl") && !in_path("python3")) { /* for a web server */
		str_addf(&missing, "%sperl", missing.len ? ", " : "");
		str_add(&packages, " perl");
	}
	if (!missing.len)
		return 0;
	return err_set(e, "lab-tools", ENOENT, "find %s", missing.p),
	       err_cause(e, "the exercises are done with programs of this machine, and these are not there"),
	       err_hint(e, "Debian has them in: apt install%s", packages.p);
}

/* ---- the two containers ---- */

/* `guise run WORDS`, detached. */
static int run_words(struct call *call, struct state *st, const char *const *words, struct err *e)
{
	struct call made = { .program = call->program, .command = &run_command, .arena = call->arena };
	struct run_options *o = arena_new(call->arena, struct run_options);
	struct strv argv = { 0 };
	struct run_wish wish = { .spec = &o->spec, .cwd = "/", .quiet = true };
	int r, status = 0;

	for (; *words; words++)
		strv_push(call->arena, &argv, *words);
	wish.argv = argv;
	strv_push(call->arena, &argv, NULL);
	made.argv = (char **)argv.v;
	if ((r = run_options_parse(&made, o, e)) < 0 || (r = run_options_env(call->arena, o, environ, e)) < 0)
		return r;
	return run_container(st, call->arena, &wish, &status, e);
}

static int make_container(struct call *call, struct state *st, const char *container, const char *hostname,
			  const char *name, struct err *e)
{
	const char *label = arena_printf(call->arena, "guise.lab=%s", name);
	const char *const words[] = { "--detach",     "--rm",       "--init",  "--privileged", "--name",
				      container,      "--hostname", hostname,  "--network",    "none",
				      "--log-driver", "none",       "--label", label,          "host:",
				      "sleep",        "infinity",   NULL };

	return run_words(call, st, words, e);
}

static bool has_label(const struct record *r, const char *label)
{
	for (size_t i = 0; i < r->labels.n; i++)
		if (str_eq(r->labels.v[i], label))
			return true;
	return false;
}

static int stop_one(struct call *call, struct state *st, const char *container, const char *name,
		    struct err *e)
{
	const char *label = arena_printf(call->arena, "guise.lab=%s", name);
	struct control k;
	struct err none = { 0 };
	int r = control_open(&k, st, call->arena, container, &none);

	if (r == 0 && str_eq(k.c.name, container) && has_label(&k.rec, label))
		r = control_remove(&k, true, e);
	else
		r = 0;
	control_close(&k);
	return r;
}

static int make_cable(const void *outside, void *out)
{
	struct netlink nl = NETLINK_CLOSED;
	struct link_veth veth = { .name = "eth0", .peer = "uplink", .netns = *(const int *)outside };
	struct err e;
	int r = netlink_open(&nl, NETLINK_ROUTE, &e);

	return r < 0 ? r : link_add_veth(&nl, &veth, &e);
}

static int open_netns(struct call *call, struct state *st, const char *name, int *fd, struct err *e)
{
	struct control k;
	char path[64];
	int r = control_open(&k, st, call->arena, name, e);

	if (r == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", k.pid);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
		r = *fd < 0 ?
			    err_set(e, "process", errno, "open the network namespace of container %s", name) :
			    0;
	}
	control_close(&k);
	return r;
}

static int connect_both(struct call *call, struct state *st, const char *name, struct err *e)
{
	autoclose int machine = -1, outside = -1;
	int r = open_netns(call, st, name, &machine, e);

	if (r == 0)
		r = open_netns(call, st, outside_of(call->arena, name), &outside, e);
	if (r == 0 && (r = ns_call(machine, CLONE_NEWNET, make_cable, &outside, NULL, 0)) < 0)
		err_set(e, "link-veth", -r, "make a cable between the lab's machine and the outside");
	return r;
}

/* A script in one of the containers, by a shell that stops at the first failure. */
static int run_script(struct call *call, struct state *st, const char *container, const char *what,
		      const char *script, const char *argument, struct err *e)
{
	struct exec_spec x = { .container = container, .workdir = "/root" };
	const char *const words[] = { "sh", "-ec", script, "sh", argument };
	int status = 0, r;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		strv_push(call->arena, &x.argv, words[i]);
	r = exec_container(st, call->arena, &x, &status, e);
	if (r == 0 && status)
		r = err_set(e, "lab-setup", ECHILD, "set up the lab's machine: %s", what),
		err_cause(e, "its script ended with status %d", status);
	return r;
}

/* ---- set up for an exercise ---- */

/* What was printed would only be in the way. */
static const char *quiet_script(struct arena *a, const char *script)
{
	return arena_printf(a, "exec >/dev/null </dev/null\n%s\n", script);
}

static int set_up(struct call *call, struct state *st, const struct labs *labs, const struct lab *l,
		  const char *name, struct err *e)
{
	struct lab_scripts s = { 0 };
	int r = labs_setup(call->arena, labs, l, &s, e);

	for (size_t i = 0; r == 0 && i < s.n; i++)
		r = run_script(call, st, name, s.v[i].what, quiet_script(call->arena, s.v[i].text), "", e);
	return r;
}

static int remember(struct call *call, struct state *st, const struct labs *labs, const struct lab *l,
		    const char *name, bool is_random, struct err *e)
{
	struct control k;
	int r = control_open(&k, st, call->arena, name, e);

	if (r == 0)
		r = lab_run_write(call->arena, k.c.dir, labs, l, is_random, e);
	control_close(&k);
	return r;
}

static int make(struct call *call, struct state *st, const struct labs *labs, const struct lab *l,
		const char *name, bool is_random, struct err *e)
{
	char *script = arena_strndup(call->arena, (const char *)lab_machine, lab_machine_size);
	const char *outside = outside_of(call->arena, name);
	int r;

	/* of a machine that somebody has removed by itself */
	stop_one(call, st, outside, name, &(struct err){ 0 });
	if ((r = make_container(call, st, outside, "outside", name, e)) < 0 ||
	    (r = connect_both(call, st, name, e)) < 0 ||
	    (r = run_script(call, st, outside, "the outside", script, "outside", e)) < 0 ||
	    (r = run_script(call, st, name, "its links", script, "machine", e)) < 0 ||
	    (r = set_up(call, st, labs, l, name, e)) < 0)
		return r;
	return remember(call, st, labs, l, name, is_random, e);
}

static int is_taken(struct call *call, struct state *st, const char *name, struct err *e)
{
	struct control k;
	struct lab_run run;
	int r = lab_machine_open(call, st, name, &k, &run, &(struct err){ 0 });

	control_close(&k);
	if (r < 0)
		return 0;
	return err_set(e, "lab-runs", EEXIST, "start a lab"),
	       err_cause(e, "one runs already under the name %s", name),
	       err_hint(e, "end it (guise lab stop), or give this one a name (--name)");
}

int lab_machine_start(struct call *call, struct state *st, const struct labs *labs, const struct lab *l,
		      const char *name, bool is_random, struct err *e)
{
	int r = is_taken(call, st, name, e);

	/* first the one that has the name: where that is taken, nothing was made that would have to go */
	if (r < 0 || (r = make_container(call, st, name, "lab", name, e)) < 0)
		return r;
	if ((r = make(call, st, labs, l, name, is_random, e)) < 0)
		lab_machine_stop(call, st, name, &(struct err){ 0 });
	return r;
}

/* ---- one that runs ---- */

int lab_machine_open(struct call *call, struct state *st, const char *name, struct control *k,
		     struct lab_run *run, struct err *e)
{
	int r = control_open(k, st, call->arena, name, &(struct err){ 0 });

	if (r < 0 || !str_eq(k->c.name, name) || !k->pid)
		return lab_run_none(e);
	return lab_run_read(call->arena, k->c.dir, run, e);
}

int lab_machine_outside(struct call *call, struct state *st, const char *name)
{
	int fd = -1;

	return open_netns(call, st, outside_of(call->arena, name), &fd, &(struct err){ 0 }) < 0 ? -1 : fd;
}

int lab_machine_stop(struct call *call, struct state *st, const char *name, struct err *e)
{
	int r = stop_one(call, st, name, name, e);
	int n = stop_one(call, st, outside_of(call->arena, name), name, r < 0 ? &(struct err){ 0 } : e);

	return r < 0 ? r : n;
}
