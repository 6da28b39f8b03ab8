/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and paths, for the host tool. */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* Memory or a stop of the program with one line: the tool has nothing to do without. */
void *file_allocate(size_t size);

/* "folder/name", or name when it is absolute or folder is "". The caller frees. */
char *file_join(const char *folder, const char *name);

/* What is before the last '/', "" if there is none. The caller frees. */
char *file_folder(const char *path);

/* What is behind the last '/', in path itself. */
const char *file_name(const char *path);

/* The regular file, in memory that is aligned for any type and has a 0 behind it; NULL and errno
 * when it cannot be read (FILE_NOT_REGULAR for a pipe or a device). The caller frees. */
void *file_read(const char *path, size_t *size);

/* errno's value when a file is there but is no regular one, and is not a folder (EISDIR). */
#define FILE_NOT_REGULAR ENXIO
/* What errno says of a file that could not be read. */
const char *file_read_error(void);

/* From the start of an open file, the same way. */
void *file_read_fd(int fd, size_t *size);

/* Create or replace; false and errno when that fails. */
bool file_write(const char *path, const void *data, size_t size);
bool file_write_fd(int fd, const void *data, size_t size);

#endif
