/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE        /* MAP_ANONYMOUS */
#include "tests/property/runner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/property/shrink.h"

enum { CASE_SECONDS = 20, SHRINK_BUDGET = 3000, SHRINK_SECONDS = 20 };

/* What the process that runs cases leaves to its parent. */
struct shared {
    struct property_case now;
    volatile size_t done;
    uint64_t seen[WORLD_SIGHTS];
};

static struct shared *share(void)
{
    static struct shared *shared;

    if (shared == NULL) {
        void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            perror("mmap");
            exit(EXIT_FAILURE);
        }
        shared = memory;
    }
    return shared;
}

static void leave_sights(void)
{
    memcpy(share()->seen, world_seen, sizeof(world_seen));
}

/* ---- one process ----------------------------------------------------------------------------- */

static void find_kind(struct runner_end *end, int status)
{
    const char *seed = strstr(end->text, "seed 0x");
    char invariant[RUNNER_KIND] = "";

    if (seed != NULL && sscanf(seed, "seed 0x%*x: %31[^:\n]:", invariant) == 1) {
        strcpy(end->kind, invariant);
    } else if (strstr(end->text, "Sanitizer") != NULL ||
               strstr(end->text, "runtime error") != NULL) {
        strcpy(end->kind, "sanitizer");
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        strcpy(end->kind, "time");
    } else {
        strcpy(end->kind, "crash");
    }
}

/* All that it says; of a long text the end. */
static void listen(int from, struct runner_end *end)
{
    size_t length = 0;
    ssize_t got;

    while ((got = read(from, end->text + length, RUNNER_TEXT - 1U - length)) > 0) {
        length += (size_t)got;
        if (length > RUNNER_TEXT / 2) {
            memmove(end->text, end->text + length / 2U, length - length / 2U);
            length -= length / 2U;
        }
    }
    end->text[length] = '\0';
}

/* work ends the process if something is wrong. */
static void in_process(void (*work)(const void *), const void *what, struct runner_end *end)
{
    int pipes[2], status = 0;

    memset(end, 0, sizeof(*end));
    memset(share(), 0, sizeof(*share()));
    (void)fflush(NULL);
    if (pipe(pipes) != 0) {
        perror("pipe");
        exit(EXIT_FAILURE);
    }
    const pid_t child = fork();
    if (child < 0) {
        perror("fork");
        exit(EXIT_FAILURE);
    }
    if (child == 0) {
        (void)dup2(pipes[1], STDOUT_FILENO);
        (void)dup2(pipes[1], STDERR_FILENO);
        (void)close(pipes[0]);
        (void)close(pipes[1]);
        work(what);
        leave_sights();
        _exit(EXIT_SUCCESS);
    }
    (void)close(pipes[1]);
    listen(pipes[0], end);
    (void)close(pipes[0]);
    (void)waitpid(child, &status, 0);
    end->done = share()->done;
    memcpy(end->seen, share()->seen, sizeof(end->seen));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        find_kind(end, status);
    }
}

static void run_one(const void *what)
{
    (void)alarm(CASE_SECONDS);
    case_run(what, &share()->done);
}

void runner_run(const struct property_case *c, struct runner_end *end)
{
    in_process(run_one, c, end);
}

/* ---- by chance ------------------------------------------------------------------------------- */

static uint64_t dice;

/* splitmix64. */
static uint64_t next_random(void)
{
    uint64_t z = (dice += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t limit)
{
    return next_random() % limit;
}

static void random_cases(const void *what)
{
    const struct runner_wish *wish = what;
    struct shared *shared = share();

    dice = wish->seed;
    dice = next_random() ^ next_random() << 1;    /* else one seed's numbers follow another's */
    for (uint64_t steps = 0; steps < wish->steps;) {
        const uint64_t left = wish->steps - steps;
        const uint64_t count = 1U + below(CASE_OPS);

        (void)alarm(CASE_SECONDS);
        shared->now.count = 0U;
        shared->now.seed = next_random();
        world_open(shared->now.seed);
        for (uint64_t i = 0; i < count && i < left; i++, steps++) {
            const struct world_op op = world_next(below);

            shared->now.ops[shared->now.count++] = op;
            world_do(&op);
        }
        world_close();
    }
}

bool runner_random(const struct runner_wish *wish, struct property_case *failed,
                   struct runner_end *end)
{
    in_process(random_cases, wish, end);
    *failed = share()->now;
    end->done = failed->count;
    return end->kind[0] == '\0';
}

/* ---- what failed ----------------------------------------------------------------------------- */

/* In the same way, and found out in time. */
struct failure {
    const char *kind;
    time_t until;
};

static bool fails_alike(void *ctx, const struct property_case *c)
{
    static struct runner_end end;
    const struct failure *failure = ctx;

    if (time(NULL) >= failure->until) {
        return false;
    }
    runner_run(c, &end);
    return strcmp(end.kind, failure->kind) == 0;
}

static void write_case(const char *name, const struct property_case *c,
                       const struct runner_end *end)
{
    char path[256];

    (void)mkdir("build", 0777);
    (void)mkdir("build/property", 0777);
    (void)snprintf(path, sizeof(path), "build/property/%s.hex", name);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return;
    }
    fprintf(file, "# fails: %s\n", end->kind);
    case_print(file, c);
    (void)fclose(file);
    fprintf(stderr, "the case is in %s; build/property/world --replay %s runs it\n", path, path);
}

void runner_report(const char *name, struct property_case *failed, const struct runner_end *end)
{
    static struct runner_end last;
    char kind[RUNNER_KIND];

    strcpy(kind, end->kind);
    fprintf(stderr, "%s: %s, after %zu operations\n", name, kind, failed->count);
    runner_run(failed, &last);
    if (strcmp(last.kind, kind) != 0) {
        fprintf(stderr, "%s\nit does not fail alone, or in another way: \"%s\"\n", end->text,
                last.kind);
        write_case(name, failed, end);
        return;
    }
    struct failure failure = { kind, time(NULL) + SHRINK_SECONDS };
    const struct shrink how = { fails_alike, &failure, SHRINK_BUDGET };
    const unsigned asked = shrink_case(&how, failed);
    runner_run(failed, &last);
    fprintf(stderr, "%s\nshrunk to %zu operations in %u tries:\n", last.text, failed->count,
            asked);
    case_print(stderr, failed);
    write_case(name, failed, &last);
}
