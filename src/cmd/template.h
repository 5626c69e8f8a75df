/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-c/json_types.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Templates, as docker's and podman's --format take them: the part of Go's text/template that people use,
 * over what a command would print as JSON.
 *
 *     {{.State.Pid}}                     a field; {{.}} is all of it, {{$}} what the template began with
 *     {{if X}} {{else if Y}} {{else}} {{end}}     {{with X}} {{else}} {{end}}
 *     {{range X}} {{.}} {{else}} {{end}}          {{range $key, $value := X}}
 *     {{json X}} {{len X}} {{index X KEY...}} {{join LIST TEXT}} {{split X TEXT}}
 *     {{upper X}} {{lower X}} {{title X}} {{truncate X N}}
 *     {{print X...}} {{println X...}} {{printf FORMAT X...}}
 *     {{eq A B...}} {{ne A B}} {{lt A B}} {{le A B}} {{gt A B}} {{ge A B}} {{not X}} {{and X...}} {{or X...}}
 *     {{X | upper}}   {{- X -}}   {{/ * a comment * /}}   "text" `text` 12 true (X)
 *
 * It is run as it is read. A field that is not there is an error, which names those that are. Docker prints
 * next to nothing for such a slip of the pen, and a script goes on with that.
 */

/* Is the value of --format a template? */
bool template_is(const char *format);

/* Append what the template makes of an object. -EINVAL "bad-template": with the place in it. What was
 * appended up to there stays. */
int template_run(const char *text, json_object *root, struct str *out, struct err *e);
