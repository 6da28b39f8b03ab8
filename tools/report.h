/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns what, from the plan, on standard output. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "hyp/plan/plan.h"

/* A table for people. */
void report_text(const struct plan *plan);

/* The same as JSON: addresses are hexadecimal texts, sizes are bytes, harts are the board's ids. */
void report_json(const struct plan *plan);

#endif
