/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property tests of a whole board by hand:
 *     build/property/world [--steps N] [--seed S]     operations by chance
 *     build/property/world --replay FILE...           cases as they were written down
 * What fails is made short, printed and left in build/property/.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/property/runner.h"

static int replay(int count, char **paths)
{
    static struct property_case c;
    static struct runner_end end;
    int failed = 0;

    for (int i = 0; i < count; i++) {
        if (!case_read(paths[i], &c)) {
            fprintf(stderr, "%s: cannot be read, or is no case\n", paths[i]);
            failed++;
            continue;
        }
        runner_run(&c, &end);
        printf("%s: %zu operations, %s\n%s", paths[i], c.count,
               end.kind[0] == '\0' ? "all is well" : end.kind, end.text);
        failed += end.kind[0] != '\0';
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int by_chance(const struct runner_wish *wish)
{
    static struct property_case failed;
    static struct runner_end end;
    struct timespec from, to;
    char name[64];

    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    const bool good = runner_random(wish, &failed, &end);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    if (!good) {
        (void)snprintf(name, sizeof(name), "seed-%" PRIu64, wish->seed);
        runner_report(name, &failed, &end);
        return EXIT_FAILURE;
    }
    const double seconds = (double)(to.tv_sec - from.tv_sec) +
                           (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("%" PRIu64 " steps, all is well; %.0f steps a second\n", wish->steps,
           (double)wish->steps / seconds);
    for (unsigned i = 0; i < WORLD_SIGHTS; i++) {
        printf("  %-24s %" PRIu64 "\n", world_sight_names[i], end.seen[i]);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "steps", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
        { "replay", no_argument, NULL, 'r' }, { NULL, 0, NULL, 0 },
    };
    struct runner_wish wish = { 1U, 100000U };
    bool replays = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'n': wish.steps = strtoull(optarg, NULL, 0); break;
        case 's': wish.seed = strtoull(optarg, NULL, 0); break;
        case 'r': replays = true; break;
        default:
            fprintf(stderr, "usage: %s [--steps N] [--seed S] | --replay FILE...\n", argv[0]);
            return EXIT_FAILURE;
        }
    }
    if (replays != (optind < argc)) {
        fprintf(stderr, "%s: --replay and files belong together\n", argv[0]);
        return EXIT_FAILURE;
    }
    return replays ? replay(argc - optind, argv + optind) : by_chance(&wish);
}
