/* SPDX-License-Identifier: Apache-2.0 */
#include "hyp/guestdt/writer.h"

#include <libfdt.h>
#include <limits.h>
#include <string.h>

#include "lib/format.h"

static void keep(struct dt_writer *w, int result)
{
    if (w->error == 0 && result < 0) {
        w->error = result;
    }
}

void dt_open(struct dt_writer *w, void *buffer, size_t size)
{
    *w = (struct dt_writer){ .fdt = buffer, .error = 0 };
    /* Each name is stored as often as it is used: to look for it would take longer than all else here. */
    keep(w, fdt_create_with_flags(buffer, size < INT_MAX ? (int)size : INT_MAX,
                                  FDT_CREATE_FLAG_NO_NAME_DEDUP));
    keep(w, fdt_finish_reservemap(buffer));
}

bool dt_close(struct dt_writer *w)
{
    if (w->error == 0) { /* else it stays unfinished: nobody takes it for a tree */
        keep(w, fdt_finish(w->fdt));
    }
    return w->error == 0;
}

void dt_begin(struct dt_writer *w, const char *name)
{
    keep(w, fdt_begin_node(w->fdt, name));
}

void dt_begin_at(struct dt_writer *w, const char *name, uint64_t address)
{
    const char *const at = strchr(name, '@');
    const size_t whole = at == NULL ? strlen(name) : (size_t)(at - name);
    char full[DT_NAME_MAX];
    const size_t most = sizeof(full) - sizeof("@0123456789abcdef");
    const size_t length = whole < most ? whole : most;

    (void)format_text(full, sizeof(full), "%.*s@%lx", (int)length, name, address);
    dt_begin(w, full);
}

void dt_end(struct dt_writer *w)
{
    keep(w, fdt_end_node(w->fdt));
}

void dt_flag(struct dt_writer *w, const char *property)
{
    keep(w, fdt_property(w->fdt, property, NULL, 0));
}

void dt_text(struct dt_writer *w, const char *property, const char *text)
{
    dt_bytes(w, property, text, strlen(text) + 1U);
}

void dt_u32(struct dt_writer *w, const char *property, uint32_t value)
{
    keep(w, fdt_property_u32(w->fdt, property, value));
}

void dt_u64(struct dt_writer *w, const char *property, uint64_t value)
{
    keep(w, fdt_property_u64(w->fdt, property, value));
}

void dt_bytes(struct dt_writer *w, const char *property, const void *bytes, size_t length)
{
    if (length > INT_MAX) {
        keep(w, -FDT_ERR_NOSPACE);
        return;
    }
    keep(w, fdt_property(w->fdt, property, bytes, (int)length));
}

void dt_cells(struct dt_writer *w, const char *property, const uint32_t *cells, uint32_t count)
{
    fdt32_t big[DT_MAX_CELLS];

    if (count > DT_MAX_CELLS) {
        keep(w, -FDT_ERR_NOSPACE);
        return;
    }
    for (uint32_t i = 0U; i < count; i++) {
        big[i] = cpu_to_fdt32(cells[i]);
    }
    dt_bytes(w, property, big, count * sizeof(big[0]));
}

void dt_reg(struct dt_writer *w, const struct gpa_range *ranges, uint32_t count)
{
    uint32_t cells[DT_MAX_CELLS];
    uint32_t n = 0U;

    for (uint32_t i = 0U; i < count && n + 2U * DT_ADDRESS_CELLS <= DT_MAX_CELLS; i++) {
        cells[n++] = (uint32_t)(ranges[i].base.v >> 32);
        cells[n++] = (uint32_t)ranges[i].base.v;
        cells[n++] = (uint32_t)(ranges[i].size >> 32);
        cells[n++] = (uint32_t)ranges[i].size;
    }
    if (n != count * 2U * DT_ADDRESS_CELLS) {
        keep(w, -FDT_ERR_NOSPACE);
    }
    dt_cells(w, "reg", cells, n);
}

void *dt_room(struct dt_writer *w, const char *property, uint32_t count)
{
    void *room = NULL;

    if (count > INT_MAX / sizeof(fdt32_t)) {
        keep(w, -FDT_ERR_NOSPACE);
    } else {
        keep(w, fdt_property_placeholder(w->fdt, property, (int)(count * sizeof(fdt32_t)), &room));
    }
    return w->error == 0 ? room : NULL;
}

void dt_address_cells(struct dt_writer *w, uint32_t address, uint32_t size)
{
    dt_u32(w, "#address-cells", address);
    dt_u32(w, "#size-cells", size);
}
