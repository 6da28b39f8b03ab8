/* SPDX-License-Identifier: Apache-2.0 */
/* What a bare-metal guest writes: its main function. The rest of guest/lib is called from there. */
#ifndef GUEST_LIB_GUEST_H
#define GUEST_LIB_GUEST_H

/* On the first hart, with the device tree open, the console ready and interrupts off. The guest
 * shuts down when it returns. */
void guest_main(void);

#endif
