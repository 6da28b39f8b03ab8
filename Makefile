# SPDX-License-Identifier: Apache-2.0
# Bulkhead. `make help` lists the targets; everything is made in build/ and what is downloaded goes
# into a cache of the project's own (BULKHEAD_CACHE).

# One place decides how many jobs run, so that no command line needs -j.
MAKEFLAGS += --no-builtin-rules --jobs=$(shell nproc)
SHELL := /bin/bash -eu -o pipefail
# Nothing that was made on the way is removed: guests' ELF files are for the debugger.
.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDEXPANSION:

# One short line for each step; V=1 shows the commands.
V := 0
step_0 = @printf '  %-7s %s\n' '$(1)' '$@';
step_1 =
step = $(step_$(V))

# Debian's own Python: its pytest and pexpect are Debian packages, another python3 lacks them.
PYTHON := /usr/bin/python3
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
export BULKHEAD_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead
CACHE := $(BULKHEAD_CACHE)
# make takes a space for the end of a name, and the cache is in rules.
ifneq ($(words $(CACHE)),1)
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),all)),)
$(error the cache folder "$(CACHE)" has a space in its name: set BULKHEAD_CACHE to another)
endif
CACHE := cache
endif

.PHONY: all
all: build/bulkhead.bin build/tools/bulkhead

# ---- set-up: what is missing is fetched, once ------------------------------------------------
# Checked by every compilation, but order-only: it takes 20 ms and makes nothing out of date.
.PHONY: build-tools
build-tools:
	@tools/setup/build-tools

guest_parts := linux-6.12 linux-7.2 linux-7.2-headers linux-7.2-source busybox u-boot kvm
parts := libfdt qemu-11 qemu-10 $(guest_parts)

# The build tools come first: what unpacks the downloads (xz) is among them.
$(CACHE)/libfdt/ready: | build-tools
	@tools/setup/libfdt
$(CACHE)/qemu-%/ready: | build-tools
	@tools/setup/qemu $*
$(guest_parts:%=$(CACHE)/%/ready): $(CACHE)/%/ready: | build-tools
	@tools/setup/guest-parts $*
# Headers are those of the kernel that is there.
$(CACHE)/linux-7.2-headers/ready: | $(CACHE)/linux-7.2/ready

# QEMU=/path/to/qemu-system-riscv64 chooses another QEMU; then none is downloaded.
export QEMU
qemu := $(if $(QEMU),,$(CACHE)/qemu-11/ready)

.PHONY: qemu qemu-10
qemu: $(qemu)
qemu-10: $(CACHE)/qemu-10/ready

# ---- flags ------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wundef \
    -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wcast-align -Wwrite-strings -Wvla \
    -Wswitch -Wdouble-promotion -Wpointer-arith
# No path of this machine enters an object, so the same source gives the same bits anywhere. The
# assembler is told of debug maps only.
REPRODUCIBLE := '-ffile-prefix-map=$(CURDIR)=.' -ffile-prefix-map=$(CACHE)=cache \
    '-fdebug-prefix-map=$(CURDIR)=.'
DEPENDENCIES := -MMD -MP

CROSS := riscv64-unknown-elf-
FREESTANDING := -std=c11 -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding \
    -g -ffunction-sections -fdata-sections -fno-common -fomit-frame-pointer -malign-data=natural \
    -fno-strict-aliasing -fno-stack-protector -I. -isystem lib/include -isystem $(CACHE)/libfdt \
    $(REPRODUCIBLE) $(DEPENDENCIES)
