#!/bin/sh
# Makes of a fresh Debian root file system ($1) the VM's: a user for rootless tests, a quick boot, and the service that runs
# what the host asks for. Runs on the host while the image is built; nothing is started.
set -eu
root=$1
here=$(dirname "$0")

echo tsrun-vm >"$root/etc/hostname"
echo '127.0.0.1 localhost tsrun-vm' >"$root/etc/hosts"
: >"$root/etc/fstab"

# An ordinary user with subordinate ids, whose systemd runs from boot on, as after a login.
chroot "$root" useradd --create-home --shell /bin/bash test
mkdir -p "$root/var/lib/systemd/linger"
touch "$root/var/lib/systemd/linger/test"

# No first-boot questions, no logs on the disk, no engine that a test has not started, and of AppArmor's profiles those of
# runtimes alone: each takes a second.
chroot "$root" systemd-machine-id-setup >/dev/null 2>&1
touch "$root/etc/.updated" "$root/var/.updated"
find "$root/etc/apparmor.d" -maxdepth 1 -type f ! -name runc ! -name crun -delete
install -D -m 644 "$here/journald.conf" "$root/etc/systemd/journald.conf.d/tsrun-vm.conf"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer getty.target systemd-tmpfiles-clean.timer \
  containerd.service docker.service docker.socket podman.service podman.socket podman-auto-update.timer \
  podman-restart.service podman-clean-transient.service \
  modprobe@configfs.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service \
  sys-fs-fuse-connections.mount sys-kernel-config.mount; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

install -m 644 "$here/tsrun-vm.service" "$here/tsrun-vm.target" "$root/etc/systemd/system/"
install -m 755 "$here/tsrun-vm.sh" "$root/usr/local/sbin/tsrun-vm"
