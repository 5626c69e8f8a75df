/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/look/lab_check.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "base/str.h"
#include "base/utf8.h"
#include "kernel/process/nscall.h"
#include "observe/goals/goal.h"
#include "observe/world/read.h"

enum { SLOT = 512 };

struct judging {
	const struct lab *lab;
	int outside, answer; /* descriptors; in the answer is a text for each goal, empty where it is met */
};

/* The i-th goal: what is missing is put in its place. */
_Noreturn static void judge_one(const struct judging *j, const struct goal_look *look, size_t i)
{
	struct str text = { .arena = look->a };
	char slot[SLOT] = "";

	str_add_visible(&text, goal_missing(look, &j->lab->goals[i]));
	strncpy(slot, str_get(&text), SLOT - 1);
	_exit(pwrite(j->answer, slot, SLOT, (off_t)(i * SLOT)) != SLOT);
}

/* Each by a process of its own, all at once: whether a packet arrives takes its time. */
static int judge(const struct judging *j)
{
	struct world_wish wish = { .parts = WORLD_NETWORK | WORLD_RULES, .state = -1, .oci_state = -1 };
	struct arena a = { 0 };
	struct world w;
	struct goal_look look = { .w = &w, .a = &a, .outside = j->outside };
	struct err e = { 0 };
	pid_t child[LAB_GOALS_MAX];
	const int kept[] = { j->outside, j->answer };
	int status, r;

	/* whoever may trace this process shall find nothing of guise's in it */
	if ((r = fd_close_others(0, kept, ARRAY_LEN(kept))) < 0 || (r = world_read(&a, &wish, &w, &e)) < 0)
		return r;
	for (size_t i = 0; i < j->lab->n_goals; i++)
		if ((child[i] = fork()) == 0)
			judge_one(j, &look, i);
	for (size_t i = 0; i < j->lab->n_goals; i++)
		if (child[i] < 0 || waitpid(child[i], &status, 0) < 0 || status)
			r = -EIO;
	return r;
}

/* Who enters a pid namespace is not in it, but its children are: and /proc is that of those. */
static int judge_inside(const void *arg, void *out)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(judge(arg) < 0);
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EIO : 0;
}

static int read_answer(struct arena *a, const struct lab *l, int fd, struct lab_verdict *v)
{
	*v = (struct lab_verdict){ .missing = arena_array(a, const char *, l->n_goals) };
	for (size_t i = 0; i < l->n_goals; i++) {
		char slot[SLOT];

		if (pread(fd, slot, SLOT, (off_t)(i * SLOT)) != SLOT)
			return -EBADMSG;
		slot[SLOT - 1] = '\0';
		v->missing[i] = *slot ? arena_strdup(a, slot) : NULL;
		v->n_missing += *slot != '\0';
	}
	return 0;
}

int lab_check(struct arena *a, const struct lab *l, int pidfd, int outside, struct lab_verdict *v,
	      struct err *e)
{
	autoclose int answer = memfd_create("guise-lab", MFD_CLOEXEC);
	struct judging j = { l, outside, answer };
	int all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
	int r = answer < 0 ? -errno : 0;

	if (r == 0)
		r = pidfd < 0 ? judge_inside(&j, NULL) : ns_call(pidfd, all, judge_inside, &j, NULL, 0);
	if (r == 0)
		r = read_answer(a, l, answer, v);
	return r < 0 ? err_set(e, "lab-check", -r, "look into the lab's machine") : 0;
}
