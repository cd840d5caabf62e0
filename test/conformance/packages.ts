/**
 * Debian packages that building and running the conformance programs takes: the Go tool chain, the Go libraries that
 * runtime-tools imports, and what its root file system is made of.
 */
export const conformancePackages: readonly string[] = [
  "busybox-static",
  "golang-go",
  "golang-gocapability-dev",
  "golang-github-blang-semver-dev",
  "golang-github-google-uuid-dev",
  "golang-github-hashicorp-go-multierror-dev",
  "golang-github-mrunalp-fileutils-dev",
  "golang-github-opencontainers-selinux-dev",
  "golang-github-opencontainers-specs-dev",
  "golang-github-sirupsen-logrus-dev",
  "golang-github-urfave-cli-dev",
  "golang-github-xeipuuv-gojsonschema-dev",
  "golang-golang-x-sys-dev",
  "xz-utils",
];
