/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/spec.h"

/* --filter label=...: have labels (NAME=VALUE) all that is wanted, NAME or NAME=VALUE? */
bool filter_labels(const struct strv *labels, const struct strv *wanted);
