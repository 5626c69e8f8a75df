/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/machine.h"
#include "cmd/engine/object.h"
#include "cmd/engine/words.h"
#include "cmd/rows.h"
#include "cmd/template.h"
#include "kernel/cgroup/cgroup.h"

struct info {
	unsigned running, paused, stopped;
	struct utsname u;
	uint64_t memory; /* bytes */
	long cpus;
	struct cgroup_layout l;
	const char *cgroups; /* "2", "1", or "1 and 2" */
	const char *system;
	struct strv security, missing;
};

/* ---- finding out ---- */

static int count(struct call *call, struct state *st, struct info *i, struct err *e)
{
	struct strv ids;
	int r = container_list(st, call->arena, &ids, e);

	for (size_t n = 0; r == 0 && n < ids.n; n++) {
		struct control k;
		struct err ignored;
		int opened = control_open_any(&k, st, call->arena, ids.v[n], &ignored);

		control_close(&k);
		if (opened < 0)
			continue;
		*(k.paused ? &i->paused : k.pid ? &i->running : &i->stopped) += 1;
	}
	return r;
}

/* docker's warnings: limits that this machine has no way to set. */
static void find_missing(struct arena *a, struct info *i)
{
	static const enum cgroup_controller needed[] = { CG_MEMORY, CG_CPU, CG_CPUSET, CG_IO, CG_PIDS };

	for (size_t n = 0; n < ARRAY_LEN(needed); n++)
		if (i->l.at[needed[n]].held == CG_NOWHERE)
			strv_push(a, &i->missing,
				  arena_printf(a, "no cgroup controller %s", cgroup_name[needed[n]]));
	if (i->l.at[CG_MEMORY].held != CG_NOWHERE && !i->l.memsw)
		strv_push(a, &i->missing, "swap is not accounted (swapaccount=1)");
}

static void look(struct arena *a, struct info *i)
{
	struct sysinfo s;
	struct err ignored;

	uname(&i->u);
	i->system = machine_system(a);
	i->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	i->memory = sysinfo(&s) == 0 ? (uint64_t)s.totalram * s.mem_unit : 0;
	if (cgroup_probe(a, CG_ALL, &i->l, &ignored) == 0)
		cgroup_probe_every(a, &i->l);
	i->cgroups = i->l.v2_mount && i->l.n_v1 ? "1 and 2" :
		     i->l.v2_mount              ? "2" :
		     i->l.v1_home               ? "1" :
						  "none";
	find_missing(a, i);
	strv_push(a, &i->security, "name=seccomp,profile=builtin");
	if (geteuid() != 0)
		strv_push(a, &i->security, "name=rootless");
	strv_push(a, &i->security, "name=cgroupns");
}

/* ---- JSON ---- */

static void add_hierarchies(json_object *guise, const struct info *i)
{
	json_object *all = object_within(guise, "Controllers");

	for (int c = 0; c < CG_COUNT; c++)
		if (i->l.at[c].held != CG_NOWHERE)
			object_str(all, cgroup_name[c], i->l.at[c].base ? i->l.at[c].base : i->l.v2_mount);
}

static void add_guise(json_object *o, const struct call *call, const struct state *st, const struct info *i)
{
	json_object *g = object_within(o, "Guise");

	object_str(g, "StateDir", st->path);
	object_str(g, "DataDir", st->data);
	object_flag(g, "Rootless", geteuid() != 0);
	object_str(g, "OciRoot", command_oci_root(call));
	add_hierarchies(g, i);
}

/* A number in any case, as docker's scripts compare it; both at once are v2's, where the home is. */
static const char *cgroup_version(const struct info *i)
{
	return i->l.v2_mount && !i->l.n_v1 ? "2" : "1";
}

