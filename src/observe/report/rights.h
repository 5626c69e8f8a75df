/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a dangerous capability permits, in the host's user namespace; NULL: it is none of these. */
const char *rights_permit(int cap);
