/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/run_record.h"

#include "state/record_wish.h"

static void fill_memory(struct record *r, const struct spec *s, const struct facts *f)
{
	const struct cgroup_layout *l = &f->cgroups;
	bool counted = (limits_need(&s->limits) & CG_BIT(CG_MEMORY)) && f->home;

	r->memory = s->limits.memory;
	r->memory_v1 = l->at[CG_MEMORY].held == CG_IN_V1;
	if (!counted)
		return;
	r->memory_mount = l->at[CG_MEMORY].base;
	r->memory_cgroup = cgroup_dir(r->plan.arena, l, CG_MEMORY,
				      s->cgroup_parent ? s->cgroup_parent : "guise", r->id);
}

static const char *network_name(const struct spec *s)
{
	switch (s->network.mode) {
	case NET_BRIDGE:
		return "bridge";
	case NET_NONE:
		return "none";
	case NET_HOST:
		return "host";
	case NET_PASTA:
		return "pasta";
	case NET_CONTAINER:
		return "container";
	case NET_PATH:
		return "ns";
	}
	return NULL;
}

/* For inspect. */
static void fill_wish(struct record *r, const struct spec *s)
{
	struct str config = { .arena = r->plan.arena }, mounts = { .arena = r->plan.arena };

	record_wish(s, &config);
	record_wish_mounts(s, &mounts);
	r->host_config = config.p;
	r->mounts = mounts.p;
}

void run_record(struct record *r, const struct container *c, const struct spec *s, const struct facts *f,
		const struct plan *p)
{
	*r = (struct record){ .id = c->id, .name = c->name, .plan = *p };
	r->created = record_now();
	r->rootfs = s->root.kind == ROOT_HOST  ? "host:" :
		    s->root.kind == ROOT_IMAGE ? s->root.image :
						 arena_printf(p->arena, "dir:%s", f->root);
	r->image = s->root.digest;
	r->command = s->argv;
	r->env = s->env;
	r->labels = s->labels;
	r->exposed = s->exposed;
	r->user = s->user;
	r->workdir = s->workdir;
	r->hostname = s->hostname;
	r->network = network_name(s);
	r->cgroup = f->home;
	r->detach = s->detach;
	r->tty = s->tty;
	r->init = s->init;
	r->remove = s->remove;
	r->stop_signal = s->stop_signal;
	r->stop_timeout = s->stop_timeout;
	r->interactive = s->interactive;
	r->entrypoint = s->entrypoint;
	fill_memory(r, s, f);
	fill_wish(r, s);
}
