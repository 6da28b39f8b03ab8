/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *file_allocate(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL) {
        fprintf(stderr, "bulkhead: out of memory\n");
        exit(1);
    }
    return memory;
}

char *file_join(const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2U;
    char *path = file_allocate(size);

    if (folder[0] == '\0' || name[0] == '/') {
        snprintf(path, size, "%s", name);
    } else {
        snprintf(path, size, "%s%s%s", folder,
                 folder[strlen(folder) - 1U] == '/' ? "" : "/", name);
    }
    return path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 0U : (size_t)(slash - path);
    /* The folder of "/name" is "/". */
    const size_t kept = slash != NULL && length == 0U ? 1U : length;
    char *folder = file_allocate(kept + 1U);

    memcpy(folder, path, kept);
    folder[kept] = '\0';
    return folder;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

void *file_read_fd(int fd, size_t *size)
{
    struct stat status;
    size_t done = 0;

    if (fstat(fd, &status) != 0) {
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : FILE_NOT_REGULAR;
        return NULL;
    }
    *size = (size_t)status.st_size;
    char *data = file_allocate(*size + 1U);
    while (done < *size) {
        const ssize_t n = pread(fd, data + done, *size - done, (off_t)done);
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            free(data);
            return NULL;
        }
        done += (size_t)n;
    }
    data[*size] = '\0';
    return data;
}

const char *file_read_error(void)
{
    switch (errno) {
    case EISDIR: return "it is a folder";
    case FILE_NOT_REGULAR: return "it is not a regular file";
    default: return strerror(errno);
    }
}

void *file_read(const char *path, size_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return NULL;
    }
    void *data = file_read_fd(fd, size);
    const int reason = errno;
    close(fd);
    errno = reason;
    return data;
}

bool file_write_fd(int fd, const void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t n = write(fd, (const char *)data + done, size - done);
        if (n < 0) {
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

bool file_write(const char *path, const void *data, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0) {
        return false;
    }
    const bool written = file_write_fd(fd, data, size);
    return close(fd) == 0 && written;
}
