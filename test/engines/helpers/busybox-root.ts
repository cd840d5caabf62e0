/** A shell script: a root with nothing but busybox, its applets and two users, as an archive on standard output. */
export const busyboxRoot = `
root=$(mktemp -d)
chmod 755 "$root"
mkdir "$root/bin" "$root/etc" "$root/root"
mkdir -m 1777 "$root/tmp"
cp /usr/bin/busybox "$root/bin"
chroot "$root" /bin/busybox --install -s /bin
printf 'root:x:0:0:root:/root:/bin/sh\\nguest:x:1000:1000:guest:/tmp:/bin/sh\\n' >"$root/etc/passwd"
printf 'root:x:0:\\nguest:x:1000:\\nstaff:x:50:guest\\n' >"$root/etc/group"
tar -C "$root" -c .
rm -r "$root"`;
