// SPDX-License-Identifier: GPL-2.0
/*
 * retired: /sys/module/retired/parameters/now is the hart's count of retired instructions, which Linux
 * lets no process read. Where the kernel is a hypervisor, KVM hides that count from its guests: a "1" in
 * .../guests shows it to those of this hart that are there already.
 */
#include <linux/module.h>
#include <asm/csr.h>

#define HCOUNTEREN_IR (1UL << (CSR_INSTRET - CSR_CYCLE))

static int get_now(char *buffer, const struct kernel_param *kp)
{
    return sysfs_emit(buffer, "%lu\n", csr_read(CSR_INSTRET));
}

static const struct kernel_param_ops now_ops = { .get = get_now };
module_param_cb(now, &now_ops, NULL, 0444);
MODULE_PARM_DESC(now, "instructions retired up to now");

static int set_guests(const char *value, const struct kernel_param *kp)
{
    bool shown;
    int error = kstrtobool(value, &shown);

    if (error)
        return error;
    if (shown)
        csr_set(CSR_HCOUNTEREN, HCOUNTEREN_IR);
    else
        csr_clear(CSR_HCOUNTEREN, HCOUNTEREN_IR);
    return 0;
}

static const struct kernel_param_ops guests_ops = { .set = set_guests };
module_param_cb(guests, &guests_ops, NULL, 0200);
MODULE_PARM_DESC(guests, "whether KVM's guests can read it as well; needs the H extension");

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
