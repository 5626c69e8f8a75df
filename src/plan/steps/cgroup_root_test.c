/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who is waited for when a cgroup that others may use is taken away. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kernel/cgroup/testing.h"
#include "plan/plan.h"

static char dir[256];
static struct plan p = { .arena = &a };

static int make(void **state)
{
	probe(state);
	/* where memory is counted there may be cgroups of ours, in v1 and in v2 */
	snprintf(dir, sizeof(dir), "%s/%s", l.at[CG_MEMORY].base, parent);
	plan_add(&p, STEP_CGROUP, NULL)->cgroup = (struct step_cgroup){ .path = dir, .shared = true };
	return 0;
}

static bool undone(bool unseen)
{
	struct live live;

	live_init(&live, "id", &a, -1);
	live.unseen = unseen;
	ok(plan_undo(&p, &live, &e));
	live_close(&live);
	return access(dir, F_OK) < 0;
}

static void who_may_be_ours_is_waited_for(void **state)
{
	pid_t killer, ours;
	int status;

	assert_int_equal(mkdir(dir, 0755), 0);
	ours = sleeper(dir);
	if ((killer = fork()) == 0) {
		usleep(300000);
		_exit(kill(ours, SIGKILL));
	}
	/* somebody reaps it: guise is not the parent of what a killed guise has left */
	signal(SIGCHLD, SIG_IGN);
	assert_true(undone(true));
	signal(SIGCHLD, SIG_DFL);
	while (wait(&status) > 0)
		;
}

static void others_are_not(void **state)
{
	pid_t other;

	assert_int_equal(mkdir(dir, 0755), 0);
	other = sleeper(dir);
	assert_false(undone(false));
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	assert_true(undone(false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_be_ours_is_waited_for),
		cmocka_unit_test(others_are_not),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
