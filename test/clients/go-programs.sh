#!/usr/bin/env bash
# Builds the programs that are not in Debian (clients, nfpm, which makes packages, and oasdiff, which compares contracts), at the versions that the tests
# expect, into the folder where the tests look:
# $XDG_CACHE_HOME/container-gateway/go (~/.cache by default). Existing programs are not built again.
# Needs Go 1.26.6 or newer and Go's module proxy. The programs of test/clients/go are small ones around the libraries of
# podman and stargz-snapshotter, at the versions of their go.mod.
set -euo pipefail

TARGET=${XDG_CACHE_HOME:-$HOME/.cache}/container-gateway/go
PROGRAMS=(
  github.com/google/go-containerregistry/cmd/crane@v0.22.1
  oras.land/oras/cmd/oras@v1.3.6
  github.com/regclient/regclient/cmd/regctl@v0.11.7
  github.com/regclient/regclient/cmd/regsync@v0.11.7
  helm.sh/helm/v3/cmd/helm@v3.22.0
  github.com/oasdiff/oasdiff@v1.37.0
  github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
  github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111
)

command -v go > /dev/null || { echo "go-programs.sh: go is missing: install Go 1.26.6 or newer" >&2; exit 1; }
# Modules from the module proxy only, no other toolchain, no C compiler.
GOPROXY=$(go env GOPROXY)
export GOPROXY=${GOPROXY%,direct} GOTOOLCHAIN=local CGO_ENABLED=0

for program in "${PROGRAMS[@]}"; do
  path=${program%@*} version=${program#*@}
  name=${path##*/}
  if [ -x "$TARGET/$name-$version" ]; then
    echo "$name $version is there"
    continue
  fi
  echo "building $name $version"
  mkdir -p "$TARGET"
  build=$(mktemp -d "$TARGET/build.XXXXXX")
  GOBIN=$build go install "$program"
  mv "$build/$name" "$TARGET/$name-$version"
  rmdir "$build"
done

# Without C libraries: no gpgme, no btrfs, no device mapper.
TAGS="containers_image_openpgp exclude_graphdriver_btrfs exclude_graphdriver_devicemapper"
cd "$(dirname "${BASH_SOURCE[0]}")/go"
version=$(LC_ALL=C; cat go.mod go.sum */*.go | sha256sum | cut -c1-12)
for name in partial lazy; do
  if [ -x "$TARGET/$name-$version" ]; then
    echo "$name $version is there"
    continue
  fi
  echo "building $name $version"
  mkdir -p "$TARGET"
  go build -buildvcs=false -mod=readonly -tags "$TAGS" -o "$TARGET/.$name-$$" "./$name"
  mv "$TARGET/.$name-$$" "$TARGET/$name-$version"
done
