/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT_START 127     /* as shells report it */

static void run_child(const char *const argv[], const char *folder, int input, int output)
{
    const int from = input >= 0 ? input : open("/dev/null", O_RDONLY);
    char **arguments;

    /* execvp does not change its arguments; its type is older than const. */
    memcpy(&arguments, &argv, sizeof(arguments));
    if ((folder == NULL || chdir(folder) == 0) && dup2(from, STDIN_FILENO) >= 0 &&
        (output < 0 || dup2(output, STDOUT_FILENO) >= 0)) {
        execvp(arguments[0], arguments);
    }
    fprintf(stderr, "bulkhead: cannot start %s: %s\n", argv[0],
            errno == ENOENT ? "it is not installed" : strerror(errno));
    _exit(CANNOT_START);
}

bool process_run(const char *const argv[], const char *folder, int input, int output)
{
    int status = 0;

    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        run_child(argv, folder, input, output);
    }
    if (child < 0) {
        fprintf(stderr, "bulkhead: cannot start %s: %s\n", argv[0], strerror(errno));
        return false;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int process_scratch(void)
{
    FILE *file = tmpfile();
    const int fd = file == NULL ? -1 : dup(fileno(file));

    if (fd < 0) {
        fprintf(stderr, "bulkhead: no temporary file: %s\n", strerror(errno));
        exit(1);
    }
    fclose(file);
    return fd;
}
