// SPDX-License-Identifier: GPL-2.0
/*
 * retired: /sys/module/retired/parameters/now is the hart's count of retired instructions, which Linux
 * lets no process read.
 */
#include <linux/module.h>
#include <asm/csr.h>

static int get_now(char *buffer, const struct kernel_param *kp)
{
    return sysfs_emit(buffer, "%lu\n", csr_read(CSR_INSTRET));
}

static const struct kernel_param_ops now_ops = { .get = get_now };
module_param_cb(now, &now_ops, NULL, 0444);
MODULE_PARM_DESC(now, "instructions retired up to now");

static int __init retired_init(void)
{
    return 0;
}

static void __exit retired_exit(void)
{
}
module_init(retired_init);
module_exit(retired_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The count of retired instructions, for programs");
