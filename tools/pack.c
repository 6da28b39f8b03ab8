/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hyp/config/config.h"
#include "tools/file.h"
#include "tools/process.h"

static bool complain(const char *what)
{
    fprintf(stderr, "bulkhead: cannot write %s: %s\n", what, strerror(errno));
    return false;
}

/* The folders that the name needs, below root. */
static bool make_folders(const char *root, const char *name)
{
    char *path = file_join(root, name);
    bool made = true;

    for (char *slash = strchr(path + strlen(root) + 1U, '/'); made && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        made = mkdir(path, 0755) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(path);
    return made;
}

/* One file as it shall be in the archive (mode, time), and its line in the list. */
static bool stage(const char *root, const char *name, const void *data, size_t size, int list)
{
    const struct timespec times[2] = { { 0, 0 }, { 0, 0 } };
    char *path = file_join(root, name);
    const bool staged = make_folders(root, name) && file_write(path, data, size) &&
                        chmod(path, 0644) == 0 && utimensat(AT_FDCWD, path, times, 0) == 0 &&
                        file_write_fd(list, name, strlen(name)) && file_write_fd(list, "\n", 1);

    free(path);
    return staged || complain(name);
}

static bool archive(const char *root, int list, const char *output)
{
    const char *const argv[] = { "cpio", "--create", "--format=newc", "--reproducible", "--quiet",
                                 "--owner=+0:+0", NULL };
    const int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (out < 0) {
        return complain(output);
    }
    bool archived = lseek(list, 0, SEEK_SET) == 0 && process_run(argv, root, list, out);
    if (close(out) != 0) {
        archived = complain(output);
    }
    return archived;
}

/* All in a folder of our own, because cpio takes times and modes from files. */
static bool pack_in(const char *root, const void *config, size_t config_size,
                    const struct bundle *images, const char *output)
{
    const int list = process_scratch();
    bool good = stage(root, CONFIG_FILE_NAME, config, config_size, list);

    for (uint32_t i = 0; good && i < images->count; i++) {
        const struct bundle_file *file = &images->files[i];
        good = stage(root, file->name, file->data, file->size, list);
    }
    good = good && archive(root, list, output);
    close(list);
    return good;
}

bool pack(const void *config, size_t config_size, const struct bundle *images, const char *output)
{
    const char *temporary = getenv("TMPDIR");
    char *root = file_join(temporary == NULL ? "/tmp" : temporary, "bulkhead-XXXXXX");
    const size_t partial_size = strlen(output) + sizeof(".partial");
    char *partial = file_allocate(partial_size);
    const char *const clean[] = { "rm", "-rf", "--", root, NULL };
    bool good = mkdtemp(root) != NULL || complain(root);

    snprintf(partial, partial_size, "%s.partial", output);
    if (good) {
        good = pack_in(root, config, config_size, images, partial);
        (void)process_run(clean, NULL, -1, -1);
        if (good && rename(partial, output) != 0) {
            good = complain(output);
        }
        if (!good) {
            (void)unlink(partial);
        }
    }
    free(partial);
    free(root);
    return good;
}
