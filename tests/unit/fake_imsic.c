/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_imsic.h"

#include "platform/hw/imsic.h"

struct fake_imsic fake_imsic;

void imsic_send(pa_t file, uint32_t id)
{
    fake_imsic.count++;
    fake_imsic.file = file;
    fake_imsic.id = id;
}
