/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "run/engine/control.h"

/* Where on the machine a container is to be found, for who looks with other tools. Each adds a member. */

/* Its cgroup in each hierarchy where it has one: an object, "unified" for v2, else as the hierarchy's
 * mount is called. */
void places_cgroups(json_object *o, const char *key, const struct control *k);

/* Its cables: an array of {"host": ..., "container": ...}, names of interfaces. As long as it runs. */
void places_cables(json_object *o, const char *key, const char *host, const char *container,
		   const struct control *k);

/* The file that what it prints is written to last; "": none is kept. */
const char *places_log(struct arena *a, const struct control *k);
