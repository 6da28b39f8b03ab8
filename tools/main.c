/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulkhead: the checks that the hypervisor makes at boot, made before boot, with the same code.
 * Exit code: 0 good, 1 findings or a failure, 2 wrong usage.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hyp/guestdt/guestdt.h"
#include "hyp/plan/plan.h"
#include "lib/nearest.h"
#include "tools/annotate.h"
#include "tools/file.h"
#include "tools/images.h"
#include "tools/pack.h"
#include "tools/pci_dump.h"
#include "tools/process.h"
#include "tools/report.h"
#include "tools/source.h"

#define EXIT_GOOD     0
#define EXIT_FINDINGS 1
#define EXIT_USAGE    2

static const char usage_text[] =
    "bulkhead check  FILE [--board BOARD] [--images DIR]...        is it a good configuration?\n"
    "bulkhead pack   FILE -o OUT [--board BOARD] [--images DIR]... make the bundle for the boot\n"
    "bulkhead report FILE --board BOARD [--images DIR]... [--json] who owns what\n"
    "bulkhead dts    FILE --board BOARD --guest NAME [--images DIR]...  a guest's device tree\n"
    "\n"
    "FILE and BOARD are device trees, source or blob: the configuration (docs/configuration.md)\n"
    "and the board's own tree (QEMU: -machine dumpdtb=; Linux: /sys/firmware/fdt). Without a\n"
    "board the checks that need one are left out. Images are looked for in each --images DIR in\n"
    "turn, then beside FILE; report and dts look for them only with --images.\n"
    "With --pci TEXT, what lspci -D -vv -xxxx printed on the board as root, PCI functions are checked\n"
    "too: place, isolation, lines. Without, only their addresses are.\n"
    "Exit code: 0 good, 1 findings or a failure, 2 wrong usage.\n";

struct arguments {
    const char *command, *file, *board, *guest, *output;
    char *pci;
    struct image_folders images;
    bool json;
};

/* What every command works on; too large for a stack. */
static struct {
    struct source config_source, board_source;
    struct board board;
    struct pci pci;
    struct config config;
    struct bundle bundle;
    struct plan plan;
} tool;

/* A report that did not arrive is a failure too. */
static bool output_arrived(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return true;
    }
    fprintf(stderr, "bulkhead: cannot write the standard output: %s\n", strerror(errno));
    return false;
}

/* ---- the command line ------------------------------------------------------------------------ */

static const char *const commands[] = { "check", "pack", "report", "dts" };
#define COMMANDS ((uint32_t)(sizeof(commands) / sizeof(commands[0])))

static bool is_command(const struct arguments *arguments, const char *name)
{
    return strcmp(arguments->command, name) == 0;
}

static bool take_option(struct arguments *arguments, int option)
{
    switch (option) {
    case 'b': arguments->board = optarg; return true;
    case 'p': arguments->pci = optarg; return true;
    case 'g': arguments->guest = optarg; return true;
    case 'o': arguments->output = optarg; return true;
    case 'j': arguments->json = true; return true;
    case 'i':
        /* One is kept for the folder of FILE. */
        if (arguments->images.count + 1U == MAX_IMAGE_FOLDERS) {
            fprintf(stderr, "bulkhead: more than %u folders of images\n", MAX_IMAGE_FOLDERS - 1U);
            return false;
        }
        arguments->images.folders[arguments->images.count] = optarg;
        arguments->images.count++;
        return true;
    case 'h':
        fputs(usage_text, stdout);
        exit(output_arrived() ? EXIT_GOOD : EXIT_FINDINGS);
    default:
        return false;    /* getopt has said what is wrong */
    }
}

static bool is_known_command(const char *word)
{
    const char *near = nearest_name(word, commands, COMMANDS);

    if (near != NULL && strcmp(near, word) == 0) {
        return true;
    }
    fprintf(stderr, "bulkhead: unknown command %s", word);
    if (near != NULL) {
        fprintf(stderr, ": did you mean %s?", near);
    }
    fputs("\n", stderr);
    return false;
}

static bool needs(const char *value, const char *command, const char *what)
{
    if (value == NULL) {
        fprintf(stderr, "bulkhead: %s needs %s\n", command, what);
    }
    return value != NULL;
}

