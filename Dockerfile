# One image with static binaries and no shell: what the steps of workflowtemplates/ run.
#
#   docker build --tag platform-steps .
#   docker build --target sbom --tag platform-steps-sbom .      # holds one file, /sbom.cdx.json
#
# A release pins both bases by digest, gives its commit, and takes Amazon's own list of roots, as a URL or a file here:
#
#   docker build --build-arg RUST_IMAGE=rust:1.95-bookworm@sha256:… \
#     --build-arg BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot@sha256:… \
#     --build-arg RDS_BUNDLE=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem \
#     --build-arg REVISION="$(git rev-parse HEAD)" --build-arg SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)" .
#
# Works with BuildKit and without. Everything is built for the architecture of the builder. The same commit and arguments give
# the same files, byte for byte; one builder also gives the same layers, and BuildKit 0.11 or later the same image, for it dates
# by SOURCE_DATE_EPOCH and not by its own clock. image/reproduce builds once more and compares.
ARG RUST_IMAGE=rust:1.95-bookworm
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM ${RUST_IMAGE} AS source
WORKDIR /build
COPY . .
ARG RDS_BUNDLE=platform/src/rds-global-bundle.pem
ADD ${RDS_BUNDLE} platform/src/rds-global-bundle.pem
RUN grep --quiet '^-----BEGIN CERTIFICATE-----' platform/src/rds-global-bundle.pem \
 || { echo "RDS_BUNDLE holds no certificate" >&2; exit 1; }

# Before the build: without BuildKit, a target takes along every stage above it.
FROM source AS inventory
ARG BINARIES="provisioner preflight"
ARG VERSION=0.1.0
RUN image/sbom "$VERSION" ${BINARIES} > /sbom.cdx.json

FROM scratch AS sbom
COPY --from=inventory /sbom.cdx.json /sbom.cdx.json

FROM source AS build
ARG BINARIES="provisioner preflight"
ARG SOURCE_DATE_EPOCH=0
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}
# Without jitter entropy the first handshake is 20 ms faster; the kernel's randomness is what is left, and enough.
ENV AWS_LC_SYS_NO_JITTER_ENTROPY=1
# The target is named, though it is the host: else the flags would reach macros and build scripts, which cannot be static.
RUN set -eu; \
    target=$(rustc --version --verbose | sed -n 's/^host: //p'); \
    packages=""; for binary in ${BINARIES}; do packages="$packages --package $binary"; done; \
    export RUSTFLAGS="-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\" --remap-path-prefix=/build=. --remap-path-prefix=${CARGO_HOME:-/usr/local/cargo}=cargo"; \
    cargo build --release --locked --target "$target" $packages; \
    mkdir --parents /out/usr/local/bin; \
    for binary in ${BINARIES}; do \
        install --mode 0755 "target/$target/release/$binary" /out/usr/local/bin/; \
        if readelf --program-headers "/out/usr/local/bin/$binary" | grep --quiet INTERP; then echo "$binary is not static" >&2; exit 1; fi; \
    done; \
    find /out -exec touch --date "@$SOURCE_DATE_EPOCH" {} +; \
    rm -rf target

FROM ${BASE_IMAGE} AS image
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=https://github.com/goldenpath/platform-steps
LABEL org.opencontainers.image.title="platform-steps" \
      org.opencontainers.image.description="provisioner: roles and databases on RDS; preflight: is what a tier stands on there? Steps of Argo Workflows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# With its folders: those that COPY makes are of the time of the build.
COPY --from=build /out/ /
USER 65532:65532
CMD ["/usr/local/bin/provisioner", "--help"]
