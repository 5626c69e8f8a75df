# A thin door to Meson (build), tools/deps (packages), test/demo and test/check. Each target does all of
# its own set-up. HACKING.md has the rest.
B = build/release

installed = src/guise src/guise-oci src/guise-oci-helper src/guise-archive src/guise-dns src/guise-image src/guise-look src/guise-cni man/guise.1 man/guise man/guise-oci.8 man/guise-oci

# What is installed; the tests are built by test/check.
all: $(B)/build.ninja
	@ninja --quiet -C $(B) $(installed) >build/build.log 2>&1 || { cat build/build.log; exit 1; }

# Anew when a directory has changed: a file may have come or gone.
$(B)/build.ninja: $(wildcard src/*/ src/*/*/ src/*/*/*/)
	@tools/deps build
	@mkdir -p build
	@meson setup $(if $(wildcard $(B)/build.ninja),--reconfigure) --buildtype=release -Db_lto=true $(B) \
		>build/setup.log 2>&1 || { cat build/setup.log; exit 1; }
	@touch $@

demo: all
	@tools/deps demo
	@test/demo $(B)/src/guise

check:
	@tools/deps build check
	@test/check

# The same and what takes longer: before a release.
check-release:
	@tools/deps build check release
	@test/check --release

bench: all
	@tools/deps bench
	@bench/run $(B)/src/guise
	@bench/oci $(B)/src/guise-oci
	@bench/observe $(B)/src/guise
	@bench/image $(B)/src/guise
	@bench/names $(B)/src/guise
	@bench/ports $(B)/src/guise
	@bench/connect $(B)/src/guise
	@bench/traffic $(B)/src/guise
	@bench/cni $(B)/src/guise-cni
	@ninja --quiet -C $(B) test/agree-walk
	@test/agree/run $(B)/test/agree-walk 1 2000
	@test/mend/run $(B)/src/guise 200 400

install: all
	@meson install -C $(B) --no-rebuild

# All packages that any of the above needs.
deps:
	@tools/deps build demo check release bench

clean:
	@rm -rf build

.PHONY: all demo check check-release bench install deps clean
