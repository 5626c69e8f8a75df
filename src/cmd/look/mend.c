/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/json.h"
#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "observe/report/doctor.h"
#include "net/lease.h"
#include "plan/restore.h"
#include "plan/steps/net.h"

#define RECORDS "doctor"

enum { RECORD_MAX = 4 << 20 };

/* ---- records ---- */

static const char *path_of(struct arena *a, unsigned number)
{
	return arena_printf(a, RECORDS "/%u.json", number);
}

/* The number of the last record; 0: there is none. */
static unsigned last_record(const struct state *st)
{
	autoclose int fd = openat(st->fd, RECORDS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct io_dir dir = IO_DIR(fd);
	unsigned last = 0;
	const char *name;

	while (fd >= 0 && (name = io_dir_next(&dir))) {
		char *end;
		unsigned long n = strtoul(name, &end, 10);

		if (n > last && n < UINT32_MAX && str_eq(end, ".json"))
			last = (unsigned)n;
	}
	return last;
}

static int write_record(struct mend *m, struct err *e)
{
	struct str text = { .arena = m->call->arena };
	int r = io_mkdirs(m->st.fd, RECORDS, 0700);

	if (!m->number)
		m->number = last_record(&m->st) + 1;
	plan_to_json(&m->plan, &text);
	if (r == 0)
		r = io_write_file(m->st.fd, path_of(m->call->arena, m->number), text.p, text.len, 0600);
	return r < 0 ? err_set(e, "state", -r, "record the repair") : 0;
}

static void remove_record(const struct state *st, struct arena *a, unsigned number)
{
	unlinkat(st->fd, path_of(a, number), 0);
}

/* ---- doing it ---- */

int mend_begin(struct call *call, bool yes, struct mend *m, struct err *e)
{
	*m = (struct mend){ .call = call, .yes = yes, .plan.arena = call->arena };
	return command_open(call, &m->st, e);
}

void mend_end(struct mend *m)
{
	fflush(stdout);
}

/* With JSON on standard output, what a person reads goes to the other one. */
static FILE *person(const struct call *call)
{
	return str_eq(call->format, "json") ? stderr : stdout;
}

static int ask_leave(struct mend *m, bool *agreed, struct err *e)
{
	*agreed = m->yes;
	if (m->yes)
		return 0;
	if (!isatty(STDIN_FILENO))
		return err_set(e, "not-asked", ENOTTY, "mend what is broken"),
		       err_cause(e, "there is no terminal to ask at"), err_hint(e, "say --yes");
	*agreed = ask_person(person(m->call), "Do that?") > 0;
	return 0;
}

/* What is certain. And what was learned wrongly of a neighbour is forgotten: it is only asked for again, where else it
 * would be some seconds before the kernel does. */
static bool is_wanted(const struct finding *f)
{
	return f->certainty == CERTAINTY_FAULT || str_eq(f->code, "neighbour-stale");
}

static void collect(const struct findings *f, struct plan *p)
{
	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; is_wanted(&f->v[i]) && k < f->v[i].repair.count; k++)
			plan_copy(p, &f->v[i].repair.steps[k]);
}

/* What guise itself made for the containers of a network is put back as `guise network reload` does it. */
static bool is_own(const struct step *s)
{
	return step_ops(s->kind)->restore && step_network_dir(s);
}

/* Under the network's lock, unless its last container is gone meanwhile. A live for each, since it holds the lock. */
static int put_back(struct mend *m, const struct plan *one, struct err *e)
{
	struct lease_dir *leases;
	struct live live;
	int r;

	live_init(&live, "doctor", m->call->arena, m->st.fd);
	r = net_lock_and_ask(&live, step_network_dir(one->steps), &leases, e);
	if (r > 0 && (r = lease_lock_namespace(&live.namespace, e)) == 0)
		r = plan_mend(one, &live, e);
	live_close(&live);
	return r;
}

static int apply_each(struct mend *m, const struct plan *p, struct live *live, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->count; i++) {
		const struct plan one = { .arena = p->arena, .steps = &p->steps[i], .count = 1 };

		r = is_own(one.steps) ? put_back(m, &one, e) : plan_mend(&one, live, e);
	}
	return r;
}

/* What failed half-way is taken back: what was before stands in each step. */
static int apply(struct mend *m, const struct plan *p, struct err *e)
{
	struct live live;
	struct err ignored;
	int r;

	live_init(&live, "doctor", m->call->arena, m->st.fd);
	if ((r = apply_each(m, p, &live, e)) < 0) {
		plan_undo(&m->plan, &live, &ignored);
		remove_record(&m->st, m->call->arena, m->number);
	}
	live_close(&live);
	return r;
}

/* Only what is not guise's own can be taken back: the network's last container takes that away. */
static int record(struct mend *m, const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->count; i++)
		if (!is_own(&p->steps[i]))
			plan_copy(&m->plan, &p->steps[i]);
	return m->plan.count ? write_record(m, e) : 0;
}

int mend(struct mend *m, const struct findings *f, bool *more, struct err *e)
{
	struct plan p = { .arena = m->call->arena };
	struct str out = { .arena = m->call->arena };
	bool agreed;
	int r;

	*more = false;
	collect(f, &p);
	if (!p.count)
		return 0;
	str_add(&out, "repair:\n");
	doctor_lines(&p, false, "    ", &out);
	fputs(out.p, person(m->call));
	if ((r = ask_leave(m, &agreed, e)) < 0 || !agreed)
		return r;
	if ((r = record(m, &p, e)) == 0)
		r = apply(m, &p, e);
	*more = r == 0;
	return r;
}

/* ---- taking it back ---- */

static int read_record(const struct state *st, struct arena *a, unsigned number, struct plan *p,
		       struct err *e)
{
	json_object *list;
	char *text;
	size_t len;
	int r = io_read_file(a, st->fd, path_of(a, number), RECORD_MAX, &text, &len);

	if (r < 0)
		return err_set(e, "state", -r, "read what was recorded of the repair");
	if (!(list = json_from_text(text, len, e)))
		return -e->no;
	r = plan_from_json(p, list, e);
	json_object_put(list);
	return r;
}

int mend_undo(struct call *call, struct err *e)
{
	struct plan p = { .arena = call->arena };
	struct str out = { .arena = call->arena };
	struct live live;
	struct state st;
	unsigned number;
	int r = command_open(call, &st, e);

	if (r < 0)
		return r;
	if (!(number = last_record(&st)))
		return err_set(e, "not-mended", ENOENT, "take a repair back"),
		       err_cause(e, "none is recorded in %s", st.path);
	if ((r = read_record(&st, call->arena, number, &p, e)) < 0)
		return r;
	str_add(&out, "taken back:\n");
	doctor_lines(&p, true, "    ", &out);
	live_init(&live, "doctor", call->arena, st.fd);
	r = plan_undo(&p, &live, e);
	live_close(&live);
	if (r < 0)
		return r;
	fputs(out.p, person(call));
	remove_record(&st, call->arena, number);
	return 0;
}
