/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference encodings for the decoder's tests. All were produced by riscv64-unknown-elf-as (GNU
 * binutils 2.40, -march=rv64imafdch) from the text beside them, except Zcb's, which that assembler
 * does not know: they were composed from the specification and read back by QEMU's disassembler.
 */
#ifndef TESTS_UNIT_DECODE_DATA_H
#define TESTS_UNIT_DECODE_DATA_H

#include <stdbool.h>
#include <stdint.h>

struct decode_case {
    const char *text;
    uint32_t instruction;
    uint32_t expanded;       /* the 32-bit equivalent; itself if instruction is one */
    bool write;
    uint8_t width;
    bool sign_extend;
    uint8_t reg;
};

static const struct decode_case accesses[] = {
    { "lb     x5,-1(x6)",     0xfff30283U, 0xfff30283U, false, 1, true, 5 },
    { "lh     x31,2(x2)",     0x00211f83U, 0x00211f83U, false, 2, true, 31 },
    { "lw     x0,4(x10)",     0x00452003U, 0x00452003U, false, 4, true, 0 },
    { "ld     x17,2047(x18)", 0x7ff93883U, 0x7ff93883U, false, 8, true, 17 },
    { "lbu    x10,5(x11)",    0x0055c503U, 0x0055c503U, false, 1, false, 10 },
    { "lhu    x1,-2048(x3)",  0x8001d083U, 0x8001d083U, false, 2, false, 1 },
    { "lwu    x15,0(x14)",    0x00076783U, 0x00076783U, false, 4, false, 15 },
    { "sb     x5,-1(x6)",     0xfe530fa3U, 0xfe530fa3U, true, 1, false, 5 },
    { "sh     x31,2(x2)",     0x01f11123U, 0x01f11123U, true, 2, false, 31 },
    { "sw     x0,4(x10)",     0x00052223U, 0x00052223U, true, 4, false, 0 },
    { "sd     x17,2047(x18)", 0x7f193fa3U, 0x7f193fa3U, true, 8, false, 17 },
    { "c.lw   x8,4(x15)",     0x43c0U,     0x0047a403U, false, 4, true, 8 },
    { "c.ld   x15,248(x8)",   0x7c7cU,     0x0f843783U, false, 8, true, 15 },
    { "c.sw   x9,124(x14)",   0xdf64U,     0x06972e23U, true, 4, false, 9 },
    { "c.sd   x14,8(x9)",     0xe498U,     0x00e4b423U, true, 8, false, 14 },
    { "c.lwsp x31,252(x2)",   0x5ffeU,     0x0fc12f83U, false, 4, true, 31 },
    { "c.ldsp x1,504(x2)",    0x70feU,     0x1f813083U, false, 8, true, 1 },
    { "c.swsp x5,252(x2)",    0xdf96U,     0x0e512e23U, true, 4, false, 5 },
    { "c.sdsp x0,0(x2)",      0xe002U,     0x00013023U, true, 8, false, 0 },
    { "c.lbu  x8,3(x15)",     0x83e0U,     0x0037c403U, false, 1, false, 8 },
    { "c.lhu  x15,2(x8)",     0x843cU,     0x00245783U, false, 2, false, 15 },
    { "c.lh   x9,0(x14)",     0x8744U,     0x00071483U, false, 2, true, 9 },
    { "c.sb   x14,1(x9)",     0x88d8U,     0x00e480a3U, true, 1, false, 14 },
    { "c.sh   x10,2(x11)",    0x8da8U,     0x00a59123U, true, 2, false, 10 },
};

struct decode_refusal {
    const char *text;
    uint32_t instruction;
};

static const struct decode_refusal refusals[] = {
    { "lr.w x5,(x6)",          0x100322afU },
    { "sc.d x5,x7,(x6)",       0x187332afU },
    { "amoadd.w x5,x7,(x6)",   0x007322afU },
    { "amoswap.d x0,x7,(x6)",  0x0873302fU },
    { "flw f5,0(x6)",          0x00032287U },
    { "fld f5,0(x6)",          0x00033287U },
    { "fsw f5,0(x6)",          0x00532027U },
    { "fsd f5,0(x6)",          0x00533027U },
    { "c.fld f8,0(x8)",        0x2000U },
    { "c.fsd f8,0(x8)",        0xa000U },
    { "c.fldsp f8,0(x2)",      0x2402U },
    { "c.fsdsp f8,0(x2)",      0xa022U },
    { "hlv.w x5,(x6)",         0x680342f3U },
    { "hsv.w x5,(x6)",         0x6a534073U },
    { "addi x5,x6,1",          0x00130293U },
    { "jal x1,.",              0x000000efU },
    { "lui x5,1",              0x000012b7U },
    { "ecall",                 0x00000073U },
    { "fence",                 0x0ff0000fU },
    { "c.addi x5,1",           0x0285U },
    { "c.addi4spn x8,x2,4",    0x0040U },
    { "c.mv x5,x6",            0x829aU },
    { "c.jr x1",               0x8082U },
    { "c.ebreak",              0x9002U },
    { "c.nop",                 0x0001U },
    { "load, funct3 7",        0x00037283U },  /* ldu does not exist */
    { "store, funct3 4",       0x00534023U },
    { "store, funct3 7",       0x00537023U },
    { "c.lwsp with rd x0",     0x4002U },      /* reserved */
    { "c.ldsp with rd x0",     0x6002U },      /* reserved */
    { "c.sh with bit 6 set",   0x8de8U },      /* reserved in Zcb */
    { "zcb, bits 12:10 = 4",   0x9188U },      /* reserved in Zcb */
    { "all zeros",             0x00000000U },
    { "all ones",              0xffffffffU },
};

#endif
