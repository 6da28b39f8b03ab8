/* SPDX-License-Identifier: Apache-2.0 */
/* Why a vCPU left its guest; the names are what the monitor prints. */
#ifndef HYP_VCPU_EXITS_H
#define HYP_VCPU_EXITS_H

#define EXIT_CAUSE_LIST(X) \
    X(EXIT_BASE,        "base")        /* SBI calls, by extension */ \
    X(EXIT_TIMER,       "timer") \
    X(EXIT_IPI,         "ipi") \
    X(EXIT_RFENCE,      "rfence") \
    X(EXIT_HSM,         "hsm") \
    X(EXIT_SRST,        "srst") \
    X(EXIT_DBCN,        "dbcn") \
    X(EXIT_UNKNOWN_SBI, "unknown-sbi") \
    X(EXIT_UART,        "uart")        /* trapped accesses, by virtual device */ \
    X(EXIT_APLIC,       "aplic") \
    X(EXIT_DOORBELL,    "doorbell") \
    X(EXIT_VIOMMU,      "viommu")      /* stores to a state region */ \
    X(EXIT_PCI,         "pci")         /* configuration space */ \
    X(EXIT_IMSIC,       "imsic")       /* where there are no guest interrupt files */ \
    X(EXIT_ACCESS,      "access-fault") /* an access to nothing */ \
    X(EXIT_VIRTUAL,     "virtual-instruction") \
    X(EXIT_EXTERNAL,    "external")    /* interrupts of the hypervisor: a device's, */ \
    X(EXIT_HYP_IPI,     "hyp-ipi")     /* another hart's request, */ \
    X(EXIT_HYP_TIMER,   "hyp-timer")   /* its own timer */ \
    X(EXIT_OTHER,       "other")

#define EXIT_CAUSE_ENUM(name, text) name,
enum exit_cause { EXIT_CAUSE_LIST(EXIT_CAUSE_ENUM) EXIT_CAUSES };

#endif
