import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandSlice, placeUnit, unitPath } from "../../../../src/cgroups/systemd/unit-name.ts";

/** cgroupsPath and id of a container, with the place that systemd gives it (runc's and CRI-O's documentation). */
const places: readonly (readonly [cgroupsPath: string | undefined, user: boolean, path: string])[] = [
  ["system.slice:docker:1234", false, "/system.slice/docker-1234.scope"],
  [
    "kubepods-besteffort-pod1.slice:cri-containerd:abc",
    false,
    "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/cri-containerd-abc.scope",
  ],
  ["machine.slice:libpod:f00", false, "/machine.slice/libpod-f00.scope"],
  ["-.slice:a:b", false, "/a-b.scope"],
  [":docker:1234", false, "/system.slice/docker-1234.scope"],
  [":docker:1234", true, "/user.slice/docker-1234.scope"],
  ["system.slice::1234", false, "/system.slice/-1234.scope"],
  [undefined, false, "/system.slice/runc-id.scope"],
  ["", false, "/system.slice/runc-id.scope"],
  [undefined, true, "/user.slice/runc-id.scope"],
  ["...slice:..:..", false, "/...slice/..-...scope"],
];

for (const [cgroupsPath, user, path] of places) {
  test(`placeUnit() puts ${cgroupsPath ?? "no path"} of ${user ? "a user" : "root"} at ${path}`, () => {
    assert.equal(unitPath(placeUnit(cgroupsPath, "id", user)), path);
  });
}

test("placeUnit() escapes letters of an id that units can't have", () => {
  assert.deepEqual(placeUnit(undefined, "a+b_c-1.2", false), {
    slice: "system.slice",
    unit: "runc-a\\x2bb_c-1.2.scope",
  });
});

for (const path of ["/parent/name", "a:b", "a:b:c:d", "name", "::::"]) {
  test(`placeUnit() says how a path is written that is ${path}`, () => {
    assert.throws(() => placeUnit(path, "id", false), {
      message: `expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "${path}" instead`,
      pointer: "/linux/cgroupsPath",
      hint: /tsrun-web\.scope.*cgroupfs/,
    });
  });
}

for (const [path, message] of [
  ["system.slice:a:../../etc", /^invalid unit name "a-\.\.\/\.\.\/etc\.scope": it has "\/" in it$/],
  ["system.slice:a/b:c", /it has "\/" in it/],
  ["system.slice:a b:\n", /it has " ", "\\n" in it/],
  ["system.slice:ä:c", /it has "ä" in it/],
  ["system.slice:a:b\0c", /it has "\\u0000" in it/],
  [`system.slice:a:${"x".repeat(300)}`, /^invalid unit name: 308 characters, systemd takes 255$/],
  ["../system.slice:a:b", /it has "\/" in it/],
  ["system:a:b", /^invalid slice name: system$/],
  ["..:a:b", /^invalid slice name: \.\.$/],
  [".slice:a:b", /^invalid slice name: \.slice$/],
  ["-a.slice:a:b", /^invalid slice name: -a\.slice$/],
  ["a--b.slice:a:b", /^invalid slice name: a--b\.slice$/],
  ["a-.slice:a:b", /^invalid slice name: a-\.slice$/],
  ["system.slice:a:b.slice", /^a slice has no processes of its own: the container cannot be b\.slice$/],
] as const) {
  test(`placeUnit() refuses ${JSON.stringify(path.slice(0, 40))}`, () => {
    assert.throws(() => placeUnit(path, "id", false), { message, pointer: "/linux/cgroupsPath" });
  });
}

/** Slices and their directories: the examples of systemd.slice(5) and runc's tests. */
for (const [slice, path] of [
  ["-.slice", "/"],
  ["test.slice", "/test.slice"],
  ["foo-bar-baz.slice", "/foo.slice/foo-bar.slice/foo-bar-baz.slice"],
  ["test-a-b.slice", "/test.slice/test-a.slice/test-a-b.slice"],
  ["a.b-c.slice", "/a.b.slice/a.b-c.slice"],
  ["a.slice.slice", "/a.slice.slice"],
] as const) {
  test(`expandSlice() finds ${slice} at ${path}`, () => assert.equal(expandSlice(slice), path));
}

const hostile = fc.string({
  unit: fc.constantFrom("a", ".", "..", "/", ":", "-", ".slice", "\0", "\n", "\\", "@"),
});

test("placeUnit() never leads out of the manager's cgroup", () => {
  fc.assert(
    fc.property(hostile, (cgroupsPath) => {
      let path: string;
      try {
        path = unitPath(placeUnit(cgroupsPath, "id", false));
      } catch {
        return;
      }
      const names = path.slice(1).split("/");
      assert.ok(
        names.every((name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0")),
        path,
      );
    }),
    { numRuns: 5000 },
  );
});
