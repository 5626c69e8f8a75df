/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/goals/goal.h"

#include <errno.h>

#include "base/str.h"

/* How many words follow, and what they are: for messages. */
static const struct {
	const char *word, *usage;
	size_t min, max;
	goal_word *missing;
} words[] = {
	{ "netns", "netns NAME", 1, 1, goal_netns },
	{ "link", "link NETNS LINK [up] [down] [kind KIND] [master LINK] [peer NETNS LINK]", 2, 16,
	  goal_link },
	{ "only", "only NETNS LINK...", 2, 16, goal_only },
	{ "address", "address NETNS LINK ADDRESS/LENGTH", 3, 3, goal_address },
	{ "once", "once ADDRESS", 1, 1, goal_once },
	{ "route", "route NETNS NETWORK|default via ADDRESS", 4, 4, goal_route },
	{ "setting", "setting NETNS NAME VALUE", 3, 3, goal_setting },
	{ "arrives", "arrives FROM ADDRESS[:PORT] [BYTES]", 2, 3, goal_arrives },
	{ "blocked", "blocked FROM ADDRESS[:PORT] [BYTES]", 2, 3, goal_blocked },
	{ "healthy", "healthy NETNS", 1, 1, goal_healthy },
	{ "no-finding", "no-finding CODE", 1, 1, goal_no_finding },
	{ "process", "process [first] [own NS,...] [netns NAME] [proc] [pivoted] [limited CONTROLLER]", 1, 16,
	  goal_process },
	{ "limit", "limit memory|pids VALUE [hit]", 2, 3, goal_limit },
};

static size_t find(const char *word)
{
	size_t i = 0;

	while (i < ARRAY_LEN(words) && !str_eq(words[i].word, word))
		i++;
	return i;
}

int goal_check(const struct lab *l, const struct lab_goal *goal, struct err *e)
{
	size_t i = find(goal->words.v[0]), n = goal->words.n - 1;

	if (i < ARRAY_LEN(words) && n >= words[i].min && n <= words[i].max)
		return 0;
	err_set(e, "lab-bad", EINVAL, "read %s, line %u", l->file, goal->line);
	if (i == ARRAY_LEN(words))
		return err_cause(e, "no goal begins with '%s'", goal->words.v[0]),
		       err_hint(e, "guise-lab(7) has the words of goals");
	return err_cause(e, "these are too few words, or too many"), err_hint(e, "write %s", words[i].usage);
}

const char *goal_missing(const struct goal_look *look, const struct lab_goal *goal)
{
	size_t i = find(goal->words.v[0]);

	return i < ARRAY_LEN(words) ? words[i].missing(look, &goal->words) : "nobody knows how to judge this";
}
