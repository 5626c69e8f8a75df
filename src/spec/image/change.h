/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * What --change of commit and import says, an instruction as in a Dockerfile (docs.docker.com, "Dockerfile reference"):
 * CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR. Pure.
 *
 * config: the member of that name of an image's configuration, which is changed. -EINVAL "bad-change".
 */
int image_change(struct arena *a, json_object *config, const char *text, struct err *e);
