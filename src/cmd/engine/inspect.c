/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Docker's keys where docker has the field, so that scripts find what they look for; what only guise
 * knows is below "Guise". */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/object.h"
#include "kernel/signal.h"

static void add_state(json_object *o, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *s = object_within(o, "State");
	bool exited = k->status == CONTAINER_EXITED;
	char time[40];

	object_str(s, "Status", control_status(k));
	object_flag(s, "Running", k->pid > 0);
	object_flag(s, "OOMKilled", r->oom.kills > 0);
	object_int(s, "Pid", k->pid);
	/* docker's is a number in any case: -1 is not known, and 0 before the end */
	object_int(s, "ExitCode", exited ? r->exit_code : 0);
	object_str(s, "Error", r->error ? r->error :
			       exited && r->exit_code < 0 ? "guise was killed before it could learn the exit code" : "");
	object_str(s, "StartedAt", r->started ? record_time(r->started, time) : "");
	object_str(s, "FinishedAt", r->finished ? record_time(r->finished, time) : "");
}

static void add_config(struct arena *a, json_object *o, const struct record *r)
{
	json_object *c = object_within(o, "Config");
	char buf[16];

	object_str(c, "Hostname", r->hostname);
	object_str(c, "User", r->user);
	object_flag(c, "Tty", r->tty);
	object_list(c, "Env", &r->env, 0);
	object_list(c, "Cmd", &r->command, 0);
	object_str(c, "WorkingDir", r->workdir ? r->workdir : "/");
	object_labels(a, c, "Labels", &r->labels);
	object_str(c, "StopSignal", signal_name(r->stop_signal, buf, sizeof(buf)));
	object_int(c, "StopTimeout", r->stop_timeout);
}

static void add_host_config(json_object *o, const struct record *r)
{
	json_object *h = object_within(o, "HostConfig");

	object_int(h, "Memory", r->memory > 0 ? r->memory : 0);
	object_str(h, "NetworkMode", r->network);
	object_flag(h, "AutoRemove", r->remove);
	object_flag(h, "Init", r->init);
}

static void add_network(json_object *o, const struct record *r)
{
	json_object *n = object_within(o, "NetworkSettings");

	object_str(n, "IPAddress", r->address ? r->address : "");
	object_str(n, "Gateway", r->gateway ? r->gateway : "");
	object_str(n, "MacAddress", r->mac ? r->mac : "");
}

/* The inode of each namespace, as lsns(8) and ls -l /proc/PID/ns show it. */
static void add_namespaces(json_object *guise, pid_t pid)
{
	json_object *n = object_within(guise, "Namespaces");
	struct stat s;
	char path[64];

	for (int i = 0; i < NS_COUNT; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_name[i]);
		if (stat(path, &s) == 0)
			object_int(n, ns_name[i], (int64_t)s.st_ino);
	}
}

static void add_oom(json_object *guise, const struct cgroup_oom *oom)
{
	json_object *o = object_within(guise, "OOM");

	object_int(o, "Kills", (int64_t)oom->kills);
	object_str(o, "Whose", record_oom_whose[oom->whose]);
	object_str(o, "Cgroup", oom->cgroup);
	json_object_object_add(o, "Limit", oom->limit >= 0 ? json_object_new_int64(oom->limit) : NULL);
	json_object_object_add(o, "Peak", oom->peak ? json_object_new_int64((int64_t)oom->peak) : NULL);
	object_int(o, "Pid", oom->pid);
	object_str(o, "Comm", oom->comm);
}

/* What was written to which file of the cgroups. */
static void add_limits(struct arena *a, json_object *guise, const struct plan *p)
{
	json_object *limits = object_within(guise, "Limits");

	for (size_t i = 0; i < p->count; i++) {
		const struct step *s = &p->steps[i];

		if (s->kind == STEP_CGROUP_SET)
			object_str(limits, arena_printf(a, "%s/%s", s->cgroup_set.path, s->cgroup_set.file),
				   s->cgroup_set.value);
	}
}

static void add_guise(struct arena *a, json_object *o, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *g = object_within(o, "Guise");

	object_str(g, "Version", r->guise);
	object_str(g, "RootFS", r->rootfs);
	object_flag(g, "Detached", r->detach);
	object_str(g, "Cgroup", r->cgroup);
	object_str(g, "MemoryCgroup", r->memory_cgroup);
	add_limits(a, g, &r->plan);
	if (k->pid)
		add_namespaces(g, k->pid);
	if (r->oom.kills)
		add_oom(g, &r->oom);
}

static json_object *object_of(struct arena *a, const struct control *k)
{
	const struct record *r = &k->rec;
	json_object *o = json_object_new_object();
	char time[40];

	object_str(o, "Id", r->id);
	object_str(o, "Name", r->name);
	object_str(o, "Created", record_time(r->created, time));
	object_str(o, "Path", r->command.n ? r->command.v[0] : NULL);
	object_list(o, "Args", &r->command, 1);
	object_str(o, "LogPath", r->detach ? arena_printf(a, "%s/containers/%s/log", k->st->path, r->id) : "");
	add_state(o, k);
	add_config(a, o, r);
	add_host_config(o, r);
	add_network(o, r);
	add_guise(a, o, k);
	return o;
}

static int add_one(struct call *call, struct control *k, const char *name, const void *array, struct err *e)
{
	json_object_array_add((json_object *)array, object_of(call->arena, k));
	return 0;
}

static int set_format(const struct opt_use *u, struct err *e)
{
	if (opt_format(u, e) == 0)
		return 0;
	return err_set(e, "bad-format", EINVAL, "'%s'", u->value), err_cause(e, "only json is printed, no templates"),
	       err_hint(e, "pick fields with jq, for example: guise inspect NAME | jq -r '.[0].State.Pid'");
}

static const struct opt inspect_table[] = {
	{ "format", 'f', "FORMAT", set_format, 0, "json, and nothing else", "json" },
	{ 0 },
};

static int inspect_run(struct call *call, struct err *e)
{
	struct strv names;
	json_object *array;
	int r = opt_parse(call, NULL, &names, e);

	if (r)
		return r;
	array = json_object_new_array();
	r = command_each(call, &names, add_one, array, e);
	object_print(array);
	return r;
}

const struct command inspect_command = {
	.name = "inspect",
	.operands = "CONTAINER...",
	.summary = "print all that is known of containers, as JSON",
	.details = "The keys are docker's where docker has the same; what only guise knows is below Guise: the cgroups "
		   "and limits, the namespaces' inodes, and whose limit it was when memory ran out.",
	.options = inspect_table,
	.min = 1,
	.max = COMMAND_ANY,
	.hint = "@container",
	.run = inspect_run,
};
