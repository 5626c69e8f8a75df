/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/home.h"

#include <stdlib.h>
#include <unistd.h>

const char *home_below(struct arena *a, const char *variable, const char *rest)
{
	const char *dir = secure_getenv(variable);

	return dir && *dir == '/' ? arena_printf(a, "%s/%s", dir, rest) : NULL;
}

const char *home_config(struct arena *a, const char *rest)
{
	return home_below(a, "XDG_CONFIG_HOME", rest) ?:
		       home_below(a, "HOME", arena_printf(a, ".config/%s", rest));
}

uid_t home_uid(void)
{
	static uid_t uid = (uid_t)-1;

	if (uid == (uid_t)-1)
		uid = geteuid();
	return uid;
}
