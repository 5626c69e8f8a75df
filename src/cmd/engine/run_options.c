/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/run_options.h"

#include <errno.h>

#include "cmd/engine/env_options.h"
#include "cmd/engine/limit_options.h"
#include "kernel/process/caps.h"
#include "spec/env.h"
#include "spec/expose.h"
#include "spec/mount.h"
#include "spec/root.h"
#include "spec/sysctl.h"

/* From the options to the spec: what depends on several of them. Each alone is read in run_table.c. */

static int conflict(struct err *e, const char *what, const char *cause, const char *hint)
{
	err_set(e, "conflicting-options", EINVAL, "%s", what);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

static int check_namespaces(const struct spec *s, struct err *e)
{
	if (s->hostname && s->ns[NS_UTS].mode != NS_MODE_NEW)
		return conflict(e, "--hostname and --uts", "the host name would change for the other, too",
				"leave one of them out");
	if (s->hostname && s->network.mode == NET_CONTAINER)
		return conflict(e, "--hostname and --network container:",
				"the network has its host name already", "leave one of them out");
	if (s->shm_size && s->ns[NS_IPC].mode != NS_MODE_NEW)
		return conflict(e, "--shm-size and --ipc", "/dev/shm is the other's, and has its size",
				"leave one of them out");
	if ((s->network.address || s->network.mac) && s->network.mode != NET_BRIDGE)
		return conflict(e, s->network.address ? "--ip and --network" : "--mac-address and --network",
				"only on the bridge there are addresses to give", "leave one of them out");
	if (s->network.aliases.n && s->network.mode != NET_BRIDGE)
		return conflict(e, "--network-alias and --network", "there it has no address that is its own",
				"leave one of them out");
	if ((s->n_ports || s->publish_all) &&
	    (s->network.mode == NET_NONE || s->network.mode == NET_CONTAINER || s->network.mode == NET_PATH))
		return conflict(
			e, "--publish and --network",
			"the container has no network of its own that the ports could lead to",
			"leave one of them out; who shares another's network has that one publish them");
	if ((s->network.bandwidth.in || s->network.bandwidth.out) && s->network.mode != NET_BRIDGE)
		return conflict(e, "--network-bandwidth and --network",
				"only links that guise makes are limited", "leave one of them out");
	if (s->netns_name && s->ns[NS_NET].mode != NS_MODE_NEW)
		return conflict(e, "--netns-name and --network",
				"the network namespace is not the container's own", "leave one of them out");
	if (s->init && s->ns[NS_PID].mode != NS_MODE_NEW)
		return conflict(e, "--init and --pid", "PID 1 of that namespace is another process",
				"leave one of them out");
	for (size_t i = 0; i < s->sysctls.n; i++) {
		enum ns_kind kind = sysctl_ns(s->sysctls.v[i]);

		if (s->ns[kind].mode != NS_MODE_NEW) {
			err_set(e, "conflicting-options", EINVAL, "--sysctl %s", s->sysctls.v[i]);
			err_cause(e, "its %s namespace is not the container's own", ns_name[kind]);
			return err_hint(e, "leave out --sysctl or %s",
					kind == NS_NET ? "--network" : "--ipc");
		}
	}
	return 0;
}

/* Who shares another's network has its files, too. */
static int check_names(const struct spec *s, struct err *e)
{
	const struct spec_names *n = &s->names;
	const char *given = n->hosts.n   ? "--add-host and --network container:" :
			    n->servers.n ? "--dns and --network container:" :
			    n->search.n  ? "--dns-search and --network container:" :
			    n->options.n ? "--dns-option and --network container:" :
					   NULL;

	if (given && s->network.mode == NET_CONTAINER)
		return conflict(e, given, "its names are those of the other, which has them already",
				"give them to the other container");
	if (n->hosts.n && n->no_hosts)
		return conflict(e, "--add-host and --no-hosts", "without the file there is no line in it",
				"leave one of them out");
	return 0;
}

static int finish_limits(struct run_options *o, struct err *e)
{
	struct spec_limits *l = &o->spec.limits;

	int r = limit_options_cpus(l, o->cpus, e);

	if (r < 0)
		return r;
	if (l->memory_swap > 0 && l->memory == LIMIT_UNSET)
		return conflict(e, "--memory-swap", "it needs --memory, of which it is the sum with swap",
				"add --memory SIZE");
	if (l->memory_swap >= 0 && l->memory_swap < l->memory)
		return conflict(e, "--memory-swap",
				"it is smaller than --memory, but the sum of memory and swap",
				"give at least the size of --memory");
	if (l->memory >= 0 && l->memory_reservation > l->memory)
		return conflict(e, "--memory-reservation", "it is larger than --memory",
				"give at most the size of --memory");
	return 0;
}

/* Docker's rule, in whatever order they stand: --cap-drop takes from the default set, --cap-add adds to
 * what is left; with --cap-add ALL, --cap-drop takes from all. */
static int finish_security(struct run_options *o, struct err *e)
{
	struct spec_security *sec = &o->spec.security;
	uint64_t base = sec->privileged ? CAPS_ALL : sec->caps;

	if (o->cap_add == CAPS_ALL && o->cap_drop == CAPS_ALL)
		return conflict(e, "--cap-add ALL and --cap-drop ALL", "each takes back the other",
				"leave one of them out");
	if (o->cap_add == CAPS_ALL)
		sec->caps = CAPS_ALL & ~o->cap_drop;
	else
		sec->caps = (base & ~o->cap_drop) | o->cap_add;
	if (sec->privileged) {
		sec->unmask = true;
		if (!o->seccomp_given)
			sec->seccomp = SECCOMP_UNCONFINED;
		if (!o->no_new_privs_given)
			sec->no_new_privs = false;
	}
	return 0;
}

/* The files first, then --env: the last of a name wins. Then what every container has. */
int run_options_env(struct arena *a, struct run_options *o, char *const *own_env, struct err *e)
{
	struct strv *env = &o->spec.env;

	env_usual(a, env, o->spec.tty, o->spec.hostname);
	for (size_t i = 0; i < o->image_env.n; i++)
		if (env_add(a, env, o->image_env.v[i], own_env, e) < 0)
			return -e->no;
	return env_options(a, env, &o->env_files, &o->env, own_env, e);
}

void run_options_argv(struct arena *a, struct run_options *o, const struct strv *entrypoint,
		      const struct strv *cmd)
{
	struct strv *argv = &o->spec.argv;
	/* another entrypoint has nothing to do with the image's command: docker's rule */
	const struct strv *words = o->words.n || o->entrypoint ? &o->words : cmd;

	*argv = (struct strv){ 0 };
	o->spec.entrypoint = o->entrypoint ? *o->entrypoint != '\0' : entrypoint->n > 0;
	if (o->entrypoint && *o->entrypoint)
		strv_push(a, argv, o->entrypoint);
	for (size_t i = 0; !o->entrypoint && i < entrypoint->n; i++)
		strv_push(a, argv, entrypoint->v[i]);
	for (size_t i = 0; i < words->n; i++)
		strv_push(a, argv, words->v[i]);
	if (argv->n == 0)
		strv_push(a, argv, "sh");
}

int run_options_parse(struct call *call, struct run_options *o, struct err *e)
{
	struct strv operands;
	int r;

	*o = (struct run_options){ 0 };
	spec_init(&o->spec);
	if ((r = opt_parse(call, o, &operands, e)) || (r = root_parse(operands.v[0], &o->spec.root, e)) ||
	    (r = check_namespaces(&o->spec, e)) || (r = check_names(&o->spec, e)) ||
	    (r = finish_limits(o, e)) || (r = finish_security(o, e)) ||
	    (r = mount_sort(o->spec.mounts, o->spec.n_mounts, e)))
		return r;
	o->spec.exposed = expose_once(call->arena, &o->spec.exposed);
	o->format = call->format;
	for (size_t i = 1; i < operands.n; i++)
		strv_push(call->arena, &o->words, operands.v[i]);
	run_options_argv(call->arena, o, &(struct strv){ 0 }, &(struct strv){ 0 });
	return 0;
}
