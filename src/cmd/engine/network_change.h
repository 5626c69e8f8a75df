/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* What connect and disconnect have changed of the networks that the options of run say: "+web:ip=10.20.0.9" puts the
 * container on that one behind its others, "-web" takes it off. In the order of the list (run/engine/connect.h). Without
 * any network left the mode is NET_NONE. -EINVAL for a word that --network would not take. */
int network_change(struct arena *a, const struct strv *words, struct spec_network *n, struct err *e);

/* The networks that a container will be on, by name: those of that list, changed by the words. */
struct strv network_change_names(struct arena *a, const struct strv *words, const struct strv *names);
