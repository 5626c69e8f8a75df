/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json.h>

#include "run/engine/control.h"

/* A container's published ports, as they are while it runs. */

/* "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp", ports in a row as a range; "" for none. */
const char *ports_words(struct arena *a, const struct control *k);

/* As docker has them: "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]. */
void ports_object(struct arena *a, json_object *ports, const struct control *k);

/* Each, port by port: "80/tcp", "0.0.0.0:8080". How many there are. */
typedef void ports_fn(const char *inside, const char *outside, void *arg);
size_t ports_each(struct arena *a, const struct control *k, ports_fn *fn, void *arg);