# t2 to t6 are never used, so an exit leaves a guest's where they are: ten instructions less in each,
# for 0.2 % more text (registers s0 to s11 stand in). It has to be so for all of it, as with gp; the
# compiler's library uses t0 and t1.
GUESTS_REGISTERS := -ffixed-t2 -ffixed-t3 -ffixed-t4 -ffixed-t5 -ffixed-t6
# No jump tables: they cost a load from a cache line of their own, and a jump that is seldom foreseen;
# and they are larger than the branches.
TARGET_CFLAGS := $(FREESTANDING) -fPIE -fvisibility=hidden -fno-jump-tables $(GUESTS_REGISTERS)
# What runs in an exit is built for speed, what runs once at boot (most of the text) for size: its
# functions share the compiler's own routines that save and restore registers, of the compiler's own
# library for this ABI, which it names only without the extensions that make no difference to it. What
# goes through device trees is most of a boot, so that is built for speed as well.
exit_path := hyp/vcpu hyp/sbi hyp/irq hyp/console hyp/shared hyp/guest lib/string platform/hw \
    hyp/viommu hyp/dma/viommus iommu/viommu iommu/command iommu/queue iommu/forget \
    platform/fdt_ platform/isa hyp/mem/gstage
for_speed_or_size = $(if $(filter $(exit_path:%=build/target/%%),$(1)),$(FOR_SPEED),$(FOR_SIZE))
FOR_SPEED := -O2
FOR_SIZE := -Os -msave-restore
# What runs at boot only. A prefix of its sections tells the linker script, which sets it apart.
boot_only := boot/ hyp/config/ hyp/guestdt/ hyp/plan/ hyp/mem/gstage hyp/mem/own_space \
    hyp/pci/build hyp/pci/capabilities hyp/pci/table hyp/dma/iommus iommu/open lib/diag lib/nearest \
    libfdt/ platform/board platform/bundle platform/fdt platform/isa $(patsubst %,platform/pci/%,\
    apply bar enumerate group inspect intx layout)
set_apart = $(if $(filter $(boot_only:%=build/target/%%),$(1)),&& \
    $(CROSS)objcopy --prefix-alloc-sections=.boot $(1))
TARGET_LIBGCC = $(shell $(CROSS)gcc -march=rv64imac -mabi=lp64 -print-libgcc-file-name)
# A static PIE: it relocates itself, so it runs wherever the loader put it. The relocations are in
# data only (-z text). The linker script defines no __global_pointer$$, so the linker relaxes
# nothing to gp, and a guest's gp is never in the way. The linker is the one for Linux, because
# the bare-metal one of Debian does not know -pie.
TARGET_LD := riscv64-linux-gnu-ld
TARGET_LDFLAGS := -nostdlib -pie --no-dynamic-linker -z text -z max-page-size=4096 \
    --build-id=sha1 --gc-sections --fatal-warnings -T linker/bulkhead.ld
GUEST_LDFLAGS := -nostdlib -static -Wl,--gc-sections,--build-id=none -Wl,-T,guest/lib/link.ld

HOST_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -g -I. $(DEPENDENCIES)
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# ---- sources ----------------------------------------------------------------------------------
# Folders named hw/ hold the thin leaves that touch the machine. All other code is pure: it is
# compiled for the host too. lib/string.c stands in for the C library that the target lacks.
sources = $(sort $(shell find $(wildcard $(1)) -name '*.[cS]' 2>/dev/null))
target_sources := $(call sources,boot platform hyp iommu lib)
pure_sources := $(filter-out lib/string.c,$(filter %.c,$(foreach s,\
    $(call sources,platform hyp iommu lib),$(if $(findstring /hw/,$(s)),,$(s)))))