/* False after saying what is wrong. */
static bool read_arguments(int argc, char *argv[], struct arguments *out)
{
    static const struct option options[] = {
        { "board", required_argument, NULL, 'b' }, { "images", required_argument, NULL, 'i' },
        { "pci", required_argument, NULL, 'p' },
        { "guest", required_argument, NULL, 'g' }, { "output", required_argument, NULL, 'o' },
        { "json", no_argument, NULL, 'j' },        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    bool good = true;

    for (int option = getopt_long(argc, argv, "o:h", options, NULL); option != -1;
         option = getopt_long(argc, argv, "o:h", options, NULL)) {
        good = take_option(out, option) && good;
    }
    if (!good || (argc == optind && !needs(NULL, "it", "a command and a file"))) {
        return false;
    }
    out->command = argv[optind];
    if (!is_known_command(out->command)) {
        return false;
    }
    out->file = argv[optind + 1];
    if (argc > optind + 2) {
        fprintf(stderr, "bulkhead: %s takes one file, not also %s\n", out->command,
                argv[optind + 2]);
        return false;
    }
    const bool wants_board = is_command(out, "report") || is_command(out, "dts");
    return needs(out->file, out->command, "a file") &&
           (!is_command(out, "pack") || needs(out->output, "pack", "-o OUT")) &&
           (!wants_board || needs(out->board, out->command, "--board BOARD")) &&
           (out->pci == NULL || needs(out->board, "--pci", "--board BOARD")) &&
           (!is_command(out, "dts") || needs(out->guest, "dts", "--guest NAME"));
}

/* ---- the stages, each stopping at its findings ----------------------------------------------- */

static bool load_config(const char *file)
{
    if (!source_load(file, &tool.config_source)) {
        return false;
    }
    struct diag d = source_diag(&tool.config_source);
    annotate_config(&tool.config_source, &d);
    return config_parse(tool.config_source.blob, tool.config_source.size, &tool.config, &d) &&
           d.errors == 0U;
}

static bool load_board(const char *file)
{
    if (!source_load(file, &tool.board_source)) {
        return false;
    }
    struct diag d = source_diag(&tool.board_source);
    return board_from_fdt(tool.board_source.blob, tool.board_source.size, &tool.board, &d) &&
           board_require(&tool.board, &d);
}

/* ctx: the file. */
static void print_pci_finding(void *ctx, const char *path, const char *property, const char *text)
{
    (void)path;
    (void)property;
    fprintf(stderr, "%s: error: %s\n", (const char *)ctx, text);
}

static bool load_pci(char *file)
{
    struct diag d = { .emit = print_pci_finding, .ctx = file };

    return pci_dump_load(file, &tool.board) && pci_enumerate(&tool.board, &tool.pci, &d);
}

static bool make_plan(const struct arguments *arguments)
{
    struct diag d = source_diag(&tool.config_source);
    const struct board *board = arguments->board == NULL ? NULL : &tool.board;
    const bool with_images = is_command(arguments, "check") || is_command(arguments, "pack") ||
                             arguments->images.count != 0U;
    struct image_folders folders = arguments->images;
    char *beside = file_folder(arguments->file);

    folders.folders[folders.count] = beside;
    folders.count++;
    if (with_images) {
        images_load(&tool.config, &folders, &tool.bundle);
    }
    free(beside);
    return plan_build(board, arguments->pci == NULL ? NULL : &tool.pci, &tool.config,
                      with_images ? &tool.bundle : NULL, NULL, 0, &tool.plan, &d);
}

/* What boot would stop at: every tree that is to be made, made in the room that the plan keeps. */
static bool make_trees(void)
{
    struct diag d = source_diag(&tool.config_source);

    for (uint32_t g = 0; g < tool.plan.guest_count; g++) {
        const struct plan_guest *guest = &tool.plan.guests[g];
        const size_t room = (size_t)guest->device_tree_room;
        if (guest->config->device_tree != NULL) {
            continue;
        }
        void *tree = file_allocate(room);
        if (!guestdt_build(&tool.plan, g, tree, room)) {
            diag_error(&d, guest->config->path, NULL, "the device tree made for \"%s\" does not "
                       "fit the 0x%zx bytes kept for it: give it fewer devices, or a device-tree "
                       "of its own", guest->config->name, room);
        }
        free(tree);
    }
    return d.errors == 0U;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static bool print_tree(const char *guest)
{
    static _Alignas(8) unsigned char blob[0x10000];
    const char *const dtc[] = { "dtc", "-q", "-I", "dtb", "-O", "dts", "-", NULL };
    uint32_t index = 0;

    while (index < tool.config.guest_count && strcmp(tool.config.guests[index].name, guest) != 0) {
        index++;
    }
    if (index == tool.config.guest_count) {
        fprintf(stderr, "bulkhead: %s has no guest %s\n", tool.config_source.file, guest);
        return false;
    }
    if (!guestdt_build(&tool.plan, index, blob, sizeof(blob))) {
        fprintf(stderr, "bulkhead: the device tree of %s does not fit %zu bytes\n", guest,
                sizeof(blob));
        return false;
    }
    const int input = process_scratch();
    const bool printed = file_write_fd(input, blob, sizeof(blob)) &&
                         lseek(input, 0, SEEK_SET) == 0 && process_run(dtc, NULL, input, -1);
    close(input);
    return printed;
}

static void print_verdict(const struct arguments *arguments)
{
    printf("%s: good%s\n", arguments->file, arguments->board != NULL ? "" :
           "; without --board, harts, devices and the place in memory were not checked");
}

static bool run(const struct arguments *arguments)
{
    if (!load_config(arguments->file) ||
        (arguments->board != NULL && !load_board(arguments->board)) ||
        (arguments->pci != NULL && !load_pci(arguments->pci)) || !make_plan(arguments) ||
        (arguments->board != NULL && !make_trees())) {
        return false;
    }
    if (is_command(arguments, "report")) {
        (arguments->json ? report_json : report_text)(&tool.plan);
        return true;
    }
    if (is_command(arguments, "dts")) {
        return print_tree(arguments->guest);
    }
    if (is_command(arguments, "pack") &&
        !pack(tool.config_source.blob, tool.config_source.size, &tool.bundle, arguments->output)) {
        return false;
    }
    print_verdict(arguments);
    return true;
}

int main(int argc, char *argv[])
{
    struct arguments arguments = { 0 };

    if (!read_arguments(argc, argv, &arguments)) {
        fprintf(stderr, "bulkhead: see bulkhead --help\n");
        return EXIT_USAGE;
    }
    const bool good = run(&arguments);
    source_free(&tool.config_source);
    source_free(&tool.board_source);
    images_free(&tool.bundle);
    return output_arrived() && good ? EXIT_GOOD : EXIT_FINDINGS;
}
