/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/limits_parts.h"

#include <errno.h>
#include <inttypes.h>

/* Are there weights, and is this one? If not, that is b's error. */
static bool may_weigh(struct limits_writer *b, const char *option, unsigned weight)
{
	const struct cgroup_layout *cg = b->f->cg;
	bool v2 = limits_in_v2(b, CG_IO);

	if (weight < 10 || weight > 1000)
		limits_bad(b, option, "%u is not in 10 to 1000", weight);
	if (!limits_may(b, CG_IO, option))
		return false;
	if (cg->bfq_weight || (v2 && cg->io_weight))
		return true;
	err_set(b->e, "cgroup-no-controller", ENOENT, "set %s", limits_word(b, option));
	err_cause(b->e, "the controller %s in %s has no weights",
		  v2 ? cgroup_name[CG_IO] : cgroup_v1_name[CG_IO], cg->at[CG_IO].base);
	b->r = err_hint(b->e,
			v2 ? "modprobe bfq, or use a kernel with CONFIG_BLK_CGROUP_IOCOST" : "modprobe bfq");
	return false;
}

void limits_put_io_weight(struct limits_writer *b, const char *option)
{
	const struct cgroup_layout *cg = b->f->cg;
	unsigned weight = b->l->blkio_weight;
	bool v2 = limits_in_v2(b, CG_IO);

	if (!weight || !may_weigh(b, option, weight))
		return;
	/* Each is the weight among those who share a disk under one kind of scheduling: all that are
	 * there are set. */
	if (v2 && cg->io_weight)
		limits_put(b, CG_IO, "io.weight", "%" PRIu64, limits_io_weight(weight));
	if (cg->bfq_weight)
		limits_put(b, CG_IO, v2 ? "io.bfq.weight" : "blkio.bfq.weight", "%u", weight);
}

/* The scheduler with weights of leaves was cfq, which is gone since Linux 5.0; v2 never had them. */
static void leaf_put(struct limits_writer *b, const char *option, unsigned weight)
{
	if (!weight || !limits_may(b, CG_IO, option))
		return;
	err_set(b->e, "cgroup-no-file", ENOENT, "set %s", option);
	err_cause(b->e, "the controller %s in %s has no weights of leaves",
		  limits_in_v2(b, CG_IO) ? cgroup_name[CG_IO] : cgroup_v1_name[CG_IO],
		  b->f->cg->at[CG_IO].base);
	b->r = err_hint(b->e, "leave it out: the kernel has had none since Linux 5.0");
}

void limits_put_io_devices(struct limits_writer *b, const char *option, const char *leaf_option)
{
	const struct spec_limits *l = b->l;
	bool v2 = limits_in_v2(b, CG_IO);

	leaf_put(b, leaf_option, l->blkio_leaf_weight);
	for (size_t i = 0; i < l->n_blkio_weights; i++) {
		const struct spec_weight *w = &l->blkio_weights[i];

		leaf_put(b, leaf_option, w->leaf_weight);
		if (!w->weight || !may_weigh(b, option, w->weight))
			continue;
		if (v2 && b->f->cg->io_weight)
			limits_put(b, CG_IO, "io.weight", "%u:%u %" PRIu64, w->major, w->minor,
				   limits_io_weight(w->weight));
		if (b->f->cg->bfq_weight)
			limits_put(b, CG_IO, v2 ? "io.bfq.weight" : "blkio.bfq.weight_device", "%u:%u %u",
				   w->major, w->minor, w->weight);
	}
}

static const struct limits_device *device_find(const struct limits_facts *f, const char *path)
{
	for (size_t i = 0; i < f->n_devices; i++)
		if (str_eq(f->devices[i].path, path))
			return &f->devices[i];
	return NULL;
}

static void throttle_put(struct limits_writer *b, const char *option, const char *key, const char *v1_file,
			 const struct spec_throttle *t)
{
	const struct limits_device numbers = { NULL, t->major, t->minor }, *d = &numbers;

	if (!limits_may(b, CG_IO, option))
		return;
	if (t->device && !(d = device_find(b->f, t->device)))
		return limits_bad(b, option, "%s is not a block device", t->device);
	if (!limits_in_v2(b, CG_IO))
		limits_put(b, CG_IO, v1_file, "%u:%u %" PRIu64, d->major, d->minor, t->rate);
	else if (t->rate)
		limits_put(b, CG_IO, "io.max", "%u:%u %s=%" PRIu64, d->major, d->minor, key, t->rate);
	else
		limits_put(b, CG_IO, "io.max", "%u:%u %s=max", d->major, d->minor, key);
}

void limits_put_throttles(struct limits_writer *b, const char *const options[4])
{
	const struct spec_limits *l = b->l;
	const struct {
		const char *option, *key, *v1_file;
		const struct spec_throttle *list;
		size_t n;
	} kinds[] = {
		{ options[0], "rbps", "blkio.throttle.read_bps_device", l->read_bps, l->n_read_bps },
		{ options[1], "wbps", "blkio.throttle.write_bps_device", l->write_bps, l->n_write_bps },
		{ options[2], "riops", "blkio.throttle.read_iops_device", l->read_iops, l->n_read_iops },
		{ options[3], "wiops", "blkio.throttle.write_iops_device", l->write_iops, l->n_write_iops },
	};

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; i < kinds[k].n; i++)
			throttle_put(b, kinds[k].option, kinds[k].key, kinds[k].v1_file, &kinds[k].list[i]);
}
