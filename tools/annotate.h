/* SPDX-License-Identifier: Apache-2.0 */
/* What the tool writes into a configuration besides what the user wrote (hyp/config/config.h). */
#ifndef TOOLS_ANNOTATE_H
#define TOOLS_ANNOTATE_H

#include "lib/diag.h"
#include "tools/source.h"

/* Write the name of the file, without folders, and the line of each device into the blob, which
 * moves. A device that comes from an included file gets none, as the name would be wrong. What the
 * user wrote there is reported in d. A configuration that was read as a blob stays as it is: it may
 * have come from a bundle, and then it has both. */
void annotate_config(struct source *config, struct diag *d);

#endif