static json_object *object_of(const struct call *call, const struct state *st, const struct info *i)
{
	json_object *o = json_object_new_object();

	object_int(o, "Containers", i->running + i->paused + i->stopped);
	object_int(o, "ContainersRunning", i->running);
	object_int(o, "ContainersPaused", i->paused);
	object_int(o, "ContainersStopped", i->stopped);
	object_int(o, "Images", 0);
	object_str(o, "Driver", "overlay");
	object_str(o, "LoggingDriver", "k8s-file");
	object_str(o, "CgroupDriver", "cgroupfs");
	object_str(o, "CgroupVersion", cgroup_version(i));
	object_flag(o, "MemoryLimit", i->l.at[CG_MEMORY].held != CG_NOWHERE);
	object_flag(o, "SwapLimit", i->l.memsw);
	object_flag(o, "CpuCfsQuota", i->l.at[CG_CPU].held != CG_NOWHERE);
	object_flag(o, "CPUShares", i->l.at[CG_CPU].held != CG_NOWHERE);
	object_flag(o, "CPUSet", i->l.at[CG_CPUSET].held != CG_NOWHERE);
	object_flag(o, "PidsLimit", i->l.at[CG_PIDS].held != CG_NOWHERE);
	object_str(o, "KernelVersion", i->u.release);
	object_str(o, "OperatingSystem", i->system);
	object_str(o, "OSType", "linux");
	object_str(o, "Architecture", i->u.machine);
	object_int(o, "NCPU", i->cpus);
	object_int(o, "MemTotal", (int64_t)i->memory);
	object_str(o, "DockerRootDir", st->data);
	object_str(o, "Name", i->u.nodename);
	object_str(o, "ServerVersion", GUISE_VERSION);
	object_list(o, "SecurityOptions", &i->security, 0);
	object_list(o, "Warnings", &i->missing, 0);
	add_guise(o, call, st, i);
	return o;
}

/* ---- text ---- */

static void print_text(struct arena *a, const struct state *st, const struct info *i)
{
	printf("Containers: %u\n Running: %u\n Paused: %u\n Stopped: %u\n",
	       i->running + i->paused + i->stopped, i->running, i->paused, i->stopped);
	printf("Images: 0\nServer Version: " GUISE_VERSION
	       "\nStorage Driver: overlay\nLogging Driver: k8s-file\n");
	printf("Cgroup Driver: cgroupfs\nCgroup Version: %s\n", i->cgroups);
	printf("Security Options:\n seccomp\n  Profile: builtin\n%s cgroupns\n",
	       geteuid() ? " rootless\n" : "");
	printf("Kernel Version: %s\nOperating System: %s\nOSType: linux\nArchitecture: %s\n", i->u.release,
	       i->system, i->u.machine);
	printf("CPUs: %ld\nTotal Memory: %s\nName: %s\n", i->cpus, words_binary(a, i->memory), i->u.nodename);
	printf("State Dir: %s\nRoot Dir: %s\n", st->path, st->data);
	for (size_t n = 0; n < i->missing.n; n++)
		fprintf(stderr, "guise: %s\n", i->missing.v[n]);
}

/* ---- the command ---- */

static const struct opt info_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0, "text, json, or a template: '{{.ContainersRunning}}'",
	  "text json" },
	{ 0 },
};

static int info_run(struct call *call, struct err *e)
{
	struct info i = { 0 };
	struct strv none;
	struct state st;
	json_object *o;
	int r = opt_parse(call, NULL, &none, e);

	if (r || (r = command_state(call, &st, e)) < 0 || (r = count(call, &st, &i, e)) < 0)
		return r;
	look(call->arena, &i);
	if (!str_eq(call->format, "json") && !template_is(call->format)) {
		print_text(call->arena, &st, &i);
		return 0;
	}
	o = object_of(call, &st, &i);
	if (template_is(call->format))
		return rows_print(call->arena, call->format, NULL, &(struct rows){ &o, 1 }, e);
	object_print_line(o);
	return 0;
}

const struct command info_command = {
	.name = "info",
	.summary = "print what there is on this machine: containers, kernel, cgroups, memory",
	.details = "The words are docker's. Limits that cannot be had here are told on standard error.",
	.options = info_table,
	.run = info_run,
};