tool_sources := $(wildcard tools/*.c)
unit_tests := $(filter tests/unit/test_%.c,$(call sources,tests/unit))
# Tests make their boards of what the tool reads boards of.
unit_fakes := $(filter tests/unit/fake_%.c,$(call sources,tests/unit)) $(wildcard tools/pci_*.c) \
    tools/file.c
libfdt_parts := fdt fdt_addresses fdt_check fdt_empty_tree fdt_ro fdt_rw fdt_strerror fdt_sw fdt_wip

# The tool's reports are tested on plans made by hand.
unit_fakes += $(wildcard tools/report*.c)

comma := ,
# object files of $(2) below build/$(1)/
objects = $(patsubst %,build/$(1)/%.o,$(basename $(2)))

target_objects := $(call objects,target,$(target_sources))
target_libfdt := $(libfdt_parts:%=build/target/libfdt/%.o)

# ---- the hypervisor ---------------------------------------------------------------------------
build/bulkhead.elf: $(target_objects) build/target/libfdt.a linker/bulkhead.ld
	@mkdir -p $(@D)
	$(call step,LD)$(TARGET_LD) $(TARGET_LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(TARGET_LIBGCC)

build/bulkhead.bin: build/bulkhead.elf
	$(call step,BIN)$(CROSS)objcopy -O binary $< $@

$(filter %.o,$(target_objects)): build/target/%.o: $$(wildcard $$*.c $$*.S) Makefile \
    | build-tools $(CACHE)/libfdt/ready
	@mkdir -p $(@D)
	$(call step,CC)$(CROSS)gcc $(TARGET_CFLAGS) $(call for_speed_or_size,$@) $(WARNINGS) -c -o $@ $< \
	    $(call set_apart,$@)

# libfdt is other people's code: our warnings are not asked of it.
$(target_libfdt): build/target/libfdt/%.o: $(CACHE)/libfdt/ready Makefile | build-tools
	@mkdir -p $(@D)
	$(call step,CC)$(CROSS)gcc $(TARGET_CFLAGS) $(if $(filter fdt fdt_sw,$*),-O3,$(FOR_SIZE)) -w -c -o $@ \
	    $(CACHE)/libfdt/$*.c $(call set_apart,$@)

build/target/libfdt.a: $(target_libfdt)
	@rm -f $@
	$(call step,AR)$(CROSS)ar rcsD $@ $^

# ---- the host side: the tool and the unit tests -----------------------------------------------
# build/host is plain, build/host-san has the address and undefined-behaviour sanitizers.
build/host/%.o: %.c Makefile | build-tools
	@mkdir -p $(@D)
	$(call step,HOSTCC)gcc $(HOST_CFLAGS) $(WARNINGS) -c -o $@ $<
build/host-san/%.o: %.c Makefile | build-tools
	@mkdir -p $(@D)
	$(call step,HOSTCC)gcc $(HOST_CFLAGS) $(SANITIZERS) $(WARNINGS) -c -o $@ $<

build/host/libbulkhead.a: $(call objects,host,$(pure_sources))
build/host-san/libbulkhead.a: $(call objects,host-san,$(pure_sources))
build/host-san/libfakes.a: $(call objects,host-san,$(unit_fakes))
# Named one by one: a pattern rule with several targets would count as making all of them at once.
build/host/libbulkhead.a build/host-san/libbulkhead.a build/host-san/libfakes.a: Makefile
	@mkdir -p $(@D)
	@rm -f $@
	$(call step,HOSTAR)ar rcsD $@ $(filter %.o,$^)

build/tools/bulkhead: $(call objects,host,$(tool_sources)) build/host/libbulkhead.a
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc -o $@ $^ -lfdt

# The sanitized tool is the one that the tests call with hostile input.
build/host-san/tools/bulkhead: $(call objects,host-san,$(tool_sources)) build/host-san/libbulkhead.a
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc $(SANITIZERS) -o $@ $^ -lfdt

# The IOMMU model, for the tests named after it. One object that shows only its own interface: no
# function of the project can stand in for one of the model's, nor the other way round.
model_libraries := $(patsubst %,build/%/libmodel.a,host-san fuzz/objects fuzz/coverage/objects)
$(model_libraries): build/%/libmodel.a: $$(call objects,$$*,$(wildcard tests/model/*.c)) Makefile
	@mkdir -p $(@D)
	@rm -f $@
	@ld -r -o $(@D)/model.o $(filter %.o,$^)
	@objcopy --wildcard --keep-global-symbol='model_*' --keep-global-symbol='image_*' $(@D)/model.o
	$(call step,HOSTAR)ar rcsD $@ $(@D)/model.o

# Tests of the model alone are linked with nothing of the project's.
unit_programs := $(unit_tests:tests/unit/%.c=build/unit/%)
model_tests := $(filter build/unit/test_model_%,$(unit_programs))
# Those that hold the project's vIOMMU against the model's are linked with both.
region_tests := $(filter build/unit/test_region_%,$(unit_programs))
$(model_tests) $(region_tests): build/host-san/libmodel.a
$(filter-out $(model_tests),$(unit_programs)): build/host-san/libbulkhead.a build/host-san/libfakes.a
$(unit_programs): build/unit/%: build/host-san/tests/unit/%.o
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc $(SANITIZERS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lfdt -lcmocka

# The world: a whole board over the model (tests/world/README.md). The project's objects that have
# variables are compiled for it alone: units are objects that tests/world/units.c lists, and .bss has
# a name, so that a new world finds it as a board does. WORLD_WRAPS: calls that are looked into.
WORLD_WRAPS := guest_ram
world_project := $(sort $(call sources,hyp/dma hyp/viommu hyp/irq hyp/lifecycle) \
    $(filter $(pure_sources),$(call sources,iommu)) hyp/guest.c hyp/mem/memory_unit.c boot/guests.c)
world_sources := $(filter-out tests/world/test_%.c tests/world/checks%.c,$(wildcard tests/world/*.c))
# below build/$(1)/
world_objects_in = $(call objects,$(1)/world,$(world_project)) $(call objects,$(1),$(world_sources))
world_objects := $(call world_objects_in,host-san)
world_link = $(SANITIZERS) $(WORLD_WRAPS:%=-Wl,--wrap=%)
world_compile = $(1) -include tests/world/units.h -c -o $@ $< && \
    objcopy --rename-section .bss=world_bss,alloc $@

build/host-san/world/%.o: %.c tests/world/units.h Makefile | build-tools
	@mkdir -p $(@D)
	$(call step,HOSTCC)$(call world_compile,gcc $(HOST_CFLAGS) $(SANITIZERS) $(WARNINGS))
build/fuzz/objects/world/%.o: %.c tests/world/units.h Makefile | fuzz-tools
	@mkdir -p $(@D)
	$(call step,CLANG)$(call world_compile,clang $(FUZZ_CFLAGS))
build/fuzz/coverage/objects/world/%.o: %.c tests/world/units.h Makefile | fuzz-tools
	@mkdir -p $(@D)
	$(call step,CLANG)$(call world_compile,clang $(HOST_CFLAGS) $(COVERAGE) -w)

build/unit/test_world: $(call objects,host-san,tests/world/test_world.c) $(world_objects) \
    build/host-san/libmodel.a build/host-san/libbulkhead.a build/host-san/libfakes.a
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc $(world_link) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	    -Wl,--end-group -lfdt -lcmocka

# Property tests: the world with the checks of the invariants, which look into more calls.
PROPERTY_WRAPS := viommu_step viommu_reset dma_viommu_change dma_viommu_forget \
    model_access model_translate
property_objects := $(world_objects) $(call objects,host-san,$(wildcard tests/world/checks*.c) \
    $(addprefix tests/property/,case.c shrink.c runner.c))
property_libraries := build/host-san/libmodel.a build/host-san/libbulkhead.a \
    build/host-san/libfakes.a
property_link = $(world_link) $(PROPERTY_WRAPS:%=-Wl,--wrap=%)
# One source for all of them: the number is the seed.
property_random := $(patsubst %,build/unit/test_property_%,1 2 3 4 5 6 7 8)
property_tests := $(property_random) build/unit/test_property_cases

$(property_random): build/host-san/tests/property/test_property.o
build/unit/test_property_cases: build/host-san/tests/property/test_property_cases.o
build/property/world: build/host-san/tests/property/world.o
$(property_tests) build/property/world: $(property_objects) $(property_libraries)
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc $(property_link) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lfdt -lcmocka

# Device trees that the unit tests read.
test_trees := $(patsubst %.dts,build/%.dtb,$(wildcard tests/unit/data/*.dts))
build/tests/unit/data/%.dtb: tests/unit/data/%.dts | build-tools
	@mkdir -p $(@D)
	$(call step,DTC)dtc -q -I dts -O dtb -o $@ $<

# ---- fuzzing ----------------------------------------------------------------------------------
# Each harness is built twice: with a driver of our own as a unit test, and with libFuzzer. clang is
# asked for only by the latter; its warnings are not, gcc has seen the same files.
FUZZ_TIME := 60
fuzz_harnesses := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_tests := $(fuzz_harnesses:%=build/unit/%)
fuzz_programs := $(fuzz_harnesses:%=build/fuzz/%)
FUZZ_CFLAGS := $(HOST_CFLAGS) $(SANITIZERS) -fsanitize=fuzzer-no-link -w

# One is about a whole board (above), with the checks of the property tests.
fuzz_world_in = $(call world_objects_in,$(1)) \
    $(call objects,$(1),$(wildcard tests/world/checks*.c) tests/property/case.c) build/$(1)/libmodel.a
build/unit/fuzz_world: $(call fuzz_world_in,host-san)
build/fuzz/fuzz_world: $(call fuzz_world_in,fuzz/objects)
build/fuzz/coverage/fuzz_world: $(call fuzz_world_in,fuzz/coverage/objects)
build/unit/fuzz_world build/fuzz/fuzz_world build/fuzz/coverage/fuzz_world: \
    fuzz_wraps := $(patsubst %,-Wl$(comma)--wrap=%,$(WORLD_WRAPS) $(PROPERTY_WRAPS))

$(fuzz_tests): build/unit/%: build/host-san/tests/fuzz/%.o build/host-san/tests/fuzz/driver.o \
    build/host-san/libbulkhead.a build/host-san/libfakes.a
	@mkdir -p $(@D)
	$(call step,HOSTLD)gcc $(SANITIZERS) $(fuzz_wraps) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lfdt -lcmocka

build/fuzz/seeds/made: $(wildcard tests/fuzz/*.py tests/fuzz/fuzz_*.c tests/fuzz/corpus/*.txt) \
    $(test_trees) $(wildcard configs/*.dts tests/golden/boards/* tests/golden/cases/*.dts) Makefile \
    | build-tools
	@mkdir -p $(@D)
	$(call step,SEEDS)$(PYTHON) tests/fuzz/seeds.py $(@D) $(test_trees)
	@touch $@

.PHONY: fuzz-tools
fuzz-tools: | build-tools
	@tools/setup/build-tools clang llvm

build/fuzz/objects/%.o: %.c Makefile | fuzz-tools
	@mkdir -p $(@D)
	$(call step,CLANG)clang $(FUZZ_CFLAGS) -c -o $@ $<

build/fuzz/objects/all.a: $(call objects,fuzz/objects,$(pure_sources) $(unit_fakes))
	@rm -f $@
	$(call step,HOSTAR)ar rcsD $@ $^

$(fuzz_programs): build/fuzz/%: build/fuzz/objects/tests/fuzz/%.o build/fuzz/objects/all.a
	$(call step,CLANGLD)clang $(SANITIZERS) -fsanitize=fuzzer $(fuzz_wraps) -o $@ \
	    $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lfdt -lcmocka

# The same without sanitizers, whose checks are no lines of anybody's: they count what is covered.
fuzz_counters := $(fuzz_harnesses:%=build/fuzz/coverage/%)
COVERAGE := -fprofile-instr-generate -fcoverage-mapping

build/fuzz/coverage/objects/%.o: %.c Makefile | fuzz-tools
	@mkdir -p $(@D)
	$(call step,CLANG)clang $(HOST_CFLAGS) $(COVERAGE) -w -c -o $@ $<

build/fuzz/coverage/objects/all.a: $(call objects,fuzz/coverage/objects,$(pure_sources) $(unit_fakes))
	@rm -f $@
	$(call step,HOSTAR)ar rcsD $@ $^

$(fuzz_counters): build/fuzz/coverage/%: build/fuzz/coverage/objects/tests/fuzz/%.o \
    build/fuzz/coverage/objects/all.a
	$(call step,CLANGLD)clang $(COVERAGE) -fsanitize=fuzzer $(fuzz_wraps) -o $@ \
	    $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lfdt -lcmocka

# ---- guests -----------------------------------------------------------------------------------
# Each folder of guest/ with C or assembly is a bare-metal guest; guest/lib is what they share.
bare_guests := $(filter-out lib linux,$(sort $(notdir $(patsubst %/,%,$(dir \
    $(wildcard guest/*/*.[cS]))))))
