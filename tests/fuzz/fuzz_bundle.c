/* SPDX-License-Identifier: Apache-2.0 */
/* The bundle: any bytes as a cpio archive. */
/* covers: platform/bundle.c */
#include "platform/bundle.h"
#include "tests/fuzz/fuzz.h"

static void check_file(const struct bundle *bundle, uint32_t index, const uint8_t *archive,
                       size_t size)
{
    const struct bundle_file *file = &bundle->files[index];
    const uintptr_t begin = (uintptr_t)archive, data = (uintptr_t)file->data;

    assert_true(bundle_name_is_good(file->name));
    assert_true((uintptr_t)file->name >= begin);
    assert_true((uintptr_t)file->name + strlen(file->name) < begin + size);
    assert_true(data >= begin && data - begin <= size && file->size <= size - (data - begin));
    assert_ptr_equal(bundle_find(bundle, file->name), file); /* and so no name is there twice */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle bundle;
    size_t length;
    struct diag d = fuzz_diag(&length);
    uint8_t *archive = fuzz_copy(data, size);

    const bool good = bundle_open(archive, size, &bundle, &d);
    assert_int_equal(good, d.errors == 0U);
    if (good) {
        assert_true(bundle.count <= BUNDLE_MAX_FILES);
        for (uint32_t i = 0U; i < bundle.count; i++) {
            check_file(&bundle, i, archive, size);
        }
    }
    free(archive);
    return 0;
}
