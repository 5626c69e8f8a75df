/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "time" of xtables: time_mt() of the kernel's xt_time.c. */
#include <linux/netfilter/xt_time.h>
#include <time.h>

#include "observe/walk/xt.h"

enum { DAY = 24 * 60 * 60 };

/* Monday is 1, Sunday 7. */
static bool is_on_day(int64_t seconds, const struct xt_time_info *i)
{
	enum { THURSDAY = 4 };
	time_t t = seconds;
	struct tm tm;

	if (!(i->weekdays_match & 1u << ((THURSDAY + seconds / DAY - 1) % 7 + 1)))
		return false;
	return i->monthdays_match == XT_TIME_ALL_MONTHDAYS ||
	       (gmtime_r(&t, &tm) && i->monthdays_match & 1u << tm.tm_mday);
}

enum truth xt_time(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_time_info i;
	int64_t now = ev->p->seconds;
	uint32_t hour = (uint32_t)(now % DAY);

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_TIME) || now < 0 || i.flags & XT_TIME_LOCAL_TZ)
		return eval_maybe(ev, i.flags & XT_TIME_LOCAL_TZ ?
					      "it asks for the time of the kernel's own time zone" :
					      "it asks for the time");
	if (now < i.date_start || now > i.date_stop)
		return NO;
	if (i.daytime_start < i.daytime_stop)
		return truth_of(hour >= i.daytime_start && hour <= i.daytime_stop && is_on_day(now, &i));
	/* over midnight: what is behind it may count as the day before */
	if (hour < i.daytime_start && hour > i.daytime_stop)
		return NO;
	if (i.flags & XT_TIME_CONTIGUOUS && hour <= i.daytime_stop)
		now -= DAY;
	return truth_of(is_on_day(now, &i));
}