guest_objects = $(call objects,bare,$(call sources,guest/$(1)))

build/bare/%.o: $$(wildcard $$*.c $$*.S) Makefile | build-tools $(CACHE)/libfdt/ready
	@mkdir -p $(@D)
	$(call step,CC)$(CROSS)gcc $(FREESTANDING) -O2 $(WARNINGS) -fno-pic -c -o $@ $<

# A guest takes of lib/ and of libfdt only what it uses.
build/bare/lib.a: $(call objects,bare,$(filter %.c,$(call sources,lib)))
	@rm -f $@
	$(call step,AR)$(CROSS)ar rcsD $@ $^

build/guest/%.elf: $$(call guest_objects,$$*) $(call guest_objects,lib) build/bare/lib.a \
    build/target/libfdt.a guest/lib/link.ld
	@mkdir -p $(@D)
	$(call step,LD)$(CROSS)gcc $(FREESTANDING) $(GUEST_LDFLAGS) -o $@ $(filter %.o,$^) \
	    -Wl,--start-group $(filter %.a,$^) $(TARGET_LIBGCC) -Wl,--end-group

# build/images/ is the folder where configurations find what they name.
build/images/%.bin: build/guest/%.elf
	@mkdir -p $(@D)
	$(call step,BIN)$(CROSS)objcopy -O binary $< $@

