import type { EngineMachine } from "../machine/machine.ts";
import { busyboxRoot } from "./busybox-root.ts";

/** What containerd calls the image. */
export const busyboxImage = "docker.io/library/busybox:latest";

/**
 * A root of busybox as an OCI layout (image-layout.md, config.md) in an archive. Docker's own formats would need Docker.
 */
const script = `
set -e
work=$(mktemp -d)
cd "$work"
mkdir -p layout/blobs/sha256
(${busyboxRoot}
) >layer
# Moves a file to where its digest says, and prints what names it there.
store() {
  digest=$(sha256sum "$1" | cut -d ' ' -f 1)
  printf '"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s' "$2" "$digest" "$(stat -c %s "$1")"
  mv "$1" "layout/blobs/sha256/$digest"
}
diff=$(sha256sum layer | cut -d ' ' -f 1)
layer=$(store layer layer.v1.tar)
printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
  "$(dpkg --print-architecture)" "$3" "$diff" >config
printf '{"schemaVersion":2,"config":{%s},"layers":[{%s}]}' "$(store config config.v1+json)" "$layer" >manifest
printf '{"schemaVersion":2,"manifests":[{%s,"annotations":{"io.containerd.image.name":"%s"}}]}' \
  "$(store manifest manifest.v1+json)" "$1" >layout/index.json
echo '{"imageLayoutVersion":"1.0.0"}' >layout/oci-layout
tar -C layout -cf "$2" .
rm -r "$work"`;

/**
 * Writes the archive of an image of busybox to a path in the machine.
 * @param command of containers that name none
 */
export function makeBusyboxImage(
  machine: EngineMachine,
  archive: string,
  name = busyboxImage,
  command: readonly string[] = ["sh"],
): void {
  machine.succeed(["sh", "-c", script, "sh", name, archive, JSON.stringify(command)]);
}