build/images/u-boot.bin: $(CACHE)/u-boot/ready
	@mkdir -p $(@D)
	$(call step,COPY)cp $(CACHE)/u-boot/u-boot.bin $@

build/images/linux-%.Image: $(CACHE)/linux-%/ready
	@mkdir -p $(@D)
	$(call step,COPY)cp $(CACHE)/linux-$*/Image $@

# The same kernel behind a start that notes how much was executed before it, for bench/linux.py.
build/guest/linux-start.elf: guest/linux/start.S | build-tools
	@mkdir -p $(@D)
	$(call step,LD)$(CROSS)gcc $(FREESTANDING) -nostdlib -static -Wl,-Ttext=0 -Wl,--build-id=none \
	    -o $@ $<

build/images/linux-%-timed.Image: build/images/linux-%.Image build/guest/linux-start.elf
	$(call step,COPY)$(CROSS)objcopy -O binary --only-section=.text \
	    build/guest/linux-start.elf $@
	@truncate --size=2M $@ && cat $< >>$@

# Kernel modules of the project's own, for the Linux that has a driver for the IOMMU.
linux_modules := $(patsubst guest/linux/modules/%.c,build/guest/linux-7.2/%.ko,\
    $(wildcard guest/linux/modules/*.c))
$(linux_modules) &: $(wildcard guest/linux/modules/*) guest/linux/make-modules \
    $(CACHE)/linux-7.2-headers/ready | build-tools
	$(call step,MODULES)guest/linux/make-modules $(CACHE)/linux-7.2-headers build/guest/linux-7.2

linux_root := guest/linux/make-initrd guest/linux/modules.list \
    $(shell find guest/linux/root -type f 2>/dev/null)
build/images/linux-7.2.initrd: $(linux_modules)
build/images/linux-%.initrd: $(CACHE)/linux-%/ready $(CACHE)/busybox/ready $(linux_root) | build-tools
	@mkdir -p $(@D)
	$(call step,INITRD)guest/linux/make-initrd $(CACHE)/busybox $(CACHE)/linux-$* $@ \
	    $(filter %.ko,$^)

images := $(patsubst %,build/images/%.bin,$(bare_guests) u-boot) \
    $(foreach v,6.12 7.2,build/images/linux-$(v).Image build/images/linux-$(v).initrd) \
    build/images/linux-7.2-timed.Image

.PHONY: images
images: $(images)

# ---- configurations ---------------------------------------------------------------------------
bundles := $(patsubst %.dts,build/%.bundle,$(wildcard configs/*.dts bench/*.dts))
$(bundles): build/%.bundle: %.dts build/tools/bulkhead $(images)
	@mkdir -p $(@D)
	$(call step,PACK)build/tools/bulkhead pack $< --images build/images -o $@

.PHONY: bundles
bundles: $(bundles)

# ---- running and testing ----------------------------------------------------------------------
# With a terminal you talk to the guests; with none the demo is driven to a verdict.
.PHONY: run
run: build/bulkhead.bin build/configs/demo.bundle $(qemu)
	@exec $(PYTHON) tools/demo.py

.PHONY: test-trees
test-trees: $(test_trees)
world_tests := build/unit/test_world $(property_tests)
unit: $(unit_programs) $(world_tests) $(fuzz_tests) test-trees build/fuzz/seeds/made
system: build/bulkhead.bin build/tools/bulkhead build/host-san/tools/bulkhead $(bundles) $(images) \
    $(qemu)

.PHONY: test test-unit test-system unit system
test: unit system
	@$(PYTHON) tests/run.py --unit $(unit_programs) $(world_tests) $(fuzz_tests) --pytest tests
test-unit: unit
	@$(PYTHON) tests/run.py --unit $(unit_programs) $(world_tests) $(fuzz_tests)
test-system: system
	@$(PYTHON) tests/run.py --pytest tests $(if $(T),-- -k '$(T)')

# Copies of the project, broken in one place at a time: see tests/mutate/mutants.toml.
.PHONY: mutate
mutate: $(qemu) | build-tools
	@$(PYTHON) tests/mutate/mutate.py $(if $(M),--only '$(M)')

# Longer than in the tests; one process for each core, each with a seed of its own from SEED on.
STEPS := 10000000
SEED := 1000
.PHONY: property
property: build/property/world test-trees
	@seq $(SEED) $$(($(SEED) + $$(nproc) - 1)) | xargs -P $$(nproc) -I % \
	    build/property/world --steps $$(($(STEPS) / $$(nproc))) --seed %

# Seconds of each harness; as many run at once as there are cores, so all of them take
# FUZZ_TIME * harnesses / cores.
.PHONY: fuzz
fuzz: $(fuzz_programs) $(fuzz_counters) $(test_trees) build/fuzz/seeds/made
	@$(PYTHON) tests/fuzz/run.py --seconds $(FUZZ_TIME) $(fuzz_programs)

# Into the repository: of all inputs that `make fuzz` has found here, those that coverage needs.
.PHONY: fuzz-corpus
fuzz-corpus: $(fuzz_programs) $(test_trees) build/fuzz/seeds/made
	@$(PYTHON) tests/fuzz/corpus.py refresh $(fuzz_programs)

# The host of KVM, a peer: only the whole bench boots it.
build/bench/kvm.initrd: bench/kvm/make-initrd bench/kvm/boot-guest build/images/linux-7.2-timed.Image \
    build/images/linux-7.2.initrd $(CACHE)/kvm/ready | build-tools
	@mkdir -p $(@D)
	$(call step,INITRD)bench/kvm/make-initrd $(CACHE)/kvm $(CACHE)/linux-7.2 \
	    build/images/linux-7.2-timed.Image build/images/linux-7.2.initrd $@
bench bench-keep: build/bench/kvm.initrd

# bench-keep is the whole bench, then its results take the place of those in docs/benchmarks/.
.PHONY: bench bench-quick bench-keep
bench bench-quick bench-keep: build/bulkhead.bin build/tools/bulkhead $(images) \
    $(filter build/bench/%,$(bundles)) $(qemu)
bench bench-quick:
	@$(PYTHON) bench/run.py $(if $(filter bench,$@),all,quick)
bench-keep: | bench-page-tools
	@$(PYTHON) bench/run.py all --keep
	@$(PYTHON) bench/page.py

# docs/benchmarks.md and its plots, from the results that are kept.
.PHONY: bench-page bench-page-tools
bench-page-tools: | build-tools
	@tools/setup/build-tools python3-matplotlib
bench-page: | bench-page-tools
	@$(PYTHON) bench/page.py

# A Linux with the DMA API, built here of Debian's source with a few changes, and its only program. It
# takes minutes, so no other target wants it.
build/bench/linux-dma.Image: $(addprefix bench/dma/,make-kernel edit-kernel linux.config msi_regions.h) \
    $(CACHE)/linux-7.2-source/ready | build-tools
	@mkdir -p $(@D)
	@tools/setup/build-tools flex bison bc
	$(call step,LINUX)bench/dma/make-kernel $(CACHE)/linux-7.2-source $@

build/bench/reads: bench/dma/reads.c Makefile | build-tools
	@mkdir -p $(@D)
	$(call step,CC)$(CROSS)gcc $(FREESTANDING) -O2 $(WARNINGS) -nostdlib -static -o $@ $<
build/bench/reads.initrd: build/bench/reads
	@mkdir -p $(@D)/root && cp $< $(@D)/root && cd $(@D)/root && touch --date=@0 reads && \
	    echo reads | cpio --quiet --create --format=newc --owner=0:0 --reproducible >../$(@F)

.PHONY: bench-dma bench-dma-keep
bench-dma bench-dma-keep: build/bulkhead.bin build/tools/bulkhead build/bench/linux-dma.Image \
    build/bench/reads.initrd $(qemu)
	@$(PYTHON) bench/run.py dma $(if $(filter %-keep,$@),--keep)
	@$(if $(filter %-keep,$@),$(PYTHON) bench/page.py)
bench-dma-keep: | bench-page-tools

.PHONY: trace
trace:
	@$(PYTHON) tools/trace.py

.PHONY: reproducible
reproducible: | build-tools $(CACHE)/libfdt/ready
	@tools/reproducible

# cppcheck is a second opinion where it is installed, not a requirement. It takes the symbols of the
# linker script for separate objects, hence the exception.
.PHONY: lint
lint: | build-tools
	@if command -v cppcheck >/dev/null; then \
	    cppcheck --quiet --error-exitcode=1 --enable=warning,portability --std=c11 --inline-suppr \
	        --suppress=comparePointers '-Dnoreturn=__attribute__((noreturn))' -j 2 -I . $(wildcard boot platform hyp iommu lib tools); \
	else echo "lint: cppcheck is not installed, nothing was checked"; fi

# ---- housekeeping -----------------------------------------------------------------------------
.PHONY: clean distclean
clean:
	rm -rf build
distclean: clean
	rm -rf $(parts:%=$(CACHE)/%) $(parts:%=$(CACHE)/%.lock)
	-rmdir $(CACHE)

.PHONY: help
help:
	@echo "make run          boot the demo: interactive with a terminal, else driven to a verdict"
	@echo "make test         every test (T=expression goes to pytest -k in test-system)"
	@echo "make test-unit    the unit tests only      make test-system  the others"
	@echo "make all          the hypervisor and the host tool"
	@echo "make images       every guest image        make bundles      every example configuration"
	@echo "make fuzz         libFuzzer on what reads foreign bytes, FUZZ_TIME=60 seconds on each harness"
	@echo "make fuzz-corpus  what of all that it found coverage needs, into tests/fuzz/corpus"
	@echo "make property     the invariants under STEPS=10000000 random operations, from seed SEED=1000 on"
	@echo "make bench        what Bulkhead costs, counted, beside the bare board and the results that are kept"
	@echo "make bench-quick  of that what takes less than a minute, into build/bench/quick.json"
	@echo "make bench-keep   the whole bench, kept in docs/benchmarks/, with its page (bench-page: that alone)"
	@echo "make bench-dma    what the Linux DMA API costs on a vIOMMU; the first time builds a kernel, for minutes"
	@echo "make mutate       breaks copies of the source, one place at a time: do the tests notice? (M=name)"
	@echo "make trace        requirements against tests, both ways"
	@echo "make reproducible two builds in two folders give the same bits"
	@echo "make lint         cppcheck, if it is installed"
	@echo "make qemu-10      a second, older QEMU: QEMU=$(CACHE)/qemu-10/bin/qemu-system-riscv64"
	@echo "V=1 shows the commands; QEMU=/path/to/qemu-system-riscv64 chooses another QEMU (10.0 or later)"
	@echo "make clean        remove build/            make distclean    and the downloads"

-include $(shell find build -name '*.d' 2>/dev/null)
